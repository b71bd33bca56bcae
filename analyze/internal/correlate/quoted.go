package correlate

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// AddCloseup gives the trace the packets of the second look, and the errors
// those which they quote.
func AddCloseup(t *trace.Trace, c *trace.Closeup) {
	t.Closeup = c
	switch {
	case c.Away:
		t.Warnings = append(t.Warnings, trace.Warning{Code: "harvest-packets", File: -1, Count: 1, Text: "packets near some events are in captures of which only the harvest is here: some times are estimates from the stream's edges"})
	case !c.Full:
		(&correlation{t}).bound("closeup", t.First, 1, "not all packets near the events were kept: some times are estimates from the stream's edges")
	}
	findQuoted(t)
}

// findQuoted looks for the packets that ICMP errors quote among those of the second
// look.
func findQuoted(t *trace.Trace) {
	for _, e := range t.Errors {
		if e.Stream == nil {
			continue
		}
		list := t.Closeup.Packets[e.Stream]
		hi, _ := slices.BinarySearchFunc(list, e.Time, func(p trace.Packet, t int64) int { return cmp.Compare(p.Time, t+1) })
		for _, p := range slices.Backward(list[:hi]) {
			if e.Time-p.Time > 3*second {
				break
			}
			if e.Seq >= 0 && uint16(p.Seq) == uint16(e.Seq) || e.Seq < 0 && e.Quote.IPID != 0 && p.IPID == e.Quote.IPID {
				e.Quoted, e.Seq = p.Moment(), p.Seq
				break
			}
		}
	}
}
