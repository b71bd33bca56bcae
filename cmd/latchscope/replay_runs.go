package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// suggested is the engine that is replayed where none is named.
const suggested = "session-lock"

// plan is one run that is to be made.
type plan struct {
	config latch.Config
	shown  *latch.Config
	ifs    []string
	daemon bool // the real rtpengine
	differ bool // say in how many packets it differs from the capture
	meant  bool // to be the engine that was there

	fit *replay.Disagreement // of the engine as such, with nothing otherwise
}

// one makes the runs of one call.
func (r *replayer) one(ctx context.Context, s subject, c *replay.Case) (*report.Replay, error) {
	out := report.NewReplay(c, s.observed, version, r.rewrite)
	out.SetPauses(r.pauses)
	plans, err := r.plans(ctx, s, c, out)
	if err != nil {
		return out, err
	}
	for _, p := range plans {
		if err := r.run(ctx, out, c, p); err != nil {
			return out, err
		}
	}
	if out.Sweep != nil {
		out.CloseSweep()
	}
	return out, r.mend(ctx, s, c, out, plans)
}

// mend seeks the smallest change that fixes the call, where the engine in
// question is what costs it its audio.
func (r *replayer) mend(ctx context.Context, s subject, c *replay.Case, out *report.Replay, plans []plan) error {
	base, ok := r.mends(plans)
	if !ok || out.Runs[0].Verdict == replay.Inconclusive {
		return nil
	}
	if plans[0].meant {
		if fits, err := r.fits(c, base); err != nil || !fits {
			return err
		}
	}
	if out.Sweep != nil { // what the engine's own value costs is to be mended
		base.Sets = slices.DeleteFunc(slices.Clone(base.Sets), func(s latch.Setting) bool { return s.Name == out.Sweep.Parameter })
	}
	as, err := c.RunConfig(base)
	if err != nil || max(as.Uplink.Silence, as.Downlink.Silence) < replay.Audible {
		return err
	}
	remedies, err := c.Remedies(r.trace, base)
	if err != nil {
		return err
	}
	cases, err := r.others(ctx, s)
	if err != nil {
		return err
	}
	if err := replay.Others(cases, base, remedies); err != nil {
		return err
	}
	out.SetRemedies(base, remedies)
	return nil
}

// mostOthers bounds how many other calls a remedy is tried on.
const mostOthers = 50

// others are cases of other calls of the capture, as far as their packets fit.
func (r *replayer) others(ctx context.Context, s subject) ([]*replay.Case, error) {
	var talkers []*trace.Talker
	held := 0
	for _, c := range r.trace.Calls {
		if c == s.call || !c.Answered() || len(talkers) == mostOthers {
			continue
		}
		for _, k := range replay.TalkersOf(c) {
			n := 0
			for _, st := range replay.Streams(r.trace, k) {
				n += int(st.Stats.Packets)
			}
			if held+n <= analyze.DefaultLimits().Closeup/4 {
				talkers, held = append(talkers, k), held+n
			}
			break
		}
	}
	if len(talkers) == 0 {
		return nil, nil
	}
	return replay.Gather(ctx, r.trace, r.set, analyze.Options{}, talkers)
}

// run makes one run and adds it to the report.
func (r *replayer) run(ctx context.Context, out *report.Replay, c *replay.Case, p plan) error {
	var ifs []replay.WhatIf
	for _, name := range p.ifs {
		w, err := c.ParseWhatIf(r.trace, name)
		if err != nil {
			return err
		}
		ifs = append(ifs, w)
	}
	setup := report.ReplaySetup{Config: p.config, Shown: p.shown, Ifs: ifs, Meant: p.meant}
	var res replay.Result
	var err error
	switch {
	case p.daemon:
		setup.Engine, setup.Live = real, true
		res, setup.Notes, err = r.daemon(ctx, c, p, ifs)
	case r.flags.live:
		setup.Live = true
		res, setup.Notes, err = r.live(ctx, c, p.config, ifs)
	default:
		res, err = c.RunConfig(p.config, ifs...)
		if worst, ok, werr := c.WorstPhase(p.config, ifs...); ok && werr == nil {
			setup.Worst = &worst
		}
	}
	if err != nil {
		return err
	}
	setup.Differ = p.fit
	if p.differ {
		d := c.Disagree(res)
		setup.Differ = &d
	}
	out.Add(setup, res, r.pauses)
	return nil
}

