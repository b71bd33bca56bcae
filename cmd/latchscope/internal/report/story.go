package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/trace"
)

// EventKind says what an Event is made of.
type EventKind uint8

const (
	Signal  EventKind = iota + 1 // a SIP message
	Audio                        // RTP
	Refusal                      // ICMP
	Remark                       // a finding's own
)

func (k EventKind) String() string {
	return [...]string{"", "sip", "rtp", "icmp", "note"}[k]
}

// Event is a line of "What happened", and an arrow of the ladder.
type Event struct {
	Kind     EventKind
	Time     Time
	At       float64 // seconds since the call's beginning
	Leg      string
	From, To string // hosts, "" where the event is no packet
	Text     string
	Count    int64
	First    Frame
	Last     Frame
	Finding  int    // the finding whose evidence it is, 0 if none
	Clock    string // time of day
	Frames   string // First and Last as they are printed
	Deep     bool   // a page of text leaves it out
	Message  string // the SIP message, as anybody may read it; "" where it is not at hand

	moment  trace.Moment
	until   int64
	turn    bool   // it changes the call: an offer, an answer, its end
	hangsUp bool   // a BYE
	reply   bool   // to a re-INVITE or an UPDATE
	first   bool   // it sets the call up, or ends it
	key     string // events of one key and close in time are told once
}

// line is the event as a sentence: who sent what to whom, how often.
func (e *Event) line() string {
	text := e.Text
	if e.Kind == Signal && e.From != "" && e.To != "" {
		text = e.From + " to " + e.To + ": " + text
	}
	if e.Count > 1 {
		text += fmt.Sprintf(" (%s times)", thousands(e.Count))
	}
	return text
}

// mostEvents is how many lines one call may fill.
const mostEvents = 48

// events are the milestones of a call that the trace itself shows.
func (r *Report) events(c *trace.Call, n *nameList) []Event {
	var out []Event
	for _, l := range c.Legs {
		out = append(out, r.signals(l, n)...)
	}
	for _, k := range c.Talkers {
		out = append(out, r.talks(k, n)...)
	}
	for _, e := range c.Errors {
		if !e.Dropped && e.Media {
			out = append(out, r.refusal(e, n))
		}
	}
	return out
}

// signals are the messages of a leg that change something for its media.
func (r *Report) signals(l *trace.Leg, n *nameList) []Event {
	var out []Event
	rang := map[int16]bool{}
	var last [2]*trace.SDP
	for _, m := range l.Messages.All() {
		if m.Copy {
			continue
		}
		side := trace.Callee
		if r.fromCaller(l, &m) {
			side = trace.Caller
		}
		text := ""
		initial := l.Invite.IsZero() || l.Answer.IsZero() || !l.Answer.Before(m.Moment)
		switch {
		case m.Request() && m.Method == "INVITE" && initial:
			text = "INVITE"
		case m.Request() && m.Method == "INVITE":
			text = "re-INVITE"
		case m.Request() && (m.Method == "BYE" || m.Method == "CANCEL"):
			text = m.Method
		case m.Request() && m.SDP != nil:
			text = m.Method
		case m.Request():
			continue
		case m.Method == "INVITE" && m.Status > 100 && m.Status < 200:
			if rang[m.Status] && m.SDP == nil {
				continue
			}
			rang[m.Status] = true
			text = status(m.Status)
		case m.Method == "INVITE" && m.Status >= 200, m.SDP != nil:
			text = status(m.Status)
			if m.Method != "INVITE" {
				text += " to " + m.Method
			}
		default:
			continue
		}
		if m.Transport == trace.NG {
			text = controlText(&m, initial)
		}
		if m.SDP != nil {
			text += r.offer(&m, last[side])
			last[side] = m.SDP
		}
		text += broken(&m)
		out = append(out, Event{
			Kind: Signal, moment: m.Moment, Leg: n.Leg(l), Count: 1, Text: text,
			From: n.lane(m.Src.IP()), To: n.lane(m.Dst.IP()), turn: m.SDP != nil || m.Request() && (m.Method == "BYE" || m.Method == "CANCEL") || m.Method == "INVITE" && m.Status >= 300,
			reply:   !m.Request() && !initial,
			first:   initial || m.Request() && m.Method == "BYE",
			hangsUp: m.Request() && m.Method == "BYE",
			key:     fmt.Sprint("sip", n.Leg(l), m.Src, m.Method, m.Status, m.CSeq, m.ToTag),
		})
	}
	return out
}

// controlText names a message that is known by what a media engine was told.
func controlText(m *trace.Message, initial bool) string {
	switch {
	case m.Method == "BYE" || m.Method == "CANCEL":
		return "the call is deleted (NG)"
	case !m.Request() && m.Status < 200:
		return "early answer (NG)"
	case !m.Request():
		return "answer (NG)"
	case initial:
		return "offer (NG)"
	}
	return "new offer (NG)"
}

