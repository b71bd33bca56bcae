package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// quiet is a call of which a detector says nothing, and how its facts are told.
type quiet struct {
	trace *trace.Trace
	call  *trace.Call
	rows  []ledger.Row
	names *Names
	say   func(format string, a ...any)
}

// mostQuiet is how many talkers, rows or moves are told one by one.
const mostQuiet = 8

// own are the call's talkers as they came into view first: copies and what a
// relay sent on are left out.
func (q *quiet) own(each func(*trace.Talker, *trace.Stream)) {
	n := 0
	for _, k := range q.call.Talkers {
		if s := k.Streams[0]; s.CopyOf == nil && s.RelayOf == nil {
			if n++; n > mostQuiet {
				q.say("Further talkers are left out.")
				return
			}
			each(k, s)
		}
	}
}

// audio are the call's rows of audio.
func (q *quiet) audio(each func(*ledger.Row)) {
	for i := range q.rows {
		if r := &q.rows[i]; r.Media == "audio" && i < mostQuiet {
			each(r)
		}
	}
	if len(q.rows) == 0 {
		q.say("The account has no row for this call: nothing was due, or nobody answered.")
	}
}

// quietBeginnings: when each party's audio came, beside its own answer.
func quietBeginnings(q *quiet) {
	q.own(func(k *trace.Talker, s *trace.Stream) {
		who := capital(partyOf(k))
		answer := q.trace.Awaited(s)
		if answer.IsZero() {
			q.say("%s (%s) sends from frame %d on; no SDP of its own was awaited then: it is not the one that answers, or had answered before.", who, s.Src, s.First.Frame)
			return
		}
		d := answer.Seconds(s.Start())
		if d >= 0 {
			q.say("%s answers: its SDP passes in frame %d, its first audio %s later, in frame %d.", who, answer.Frame, seconds(d), s.First.Frame)
			return
		}
		refused := 0
		for _, e := range q.call.Errors {
			if e.Stream == s {
				refused++
			}
		}
		q.say("%s answers: its first audio passes in frame %d, %s before its SDP in frame %d, and %d of its packets drew an ICMP error. Under %s and unrefused that is no finding.", who, s.First.Frame, seconds(-d), answer.Frame, refused, seconds(harmlessLead))
	})
}

// quietRefusals: what each ICMP error was about.
func quietRefusals(q *quiet) {
	quietErrors(q.call, q.say)
	for i, e := range q.call.Errors {
		if i == mostQuiet {
			q.say("%s more.", plural(int64(len(q.call.Errors)-i), "error"))
			return
		}
		why := "about media that was wanted"
		switch {
		case !e.Unreachable():
			why = "no unreachable error"
		case !e.Media:
			why = "about no media of this call"
		case e.Dropped:
			why = "no media was wanted there at that time (before the offer, on hold, or after the BYE)"
		case e.Toward:
			why = "it quotes a packet sent towards a source that had been left: a consequence of a move"
		case holePunch(e):
			why = "it quotes a packet too short for RTP, which keeps a mapping open (RFC 6263)"
		case onHold(e):
			why = "the call was on hold there"
		}
		q.say("Frame %d, by %s, about a packet from %s to %s: %s.", e.Frame, e.By.IP(), e.Quote.Src, e.Quote.Dst, why)
	}
}

// quietMoves: where each party's audio came from, throughout.
func quietMoves(q *quiet) {
	quietSources(q.call, q.say)
	q.own(func(k *trace.Talker, s *trace.Stream) {
		last := k.Streams[len(k.Streams)-1]
		if len(k.Moves) == 0 {
			q.say("%s (SSRC 0x%08x) sends %s from %s alone, frames %d to %d.", capital(partyOf(k)), k.SSRC(), plural(int64(s.Stats.Packets), "packet"), s.Src, s.First.Frame, s.Last.Frame)
			return
		}
		for _, m := range k.Moves[:min(len(k.Moves), mostQuiet)] {
			how := "unannounced"
			if m.Announced != trace.Unannounced {
				how = "announced by " + strings.ToUpper(string(m.Announced))
			}
			q.say("%s (SSRC 0x%08x) moves from %s to %s in frame %d, %s; it sends until frame %d.", capital(partyOf(k)), k.SSRC(), m.From.Src, m.To.Src, m.After.Frame, how, last.Last.Frame)
		}
	})
	quietErrors(q.call, q.say)
}

