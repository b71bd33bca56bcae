package detect

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var wrongTarget = Detector{
	Code:  "wrong-target",
	Title: "media sent to where the party is not",
	Doc: `Media for a party goes to an address at which the party is not, and no latch holds an
old source of its: it hears nothing, or only the rest.

data.target      where the packets go
data.heard_from  where the party sends from, empty where it sends nothing
data.why  sdp-unlatched  the address in its SDP, which is private or behind a NAT: whoever
                         sends never learned the source that the party's packets show
          stale-sdp      an address that newer SDP, which was answered, had replaced
          latch-lost     packets went to the party's true source before, and then to the
                         address in SDP
          early          an address of an early dialog, or of a fork's losing branch

"likely" by itself; "confirmed" by ICMP from there, by receiver reports that stand still,
or by the far side's capture. Another port of the same host alone is no finding:
asymmetric gateways are everywhere (RFC 4961 asks for symmetric RTP, and not all do).

What to do: switch on latching (hosted NAT traversal, RFC 7362) for that party, or let it
learn its public address (STUN, ICE: RFC 8445); after a re-INVITE, look at which SDP the
media server was given.`,
	Rank:     44,
	Link:     func(f *Finding) string { return "media went to " + f.Data.(WrongTarget).Target },
	Key:      func(f *Finding) []string { d := f.Data.(WrongTarget); return []string{d.Target, d.Why} },
	Explains: []ledger.State{ledger.Misdirected},
	Yields:   true,
	Run:      findWrongTarget,
	Visible:  audioJudged,
	Quiet:    quietTargets,
}

// WrongTarget is the data of wrong-target.
type WrongTarget struct {
	Target    string  `json:"target"`
	HeardFrom string  `json:"heard_from"`
	Why       string  `json:"why"` // sdp-unlatched, stale-sdp, latch-lost, early
	Silence   float64 `json:"silence_s"`
}

func findWrongTarget(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for row := range l.Troubled() {
		type astray struct {
			target endpoint.Endpoint
			why    string
		}
		groups := map[astray][]Claim{}
		var order []astray
		for i := range row.Spans {
			s := &row.Spans[i]
			if s.State != ledger.Misdirected || s.Lost == nil {
				continue
			}
			a := astray{s.Lost.Dst, whyAstray(row, i)}
			if groups[a] == nil {
				order = append(order, a)
			}
			groups[a] = append(groups[a], Claim{row, i})
		}
		if len(order) == 0 {
			continue
		}
		home := sourceAt(opposite(l.Rows(row.Call), row))
		for _, a := range order {
			out = append(out, misdirectedTo(row, a.target, home, a.why, groups[a]))
		}
	}
	return out
}

// whyAstray says how a span of a row came to go where it went.
func whyAstray(r *ledger.Row, i int) string {
	s := &r.Spans[i]
	dst := s.Lost.Dst
	var named, stale, branch bool
	for _, l := range r.Call.Legs {
		for _, p := range l.Ports {
			if !p.Names(dst) || p.From().Time > s.From.Time+slack {
				continue
			}
			switch {
			case p.Live(s.From.Time) && !overruled(p, l):
				named = true
			case overruled(p, l) || !l.Answer.IsZero() && !p.Until.IsZero() && p.Until.Time <= l.Answer.Time+slack:
				branch = true
			default:
				stale = true
			}
		}
	}
	switch {
	case named && reachedBefore(r, i):
		return "latch-lost"
	case named:
		return "sdp-unlatched"
	case stale:
		return "stale-sdp"
	case branch:
		return "early"
	case reachedBefore(r, i):
		return "latch-lost"
	}
	return "sdp-unlatched"
}

// overruled reports whether a port is of a branch of a fork, or of an early
// dialog, that another one was answered instead of.
func overruled(p *trace.Port, l *trace.Leg) bool {
	if p.Side != trace.Callee || l.Tag == "" {
		return false
	}
	m := p.Message()
	return m.ToTag != "" && !m.Request() && m.ToTag != l.Tag
}

// reachedBefore reports whether audio of a row had reached its listener before a
// span, for a second at least.
func reachedBefore(r *ledger.Row, i int) bool {
	return passed(r, never, r.Spans[i].From.Time) >= int64(1e9)
}

// sourceAt is where a row's talker sends from, zero where nothing of it was
// seen.
func sourceAt(r *ledger.Row) endpoint.Endpoint {
	if r == nil || len(r.Hops) == 0 || len(r.Hops[0].Streams) == 0 {
		return endpoint.Endpoint{}
	}
	return r.Source
}

