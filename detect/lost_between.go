package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var lostBetween = Detector{
	Code:  "lost-between",
	Title: "packets that left one capture point and did not arrive at the next",
	Doc: `With captures of two points read together, packets that pass the one are missing at the
other: media of a direction, for 0.1 s or more, or SIP requests. Only flows that both
points show, within the first and last packet of each of them and outside their known
drops.

data.from_point and data.to_point are numbers of capture points (captures[].point);
data.requests counts SIP requests that did not arrive; data.seen is the time to live and the
VLAN of the flow at each point, which tell how many routers stand between the two.

What to do: look at what stands between the two points at that time. A third capture in
the middle halves the stretch.`,
	Rank:     48,
	Link:     func(*Finding) string { return "lost between two capture points" },
	Key:      func(f *Finding) []string { d := f.Data.(LostBetween); return []string{fmt.Sprint(d.From, d.To)} },
	Explains: []ledger.State{ledger.Vanished},
	Yields:   true,
	Run:      findLostBetween,
	Visible:  pointsSeen,
	Quiet:    quietPoints,
}

// LostBetween is the data of lost-between.
type LostBetween struct {
	From     int     `json:"from_point"`
	To       int     `json:"to_point"`
	Packets  int64   `json:"packets"` // that passed the first point while it lasted
	Lost     int64   `json:"lost"`    // of these, not seen at the second
	Requests int     `json:"requests"`
	Silence  float64 `json:"silence_s"`
	Seen     []Look  `json:"seen,omitempty"` // the flow's packets at each of the two

	first  *lossGap   // the first silence; nil where the packets of it were not kept
	passed []Evidence // of it, where the point that shows the packets does
}

// Look is what a flow's packets looked like at a capture point: how far they had
// come, and in which VLAN.
type Look struct {
	Point int    `json:"point"`
	TTL   uint8  `json:"ttl,omitempty"` // time to live as recorded
	VLAN  uint16 `json:"vlan,omitempty"`
}

func findLostBetween(t *trace.Trace, l *ledger.Ledger) []Finding {
	points := 0
	for i := range t.Captures {
		points = max(points, t.Captures[i].Point+1)
	}
	if points < 2 {
		return nil
	}
	var out []Finding
	for row := range l.Troubled() {
		for _, e := range episodes(row, ledger.Vanished) {
			s := e[0].span()
			if s.Seen == nil || s.Why != "" && s.Proof.Frame != 0 {
				continue // reports say so, and no second point
			}
			if to := otherPoint(row, s.Seen); to >= 0 {
				out = append(out, vanishedBetween(t, row, e, int(s.Seen.Point), to))
			}
		}
	}
	return append(out, lostRequests(t)...)
}

// otherPoint is the capture point that shows a stream as well, -1 if there is
// none.
func otherPoint(r *ledger.Row, s *trace.Stream) int {
	for _, o := range r.Streams() {
		if o.SSRC == s.SSRC && o.Point != s.Point {
			return int(o.Point)
		}
	}
	return -1
}

func vanishedBetween(t *trace.Trace, r *ledger.Row, claims []Claim, from, to int) Finding {
	start, end, silent, lost := extent(claims)
	d := LostBetween{From: from, To: to, Silence: inSeconds(silent)}
	var counted int64
	for i, c := range claims {
		x := passedAt(t, c, to)
		if x == nil {
			counted = 0
			break
		}
		counted += x.has.Count(x.lo, x.hi)
		if i == 0 && x.first.Frame > 0 {
			d.first = x
			d.passed = []Evidence{
				{x.first.Moment(), fmt.Sprintf("number %d, the first of the silence, at point %d", wire(x.lo), from)},
				{x.last.Moment(), fmt.Sprintf("number %d, the last of the silence, at point %d", wire(x.hi), from)},
			}
		}
	}
	if counted > 0 {
		lost = counted // by their numbers
	}
	d.Packets, d.Lost = lost, lost
	s := claims[0].span().Seen
	looks := looksOf(r, s.SSRC, from, to)
	d.Seen = looks
	f := Finding{
		Severity: severityOfClaims(claims), Confidence: sure(claims), Call: callOf(r), Leg: legOf(r), Start: start, End: end, Data: d, Claims: claims,
		Streams: []*trace.Stream{s}, Evidence: edgesOf(claims), Filter: talkerFilter(s), Party: fmt.Sprintf("point %d to %d", from, to),
		Summary: fmt.Sprintf("%s of silence: %s of the %s left %s and did not come to %s", seconds(d.Silence), plural(lost, "packet"), r.From.Name, placeOf(r, from, to, true), placeOf(r, from, to, false)),
		Detail:  fmt.Sprintf("%s from %s to %s are in the capture of point %d and not in that of point %d, which shows the same flow before or after.%s", plural(lost, "packet"), s.Src, s.Dst, from, to, lookWords(looks)),
		Next:    halfWay(r, from, to),
	}
	if d.first != nil && d.first.filter() != "" {
		f.Filter = d.first.filter()
	}
	if len(d.passed) > 0 { // beside where the first of them is missing, where it is there
		f.Evidence = append(slices.Insert(f.Evidence, 1, d.passed[0]), d.passed[1:]...)
	}
	f.Actions = []Action{lookBetween(from, to, hopAt(r, from, to))}
	return f
}

