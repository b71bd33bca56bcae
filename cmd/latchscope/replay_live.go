package main

import (
	"context"
	"fmt"
	"time"

	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
	"github.com/latchscope/latchscope/replay/live"
	"github.com/latchscope/latchscope/replay/rtpengine"
)

// live plays a case to one of our engines behind real sockets.
func (r *replayer) live(ctx context.Context, c *replay.Case, cfg latch.Config, ifs []replay.WhatIf) (replay.Result, []string, error) {
	a, b, err := cfg.Policies(c.Near)
	if err != nil {
		return replay.Result{}, nil, err
	}
	done := r.playing(cfg.String())
	defer done.clear()
	res, err := live.Run(ctx, c, a, b, live.Options{Ifs: ifs, Progress: done.show})
	return res, nil, err
}

// daemon plays a case to the real rtpengine: the one that runs at --ng, or one
// that is started for the time of the run.
func (r *replayer) daemon(ctx context.Context, c *replay.Case, p plan, ifs []replay.WhatIf) (replay.Result, []string, error) {
	flags, err := rtpengine.Flags(p.config.Sets)
	if err != nil {
		return replay.Result{}, nil, err
	}
	addr := r.flags.ng
	var ended <-chan struct{}
	if r.flags.spawn {
		d, err := rtpengine.Spawn(ctx)
		if err != nil {
			return replay.Result{}, nil, err
		}
		defer d.Stop()
		addr, ended = d.Addr, d.Ended()
	}
	client, err := rtpengine.Dial(addr)
	if err != nil {
		return replay.Result{}, nil, err
	}
	defer client.Close()
	done := r.playing(real)
	defer done.clear()
	return rtpengine.Run(ctx, client, c, flags, live.Options{Ifs: ifs, Progress: done.show}, ended)
}

// checkDaemonSets tells what is wrong with parameters of the real rtpengine.
func checkDaemonSets(sets []latch.Setting) error {
	_, err := rtpengine.Flags(sets)
	return err
}

// playing shows on stderr how far a call has been played: it takes as long as
// it did.
type playing struct {
	r     *replayer
	name  string
	drawn time.Time
	shown bool
}

func (r *replayer) playing(name string) *playing { return &playing{r: r, name: name} }

func (p *playing) show(done, total time.Duration) {
	when := p.r.flags.progress.value
	if when == "never" || when == "auto" && !interactive(p.r.term.err) || time.Since(p.drawn) < progressEvery {
		return
	}
	p.drawn, p.shown = time.Now(), true
	fmt.Fprintf(p.r.term.err, "\r\x1b[K%s: %s of %s", p.name, seconds(done), seconds(total))
}

func (p *playing) clear() {
	if p.shown {
		fmt.Fprint(p.r.term.err, "\r\x1b[K")
	}
}
