package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var icmpUnreachable = Detector{
	Code:  "icmp-unreachable",
	Title: "media refused by ICMP",
	Doc: `An ICMP destination unreachable (type 3 but code 4, or ICMPv6 type 1) quotes a packet
of the call's media, while the call wants media at the address it was sent to.

Errors about STUN or SIP are left out, and so are those after the BYE, those about a
port that the call has left, and those that quote packets sent towards a talker's old
source: these are a consequence of its move and stand as evidence with latch-silence, or
with nat-port-flip where the talker paused and its mapping ended. Copies of one error on
several interfaces, or on both sides of a NAT, count once.

Code 3 (ICMPv6: 4) from the refused host itself means that no program had the port
open. An error by another host, or with another code, comes from a firewall or a
router on the way: opening the port will not help.

Refused RTCP alone is "info": phones that never bind their RTCP port draw it in
healthy calls.`,
	Rank: 20,
	Causes: []Cause{{
		Code:       earlyRTP.Code,
		Confidence: Confirmed,
		Did: func(early, f *Finding) bool {
			d, ok := early.Data.(EarlyRTP)
			return ok && d.Rejected > 0 && sharesStream(early, f)
		},
	}, {
		Code:       competingSource.Code,
		Anywhere:   true,
		Confidence: Confirmed,
		Did: func(stranger, f *Finding) bool {
			return f.Data.(Unreachable).About == stranger.Data.(Competing).Source
		},
	}},
	Link: func(*Finding) string { return "ICMP refused it" },
	Key: func(f *Finding) []string {
		d := f.Data.(Unreachable)
		return []string{d.About, d.Component}
	},
	Explains: []ledger.State{ledger.Refused},
	Run:      findUnreachable,
	Visible:  mediaSeen,
	Quiet:    quietRefusals,
}

// refusedMedia leads to what is missing in a call: its media was refused.
var refusedMedia = Cause{
	Code:       icmpUnreachable.Code,
	Anywhere:   true,
	Confidence: Confirmed,
	Did:        func(icmp, _ *Finding) bool { return icmp.Data.(Unreachable).Component == "rtp" },
}

// refusal groups the errors of one call about one endpoint.
type refusal struct {
	about, by endpoint.Endpoint
	code      uint8
	rtcp      bool
}

func findUnreachable(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	silent := refusedSpans(l)
	for _, c := range t.Calls {
		groups := map[refusal][]*trace.ICMPError{}
		var order []refusal
		for _, e := range c.Errors {
			if !e.Unreachable() || !e.Media || e.Toward || e.Dropped || holePunch(e) || onHold(e) {
				continue
			}
			g := refusal{e.Quote.Dst, endpoint.Endpoint{Addr: e.By.Addr}, e.Quote.Code, e.RTCP}
			if groups[g] == nil {
				order = append(order, g)
			}
			groups[g] = append(groups[g], e)
		}
		if len(order) == 0 {
			continue
		}
		strange := strangeSources(c)
		for _, g := range order {
			f := unreachable(t, c, g, groups[g], strange[g.about])
			if !g.rtcp {
				f.claim(silent[refusedAt{c, g.about}])
			}
			out = append(out, f)
		}
	}
	return out
}

// holePunch reports whether an error quotes a packet that is too short for RTP:
// what opens a mapping or keeps one open (RFC 6263).
func holePunch(e *trace.ICMPError) bool {
	return !e.RTCP && e.Quote.Proto == 17 && e.Quote.Len > 0 && e.Quote.Len < 12
}

// onHold reports whether the call wanted no media where a packet was refused.
func onHold(e *trace.ICMPError) bool {
	switch {
	case e.Port != nil:
		return e.Port.Leg != nil && e.Port.Leg.HeldAt(e.Port.Line, e.Port.Side, e.Time)
	case e.Stream != nil && e.Stream.Place.Leg != nil: // it went to an address that was learned
		at := e.Stream.Place
		return at.Leg.HeldAt(at.Line, 1-at.From, e.Time)
	}
	return false
}

// refusedAt is where a call's media was refused.
type refusedAt struct {
	call  *trace.Call
	about endpoint.Endpoint
}

// refusedSpans are the silences of refused media, by where it was refused.
func refusedSpans(l *ledger.Ledger) map[refusedAt][]Claim {
	out := map[refusedAt][]Claim{}
	for row := range l.Troubled() {
		for i := range row.Spans {
			if s := &row.Spans[i]; s.State == ledger.Refused && s.Lost != nil {
				at := refusedAt{row.Call, s.Lost.Dst}
				out[at] = append(out[at], Claim{row, i})
			}
		}
	}
	return out
}

// announcedBy reports whether a party said in SDP that it listens at an address.
func announcedBy(p ledger.Party, at endpoint.Endpoint) bool {
	return p.Leg != nil && slices.ContainsFunc(p.Leg.Ports, func(o *trace.Port) bool { return o.Side == p.Side && o.Addr == at })
}