// plans says which runs the command line asks for.
func (r *replayer) plans(ctx context.Context, s subject, c *replay.Case, out *report.Replay) ([]plan, error) {
	var list []plan
	for _, e := range r.flags.engines {
		if e.name == real {
			list = append(list, plan{config: latch.Config{Profile: latch.Profile{Name: real}, Sets: e.sets}, ifs: r.flags.whatIfs, daemon: true})
			continue
		}
		cfg := r.base(e.name, s)
		values, name := []string{""}, ""
		for _, set := range e.sets {
			if v, ok, _ := replay.Sweep(set); ok {
				values, name = v, set.Name
				continue
			}
			cfg = cfg.With(set)
		}
		for _, v := range values {
			p := plan{config: cfg, ifs: r.flags.whatIfs}
			if name != "" {
				p.config = cfg.With(latch.Setting{Name: name, Value: v})
				out.SweepValue(name, v, len(list))
			}
			list = append(list, p)
		}
	}
	if r.flags.matrix {
		all, err := r.matrix(c)
		if err != nil {
			return nil, err
		}
		list = append(list, all...)
	}
	if r.flags.fit {
		fits, err := c.FitEngine(ctx)
		if err != nil {
			return nil, err
		}
		out.SetFit(fits)
		if fits.Tells() {
			best := fits.List[0]
			shown := best.Parameters()
			list = append(list, plan{config: best.Config, shown: &shown, ifs: r.flags.whatIfs, differ: len(r.flags.whatIfs) == 0, meant: true})
		}
	}
	if len(r.flags.engines) == 0 && !r.flags.matrix && !r.flags.fit {
		return r.advised(ctx, s, c, out)
	}
	return list, nil
}

// matrix are all engines, those that do what the capture shows first.
func (r *replayer) matrix(c *replay.Case) (list []plan, err error) {
	for _, p := range latch.Profiles() {
		cfg := latch.Config{Profile: p}
		res, err := c.RunConfig(cfg)
		if err != nil {
			return nil, err
		}
		d := c.Disagree(res)
		list = append(list, plan{config: cfg, ifs: r.flags.whatIfs, fit: &d})
	}
	slices.SortStableFunc(list, func(x, y plan) int { return cmp.Compare(x.fit.Packets, y.fit.Packets) })
	return list, nil
}

// base is an engine as named, or the lock that the capture suggests.
func (r *replayer) base(name string, s subject) latch.Config {
	if name != "" {
		p, _ := latch.Lookup(name)
		return latch.Config{Profile: p}
	}
	p, _ := latch.Lookup(suggested)
	lock, timeout := int(p.Policy.LearnPackets), p.Policy.RelatchSilence
	if n := s.observed.Estimated.LockPackets; n != nil {
		lock = *n
	}
	if d := s.observed.Estimated.Timeout; d != nil {
		timeout = time.Duration(*d * float64(time.Second))
	}
	return latch.Config{Profile: p}.With(
		latch.Setting{Name: "lock_packets", Value: strconv.Itoa(lock)},
		latch.Setting{Name: "timeout", Value: timeout.String()})
}

