package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var natPortFlip = Detector{
	Code:  "nat-port-flip",
	Title: "a media source that changed unannounced",
	Doc: `The packets of one talker (one SSRC, one sequence, one clock, one receiver) begin to
arrive from another source address or port, and nothing announced it: that party's c=
and m= lines are what they were (a new o= version alone is nothing), and no STUN check
nominated the new source.

One finding per talker; its data lists every move. The trigger is
  icmp      an ICMP error addressed to the old source, at most a round trip and a
            second before the move
  failover  three or more calls of one address moved within a second
  idle      the talker had paused, so that its mapping may have run out
  unknown   nothing of the kind is in the capture

What was refused at the old source while the talker paused was refused for want of a
mapping: that silence is the move's, not a latch's, which could know of no other port.

That an ICMP error made a NAT move the port is inferred: RFC 4787 REQ-12 says that it
must not. That it was a NAT at all is certain only in captures from both sides of it.
A new SSRC from the same source, a move by re-INVITE or UPDATE, and one packet seen on
both sides of a NAT are no flips.`,
	Rank: 30,
	Causes: []Cause{{
		Code:       icmpUnreachable.Code,
		Confidence: Likely,
		Note:       movedByICMP,
		Did: func(icmp, f *Finding) bool {
			return f.Data.(Flip).Trigger == "icmp" && !f.refuted(natDroppedOnICMP) && sharesTalker(icmp, f)
		},
	}},
	Link: func(f *Finding) string {
		d := f.Data.(Flip)
		if n := len(d.Moves); n > 1 {
			return fmt.Sprintf("source moved %d times, from %s first", n, d.Moves[0].From)
		}
		return fmt.Sprintf("source moved from %s to %s", d.From, d.To)
	},
	Key: func(f *Finding) []string {
		d := f.Data.(Flip)
		return []string{d.From, d.To}
	},
	Explains: []ledger.State{ledger.Refused}, // for want of the old mapping
	Run:      findFlips,
	Visible:  mediaSeen,
	Quiet:    quietMoves,
}

const movedByICMP = "That the ICMP made a NAT move the port is inferred."

// idlePause is how long a talker must have been silent for its mapping to have
// run out. NATs should keep one for two minutes (RFC 4787 REQ-5); many keep it
// for 30 s, Linux for 30 s, some for less.
const idlePause = 1.5

func findFlips(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	flipped := flippedTalkers(t)
	all := fleetOf(t, flipped)
	near := neighboursOf(t, flipped, all)
	for _, k := range flipped {
		f := flip(t, all, k)
		f.expired(l, k)
		f.unsure(l, k)
		first := unannounced(k)[0]
		f.Hypotheses = near.weighFlip(t, k, first)
		if _, _, ev := near.movedInside(k, first); len(ev) > 0 {
			f.Next = NextCapture{} // that would show what this one does
		}
		f.Actions = flipActions(&f, k)
		out = append(out, f)
	}
	together(out)
	return out
}

// together notes of each flip of a failover the calls that moved with it: three
// are what tells one.
func together(flips []Finding) {
	const enough = 4
	var over []*Finding
	for i := range flips {
		if flips[i].Data.(Flip).Trigger == "failover" {
			over = append(over, &flips[i])
		}
	}
	slices.SortStableFunc(over, func(a, b *Finding) int { return a.Start.Compare(b.Start) })
	for i, f := range over {
		for _, o := range over[max(0, i-enough):] {
			if o.Start.Time-f.Start.Time >= 1e9 || len(f.Companions) == enough {
				break
			}
			c := o.Streams[0].Call
			if f.Start.Time-o.Start.Time < 1e9 && c != nil && c != f.Streams[0].Call && !slices.Contains(f.Companions, c) {
				f.Companions = append(f.Companions, c)
			}
		}
	}
}

func unannounced(k *trace.Talker) []trace.Move {
	var out []trace.Move
	for _, m := range k.Moves {
		if m.Announced == trace.Unannounced {
			out = append(out, m)
		}
	}
	return out
}