// openAtAnswer is what keeps media from being refused by who has answered.
var openAtAnswer = Action{
	What:     "Open the port before the SDP that announces it is sent; a packet filter on that host says the same.",
	Why:      "It refused audio at a port that its answer had announced.",
	Cost:     "Ports are held a little longer.",
	Standard: "RFC 3264 section 6.1",
	Proof:    Confirmed,
}

// openPort is what keeps media from being refused at a port that SDP announced, and
// whose part that is: of who announced it, be it a party or a server. Of the only leg in
// view, who offered may be a server that stands for somebody.
func openPort(c *trace.Call, at endpoint.Endpoint) Action {
	owner, offered := "", false
	for i, l := range c.Legs {
		for _, p := range l.Ports {
			if p.Addr != at || p.Alias {
				continue
			}
			offered = offered || p.Offer
			if owner = role(c, i, p.Side); owner == "server" {
				owner = "media-server"
			}
		}
	}
	a := openAtOffer
	switch {
	case owner == "" || offered && len(c.Legs) == 1:
	case offered:
		a.Owner = owner
	default:
		a = openAtAnswer
		a.Owner = owner
	}
	return a
}

// claim makes a refusal the reason of silences.
func (f *Finding) claim(list []Claim) {
	if len(list) == 0 {
		return
	}
	f.Claims = list
	_, end, silent, _ := extent(list)
	s := inSeconds(silent)
	f.Severity = max(f.Severity, mildFor(list[0].Row, severityOf(s)))
	if f.End.Before(end) {
		f.End = end
	}
	f.Summary += fmt.Sprintf("; %s of silence", seconds(s))
	if row := list[0].Row; announcedBy(row.To, list[0].span().Lost.Dst) && len(f.Actions) == 1 && f.Actions[0].What == openAtOffer.What {
		f.Actions = []Action{{Owner: ownerOf(row.To), What: "Open the port that SDP announces, or announce the one that is used; a packet filter on that host says the same.", Why: "It refused audio that was due at the port it had announced.",
			Cost: "A look at which ports are bound on " + list[0].span().Lost.Dst.IP().String() + ".", Standard: "RFC 3264 section 5.1", Proof: Confirmed}}
	}
	f.Detail += fmt.Sprintf(" Nothing shows that any packet arrived there for %s.", seconds(s))
}

func unreachable(t *trace.Trace, c *trace.Call, g refusal, list []*trace.ICMPError, stranger bool) Finding {
	first, last := list[0], list[len(list)-1]
	n := int64(len(list))
	component := "rtp"
	f := Finding{Severity: Warn, Confidence: Confirmed, Call: c, Leg: first.Leg, Start: first.Moment, End: last.Moment}
	if c.State == trace.MediaOnly {
		f.Call, f.Confidence = nil, Likely
	}
	if g.rtcp {
		component = "rtcp"
		f.Severity = Info
	}
	hidden := !g.rtcp && behindNAT(c, first)
	if hidden {
		f.Severity = Info
	}
	f.Party = g.about.IP().String()
	f.Data = Unreachable{Count: n, By: g.by.IP().String(), About: g.about.String(), ICMPCode: g.code, Component: component}
	if first.Stream != nil {
		f.Streams = []*trace.Stream{first.Stream}
	}
	what := map[bool]string{false: "RTP", true: "RTCP"}[g.rtcp]
	f.Summary = fmt.Sprintf("%s to %s refused: ICMP %s ×%d", what, g.about, codeName(first), n)
	f.Detail = fmt.Sprintf("%s answered %s to %s with ICMP %s.", g.by.IP(), plural(n, what+" packet"), g.about, codeName(first))
	own := g.by.IP() == g.about.IP()
	switch {
	case stranger:
		f.Summary = fmt.Sprintf("%s sent to a stranger, %s, was refused: ICMP %s ×%d", what, g.about, codeName(first), n)
		f.Detail += " The refused address is no party's: what was meant for one of them went to a stranger, which had no port open for it."
		f.Advice = "See how the stranger came to be taken for a party; the refusal itself is only its consequence."
	case hidden:
		f.Detail += " That is the address in the party's SDP; its packets come from another one. Until the media server has learned that, it sends there in vain."
		f.Advice = "Let whoever sends learn the party's true source (RFC 7362); until then nothing reaches it."
		if reached(c, first) {
			f.Advice = "Nothing to do: the party, which is behind a NAT, was reached once its first packet had told where it is (RFC 7362)."
		}
	case g.rtcp:
		f.Detail += " Only RTCP was refused; audio is not concerned."
		f.Advice = "Harmless to audio. Bind the RTCP port, or agree on a=rtcp-mux (RFC 5761), to be rid of it."
	case own && portCode(first):
		f.Detail += " Its port was not open, or a rule refused it."
		f.Actions = []Action{openPort(c, g.about)}
	case own:
		f.Advice = "The host itself refuses by rule (its packet filter), not for want of an open port: look at its firewall."
	default:
		f.Detail += " The error does not come from the refused host: something on the way turned the packet down."
		f.Advice = fmt.Sprintf("A firewall or router at %s refused; opening the port on %s will not help. Look at its rules for the media range.", g.by.IP(), g.about.IP())
	}
	var open []Evidence
	if !last.Quoted.IsZero() && !g.rtcp {
		next := opened(t, c, list)
		if !next.IsZero() {
			f.Detail += fmt.Sprintf(" Packets there were refused up to frame %d and not from frame %d on, %s later.", last.Quoted.Frame, next.Frame, seconds(last.Quoted.Seconds(next)))
			open = []Evidence{{next, "the first packet that was not refused"}}
		}
		if !hidden && !stranger {
			f.Hypotheses = weighRefusal(g, list, c.Answer, next)
		}
	}
	if !first.Quoted.IsZero() {
		f.Evidence = append(f.Evidence, Evidence{first.Quoted, "the first refused packet"})
	}
	f.Evidence = append(f.Evidence, Evidence{first.Moment, "the first refusal"})
	if n > 1 {
		f.Evidence = append(f.Evidence, Evidence{last.Moment, "the last refusal"})
	}
	f.Evidence = append(f.Evidence, open...)
	f.Filter = refusalFilter(first)
	return f
}