// quietLatch: whether a source moved, and whether it was followed.
func quietLatch(q *quiet) {
	some := false
	q.own(func(k *trace.Talker, _ *trace.Stream) {
		for _, m := range k.Moves[:min(len(k.Moves), mostQuiet)] {
			some = true
			w := q.trace.WaysOf(k)
			followed := "what the server made of it is not in view"
			for _, out := range w.Out {
				if at, ok := q.trace.FirstAfter(out, m.After.Time); ok {
					followed = fmt.Sprintf("the server passed audio of it on %s later, in frame %d", seconds(m.After.Seconds(at.Moment())), at.Frame)
					break
				}
			}
			q.say("%s moved from %s to %s in frame %d; %s.", capital(partyOf(k)), m.From.Src, m.To.Src, m.After.Frame, followed)
		}
	})
	if !some {
		q.say("No source of a party changed in this call: there was no old one that a latch could have held on to.")
	}
	if n := len(strangeSources(q.call)); n > 0 {
		q.say("Strangers sent to its media ports from %s; no silence is theirs.", plural(int64(n), "source"))
	}
}

// quietRivals: who sends to each media port.
func quietRivals(q *quiet) {
	by := map[string][]string{}
	var order []string
	for _, s := range q.call.Streams {
		if s.CopyOf != nil || !s.Place.Known() {
			continue
		}
		to, from := s.Dst.String(), fmt.Sprintf("%s (%s, frames %d to %d)", s.Src, plural(int64(s.Stats.Packets), "packet"), s.First.Frame, s.Last.Frame)
		if by[to] == nil {
			order = append(order, to)
		}
		if len(by[to]) < mostQuiet {
			by[to] = append(by[to], from)
		}
	}
	for i, to := range order {
		if i == mostQuiet {
			q.say("%s more.", plural(int64(len(order)-i), "port"))
			return
		}
		q.say("%s at %s gets packets from %s.", capital(The(q.names.At(to))), to, strings.Join(by[to], ", "))
	}
	q.say("All these sources signal in the call, stand in its SDP, or do not overlap with its own talker.")
}

// quietRelay: what arrived at the relay and what left it, hop by hop.
func quietRelay(q *quiet) {
	q.audio(func(r *ledger.Row) {
		var parts []string
		for i := range r.Hops {
			h := &r.Hops[i]
			var n int64
			for _, s := range h.Streams {
				if s.CopyOf == nil {
					n += int64(s.Stats.Packets)
				}
			}
			if h.InView {
				parts = append(parts, fmt.Sprintf("%s on the hop %s", plural(n, "packet"), h.Name))
			} else {
				parts = append(parts, "the hop "+h.Name+" is not in view")
			}
		}
		q.say("The %s's voice to the %s: %s.", r.From.Name, r.To.Name, strings.Join(parts, ", "))
	})
}

// quietTargets: where each party's audio was sent, beside where it is.
func quietTargets(q *quiet) {
	q.audio(func(r *ledger.Row) {
		if n := len(r.Hops); n > 0 {
			var to []string
			for _, s := range r.Hops[n-1].Streams {
				if e := fmt.Sprintf("%s from frame %d on (%s)", s.Dst, s.First.Frame, plural(int64(s.Stats.Packets), "packet")); s.CopyOf == nil && len(to) < mostQuiet {
					to = append(to, e)
				}
			}
			where := "nothing of the " + r.To.Name + "'s own shows where it is"
			if o := opposite(q.rows, r); o != nil && !sourceAt(o).IsZero() {
				where = fmt.Sprintf("the %s itself sends from %s", r.To.Name, sourceAt(o))
			}
			q.say("What is meant for the %s goes to %s; %s.", r.To.Name, strings.Join(to, ", "), where)
		}
	})
}

// quietLoss: what was lost and how it rates.
func quietLoss(q *quiet) {
	q.audio(func(r *ledger.Row) {
		x := &r.Quality
		rate := "not rated: the codec is not on the scale"
		if x.Rated {
			rate = fmt.Sprintf("R %.0f, %d ten-second windows in a row under 70", x.R, x.Bad)
		}
		q.say("The %s's voice to the %s: %s of %s missing (%.2f %%), %.2f %% in the worst ten seconds, %s.", r.From.Name, r.To.Name, group(x.Lost), plural(x.Due, "packet"), x.Percent, x.Worst, rate)
	})
	q.say("It speaks from %.0f %% and three packets on, or from two such windows in a row.", audibleLoss)
}

