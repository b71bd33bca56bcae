package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/trace"
)

// clockless are the captures, by index, whose times say nothing about durations:
// those that carry the warning no-clock. What detectors measure there is chance,
// so their findings are dropped and the calls are not judged.
type clockless map[int32]bool

func timeless(t *trace.Trace) clockless {
	var out clockless
	for i := range t.Captures {
		for _, w := range t.Captures[i].Warnings {
			if w.Code == "no-clock" {
				if out == nil {
					out = clockless{}
				}
				out[int32(i)] = true
			}
		}
	}
	return out
}

// concern reports whether a finding rests on a frame of one of them.
func (c clockless) concern(f Finding) bool {
	if len(c) == 0 {
		return false
	}
	if c[f.Start.File] || c[f.End.File] {
		return true
	}
	for _, e := range f.Evidence {
		if c[e.File] {
			return true
		}
	}
	return false
}

// holds reports whether a call was seen in one of them.
func (c clockless) holds(call *trace.Call) bool {
	if len(c) == 0 {
		return false
	}
	for _, l := range call.Legs {
		for _, m := range l.Messages.All() {
			if c[m.File] {
				return true
			}
		}
	}
	for _, s := range call.Streams {
		if c[s.First.File] {
			return true
		}
	}
	return false
}

// limit says in a line what is not judged for want of a clock, "" mostly.
func (c clockless) limit(t *trace.Trace) string {
	n := 0
	for _, call := range t.Calls {
		if c.holds(call) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("The times of the capture make no sense: how long anything lasted cannot be told, and %s not judged. Record it anew, or repair its times (editcap -t, reordercap).",
		plural(int64(n), "call")+" "+isAre(n))
}