// passedAt is the run of lost packets that a silence between two points is, by the
// numbers of the packets around, with where the point that shows them does, if their
// packets were kept; nil where the other point shows none of the flow around.
func passedAt(t *trace.Trace, c Claim, to int) *lossGap {
	span := c.span()
	for _, s := range c.Row.Streams() {
		if s.SSRC != span.Seen.SSRC || int(s.Point) != to {
			continue
		}
		before, ok := t.LastBefore(s, span.From.Time+1)
		after, more := t.FirstAfter(s, span.To.Time)
		if !ok || !more || after.Seq <= before.Seq+1 {
			continue
		}
		g := &lossGap{lo: before.Seq + 1, hi: after.Seq - 1, lacks: s, before: before, after: after, has: span.Seen}
		if _, _, inside := aroundNumbers(t, g.has, g.lo, g.hi); int64(len(inside)) == g.hi-g.lo+1 {
			g.first, g.last = inside[0], inside[len(inside)-1]
		}
		return g
	}
	return nil
}

// Steps of lost-between: the silence, with its edges at the one point, and what the
// other point shows of it.
func (d LostBetween) Steps(f *Finding, n *Names) []Step {
	if len(d.passed) == 0 {
		return nil
	}
	s := ownStep(f)
	s.Frames = append(someFrames(f.Evidence, 3), someFrames(d.passed[1:], 1)...)
	if x := d.first; len(f.Claims) == 1 {
		s.Text += fmt.Sprintf(" Point %d shows %s, point %d none of them.", d.From, x.numbers(), d.To)
		if lacksToo(f.Claims[0].Row, x.lacks) {
			s.Text, s.Sound = s.Text+" What was sent on lacks them, too: no loss of the recording.", true
		}
	}
	return []Step{s}
}

// placeOf names one of the two capture points between which a row lost packets, by the
// end of the hop that it stands at where both show one.
func placeOf(r *ledger.Row, from, to int, first bool) string {
	at := to
	if first {
		at = from
	}
	a, b, ok := strings.Cut(hopAt(r, from, to), " to ")
	switch {
	case !ok:
		return fmt.Sprintf("capture point %d", at)
	case first && a == r.From.Name:
		return fmt.Sprintf("it (capture point %d)", at)
	case first:
		b = a
	}
	return fmt.Sprintf("%s (capture point %d)", The(strings.Replace(b, "server", "media server", 1)), at)
}

// halfWay is where a third capture halves the way between two: outside the NAT between
// them, where its address shows.
func halfWay(r *ledger.Row, from, to int) NextCapture {
	n := NextCapture{fmt.Sprintf("between capture points %d and %d", from, to), "on which half of the way the packets are lost"}
	for _, a := range r.Streams() {
		for _, b := range r.Streams() {
			if a.SSRC == b.SSRC && int(a.Point) == from && int(b.Point) == to && private(a.Src.IP()) && !private(b.Src.IP()) {
				return NextCapture{fmt.Sprintf("outside the NAT at %s, between capture points %d and %d", b.Src.IP(), from, to), "whether they are lost behind it or beyond"}
			}
		}
	}
	return n
}

// looksOf is what a talker's packets looked like at two points.
func looksOf(r *ledger.Row, ssrc uint32, from, to int) []Look {
	var out []Look
	for _, p := range [2]int{from, to} {
		for _, s := range r.Streams() {
			if s.SSRC == ssrc && int(s.Point) == p && (s.TTL != 0 || s.VLAN != 0) {
				out = append(out, Look{p, s.TTL, s.VLAN})
				break
			}
		}
	}
	return out
}

