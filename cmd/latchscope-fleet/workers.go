package main

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/universal/extworker"
)

// serveWorkers starts workers for jobs that run elsewhere, as many as their runner asks
// for, until the context ends: the EXTERNAL environment of Beam's portable runners.
func serveWorkers(ctx context.Context, port int, say io.Writer) error {
	pool, err := extworker.StartLoopback(ctx, port)
	if err != nil {
		return err
	}
	fmt.Fprintln(say, pool.EnvironmentConfig(ctx))
	<-ctx.Done()
	return pool.Stop(context.WithoutCancel(ctx))
}
