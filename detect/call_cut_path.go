package detect

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// What a call ends of, or fails of, because requests do not arrive.

// giveUp is when whoever sent a request stops waiting for a response: 64*T1 (RFC
// 3261 sections 17.1.1.2 and 17.1.2.2), with what is under way.
const (
	giveUpFrom = int64(28e9)
	giveUpTo   = int64(40e9)
)

// fewTries is how often a request must have been sent for its silence to mean
// something.
const fewTries = 4

// attempt is a request with its retransmissions.
type attempt struct {
	first     trace.Message
	last      trace.Moment
	tries     int
	firstOnly int // of these, without their later fragments
	fragments int // of these, in fragments
}

// attempts are the requests of a leg that drew no response at all, in order. An
// ACK draws none anyway. There is room for a few: most legs have none in the end.
func attempts(l *trace.Leg, out []attempt) []attempt {
	for i := range l.Messages.Len() {
		k := l.Messages.Kind(i)
		if k.Method == "ACK" || k.Status != 0 && len(out) == 0 {
			continue
		}
		m := l.Messages.At(i)
		switch {
		case m.Copy:
			continue
		case m.Request() && m.Method != "CANCEL":
			at := len(out)
			for i := range out {
				if o := &out[i].first; o.CSeq == m.CSeq && o.Method == m.Method && o.Src == m.Src && o.Dst == m.Dst {
					at = i
				}
			}
			if at == len(out) {
				if len(out) >= mostAttempts {
					return out
				}
				out = append(out, attempt{first: m})
			}
			a := &out[at]
			a.last = m.Moment
			a.tries++
			switch m.Pieces {
			case trace.FirstOnly:
				a.firstOnly++
			case trace.Fragments:
				a.fragments++
			}
		case !m.Request():
			for i := 0; i < len(out); i++ {
				if o := &out[i].first; o.CSeq == m.CSeq && o.Method == m.Method && l.Sender(o) != l.Sender(&m) {
					out = append(out[:i], out[i+1:]...)
					i--
				}
			}
		}
	}
	return out
}

// mostAttempts bounds what is followed in one leg.
const mostAttempts = 256

// inPieces reports whether a message of a leg came in several packets.
func inPieces(l *trace.Leg) bool {
	for i := range l.Messages.Len() {
		if l.Messages.Kind(i).Pieces != trace.OnePiece {
			return true
		}
	}
	return false
}

// inFragments finds a request that is too long for one packet and whose fragments
// got lost, so that nobody answered it.
func inFragments(t *trace.Trace, l *trace.Leg, short *shorter) (Finding, bool) {
	if l.State == trace.OneSided || !inPieces(l) {
		return Finding{}, false // of the former what answers it is not in view
	}
	var room [4]attempt
	for _, a := range attempts(l, room[:0]) {
		if a.firstOnly+a.fragments < a.tries || a.tries < 2 {
			continue
		}
		sure := Likely
		var beside answered
		switch {
		case a.firstOnly == a.tries && incomplete(t):
			// Here they are missing. That they are missing in the recording only, as
			// behind a filter on ports, is excluded by nobody's having answered.
			sure = Confirmed
		case a.firstOnly > 0 || a.tries < fewTries:
			continue
		default:
			// They left whole: only that shorter ones are answered tells that it is
			// their length.
			beside = short.to(&a.first)
			if beside.IsZero() {
				continue
			}
		}
		f := cut(l, "fragments", a.last)
		f.Start, f.Confidence = a.first.Moment, sure
		f.Evidence = []Evidence{{a.first.Moment, a.first.Method + " in IP fragments"}, {a.last, fmt.Sprintf("the same for the %s time", ordinal(a.tries))}}
		if c := beside.call; c != nil && c != l.Call {
			f.Companions, f.Witnessed = []*trace.Call{c}, true
		}
		what := "its later fragments never come by"
		if sure < Confirmed {
			what = "nobody answers, though shorter requests to the same host are answered"
			f.Evidence = append(f.Evidence, Evidence{beside.Moment, "a response to a request in one packet"})
		}
		f.Summary = fmt.Sprintf("the %s is too long for one packet, and %s (%s)", a.first.Method, what, plural(int64(a.tries), "attempt"))
		f.Detail = fmt.Sprintf("The %s from %s to %s was sent over UDP in IP fragments. A datagram of which one fragment is missing is not delivered, and no retransmission helps.", a.first.Method, a.first.Src, a.first.Dst)
		f.Actions = []Action{{Owner: byWhom(l, &a.first), What: "Send requests that are longer than the path's MTU over TCP.", Why: f.Summary + ".", Cost: "A TCP connection to each peer.", Standard: "RFC 3261 section 18.1.1", Proof: sure},
			{Owner: "nat", What: "Let IP fragments of UDP pass.", Why: f.Summary + ".", Cost: "Memory for fragments that wait for their first.", Standard: "RFC 4787 REQ-14", Proof: Possible}}
		if _, ended := bye(l); ended || !l.Answer.IsZero() {
			return f, true
		}
		d := f.Data.(CallCut)
		d.By = ""
		f.Data = d
		return f, true
	}
	return Finding{}, false
}