// lookWords say what two points show of the way between them.
func lookWords(looks []Look) string {
	var parts []string
	for _, l := range looks {
		s := fmt.Sprintf("at point %d", l.Point)
		if l.TTL != 0 {
			s += fmt.Sprintf(" with TTL %d", l.TTL)
		}
		if l.VLAN != 0 {
			s += fmt.Sprintf(" in VLAN %d", l.VLAN)
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return ""
	}
	return " They pass " + strings.Join(parts, " and ") + "."
}

// lookBetween is what to do about packets that two capture points lose between
// them: whose the line is, no capture tells.
func lookBetween(from, to int, hop string) Action {
	if hop != "" {
		hop = " (" + hop + ")"
	}
	return Action{
		Owner: "unknown", What: fmt.Sprintf("Look for loss between capture points %d and %d%s: drop counters of what stands there, at that time.", from, to, hop),
		Why: "The packets pass the one point and not the other.", Cost: "A look at counters.", Proof: Confirmed,
	}
}

// hopAt is the hop of a row that two capture points show, "" where none is.
func hopAt(r *ledger.Row, from, to int) string {
	for i := range r.Hops {
		var a, b bool
		for _, s := range r.Hops[i].Streams {
			a, b = a || int(s.Point) == from, b || int(s.Point) == to
		}
		if a && b {
			return r.Hops[i].Name
		}
	}
	return ""
}

// shownBoth is how many messages of a leg two points have to share for one that
// only one of them shows to be lost.
const shownBoth = 3

// lostRequests finds SIP requests that one capture point shows and the next does
// not.
func lostRequests(t *trace.Trace) []Finding {
	type way struct{ from, to int }
	type key struct {
		branch trace.Branch
		method string
		seq    uint32
		status int16
	}
	var out []Finding
	for _, l := range t.Legs {
		at := map[key]uint64{} // the points that show a message
		arrived := arrivedOf(l)
		for _, m := range l.Messages.All() {
			if p := t.Captures[m.File].Point; p < 64 && m.Transport != trace.NG {
				at[key{m.Branch, m.Method, m.CSeq, m.Status}] |= 1 << p
			}
		}
		shared := 0
		for _, seen := range at {
			if seen&(seen-1) != 0 {
				shared++
			}
		}
		if shared < shownBoth {
			continue
		}
		lost := map[way][]trace.Message{}
		var order []way
		for _, m := range l.Messages.All() {
			p := t.Captures[m.File].Point
			if !m.Request() || m.Copy || arrived(&m) || m.Transport == trace.NG || p >= 64 || at[key{m.Branch, m.Method, m.CSeq, m.Status}] != 1<<p {
				continue
			}
			for q := range 64 {
				if q == p || !covers(t, q, m.Time) || !showsLeg(t, l, q) {
					continue
				}
				w := way{p, q}
				if lost[w] == nil {
					order = append(order, w)
				}
				lost[w] = append(lost[w], m)
			}
		}
		for _, w := range order {
			list := lost[w]
			f := Finding{
				Severity: Warn, Confidence: Likely, Call: l.Call, Leg: l, Start: list[0].Moment, End: list[len(list)-1].Moment,
				Data:    LostBetween{From: w.from, To: w.to, Requests: len(list)},
				Summary: fmt.Sprintf("%s left capture point %d and did not arrive at point %d", plural(int64(len(list)), "SIP request"), w.from, w.to),
				Detail:  fmt.Sprintf("The first is %s; other messages of the same dialog are in both captures.", list[0].Method),
				Advice:  "Look at what stands between the two capture points: a SIP helper, a firewall, or messages that are too long for one packet.",
				Filter:  fmt.Sprintf("sip.Call-ID == %q", l.CallID), Party: fmt.Sprintf("point %d to %d", w.from, w.to), Kind: "requests",
			}
			for _, m := range list[:min(len(list), 8)] {
				f.Evidence = append(f.Evidence, Evidence{m.Moment, m.Method + ", seen at one point only"})
			}
			out = append(out, f)
		}
	}
	return out
}

// arrivedOf tells of the requests of a leg whether their answer, or what followed
// it, shows that they arrived, whatever a recording lacks: a response of the same
// transaction; or, of an ACK, that the 200 was not sent again (RFC 3261 section
// 13.3.1.4).
func arrivedOf(l *trace.Leg) func(*trace.Message) bool {
	type transaction struct {
		method string
		seq    uint32
	}
	last := map[transaction]int64{} // the last response
	for _, m := range l.Messages.All() {
		if !m.Request() {
			k := transaction{m.Method, m.CSeq}
			last[k] = max(last[k], m.Time)
		}
	}
	return func(m *trace.Message) bool {
		if m.Method == "ACK" {
			at, answered := last[transaction{"INVITE", m.CSeq}]
			return answered && at <= m.Time
		}
		return last[transaction{m.Method, m.CSeq}] > m.Time
	}
}

// covers reports whether the captures of a point reach over a time, give or take
// a second.
func covers(t *trace.Trace, point int, at int64) bool {
	for i := range t.Captures {
		c := &t.Captures[i]
		if c.Point == point && c.First+c.Offset <= at-int64(1e9) && c.Last+c.Offset >= at+int64(1e9) {
			return true
		}
	}
	return false
}

// showsLeg reports whether a point shows requests of a leg.
func showsLeg(t *trace.Trace, l *trace.Leg, point int) bool {
	n := 0
	for _, m := range l.Messages.All() {
		if t.Captures[m.File].Point == point {
			n++
		}
	}
	return n >= shownBoth
}