// quietJitter: how late packets came.
func quietJitter(q *quiet) {
	q.own(func(k *trace.Talker, s *trace.Stream) {
		q.say("%s from %s: jitter %.1f ms on the average (RFC 3550) over %s, frames %d to %d.", capital(partyOf(k)), s.Src, s.Stats.MeanJitter(), plural(int64(s.Stats.Packets), "packet"), s.First.Frame, s.Last.Frame)
	})
	q.say("It speaks where packets come too late for a buffer of 60 ms.")
}

// quietEnd: how the call ended.
func quietEnd(q *quiet) {
	for i, l := range q.call.Legs {
		if i == mostQuiet {
			break
		}
		name := "Leg " + q.names.Leg(l)
		if l.Answer.IsZero() {
			q.say("%s was not answered.", name)
			continue
		}
		ack := "no ACK is in view"
		timer := "no session interval was agreed"
		for _, m := range l.Messages.All() {
			if m.Request() && m.Method == "ACK" && !m.Copy {
				ack = fmt.Sprintf("the ACK is in frame %d", m.Frame)
			}
			if !m.Request() && m.Expires > 0 {
				timer = fmt.Sprintf("the session interval is %d s (frame %d)", m.Expires, m.Frame)
			}
		}
		b, ended := bye(l)
		if !ended {
			q.say("%s: %s, %s, and no BYE is in view.", name, ack, timer)
			continue
		}
		why := ""
		if b.Reason != "" {
			why = ", which gives a reason"
		}
		q.say("%s: %s, %s; the %s's side sent the BYE in frame %d, %s after the answer%s.", name, ack, timer, byWhom(l, &b), b.Frame, seconds(l.Answer.Seconds(b.Moment)), why)
	}
	q.audio(func(r *ledger.Row) {
		if n := len(r.Spans); n > 0 {
			last := &r.Spans[n-1]
			if last.State.Silent() {
				q.say("The %s's voice to the %s is silent for the last %s: a media timeout takes 10 s and an even interval, or a Reason header.", r.From.Name, r.To.Name, seconds(float64(last.Duration())/1e9))
			} else {
				q.say("The %s's voice to the %s goes on to the end.", r.From.Name, r.To.Name)
			}
		}
	})
}

// quietPayloads: which payload types were sent, beside those agreed on.
func quietPayloads(q *quiet) {
	q.own(func(k *trace.Talker, s *trace.Stream) {
		var types []string
		for _, pt := range s.PayloadTypes() {
			types = append(types, fmt.Sprint(pt))
		}
		q.say("%s sends payload type %s (%s), frames %d to %d.", capital(partyOf(k)), strings.Join(types, ", "), s.Codec(), s.First.Frame, s.Last.Frame)
	})
	q.say("Each of them is in the SDP of whoever gets it, or was sent for less than 2 s.")
}

// quietPoints: which capture points show the call.
func quietPoints(q *quiet) {
	var points []int
	for _, s := range q.call.Streams {
		if p := int(s.Point); !slices.Contains(points, p) {
			points = append(points, p)
		}
	}
	slices.Sort(points)
	if len(points) < 2 {
		q.say("One capture point shows the call's media: it takes two to see what is lost between them.")
		return
	}
	q.say("The capture points %s show the call's media.", strings.Trim(fmt.Sprint(points), "[]"))
	q.audio(func(r *ledger.Row) {
		lost := map[int]int64{}
		for _, s := range r.Streams() {
			lost[int(s.Point)] += int64(s.Stats.Lost())
		}
		for _, p := range points {
			q.say("The %s's voice to the %s lacks %s at point %d.", r.From.Name, r.To.Name, plural(lost[p], "packet"), p)
		}
	})
}

// quietWays: how much there is of each direction.
func quietWays(q *quiet) {
	q.audio(func(r *ledger.Row) {
		passed := r.In(ledger.Sent) + r.In(ledger.Delivered) + r.In(ledger.Replaced)
		q.say("The %s's voice to the %s: %s of %s left towards the listener, %s is not in view.", r.From.Name, r.To.Name, seconds(float64(passed)/1e9), seconds(float64(r.Due())/1e9), seconds(float64(r.In(ledger.Unseen))/1e9))
	})
}