func misdirectedTo(r *ledger.Row, target, home endpoint.Endpoint, why string, claims []Claim) Finding {
	start, end, silent, packets := extent(claims)
	d := WrongTarget{Target: target.String(), Why: why, Silence: inSeconds(silent)}
	if !home.IsZero() {
		d.HeardFrom = home.String()
	}
	lost := claims[0].span().Lost
	f := Finding{
		Severity: severityOfClaims(claims), Confidence: sure(claims), Call: callOf(r), Leg: legOf(r), Start: start, End: end, Data: d,
		Claims: claims, Streams: []*trace.Stream{lost}, Evidence: edgesOf(claims),
		Kind: why, Party: target.IP().String(),
		Summary: fmt.Sprintf("%s of silence: %s for the %s went to %s, where it is not", seconds(d.Silence), plural(packets, "packet"), r.To.Name, target),
		Filter:  astrayFilter(target, home),
	}
	if first := (Evidence{lost.Start(), "first packet to " + target.String()}); first.Time >= start.Time {
		f.Evidence = append([]Evidence{first}, f.Evidence...)
	}
	if own := firstFrom(r.Call, d.HeardFrom); own != nil {
		f.Evidence = append([]Evidence{{own.Start(), "the " + r.To.Name + "'s own first packet, from " + d.HeardFrom}}, f.Evidence...)
	}
	where := "sends nothing that this capture shows"
	if !home.IsZero() {
		where = "sends from " + home.String()
	}
	f.Detail = fmt.Sprintf("The %s %s. %s", r.To.Name, where, map[string]string{
		"sdp-unlatched": "The packets for it went to the address in its SDP: whoever sends them never learned the true one.",
		"stale-sdp":     "The packets for it went to an address that it had replaced by newer SDP, which was answered.",
		"latch-lost":    "The packets for it had gone to the right place before, and then went to this one.",
		"early":         "The packets for it went to an address of an early dialog that was not the one answered.",
	}[why])
	for _, c := range claims {
		if s := c.span(); s.Why != "" {
			f.Detail += upper(s.Why)
			break
		}
	}
	server := Action{Owner: "media-server", Why: "Packets went to " + target.String() + ", where the party is not.", Proof: f.Confidence, Shown: 1}
	if f.Confidence < Confirmed {
		server.Why, server.Inferred = "Packets went to "+target.String()+", from where nothing of the party came.", "that none of them arrived"
		if !home.IsZero() {
			server.Why = "Packets went to " + target.String() + ", and the party sends from elsewhere."
		}
	}
	switch why {
	case "sdp-unlatched":
		server.Why = strings.TrimSuffix(server.Why, ".") + ": it kept to SDP, as RFC 3264 has it, which is no fault."
		server.What = "Send to the source that the party's packets show (latching), instead of the address in its SDP."
		server.Standard, server.Cost = "RFC 7362", "A latch can be won by a stranger: restrict it to the party's signalling address, or check SRTP before it latches."
	case "stale-sdp":
		server.What = "Follow the newest SDP that was answered."
		server.Standard, server.Cost = "RFC 3264 section 8", "None to a call; a mend of the server's program."
	case "latch-lost":
		server.What = "Keep the learned source when signalling refreshes the session without a new address, and learn anew at once when it brings one."
		server.Standard, server.Cost = "RFC 7362", "A party that does move at a refresh is found only by its next packets."
	case "early":
		server.What = "Send to the SDP of the dialog that was answered (its To-tag), not to that of an earlier branch."
		server.Standard, server.Cost = "RFC 3261 section 13.2.2.4", "None to a call; a mend of the server's program."
	}
	if f.Confidence < Confirmed {
		f.Next = NextCapture{"at the " + r.To.Name + ", over the same kind of call", "whether anything of this arrives there"}
	}
	f.Actions = []Action{server}
	if why == "sdp-unlatched" && private(target.IP()) {
		f.Actions = append(f.Actions, Action{Owner: ownerOf(r.To), What: "Or put the public address into SDP (ICE, RFC 8445, or STUN): either of the two is enough.", Why: "Its SDP names " + target.IP().String() + ", which means nothing outside its own network.",
			Cost: "ICE has to be supported on both sides; STUN alone fails behind a NAT that maps by destination.", Standard: "RFC 1918", Proof: Confirmed})
	}
	return f
}

// private reports whether an address means something only inside a network.
func private(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLinkLocalUnicast() || netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(a)
}