// advised are the lock as the capture suggests it, and the same with what the
// report advises, or with the what-ifs that the user wants to know about. Where
// that lock does not do what the capture shows and another engine does, the
// advice is tried on that one.
func (r *replayer) advised(ctx context.Context, s subject, c *replay.Case, out *report.Replay) ([]plan, error) {
	base := r.base("", s)
	var misfit []plan
	if named, ok, err := r.named(c); err != nil {
		return nil, err
	} else if ok {
		base = named // the server says what it is, and does what that does
	}
	if other, ok, err := r.explains(ctx, s, c, base, out); err != nil {
		return nil, err
	} else if ok {
		misfit = []plan{{config: base, differ: true, meant: true}}
		base = other
	}
	list := []plan{{config: base, differ: true, meant: true}}
	if len(r.flags.whatIfs) > 0 {
		return append(append(list, plan{config: base, ifs: r.flags.whatIfs}), misfit...), nil
	}
	if fits, err := r.fits(c, base); err != nil || !fits {
		out.Limit("What would mend this call is not said: no known engine does what the capture shows, so nobody knows what a change would do. latchscope replay --fit shows the nearest.")
		return list, err
	}
	early := base
	if base.Profile.Policy.Bind != latch.BindOffer {
		early = base.With(latch.Setting{Name: "bind", Value: "offer"}, latch.Setting{Name: "pre_sdp", Value: "drop"})
	}
	refused, provoked := c.Provoked()
	if refused {
		list = append(list, plan{config: early, ifs: []string{"port-open=offer"}})
	}
	if provoked {
		list = append(list, plan{config: base, ifs: []string{"icmp=off"}})
	}
	if d, err := time.ParseDuration(base.Value("timeout")); err == nil && d > 2*time.Second && len(c.Moves) > 0 {
		list = append(list, plan{config: base.With(latch.Setting{Name: "timeout", Value: "2s"})})
	}
	return append(list, misfit...), nil
}

// named is the profile of the engine that the capture names in User-Agent or
// Server, if it does what the capture shows.
func (r *replayer) named(c *replay.Case) (latch.Config, bool, error) {
	for _, p := range c.Named() {
		cfg := latch.Config{Profile: p}
		res, err := c.RunConfig(cfg)
		if err != nil {
			return latch.Config{}, false, err
		}
		if d := c.Disagree(res); d.Compared > 0 && d.Packets <= d.Noise() {
			return cfg, true, nil
		}
	}
	return latch.Config{}, false, nil
}

// fits reports whether a configuration may be what was there: it differs from the
// capture in few packets, or nothing can be compared.
func (r *replayer) fits(c *replay.Case, cfg latch.Config) (bool, error) {
	res, err := c.RunConfig(cfg)
	return err == nil && c.Disagree(res).Explains(), err
}

// explains is another engine that does what the capture shows, if the lock that
// it suggests does not. Where several do, and the lock is out of the question,
// the one of which most is known and that leaves the silence that was observed
// stands for them.
func (r *replayer) explains(ctx context.Context, s subject, c *replay.Case, lock latch.Config, out *report.Replay) (latch.Config, bool, error) {
	res, err := c.RunConfig(lock)
	if err != nil {
		return lock, false, err
	}
	d := c.Disagree(res)
	if d.Packets <= d.Noise() {
		return lock, false, nil
	}
	fits, err := c.FitEngine(ctx)
	switch {
	case err != nil:
		return lock, false, err
	case fits.Tells():
		return fits.List[0].Config, true, nil
	case d.Explains() || !fits.Explained():
		return lock, false, nil
	}
	for _, f := range fits.List[:fits.Ties] {
		if same, err := observed(s, c, f.Config); err != nil || same {
			out.Limit(fmt.Sprintf("%d engines explain this capture equally well; %s stands for them. latchscope replay --fit lists them.", fits.Ties, f.Config.Profile))
			return f.Config, same, err
		}
	}
	return lock, false, nil
}

// observed reports whether a configuration leaves the silence that the capture
// shows, as far as it shows any.
func observed(s subject, c *replay.Case, cfg latch.Config) (bool, error) {
	res, err := c.RunConfig(cfg)
	if err != nil {
		return false, err
	}
	const near = 0.1 // s
	for i, w := range [2]replay.Way{res.Uplink, res.Downlink} {
		if o := s.observed.Directions[i].Silence; o != nil && w.Seen && math.Abs(*o-float64(w.Silence)/1e9) > near {
			return false, nil
		}
	}
	return true, nil
}

// mends tells which configuration the remedies are sought for: the first.
func (r *replayer) mends(plans []plan) (latch.Config, bool) {
	if len(plans) == 0 || plans[0].daemon || r.flags.matrix || r.flags.live {
		return latch.Config{}, false
	}
	return plans[0].config, true
}

// seconds writes a duration for a line on stderr.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
