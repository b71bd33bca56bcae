package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// Quality says how far a capture's own loss can be told from the network's.
type Quality struct {
	Notes   []string // what holds, good or bad, a few words each
	Verdict string   // what follows for the reader
	Good    bool
}

func (r *Report) quality() Quality {
	var cut, snapped, drops, dups, missed int64
	counted := false
	for i := range r.trace.Captures {
		c := &r.Captures[i]
		if c.Truncated {
			cut++
		}
		if c.Dropped != nil {
			counted = true
			drops += int64(*c.Dropped)
		}
		dups += c.Duplicates
		missed += r.trace.Captures[i].Missed
		for _, w := range c.Warnings {
			if w.Code == "snaplen-cut" {
				snapped += w.Count
			}
		}
	}
	var q Quality
	switch {
	case cut == 0:
		q.Notes = append(q.Notes, "not truncated")
	case len(r.Captures) == 1:
		q.Notes = append(q.Notes, "cut short: its end is missing")
	default:
		q.Notes = append(q.Notes, fmt.Sprintf("%d of %d files cut short", cut, len(r.Captures)))
	}
	switch {
	case drops > 0:
		q.Notes = append(q.Notes, thousands(drops)+" packets dropped while recording")
	case counted:
		q.Notes = append(q.Notes, "no drops recorded")
	default:
		q.Notes = append(q.Notes, "no drop counter in it")
	}
	if snapped > 0 {
		q.Notes = append(q.Notes, thousands(snapped)+" packets recorded in part")
	}
	if dups > 0 {
		q.Notes = append(q.Notes, plural(int(dups), "duplicate", "duplicates")+", counted once")
	}
	if missed > 0 {
		q.Notes = append(q.Notes, thousands(missed)+" packets passed on that are not in it")
	}
	one := r.oneSided()
	if one > 0 {
		q.Notes = append(q.Notes, fmt.Sprintf("%s seen in one direction only", plural(one, "call", "calls")))
	}
	lossy, streams := r.lossy()
	switch {
	case drops > 0 || missed > 0:
		q.Verdict = "losses may be the capture's own"
	case cut > 0 && r.Interrupted:
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

// lossy is how many of the longer streams miss packets within their sequence.
func (r *Report) lossy() (lossy, streams int) {
	for _, s := range r.trace.Streams {
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

// oneSided is how many answered calls have media in one direction only.
func (r *Report) oneSided() int {
	n := 0
	for _, c := range r.trace.Calls {
		if r.has(c) && c.Answered() && oneSided(c) && r.worst(c) < detect.Critical { // else it is a finding that the other is missing
			n++
		}
	}
	return n
}

// oneSided looks at each pair of hosts that exchange media in a call.
func oneSided(c *trace.Call) bool {
	type pair struct{ a, b [16]byte }
	seen := map[pair]bool{}
	var order []pair
	for _, s := range c.Streams {
		p := pair{s.Src.Addr, s.Dst.Addr}
		if !seen[p] {
			seen[p] = true
			order = append(order, p)
		}
	}
	return len(order) > 0 && !slices.ContainsFunc(order, func(p pair) bool { return seen[pair{p.b, p.a}] })
}

// String is the line for a ticket.
func (q Quality) String() string { return strings.Join(q.Notes, " · ") }
