package replay

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// Happening is one thing that a reader of a replay should know: a change of a
// latch, or a run of packets that met the same fate.
type Happening struct {
	Time   int64
	Ref    latch.Ref
	What   string     // locked, released, relocked, reopened, moved, dropped, misdirected, withheld, refused, relayed
	Side   latch.Side // whose latch, or where the packets arrived
	Source endpoint.Endpoint
	To     endpoint.Endpoint // where it is, or was, sent; zero for nowhere
	Reason latch.Reason
	Count  int64 // packets of a run
	Until  int64 // time of its last packet
}

// mostHappenings bounds a story; a call in which two sources fight for a port
// has no end of them.
const mostHappenings = 200

type teller struct {
	c     *Case
	story []Happening
	runs  [2]telling
}

// telling is the run of equal fates that a side is in.
type telling struct {
	fate Fate
	at   int // of its Happening, -1 where it has none
}

func (t *teller) take(i int, ev *latch.Event, d *latch.Decision, fate Fate) {
	if ev.Kind == latch.KindRTCP {
		return
	}
	t.changes(ev, ev.Side, d.Changes, d)
	t.changes(ev, ev.Side.Other(), d.Other, d)
	if carries(ev) {
		t.run(i, ev, d, fate)
	}
}

// changes tells what happened to a latch. That a source began to be counted is
// not worth a line.
func (t *teller) changes(ev *latch.Event, side latch.Side, c latch.Change, d *latch.Decision) {
	for _, x := range [...]struct {
		c    latch.Change
		what string
	}{{latch.Released, "released"}, {latch.Reopened, "reopened"}, {latch.Locked, "locked"}, {latch.Relocked, "relocked"}} {
		if c&x.c != 0 {
			t.add(Happening{Time: ev.Time, Ref: ev.Ref, What: x.what, Side: side, Source: ev.Source, Reason: moving(d.Reason)})
		}
	}
	if c == latch.Moved && (ev.Kind == latch.KindRTP || ev.Kind == latch.KindKeepalive) {
		t.add(Happening{Time: ev.Time, Ref: ev.Ref, What: "moved", Side: side, Source: ev.Source, Reason: moving(d.Reason)})
	}
}

// moving is a packet's reason where it explains a change of the latch, too.
func moving(r latch.Reason) latch.Reason {
	switch r {
	case latch.ReasonSDPSource, latch.ReasonLearned, latch.ReasonFollowed, latch.ReasonRelatched, latch.ReasonSameStream, latch.ReasonAfterUpdate, latch.ReasonSnappedBack:
		return r
	}
	return latch.ReasonNone
}

// run tells the first packet of every run of losses, and the first that passes
// again.
func (t *teller) run(i int, ev *latch.Event, d *latch.Decision, fate Fate) {
	r := &t.runs[ev.Side]
	if fate == r.fate {
		if r.at >= 0 {
			t.story[r.at].Count++
			t.story[r.at].Until = t.c.seen(ev)
		}
		return
	}
	first := r.fate == Unknown
	*r = telling{fate, -1}
	what := fate.String()
	if fate == Arrived && first || ev.Time > t.c.End || !t.c.Facts[i].Main && fate == Arrived {
		return
	}
	if len(t.story) < mostHappenings {
		r.at = len(t.story)
	}
	why := d.Reason
	if fate == Arrived {
		why = latch.ReasonNone
	}
	t.add(Happening{Time: t.c.seen(ev), Ref: ev.Ref, What: what, Side: ev.Side, Source: ev.Source, To: d.To, Reason: why, Count: 1, Until: t.c.seen(ev)})
}

func (t *teller) add(h Happening) {
	if len(t.story) < mostHappenings {
		t.story = append(t.story, h)
	}
}

// String is the word of a report for the fate.
func (f Fate) String() string {
	return [...]string{"unknown", "relayed", "dropped", "misdirected", "withheld", "refused"}[f]
}
