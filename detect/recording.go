package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Recording says how far a capture's own loss can be told from the network's.
type Recording struct {
	Notes   []string // what holds, good or bad, a few words each
	Verdict string   // what follows for the reader
	Good    bool
}

// recordingOf looks at the captures of a trace. Calls of which silent reports
// that audio was lost are no sign of a path that was not recorded.
func recordingOf(t *trace.Trace, silent func(*trace.Call) bool) Recording {
	var cut, snapped, drops, dups, missed int64
	counted, interrupted := false, false
	for i := range t.Captures {
		c := &t.Captures[i]
		if c.Truncated {
			cut++
		}
		if n, known := dropCount(c); known {
			counted = true
			drops += int64(n)
		}
		dups += c.Duplicates
		missed += c.Missed
		for _, w := range c.Warnings {
			if w.Code == "snaplen-cut" {
				snapped += w.Count
			}
			interrupted = interrupted || w.Code == "interrupted"
		}
	}
	var q Recording
	switch {
	case cut == 0:
		q.Notes = append(q.Notes, "not truncated")
	case len(t.Captures) == 1:
		q.Notes = append(q.Notes, "cut short: its end is missing")
	default:
		q.Notes = append(q.Notes, fmt.Sprintf("%d of %d files cut short", cut, len(t.Captures)))
	}
	switch {
	case drops > 0:
		q.Notes = append(q.Notes, group(drops)+" packets dropped while recording")
	case counted:
		q.Notes = append(q.Notes, "no drops recorded")
	default:
		q.Notes = append(q.Notes, "no drop counter in it")
	}
	if snapped > 0 {
		q.Notes = append(q.Notes, group(snapped)+" packets recorded in part")
	}
	if dups > 0 {
		q.Notes = append(q.Notes, plural(dups, "duplicate")+", counted once")
	}
	if missed > 0 {
		q.Notes = append(q.Notes, group(missed)+" packets passed on that are not in it")
	}
	one := oneSidedCalls(t, silent)
	if one > 0 {
		q.Notes = append(q.Notes, fmt.Sprintf("%s seen in one direction only", plural(one, "call")))
	}
	lossy, streams := holedStreams(t)
	switch {
	case drops > 0 || missed > 0:
		q.Verdict = "losses may be the capture's own"
	case cut > 0 && interrupted:
		q.Verdict = "interrupted: figures are up to there"
	case cut > 0:
		q.Verdict = "figures are up to the cut"
	case one > 0:
		q.Verdict = "losses there cannot be told from an unseen path"
	case streams > 3 && lossy*10 >= streams*9:
		// When nearly every stream of every host has holes, it is rarely the network.
		q.Verdict = "every stream has holes: suspect the recording"
	case !counted:
		q.Verdict, q.Good = "loss by the recording is not excluded", true
	default:
		q.Verdict, q.Good = "loss figures can be trusted", true
	}
	return q
}

// dropCount is what the recording machine counted as lost, where it counted.
func dropCount(c *trace.Capture) (n uint64, known bool) {
	for _, i := range c.Interfaces {
		if i.Dropped.Known {
			n, known = n+i.Dropped.N, true
		}
		if i.OSDropped.Known {
			n, known = n+i.OSDropped.N, true
		}
	}
	return n, known
}

// holedStreams is how many of the longer streams miss packets within their sequence.
func holedStreams(t *trace.Trace) (lossy, streams int) {
	for _, s := range t.Streams {
		if s.CopyOf != nil || s.Stats.Packets < 50 {
			continue
		}
		streams++
		if s.Stats.Lost() > 0 {
			lossy++
		}
	}
	return lossy, streams
}

// oneSidedCalls is how many answered calls have media in one direction only.
func oneSidedCalls(t *trace.Trace, silent func(*trace.Call) bool) int64 {
	n := int64(0)
	for _, c := range t.Calls {
		if c.Answered() && oneSided(c) && !silent(c) { // else it is a finding that the other is missing
			n++
		}
	}
	return n
}

// oneSided looks at each pair of hosts that exchange media in a call.
func oneSided(c *trace.Call) bool {
	type pair struct{ a, b [16]byte }
	if n := len(c.Streams); n < 2 {
		return n == 1 && c.Streams[0].Src.Addr != c.Streams[0].Dst.Addr // without a map: where calls are many, most are so
	}
	seen := make(map[pair]bool, 8)
	for _, s := range c.Streams {
		seen[pair{s.Src.Addr, s.Dst.Addr}] = true
	}
	for p := range seen {
		if seen[pair{p.b, p.a}] {
			return false
		}
	}
	return true
}
