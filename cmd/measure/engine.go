package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/latchscope/latchscope/replay/latch"
	"github.com/latchscope/latchscope/replay/measure"
	"github.com/latchscope/latchscope/replay/rtpengine"
)

// engine plays schedules to a real one.
type engine struct {
	play func(context.Context, *measure.Trace) (*measure.Trace, error)
	stop func()
}

// program is a helper on PATH: a schedule goes in, the trace comes out.
func program(name string) engine {
	return engine{stop: func() {}, play: func(ctx context.Context, s *measure.Trace) (*measure.Trace, error) {
		path, err := exec.LookPath(name)
		if err != nil {
			return nil, fmt.Errorf("%s: no such engine, and no helper of that name on PATH", name)
		}
		var in, out bytes.Buffer
		if _, err := s.WriteTo(&in); err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, path)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return measure.Read(&out)
	}}
}

// rtpengineDaemon starts the one on PATH.
func rtpengineDaemon(ctx context.Context, mode, settings string) (engine, error) {
	sets := []latch.Setting{{Name: "endpoint_learning", Value: mode}}
	switch settings {
	case "", "none":
	case "strict":
		sets = append(sets, latch.Setting{Name: "strict_source", Value: "true"})
	case "handover":
		sets = append(sets, latch.Setting{Name: "media_handover", Value: "true"})
	default:
		return engine{}, fmt.Errorf("rtpengine is set up as none, strict or handover, not %q", settings)
	}
	words, err := rtpengine.Flags(sets)
	if err != nil {
		return engine{}, err
	}
	version, err := rtpengine.Version(ctx)
	if err != nil {
		return engine{}, err
	}
	daemon, err := rtpengine.Spawn(ctx)
	if err != nil {
		return engine{}, err
	}
	return engine{stop: daemon.Stop, play: func(ctx context.Context, s *measure.Trace) (*measure.Trace, error) {
		client, err := rtpengine.Dial(daemon.Addr)
		if err != nil {
			return nil, err
		}
		defer client.Close()
		s.Build = "rtpengine-" + version
		d := rtpengine.NewDriver(client, words)
		defer d.Close()
		return measure.Play(ctx, s, d)
	}}, nil
}
