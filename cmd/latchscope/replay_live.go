package main

import (
	"context"
	"errors"

	"github.com/latchscope/latchscope/replay"
)

func (r *replayer) live(ctx context.Context, c *replay.Case, cfg replay.Config, ifs []replay.WhatIf) (replay.Result, []string, error) {
	return replay.Result{}, nil, errors.New("not yet")
}

func (r *replayer) daemon(ctx context.Context, c *replay.Case, p plan, ifs []replay.WhatIf) (replay.Result, []string, error) {
	return replay.Result{}, nil, errors.New("not yet")
}

func checkDaemonSets(sets []replay.Setting) error { return nil }
