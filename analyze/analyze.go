// Package analyze reads captures into a trace: the calls in them, the media
// that belongs to them, and the errors about it.
//
// Files is all that most programs need:
//
//	t, err := analyze.Files(ctx, "phone.pcapng", "server.pcapng")
//
// An analysis has four steps, each in a package of its own:
//
//  1. capture reads frames of files, packet decodes them to datagrams.
//  2. internal/collect goes through the datagrams once and only collects: SIP
//     messages by Call-ID, RTP streams by SSRC and 5-tuple, ICMP errors.
//  3. internal/correlate puts these in relation: legs, offers and answers, who
//     talks to whom, what a relay passed on, which call an error is about.
//  4. A second look keeps the packets near what deserves it, such as a source
//     that moved, or where the first account of the audio (see package ledger)
//     is not clear. Of payloads it asks two things only: whether the tags of SRTP
//     fit the keys that SDP agrees on, and how silent digital silence is.
//
// The result is a trace.Trace, which is read-only from then on.
package analyze

import (
	"context"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/correlate"
	"github.com/latchscope/latchscope/analyze/internal/level"
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Limits bounds what an analysis may cost; see trace.Limits.
type Limits = trace.Limits

// DefaultLimits suit a machine with a gigabyte to spare.
func DefaultLimits() Limits { return trace.DefaultLimits() }

// Options of a run. The zero value is what the command line uses.
type Options struct {
	Limits Limits // zero fields: as in DefaultLimits
	Serial bool   // read and collect in one goroutine; the result is the same
	Whole  bool   // read again from the beginning to the end, not what is wanted alone; the result is the same

	// Secrets are the keys of TLS sessions from a key log; those that the captures
	// hold themselves are added. Nil: these only.
	Secrets *tls.Secrets

	// Collected is what a pass over the same set has found already (see
	// group.Group): it is taken over, and the captures are not read for it again.
	// Limits and Secrets must be those of that pass. Nil: there was none.
	Collected *collect.Harvest

	// Clocks of the captures, where more than these tells them: for Join of what
	// package component has cut. Nil: what is joined has to.
	Clocks *collect.Clocks
}

// pass are the options of a pass over the captures.
func (o Options) pass() collect.Options {
	return collect.Options{Limits: o.Limits, Serial: o.Serial, Whole: o.Whole, Secrets: o.Secrets}
}

// Files analyzes captures as one: the files of a ring buffer, or captures of the
// same calls from several points. A path may name a directory of captures.
func Files(ctx context.Context, paths ...string) (*trace.Trace, error) {
	set, err := capture.OpenSet(paths, nil, capture.Options{})
	if err != nil {
		return nil, err
	}
	defer set.Close()
	return Run(ctx, set, Options{})
}

// Run reads the captures of a set and correlates what they say. An error is
// one of the environment; damage in a capture is a warning in the Trace. When
// the context ends early, what was read up to there is analysed, and the Trace
// carries the warning "interrupted".
func Run(ctx context.Context, set *capture.Set, opt Options) (*trace.Trace, error) {
	keys := new(srtp.Keyring)
	defer keys.Wipe()
	pass := opt.pass()
	pass.Keys = keys
	h := opt.Collected
	if h == nil {
		var err error
		if h, err = collect.Collect(ctx, set, pass); err != nil {
			return nil, err
		}
	}
	t := correlate.Correlate(h)
	if ctx.Err() == nil {
		if err := payloads(ctx, t, set, opt.pass(), keys, level.New(t)); err != nil {
			return nil, err
		}
	}
	want := wanted(t)
	if len(want) == 0 || ctx.Err() != nil {
		return t, nil
	}
	closeup, err := Look(ctx, t, set, opt, want)
	if err != nil {
		return nil, err
	}
	correlate.AddCloseup(t, closeup)
	return t, nil
}

// Look reads the captures that t was made of again, and keeps the packets of
// some streams in some stretches of time: the windows of a stream must be in
// order and apart (see trace.MergeWindows).
func Look(ctx context.Context, t *trace.Trace, set *capture.Set, opt Options, want map[*trace.Stream][]trace.Window) (*trace.Closeup, error) {
	return collect.Look(ctx, t, collect.Sources(set), opt.pass(), want)
}
