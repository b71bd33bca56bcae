package main

import (
	"context"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

// mostDrawn is how many packets are held to draw a page, 56 bytes each.
const mostDrawn = 1 << 20

// closer reads the packets of the calls that a page draws once more, as many calls
// as there is room for, the first incident's before the others. Harvests have none.
func (one *examined) closer(ctx context.Context, r *report.Report) error {
	if one.set == nil || len(one.set.Files) != len(one.trace.Captures) || ctx.Err() != nil {
		return nil
	}
	want, held := map[*trace.Stream][]trace.Window{}, 0
	for _, c := range r.Pictured() {
		voices, n := r.Voices(c), 0
		for s := range voices {
			if want[s] == nil {
				n += int(s.Stats.Packets)
			}
		}
		if held+n > mostDrawn {
			continue
		}
		held += n
		for s, w := range voices {
			want[s] = append(want[s], w)
		}
	}
	if len(want) == 0 {
		return nil
	}
	for s, w := range want {
		want[s] = trace.MergeWindows(w)
	}
	opt := analyze.Options{Secrets: one.keys}
	opt.Limits.Closeup = mostDrawn
	packets, err := analyze.Look(ctx, one.trace, one.set, opt, want)
	if ctx.Err() != nil {
		return nil // the report says that it was interrupted
	}
	if err != nil {
		return err
	}
	r.Closer(packets)
	return nil
}