// behindNAT tells whether an error is about an address that SDP named, while
// the party's own packets come from elsewhere.
func behindNAT(c *trace.Call, e *trace.ICMPError) bool {
	p := e.Port
	if p == nil || p.Addr != e.Quote.Dst {
		// The stream was placed by its sender: look for who announced the target.
		p = nil
		if e.Leg != nil {
			for _, q := range e.Leg.Ports {
				if q.Addr == e.Quote.Dst {
					p = q
				}
			}
		}
	}
	if p == nil {
		return false
	}
	elsewhere := false
	for _, s := range c.Streams {
		if s.Place.Leg != p.Leg || s.Place.From != p.Side || s.Place.Line != p.Line {
			continue
		}
		if s.Src.IP() == p.Addr.IP() {
			return false
		}
		elsewhere = true
	}
	return elsewhere
}

// reached reports whether packets of the host that was refused later went to
// where the party's own packets come from.
func reached(c *trace.Call, e *trace.ICMPError) bool {
	for _, s := range c.Streams {
		if s.Src.Addr != e.Quote.Src.Addr || s.Dst == e.Quote.Dst || s.Last.Time < e.Time {
			continue
		}
		if slices.ContainsFunc(c.Streams, func(b *trace.Stream) bool { return b.Src == s.Dst && b.Dst.Addr == s.Src.Addr }) {
			return true
		}
	}
	return false
}

// opened is the first packet to a refused port that was not refused any more;
// zero where nothing tells. Errors that are rate-limited do not tell, nor does a
// refused packet that is seen again elsewhere.
func opened(t *trace.Trace, c *trace.Call, list []*trace.ICMPError) trace.Moment {
	last := list[len(list)-1]
	var next trace.Moment
	var sent int64
	for _, s := range c.Streams {
		if s.Dst != last.Quote.Dst {
			continue
		}
		if s.CopyOf == nil {
			from := list[0].Time
			if !list[0].Quoted.IsZero() {
				from = list[0].Quoted.Time
			}
			sent += t.Sent([]*trace.Stream{s}, from-1, last.Quoted.Time+1)
		}
		if s.CopyOf != nil || s.Last.Time <= last.Quoted.Time {
			continue
		}
		if m, ok := t.FirstAfter(s, last.Quoted.Time+1); ok && m.Frame > 0 && (next.IsZero() || m.Time < next.Time) {
			next = m.Moment()
		}
	}
	if int64(len(list))*10 < sent*9 {
		return trace.Moment{}
	}
	return next
}

func portCode(e *trace.ICMPError) bool {
	return !e.Quote.V6 && e.Quote.Code == 3 || e.Quote.V6 && e.Quote.Code == 4
}

// codeName as RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1 and
// RFC 4443 section 3.1 call it.
func codeName(e *trace.ICMPError) string {
	v4 := map[uint8]string{0: "net unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
		9: "net prohibited", 10: "host prohibited", 13: "administratively prohibited"}
	v6 := map[uint8]string{0: "no route", 1: "administratively prohibited", 3: "address unreachable", 4: "port unreachable",
		5: "source address failed policy", 6: "reject route"}
	names := v4
	if e.Quote.V6 {
		names = v6
	}
	if s, ok := names[e.Quote.Code]; ok {
		return s
	}
	return fmt.Sprintf("unreachable, code %d", e.Quote.Code)
}
