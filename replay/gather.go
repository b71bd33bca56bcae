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
	const around = int64(2e9) // packets that came out of order
	want := map[*trace.Stream][]trace.Window{}
	for _, k := range talkers {
		for _, s := range Streams(t, k) {
			want[s] = []trace.Window{{From: s.First.Time - around, To: s.Last.Time + around}}
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
