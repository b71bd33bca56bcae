package replay

import (
	"context"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/trace"
)

// GatherOne makes the Case of a talker: the captures are read once more, and only
// the packets of its call are kept.
func GatherOne(ctx context.Context, t *trace.Trace, set *capture.Set, opt analyze.Options, k *trace.Talker) (*Case, error) {
	cases, err := Gather(ctx, t, set, opt, []*trace.Talker{k})
	if err != nil {
		return nil, err
	}
	return cases[0], nil
}

// Gather makes the Cases of several talkers with one reading. The bound on the
// packets held (Limits.Closeup) is for all of them together.
func Gather(ctx context.Context, t *trace.Trace, set *capture.Set, opt analyze.Options, talkers []*trace.Talker) ([]*Case, error) {
	opt.Limits = opt.Limits.WithDefaults()
	want := map[*trace.Stream][]trace.Window{}
	for _, k := range talkers {
		for _, s := range Streams(t, k) {
			want[s] = []trace.Window{windowOf(k, s)}
		}
	}
	packets, err := analyze.Look(ctx, t, set, opt, want)
	if err != nil {
		return nil, err
	}
	cases := make([]*Case, len(talkers))
	for i, k := range talkers {
		cases[i] = NewCase(t, k, packets)
	}
	return cases, ctx.Err()
}

// windowOf is when packets to a stream's port are looked for: as long as the
// stream lasts and the call does, with a little for what came out of order.
func windowOf(k *trace.Talker, s *trace.Stream) trace.Window {
	w := trace.Window{From: s.First.Time, To: s.Last.Time}
	if c := k.Call; c != nil && len(c.Legs) > 0 {
		w.From = min(w.From, c.Start().Time)
		if !c.End.IsZero() {
			w.To = max(w.To, c.End.Time)
		}
	}
	return trace.Window{From: w.From - around, To: w.To + around}
}