func flip(t *trace.Trace, all fleet, k *trace.Talker) Finding {
	moves := unannounced(k)
	first, last := moves[0], moves[len(moves)-1]
	d := Flip{From: last.From.Src.String(), To: last.To.Src.String()}
	f := Finding{
		Severity: Warn, Confidence: Confirmed, Call: k.Call, Leg: k.Place().Leg,
		Start: first.Before, End: last.After,
	}
	if f.End.Before(f.Start) {
		f.Start, f.End = f.End, f.Start // the old source's last packets came after the first of the new one
	}
	for _, m := range moves {
		d.Moves = append(d.Moves, FlipMove{
			From: m.From.Src.String(), To: m.To.Src.String(), File: m.After.File, Frame: m.After.Frame, Time: rfc3339(m.After.Time),
		})
		d.AddressChanged = d.AddressChanged || m.From.Src.IP() != m.To.Src.IP()
		f.Streams = appendOnce(f.Streams, m.From, m.To)
		if len(f.Evidence) < 12 {
			f.Evidence = append(f.Evidence, Evidence{m.Before, "last packet from " + m.From.Src.String()},
				Evidence{m.After, "first packet from " + m.To.Src.String()})
		}
	}
	icmp := t.Provoked(k, first)
	switch {
	case all.failover(first):
		d.Trigger = "failover"
	case icmp != nil:
		d.Trigger = "icmp"
	case idled(first):
		d.Trigger = "idle"
	default:
		d.Trigger = "unknown"
	}
	if k.Inside == nil {
		f.Next = NextCapture{"at the phone, and outside its router, over the same kind of call", "whether its own port stayed, and so which device moved it"}
	}
	if _, shared := carrierSide(k); shared && k.Inside == nil {
		f.Next.Where = "at the phone, outside its router, and outside the carrier's NAT, over the same kind of call"
	}
	if d.Trigger == "failover" {
		f.Next = NextCapture{"outside the router or firewall of these calls when it happens again, and its log of that minute now", "by which device and line they left"}
	}
	if k.Call != nil && k.Call.State == trace.MediaOnly {
		f.Call, f.Leg, f.Confidence = nil, nil, Likely
	}
	if !k.Place().Known() {
		f.Confidence = Likely // its own signalling may have announced it
	}
	what := "port"
	if d.AddressChanged {
		what = "address"
	}
	f.Summary = fmt.Sprintf("%s's source %s changed from %s to %s", partyOf(k), what, first.From.Src, first.To.Src)
	if len(moves) > 1 {
		f.Summary = fmt.Sprintf("%s's source %s changed %d times, last from %s to %s", partyOf(k), what, len(moves), last.From.Src, last.To.Src)
	}
	f.Detail = fmt.Sprintf("SSRC 0x%08x to %s: sequence and timestamps go on, the source does not. No SDP and no ICE check announced it.", k.SSRC(), k.Receiver())
	switch d.Trigger {
	case "icmp":
		f.Detail += fmt.Sprintf(" An ICMP error was sent to the old source %s before (frame %d).", seconds(icmp.Moment.Seconds(first.After)), icmp.Frame)
		f.Evidence = append(f.Evidence, Evidence{icmp.Moment, "the last ICMP error sent to the old source"})
	case "idle":
		f.Detail += fmt.Sprintf(" The party had paused for %s.", seconds(first.Before.Seconds(first.After)))
	case "failover":
		f.Detail += " Other calls of that address moved within the same second: the device in between was restarted or replaced."
	}
	if in := k.Inside; in != nil {
		d.inside = in
		f.Detail += fmt.Sprintf(" Before the NAT the same packets come from %s throughout: it was the NAT that moved them.", k.Inside.Src)
		f.Evidence = append(f.Evidence, Evidence{k.Inside.Start(), "the same packets before the NAT, their source unchanged"})
	}
	f.Data, f.Kind, f.Party = d, d.Trigger, first.From.Src.IP().String()
	if s := all.ports[first.From.Src.IP()]; s != "" {
		f.Detail += " " + s
	}
	f.Filter = talkerFilter(first.From)
	return f
}

// idled tells whether the talker had sent nothing for a while: the sequence
// goes on where it stopped.
func idled(m trace.Move) bool {
	pause := m.Before.Seconds(m.After)
	lost := float64(m.Lost) * float64(m.From.Interval()) / 1e9
	return pause >= idlePause && lost < pause/2
}

func appendOnce(list []*trace.Stream, more ...*trace.Stream) []*trace.Stream {
next:
	for _, s := range more {
		for _, o := range list {
			if o == s {
				continue next
			}
		}
		list = append(list, s)
	}
	return list
}

// keepMappings is what whoever runs the NAT can do about mappings that end in a pause.
func keepMappings(f *Finding, k *trace.Talker, sure Confidence) Action {
	a := Action{Owner: "nat", What: "Keep UDP mappings for two minutes at least.", Cost: "More entries in its table.", Standard: "RFC 4787 REQ-5", Proof: sure}
	m := unannounced(k)[0]
	a.Why = fmt.Sprintf("The port changed after a pause of %s; RFC 4787 REQ-5 asks for two minutes, and packets inwards need not keep a mapping (REQ-6).", seconds(m.Before.Seconds(m.After)))
	if len(f.Claims) == 0 {
		a.Inferred = "its cause"
	} else {
		a.Shown = 1
	}
	if g := f.Data.(Flip).gone; g != nil {
		a.Why = fmt.Sprintf("The mapping was gone at the latest %s after the last packet from it; RFC 4787 REQ-5 asks for two minutes, and packets inwards need not keep one (REQ-6).", seconds(g.last.Seconds(g.refused.Moment)))
	}
	if at, shared := carrierSide(k); shared {
		a.Owner = "carrier"
		a.Why += fmt.Sprintf(" Whose NAT: SDP says %s, which carriers share among customers (RFC 6598): a carrier's NAT is in the path.", at.IP())
		if g := f.Data.(Flip).gone; g != nil {
			if n, known := nearer(g.refused, g.stream); known && n == 1 {
				a.Why += " But by TTL the error came from the router next to the phone: ask who runs that."
			}
		}
	}
	return a
}

