package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/group"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// readFlags are how a command line wants its captures read.
type readFlags struct {
	join     bool
	keyLogs  keyLogs
	hash     bool
	progress *choice
	harvests bool // are read, too
}

func (r *readFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&r.join, "join", false, "read all captures of a folder as one, whatever is in them")
	r.keyLogs.register(cmd)
	r.progress = chooseFlag(cmd, "progress", "auto", "show on standard error how far the reading has come", "auto", "always", "never")
}

// inputs are the captures that a command line names, divided into those that are
// read as one.
type inputs struct {
	ctx      context.Context // until when to read
	harvests harvests
	whole    *capture.Set
	sets     []group.Group
	notes    []string // why some are not read as one
	keys     *keyLogs
	bar      *progress
	term     *terminal
}

// open finds the captures. With apart each is a set of its own; else what was
// named is one, and what is in a folder is as it belongs together.
func (r *readFlags) open(ctx context.Context, args []string, t *terminal, apart bool) (*inputs, error) {
	if err := r.keyLogs.read(); err != nil {
		return nil, err
	}
	in := &inputs{ctx: ctx, keys: &r.keyLogs, bar: r.bar(t), term: t}
	opt := capture.Options{
		Hash:        r.hash,
		Interrupted: func() bool { return in.ctx.Err() != nil },
		Progress:    in.bar.read,
	}
	if r.harvests {
		opt.Aside = in.harvests.take
	}
	set, err := capture.OpenSet(args, t.in, opt)
	if err != nil {
		in.bar.done()
		if ctx.Err() != nil {
			return nil, outcome{exitInterrupted, "interrupted; nothing had been read"}
		}
		return nil, err
	}
	in.whole = set
	if set.Stopped() {
		// Whoever ends a capture that comes through a pipe with Ctrl-C wants
		// to know what is in it. A second Ctrl-C ends at once.
		in.ctx = context.WithoutCancel(ctx)
	}
	in.bar.of(set.Size())
	if err := in.harvests.open(set); err != nil {
		in.close()
		return nil, err
	}
	switch travelled := in.harvests.list; {
	case apart:
		in.sets = group.Each(set).Groups
		for i := range travelled {
			in.sets = append(in.sets, group.OfHarvest(set, travelled, i))
		}
	case r.join || in.members() == 0 || len(set.Files)+len(travelled) == 1:
		one := group.Group{Set: set}
		if len(set.Files) == 0 {
			one = group.OfHarvest(set, travelled, 0)
			one.Set = set
		}
		one.Harvests = nil
		for i := range travelled {
			one.Harvests = append(one.Harvests, i)
		}
		in.sets = []group.Group{one}
	default:
		d, err := group.Of(in.ctx, set, travelled...)
		if err != nil {
			in.close()
			return nil, outcome{exitInterrupted, "interrupted; nothing was analysed"}
		}
		in.sets, in.notes = d.Groups, d.Notes
		if len(d.Groups) == 1 {
			in.sets[0].Set.Warnings = set.Warnings
		}
	}
	return in, nil
}

// members is how many of the captures were found in a folder.
func (in *inputs) members() int {
	n := 0
	for _, f := range in.whole.Files {
		if f.Member() {
			n++
		}
	}
	for _, h := range in.harvests.list {
		if h.Member {
			n++
		}
	}
	return n
}

func (in *inputs) close() {
	in.bar.done()
	in.whole.Close()
}

// tell says on stderr what was left out and how the captures were put together.
func (in *inputs) tell(t *terminal) {
	in.bar.done()
	for _, w := range in.whole.Warnings {
		t.note("warning: " + w.Text)
	}
	if len(in.sets) < 2 && in.members() < 2 {
		return
	}
	for _, g := range in.sets {
		if n := len(g.Set.Files) + len(g.Harvests); n > 1 && g.Why != "" {
			t.note(fmt.Sprintf("%s and %s are read as one: %s", g.Path(), in.others(&g), g.Why))
		}
	}
	for _, n := range in.notes {
		t.note(n)
	}
	if n := len(in.sets); n > 1 {
		t.note(fmt.Sprintf("%d captures do not all belong together and are read as %d; --join reads them as one", len(in.whole.Files)+len(in.harvests.list), n))
	}
}

