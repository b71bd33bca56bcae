package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/trace"
)

// cover says what could be judged of the calls, and what could not and why.
func cover(t *trace.Trace) Coverage {
	var c Coverage
	partial, mute, media := 0, 0, 0
	lost := timeless(t)
	for _, call := range t.Calls {
		if call.State == trace.MediaOnly {
			media++
			continue
		}
		c.Calls++
		switch {
		case lost.holds(call):
		case call.State == trace.Partial:
			partial++
		case !call.Answer.IsZero() && len(call.Streams) == 0:
			mute++
		default:
			c.Judged++
		}
	}
	if text := lost.limit(t); text != "" {
		c.Limits = append(c.Limits, text)
	}
	add := func(format string, a ...any) { c.Limits = append(c.Limits, fmt.Sprintf(format, a...)) }
	if mute > 0 {
		if len(t.Streams) == 0 {
			add("The capture holds signalling only: the audio of %s cannot be judged. Capture the media ports too.", plural(int64(mute), "answered call"))
		} else {
			add("%s without media in this capture: their audio cannot be judged unless it is reported above. Capture where their media passes.", plural(int64(mute), "answered call"))
		}
	}
	if partial > 0 {
		add("%s began before the capture: what was agreed on is not in it. Start capturing before the call.", plural(int64(partial), "call"))
	}
	c.Limits = append(c.Limits, signallingLimits(t, c.Calls, media)...)
	c.Limits = append(c.Limits, blindSides(t)...)
	for _, w := range t.Warnings {
		if len(w.Code) > 6 && w.Code[:6] == "limit-" {
			add("A bound was hit: %s (%d).", w.Text, w.Count)
		}
	}
	return c
}

// blindSides says, for calls whose talker moved, what this point cannot show.
func blindSides(t *trace.Trace) []string {
	up := 0
	list, left := flippedPerCall(t)
	for _, k := range list {
		if up == 0 && !t.WaysOf(k).OutSeen {
			up++
		}
	}
	var out []string
	if up > 0 {
		out = append(out, "Only one side of the media server is in the capture: whether it passed on the packets of the party whose port moved cannot be seen. Capture on its other side as well (all interfaces).")
	}
	if left > 0 {
		out = append(out, fmt.Sprintf("A bound was hit: of a call's talkers that moved the first %d are judged; %s %s not.", perCall, plural(int64(left), "further talker"), isAre(left)))
	}
	return out
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