// broken mentions what is malformed about a message.
func broken(m *trace.Message) string {
	if m.Defects == "" {
		return ""
	}
	return " (malformed: " + m.Defects + ")"
}

func (r *Report) fromCaller(l *trace.Leg, m *trace.Message) bool {
	for _, h := range l.Parties[trace.Caller].Hosts {
		if h == m.Src {
			return true
		}
	}
	return false
}

// offer says what an SDP asks for: where its sender listens, and whether that
// is new.
func (r *Report) offer(m *trace.Message, before *trace.SDP) string {
	var parts []string
	for i, line := range m.SDP.Media {
		kind := ""
		if line.Kind != "audio" {
			kind = printableKind(line.Kind) + " "
		}
		switch {
		case line.Addr.Port == 0:
			parts = append(parts, "rejects "+cmp.Or(strings.TrimSpace(kind), "audio"))
			continue
		case line.Addr.IP().IsUnspecified():
			parts = append(parts, kind+"on hold (0.0.0.0)")
			continue
		}
		s := kind + "media at " + r.endpoint(line.Addr)
		if before != nil && i < len(before.Media) {
			if before.Media[i].Addr == line.Addr {
				s = kind + "media stays at " + short(r.endpoint(line.Addr))
			} else {
				s = kind + "media moves to " + r.endpoint(line.Addr)
			}
		}
		if line.Direction != trace.SendRecv {
			s += " " + line.Direction.String()
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

func printableKind(s string) string {
	if len(s) > 16 {
		return s[:16]
	}
	return s
}

// mediaOf is what SDP says a stream carries, audio where it says nothing.
func mediaOf(s *trace.Stream) string {
	if p := s.Place.Port; p != nil && p.Media != nil && p.Media.Kind != "" {
		return p.Media.Kind
	}
	return "audio"
}

// talks are a talker's beginning and its moves.
func (r *Report) talks(k *trace.Talker, n *nameList) []Event {
	if len(k.Streams) == 0 {
		return nil
	}
	s := k.Streams[0]
	out := []Event{{
		Kind: Audio, moment: s.Start(), Leg: n.Leg(k.Place().Leg), Count: 1, key: "begin",
		From: n.lane(s.Src.IP()), To: n.lane(s.Dst.IP()),
		Text: fmt.Sprintf("%s begins, %s to %s", mediaOf(s), n.lane(s.Src.IP()), n.lane(s.Dst.IP())),
	}}
	for _, m := range k.Moves {
		text := fmt.Sprintf("RTP now comes from %s, not %s", r.endpoint(m.To.Src), short(r.endpoint(m.From.Src)))
		if m.From.Src.IP() != m.To.Src.IP() {
			text = fmt.Sprintf("RTP now comes from %s, not %s", r.endpoint(m.To.Src), r.endpoint(m.From.Src))
		}
		if m.Announced != trace.Unannounced {
			text += " (announced)"
		}
		out = append(out, Event{
			Kind: Audio, moment: m.After, Leg: n.Leg(k.Place().Leg), Count: 1, Text: text, key: "move",
			From: n.lane(m.To.Src.IP()), To: n.lane(m.To.Dst.IP()),
		})
	}
	return out
}

func (r *Report) refusal(e *trace.ICMPError, n *nameList) Event {
	what := "RTP"
	if e.RTCP {
		what = "RTCP"
	}
	text := fmt.Sprintf("%s to %s refused: %s", what, r.endpoint(e.Quote.Dst), icmpName(e.Quote))
	if e.By.IP() != e.Quote.Dst.IP() {
		text += ", says " + r.as(Address, e.By.IP().String())
	}
	return Event{
		Kind: Refusal, moment: e.Moment, Count: 1, Text: text, Leg: n.Leg(e.Leg),
		From: n.lane(e.By.IP()), To: n.lane(e.To.IP()),
		key: fmt.Sprint("icmp", e.By, e.To, e.Quote.Src, e.Quote.Dst, e.Quote.Type, e.Quote.Code),
	}
}

// icmpName is the error in the words of RFC 792, RFC 1812 and RFC 4443.
func icmpName(q packet.Quote) string {
	v4 := map[uint8]string{
		0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
		4: "fragmentation needed", 9: "network prohibited", 10: "host prohibited", 13: "administratively prohibited",
	}
	v6 := map[uint8]string{
		0: "no route", 1: "administratively prohibited", 2: "beyond scope", 3: "address unreachable", 4: "port unreachable",
		5: "source policy failed", 6: "route rejected",
	}
	name, proto := "", "ICMP"
	switch {
	case q.V6:
		proto = "ICMPv6"
		if q.Type == 1 {
			name = v6[q.Code]
		}
	case q.Type == 3:
		name = v4[q.Code]
	}
	if name == "" {
		return fmt.Sprintf("%s type %d code %d", proto, q.Type, q.Code)
	}
	return proto + " " + name
}

// findingEvents puts the evidence of a call's findings into the story. Where
// the trace tells of the same frame, the finding's words replace its own.
func (r *Report) findingEvents(c *trace.Call, n *nameList, events []Event) []Event {
	at := map[trace.Ref]int{}
	for i := range events {
		if j, ok := at[events[i].moment.Ref]; !ok || events[j].Kind == Audio {
			at[events[i].moment.Ref] = i
		}
	}
	for _, i := range r.about[c] {
		f := &r.result.Findings[i]
		for _, e := range f.Evidence {
			if e.IsZero() || e.Note == "" {
				continue
			}
			note := r.text(e.Note)
			if j, ok := at[e.Ref]; ok {
				ev := &events[j]
				if ev.Kind != Signal && ev.Finding == 0 {
					if ev.Kind == Refusal && note == "the first refusal" {
						note = "refused by ICMP" // others follow, and are told with it
					}
					ev.Text, ev.Finding = note, f.ID
					if ev.Kind == Audio {
						ev.key = ""
					}
				}
				continue
			}
			ev := Event{Kind: Remark, moment: e.Moment, Count: 1, Text: note, Finding: f.ID}
			ev.Leg = n.Leg(f.Leg)
			ev.From, ev.To = r.ends(f.Streams, e.Moment, n)
			at[e.Ref] = len(events)
			events = append(events, ev)
		}
	}
	return events
}

// ends finds between which hosts a frame of evidence may have travelled: those
// of the finding's only stream that was there then.
func (r *Report) ends(streams []*trace.Stream, m trace.Moment, n *nameList) (from, to string) {
	var src, dst netip.Addr
	for _, s := range streams {
		if s.Start().Ref != m.Ref && s.End().Ref != m.Ref {
			continue
		}
		if src.IsValid() && (src != s.Src.IP() || dst != s.Dst.IP()) {
			return "", ""
		}
		src, dst = s.Src.IP(), s.Dst.IP()
	}
	if !src.IsValid() {
		return "", ""
	}
	return n.lane(src), n.lane(dst)
}

// story puts events in order, tells what repeats once, and keeps within the
// bound: what findings point to is kept first.
func story(events []Event, zero Time) (out []Event, hidden int) {
	slices.SortStableFunc(events, func(a, b Event) int { return a.moment.Compare(b.moment) })
	open := map[string]int{}
	for _, e := range events {
		if j, ok := open[e.key]; ok && (e.key != "begin" && e.key != "move" && e.key != "") &&
			(e.Kind != Refusal || e.moment.Time-out[j].until < 5e9) {
			o := &out[j]
			o.Count++
			o.until, o.Last = e.moment.Time, Frame{e.moment.File, e.moment.Frame}
			continue
		}
		open[e.key] = len(out)
		e.until = e.moment.Time
		e.Time = moment(e.moment)
		e.At = e.Time.Since(zero)
		e.First = Frame{e.moment.File, e.moment.Frame}
		e.Last = e.First
		out = append(out, e)
	}
	if len(out) <= mostEvents {
		return out, 0
	}
	// Drop from the end what no finding and no signalling needs, then from the end.
	kept := make([]bool, len(out))
	left := mostEvents
	for pass := range 3 {
		for i := range out {
			wanted := pass == 0 && out[i].Finding != 0 || pass == 1 && out[i].Kind == Signal || pass == 2
			if wanted && !kept[i] && left > 0 {
				kept[i] = true
				left--
			}
		}
	}
	some := out[:0:0]
	for i := range out {
		if kept[i] {
			some = append(some, out[i])
		}
	}
	return some, len(out) - len(some)
}

// status is a response with the phrase of RFC 3261 section 21, which says more
// than what the sender may have put there.
func status(code int16) string {
	phrase := map[int16]string{
		180: "Ringing", 181: "Being Forwarded", 182: "Queued", 183: "Session Progress", 199: "Early Dialog Terminated",
		200: "OK", 202: "Accepted", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy",
		400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
		407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 415: "Unsupported Media Type",
		420: "Bad Extension", 422: "Session Interval Too Small", 480: "Temporarily Unavailable", 481: "No Such Call",
		482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
		488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
		502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out", 600: "Busy Everywhere", 603: "Decline",
		604: "Does Not Exist Anywhere", 606: "Not Acceptable",
	}[code]
	return strings.TrimSpace(strconv.Itoa(int(code)) + " " + phrase)
}