func ordinal(n int) string {
	switch {
	case n%100 >= 11 && n%100 <= 13:
		return fmt.Sprintf("%dth", n)
	case n%10 == 1:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}

// incomplete reports whether a capture lacks fragments of IP packets.
func incomplete(t *trace.Trace) bool {
	for i := range t.Captures {
		for _, w := range t.Captures[i].Warnings {
			if w.Code == "fragments-incomplete" {
				return true
			}
		}
	}
	return false
}

// answered is a response to a request in one packet.
type answered struct {
	trace.Moment
	call *trace.Call
}

// hosts are two that signal with each other, the one that asked first.
type hosts struct{ asks, answers address }

// shorter finds the responses to requests in one packet, by the hosts; they are
// looked for once, where somebody asks.
type shorter struct {
	trace *trace.Trace
	of    map[hosts]answered
}

// to is the first response to what the sender of a request sent to the same host in
// one packet; zero where there is none.
func (s *shorter) to(m *trace.Message) answered {
	if s.of == nil {
		s.of = map[hosts]answered{}
		for _, l := range s.trace.Legs {
			type transaction struct {
				cseq   uint32
				method string
				hosts  hosts
			}
			asked := map[transaction]bool{}
			for _, x := range l.Messages.All() {
				switch {
				case x.Copy:
				case x.Request():
					if x.Pieces == trace.OnePiece {
						asked[transaction{x.CSeq, x.Method, hosts{x.Src.Addr, x.Dst.Addr}}] = true
					}
				default:
					h := hosts{x.Dst.Addr, x.Src.Addr}
					if _, known := s.of[h]; !known && asked[transaction{x.CSeq, x.Method, h}] {
						s.of[h] = answered{x.Moment, l.Call}
					}
				}
			}
		}
	}
	return s.of[hosts{m.Src.Addr, m.Dst.Addr}]
}

// unreached finds a call that one side ended because its requests within the call
// drew ICMP errors, or no answer at all.
func unreached(t *trace.Trace, l *trace.Leg, b *trace.Message) (Finding, bool) {
	if l.State == trace.OneSided {
		return Finding{}, false
	}
	by := l.Sender(b)
	var room [4]attempt
	for _, a := range attempts(l, room[:0]) {
		m := &a.first
		if m.Method == "BYE" || m.ToTag == "" || l.Sender(m) != by || m.Time > b.Time {
			continue
		}
		if e := refusedRequest(t, &a); e != nil && b.Time-e.Time < int64(5e9) && b.Time > e.Time {
			f := cutOff(l, b, &a)
			f.Confidence = Confirmed
			f.Evidence = append(f.Evidence, Evidence{e.Moment, "ICMP: " + codeName(e)}, Evidence{b.Moment, "BYE"})
			f.Summary = fmt.Sprintf("cut: the %s within the call drew %s", m.Method, codeName(e))
			f.Detail = fmt.Sprintf("%s was sent to %s, which %s refused; the session goes on only with whom one can reach (RFC 3261 section 12.2.1.2).", m.Method, m.Dst, e.By.IP())
			return f, true
		}
		if wait := b.Time - m.Time; a.tries >= fewTries && wait >= giveUpFrom && wait <= giveUpTo {
			f := cutOff(l, b, &a)
			f.Evidence = append(f.Evidence, Evidence{a.last, fmt.Sprintf("the same for the %s time", ordinal(a.tries))}, Evidence{b.Moment, "BYE"})
			f.Summary = fmt.Sprintf("cut after %s: the %s within the call was sent %d times and nobody answered", seconds(m.Seconds(b.Moment)), m.Method, a.tries)
			f.Detail = fmt.Sprintf("%s was sent to %s until its sender gave up after 64*T1, and ended the call (RFC 3261 section 12.2.1.2).", m.Method, m.Dst)
			return f, true
		}
	}
	if m := timedOut(l, b, by); m != nil {
		f := cut(l, "unreachable", b.Moment)
		f.Evidence = []Evidence{{m.Moment, fmt.Sprintf("%d to the %s", m.Status, m.Method)}, {b.Moment, "BYE"}}
		f.Summary = fmt.Sprintf("cut: the %s within the call was answered %d, for nobody was reached", m.Method, m.Status)
		f.Detail = "A server on the way gave up, and the call was ended for that (RFC 3261 section 12.2.1.2)."
		return reach(f, l, b), true
	}
	return Finding{}, false
}

// timedOut is a 408 to a request within the call, just before its sender's BYE.
func timedOut(l *trace.Leg, b *trace.Message, by trace.Side) *trace.Message {
	for i := range l.Messages.Len() {
		if l.Messages.Kind(i).Status != 408 {
			continue
		}
		m := l.Messages.At(i)
		if !m.Copy && (m.Method == "INVITE" || m.Method == "UPDATE") && l.Sender(&m) != by && m.Time > l.Answer.Time && m.Time <= b.Time && b.Time-m.Time < int64(2e9) {
			return &m
		}
	}
	return nil
}

func cutOff(l *trace.Leg, b *trace.Message, a *attempt) Finding {
	f := cut(l, "unreachable", b.Moment)
	f.Evidence = []Evidence{{a.first.Moment, a.first.Method + " within the call"}}
	return reach(f, l, b)
}

// reach adds what to do where somebody cannot be reached within a call.
func reach(f Finding, l *trace.Leg, b *trace.Message) Finding {
	other := "callee"
	if byWhom(l, b) == "callee" {
		other = "caller"
	}
	f.Actions = []Action{{Owner: other, What: "Be reachable at the Contact that the call was set up with, and keep its NAT mapping alive.", Why: f.Summary + ".", Cost: "A keepalive every half minute or so.", Standard: "RFC 5626 section 3.5", Proof: Likely, Side: true}}
	return f
}

// refusedRequest is an ICMP error that quotes a request, nil if there is none.
func refusedRequest(t *trace.Trace, a *attempt) *trace.ICMPError {
	from, _ := slices.BinarySearchFunc(t.Errors, a.first.Time, func(e *trace.ICMPError, at int64) int { return cmp.Compare(e.Time, at) })
	for _, e := range t.Errors[from:] {
		if e.Time > a.last.Time+int64(2e9) {
			break
		}
		if e.Unreachable() && e.Quote.Dst == a.first.Dst && e.Quote.Src == a.first.Src && e.Time >= a.first.Time && e.Time <= a.last.Time+int64(2e9) {
			return e
		}
	}
	return nil
}