// flipActions are what somebody can do about a move, by what is likely to have
// brought it about.
func flipActions(f *Finding, k *trace.Talker) []Action {
	party := "unknown"
	if l := k.Place().Leg; l != nil {
		party = [2]string{"caller", "callee"}[k.Place().From]
	}
	moved := 0 // which step tells of the move itself
	if len(f.Claims) > 0 {
		moved = 2 // what was refused, and the mapping that was gone, are told before it
	}
	var out []Action
	for _, h := range f.Hypotheses {
		if h.Confidence == Refuted || h.Confidence < Likely && h.Claim != natDroppedOnICMP {
			continue
		}
		switch h.Claim {
		case natDroppedOnICMP:
			out = append(out, Action{Owner: "nat", What: "Keep a mapping when an ICMP error about it arrives; ask its vendor, once a capture has shown that it does not.", Why: "The port moved right after an error.",
				Cost: "A firmware change, or another router.", Standard: "RFC 4787 REQ-12", Proof: h.Confidence, Shown: moved, Inferred: "its cause"})
		case mappingExpired:
			out = append(out, keepMappings(f, k, h.Confidence),
				Action{Owner: party, What: "Send keepalives or comfort noise in pauses.", Why: "The port changed after a pause.", Cost: "A few packets a minute.", Standard: "RFC 6263", Proof: h.Confidence, Shown: moved, Inferred: "its cause"})
		case deviceFailover:
			a := Action{Owner: "nat", What: "Where a pair of routers or firewalls switched over: let it share its translation state, so that a switch-over moves no port.", Why: "Several calls moved at once.", Cost: "State has to be synchronised.", Proof: h.Confidence, Shown: moved, Inferred: "the switch-over"}
			if f.Data.(Flip).AddressChanged {
				a.What = "Where two lines, or a pair of routers, switched over: let calls keep one public address, whichever of them carries the traffic."
				a.Why, a.Cost = "Several calls came from another public address at once.", "An address that both can use, and shared translation state."
			}
			out = append(out, a)
		case twoUplinks:
			out = append(out, Action{Owner: "nat", What: "Keep each flow on one uplink.", Why: "The packets of one stream come by two ways in turns.", Cost: "Less even load.", Proof: h.Confidence, Shown: moved, Inferred: "its cause"})
		case cgnatReallocated:
			out = append(out, Action{Owner: "carrier", What: "Keep an endpoint's mapping on one public address for as long as it is used.", Why: "The public address changed in mid-stream.", Cost: "Less freedom to rebalance the pool.", Standard: "RFC 6888 REQ-1", Proof: h.Confidence, Shown: moved, Inferred: "its cause"})
		case sipALG:
			out = append(out, Action{Owner: "nat", What: "Switch the SIP helper off.", Why: "The port changed right after a SIP message had passed.", Cost: "Phones behind it need the server's own NAT traversal.", Proof: h.Confidence, Shown: moved, Inferred: "its cause"})
		case phoneRebound:
			out = append(out, Action{Owner: party, What: "Keep one socket for a call's media.", Why: "Nothing else explains the new port.", Cost: "A change in the phone's program.", Proof: Possible, Shown: moved, Inferred: "its cause"})
		}
	}
	if in := k.Inside; in != nil && len(out) == 0 {
		a := Action{Owner: "nat", What: "Find out why it gave up a mapping in use: its log of that second, its table's size, a restart.", Why: fmt.Sprintf("Before it the same packets come from %s throughout.", in.Src),
			Cost: "A look into its log and settings.", Proof: Confirmed, Shown: moved}
		if _, shared := carrierSide(k); shared {
			a.Owner, a.What = "unknown", "Find out which of the NATs moved the port, the one at the phone or the carrier's (RFC 6598), and why."
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		out = append(out, Action{Owner: "unknown", What: "Find out what moved the port before changing anything.", Why: "No reason for the move is likely by this capture.", Cost: "Two captures of the same kind of call.", Proof: Likely})
	}
	return out
}