// others names the captures and harvests of a group, but for its first.
func (in *inputs) others(g *group.Group) string {
	var paths []string
	for _, f := range g.Set.Files {
		paths = append(paths, f.Path())
	}
	for _, i := range g.Harvests {
		paths = append(paths, in.harvests.list[i].Path)
	}
	if len(paths) == 2 {
		return paths[1]
	}
	return fmt.Sprintf("%d more", len(paths)-1)
}

// selected analyses the captures and picks the calls, for commands that are about
// one set of captures: the only one, or the one that has them. What they are to
// do is in the words.
func (in *inputs) selected(s *selection, where zone, words string) (*examined, []*trace.Call, error) {
	if len(in.sets) > 1 && !s.any() {
		return nil, nil, &usageError{fmt.Sprintf("these are %d captures that do not belong together: it is not clear which to %s", len(in.sets), words),
			"name one, select a call, or add --join"}
	}
	var one *examined
	var calls []*trace.Call
	all := 0
	for i := range in.sets {
		a, err := in.analyse(&in.sets[i], analyze.Options{})
		if err != nil {
			return nil, nil, err
		}
		all += len(a.trace.Calls)
		if !s.any() {
			return a, nil, nil
		}
		found, err := s.of(a, where)
		if missing, ok := errors.AsType[*noSuchCall](err); ok {
			if len(in.sets) == 1 {
				return nil, nil, &usageError{missing.Error(), ""}
			}
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if len(found) > 0 && calls != nil {
			return nil, nil, &usageError{fmt.Sprintf("%s selects calls of %s and of %s, which do not belong together: it is not clear which to %s", s,
				one.path, a.path, words), "name one of them"}
		}
		if len(found) > 0 {
			one, calls = a, found
		}
	}
	if calls == nil {
		return nil, nil, s.nothing(all)
	}
	return one, calls, nil
}

// examined is a set of captures, and all that there is to say about it.
type examined struct {
	set     *capture.Set
	path    string // of its first capture or harvest
	trace   *trace.Trace
	result  detect.Result
	account *ledger.Ledger // of its calls' audio

	messages map[trace.Ref]string // of SIP, as anybody may read them; nil where nobody asked
	keys     *tls.Secrets         // of TLS sessions, from the key logs and then the captures
}

// analyse reads a set, unless that was read while the captures were divided, and
// puts the harvests that belong to it together with it. What was found then serves
// once, and knows no key log.
func (in *inputs) analyse(g *group.Group, opt analyze.Options) (*examined, error) {
	keys := in.keys.secrets()
	opt.Secrets = keys
	if len(in.keys.logs) == 0 {
		opt.Collected, g.Collected = g.Collected, nil
	}
	begun := time.Now()
	tr, err := in.trace(g, opt)
	if err != nil {
		return nil, err
	}
	path := g.Path()
	read := time.Since(begun)
	if in.term.verbose {
		defer func() {
			say(in.term.err, fmt.Sprintf("%s: %d calls, %d streams: read in %s, judged in %s", path, len(tr.Calls), len(tr.Streams),
				seconds(read), seconds(time.Since(begun)-read)))
		}()
	}
	step := func(string) {}
	if len(in.sets) == 1 {
		step = func(what string) { in.bar.now("judging %d calls: %s", len(tr.Calls), what) }
	}
	result := detect.RunWatched(tr, detect.Detectors(), step)
	return &examined{set: g.Set, path: path, trace: tr, result: result, account: result.Ledger, keys: keys}, nil
}

// parallel calls work for 0 to n-1, on as many goroutines as there are
// processors.
func parallel(n int, work func(i int)) {
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}

// notOverInput refuses to put the output where a capture is.
func notOverInput(output string, set *capture.Set) error {
	out, err := os.Stat(output)
	if err != nil {
		return nil
	}
	for _, in := range set.Files {
		if stat, err := os.Stat(in.Path()); err == nil && os.SameFile(stat, out) {
			return &usageError{"--output " + output + " is one of the captures", "name another file"}
		}
	}
	return nil
}
