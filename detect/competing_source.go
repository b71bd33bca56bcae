package detect

import (
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var competingSource = Detector{
	Code:  "competing-source",
	Title: "another talker sends to a media port in use",
	Doc: `RTP of another talker, from an address that takes no part in the call, arrives at a
media port while the call's own talker is sending to it: injection, spraying ("RTP
bleed"), or a crossed call. A latch that is learning may take it for the party.

Quiet for early media of forks, stragglers around a re-INVITE or transfer, a new SSRC
from the same source, and the last packets of a call whose port is used again.`,
	Rank: 5, // whatever else is as severe is more likely what was heard
	Key: func(f *Finding) []string {
		d := f.Data.(Competing)
		return []string{d.Source, d.Target}
	},
	Run:     findCompeting,
	Visible: mediaSeen,
	Quiet:   quietRivals,
}

type rivalry struct {
	source address
	target endpoint.Endpoint
}

func findCompeting(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for _, c := range t.Calls {
		if c.State == trace.MediaOnly {
			continue
		}
		var rivals map[rivalry][]*trace.Stream
		var order []rivalry
		var p *parties // once they are asked for
		for _, s := range c.Streams {
			if !foreign(s) || p == nil && len(c.Legs) <= 4 && nearby(c, s) {
				continue
			}
			if p == nil {
				p = partiesOf(c)
				rivals = map[rivalry][]*trace.Stream{}
			}
			if !p.rival(s) {
				continue
			}
			r := rivalry{s.Src.Addr, s.Dst}
			if rivals[r] == nil {
				order = append(order, r)
			}
			rivals[r] = append(rivals[r], s)
		}
		if len(order) == 0 {
			continue
		}
		passes := passingIn(c)
		for _, r := range order {
			out = append(out, compete(t, l, c, passes, rivals[r]))
		}
	}
	return out
}

// foreign tells whether a stream may be of nobody in the call, as far as it
// shows by itself.
func foreign(s *trace.Stream) bool {
	pl := s.Place
	if !goesOn(s) || s.CopyOf != nil || pl.Port == nil || pl.Own != nil || s.Prev != nil || s.Next != nil || s.RelayOf != nil {
		return false
	}
	if s.Talker != nil && len(s.Talker.Streams) > 1 || s.First.Time < pl.Port.From().Time {
		return false
	}
	answer := pl.Leg.Answer
	return !answer.IsZero() && (s.Last.Time >= answer.Time+int64(2e9) || s.First.Time >= answer.Time+int64(1e9))
}

// fewInOrder is how many packets in order make RTP of what nobody announced. Fewer
// may be anything that begins like it by chance.
const fewInOrder = 4

// goesOn tells whether a stream's packets follow each other as those of an RTP
// sender do (RFC 3550 section 5.1): each with the next number, and a timestamp that
// moves on with it. A datagram of another protocol (a question to a name server, a
// scan of ports) that happens to begin like RTP stands alone, or repeats what stands
// in a number's place.
func goesOn(s *trace.Stream) bool {
	n := int64(s.Stats.Packets) - int64(s.Stats.Duplicates)
	return n >= fewInOrder && int64(s.Stats.Restarts)*4 <= n && s.Last.Seq-s.First.Seq >= fewInOrder-1 && s.Last.TS != s.First.TS
}

// nearby tells whether a stream comes from an address that signals in the call
// or was among the first that SDP named. That is most of those that come from
// behind a NAT.
func nearby(c *trace.Call, s *trace.Stream) bool {
	for _, l := range c.Legs {
		for side := range l.Parties {
			for _, h := range l.Parties[side].Hosts {
				if h.Addr == s.Src.Addr {
					return true
				}
			}
		}
		for _, p := range l.Ports[:min(4, len(l.Ports))] {
			if p.Addr.Addr == s.Src.Addr {
				return true
			}
		}
	}
	return false
}

// parties is what tells the call's own media from foreign media.
type parties struct {
	call  *trace.Call
	hosts map[address]bool                // that signal in the call or were named by SDP
	to    map[endpoint.Endpoint]*arrivals // the call's streams by destination, copies left out
}

// arrivals are the streams to one endpoint, in order of their beginning.
type arrivals struct {
	streams []*trace.Stream
	ended   []int64 // the latest end among those up to each
	run     []int   // of those from one address in a row the first
}

func partiesOf(c *trace.Call) *parties {
	p := &parties{c, map[address]bool{}, map[endpoint.Endpoint]*arrivals{}}
	for _, l := range c.Legs {
		for side := range l.Parties {
			for _, h := range l.Parties[side].Hosts {
				p.hosts[h.Addr] = true
			}
		}
		for _, port := range l.Ports {
			p.hosts[port.Addr.Addr] = true
		}
	}
	for _, s := range c.Streams {
		if s.CopyOf != nil {
			continue
		}
		a := p.to[s.Dst]
		if a == nil {
			a = new(arrivals)
			p.to[s.Dst] = a
		}
		a.add(s)
	}
	return p
}

func (a *arrivals) add(s *trace.Stream) {
	end, run := s.Last.Time, len(a.streams)
	if n := run; n > 0 {
		end = max(end, a.ended[n-1])
		if a.streams[n-1].Src.Addr == s.Src.Addr {
			run = a.run[n-1]
		}
	}
	a.streams, a.ended, a.run = append(a.streams, s), append(a.ended, end), append(a.run, run)
}

// mostRivals is how many of the streams that reach a port at the time of
// another one are compared with it, those from one address in a row left out.
const mostRivals = 256

// beside are the streams from other addresses that may last when s does.
func (a *arrivals) beside(s *trace.Stream) iter.Seq[*trace.Stream] {
	return func(yield func(*trace.Stream) bool) {
		first := sort.Search(len(a.ended), func(i int) bool { return a.ended[i] > s.First.Time })
		end := sort.Search(len(a.streams), func(i int) bool { return a.streams[i].First.Time >= s.Last.Time })
		for i, looked := first, 0; i < end && looked < mostRivals; looked++ {
			if a.streams[i].Src.Addr == s.Src.Addr {
				run := a.run[i]
				i += sort.Search(end-i, func(n int) bool { return a.run[i+n] != run })
				continue
			}
			if !yield(a.streams[i]) {
				return
			}
			i++
		}
	}
}

// rival tells whether a foreign stream comes while the call's own talker uses
// its port.
func (p *parties) rival(s *trace.Stream) bool {
	if p.hosts[s.Src.Addr] {
		return false
	}
	if s.Last.Time-s.First.Time < int64(4e9) {
		for _, l := range p.call.Legs {
			// Refreshes are in order of time: the first that may be near tells.
			i := sort.Search(len(l.Refresh), func(i int) bool { return s.First.Time < l.Refresh[i].Time+int64(2e9) })
			if i < len(l.Refresh) && s.Last.Time > l.Refresh[i].Time-int64(2e9) {
				return false
			}
		}
	}
	for o := range p.to[s.Dst].beside(s) {
		owner := p.hosts[o.Src.Addr] || o.Stats.Packets > s.Stats.Packets || o.First.Time < s.First.Time
		if owner && o.SSRC != s.SSRC && o.First.Time < s.Last.Time && s.First.Time < o.Last.Time {
			return true
		}
	}
	return false
}

func compete(t *trace.Trace, l *ledger.Ledger, c *trace.Call, passes *passing, list []*trace.Stream) Finding {
	first := list[0]
	var n int64
	last := first
	for _, s := range list {
		n += int64(s.Stats.Packets)
		if s.Last.Time > last.Last.Time {
			last = s
		}
	}
	passed := passes.strangers(list)
	d := Competing{Source: first.Src.String(), Target: first.Dst.String(), Packets: n, PassedOn: passed, heard: heardStreams(c, list), told: strayed(l, c, first.Src)}
	d.beside = passedBeside(t, c, d.heard)
	f := Finding{
		Severity: Warn, Confidence: Confirmed, Call: c, Leg: first.Place.Leg, Start: first.Start(), End: last.End(), Streams: list,
		Party:    first.Src.IP().String(),
		Data:     d,
		Summary:  fmt.Sprintf("%s from a stranger, %s, to a media port in use, %s", plural(n, "RTP packet"), first.Src, first.Dst),
		Evidence: []Evidence{{first.Start(), "first packet of the stranger"}},
		Filter:   fmt.Sprintf("%s && %s && %s", addrFilter("src", first.Src.IP().String()), toPort(first.Dst), NotQuoted(first.Dst.IP())),
	}
	if len(d.heard) > 0 {
		f.Evidence = append(f.Evidence, Evidence{d.heard[0].Start(), "the first of the stranger's packets that was passed on"})
	}
	if n > 1 {
		f.Evidence = append(f.Evidence, Evidence{last.End(), "the stranger's last packet"})
	}
	f.Detail = fmt.Sprintf("The address %s neither signals in this call nor stands in its SDP; its packets (SSRC 0x%08x) reach the port while the call's own talker uses it.", first.Src.IP(), first.SSRC)
	switch {
	case passed == nil:
		f.Detail += " Whether any were passed on is not in view."
	case *passed == 0:
		f.Detail += " None of them was passed on."
	default:
		f.Detail += fmt.Sprintf(" %s of them passed on.", capital(plural(*passed, "packet")+" "+wasWere(*passed)))
	}
	if back := sentTo(c, first.Src); back > 0 {
		f.Detail += fmt.Sprintf(" %s meant for the party went to the stranger.", plural(back, "packet"))
	}
	f.Next = findStranger
	own := ownArriving(c, list)
	if own != nil && own.Talker != nil && len(d.heard) == 0 {
		f.Evidence = append(f.Evidence, Evidence{own.Start(), "the first packet of " + partyOf(own.Talker) + "'s own to that port"})
	}
	f.Actions = strangerActions(first.Src.IP().String(), passed, sentTo(c, first.Src), own != nil && own.Start().Before(first.Start()))
	if own, signals := partyBeside(c, first); signals && (passed == nil || *passed > 0 || sentTo(c, first.Src) > 0) {
		i := slices.IndexFunc(f.Actions, func(a Action) bool { return a.Owner == "media-server" })
		f.Actions[i].What = fmt.Sprintf("Take packets from the party's own address only, which is known: it signals from %s, too (strict source). SRTP (RFC 3711) keeps a stranger from being heard at all.", own)
	}
	return f
}

// sentTo is how many packets of a call's media went to an endpoint.
func sentTo(c *trace.Call, e endpoint.Endpoint) int64 {
	var n int64
	if c == nil {
		return 0
	}
	for _, s := range c.Streams {
		if s.CopyOf == nil && s.Dst == e {
			n += int64(s.Stats.Packets)
		}
	}
	return n
}

// strangerActions are what keeps a stranger out, whether or not this one got in.
func strangerActions(source string, passed *int64, back int64, late bool) []Action {
	keep := Action{
		Owner: "media-server", What: "Take packets from the party's own address only where that is known (strict source); SRTP (RFC 3711) keeps a stranger from being heard at all.",
		Why: "A stranger's packets were passed on.", Cost: "A party whose NAT changes its public address is cut off with the stranger; SRTP has to be supported on both sides.", Standard: "RFC 7362", Proof: Confirmed, Shown: 1,
	}
	switch {
	case back > 0 && passed != nil && *passed == 0:
		keep.Why = fmt.Sprintf("Its latch followed the stranger: what it sent was not passed on, but %s meant for the party went to it.", plural(back, "packet"))
	case back > 0 && passed == nil:
		keep.Why = fmt.Sprintf("Its latch followed the stranger: %s meant for the party went to it.", plural(back, "packet"))
	case passed == nil:
		keep.Why, keep.Proof = "Whether the stranger got in is not in view; a latch that learns anew, or lets go soon, would let it in.", Possible
	case *passed == 0 && late:
		keep.What = "Nothing need change for this call: the server's choice of source held against this stranger, who came after the party. Before relying on it, see that one who comes first is kept out, too (strict source, or SRTP that is checked before it latches)."
		keep.Why, keep.Proof, keep.Inferred = "This one came after the party's first packet; one that comes before it might win.", Likely, "that it might"
		keep.Cost = "A test call. Strict source cuts off a party whose public address changes; SRTP has to be supported on both sides."
	case *passed == 0:
		keep.What = "Leave the server's choice of source as it is: it held against this stranger."
		keep.Why, keep.Proof = "A latch that learns anew at any time, or lets go soon, would let the next one in.", Likely
		keep.Inferred = "that a looser one would let it in"
		keep.Cost = "A party whose port changes waits until the latch lets go."
	}
	whose := Action{Owner: "unknown", What: "Find out whose address " + source + " is: another customer's (a call that crossed over), of somebody who tries ports (RTP bleed), or forged.",
		Why: "It takes no part in the call.", Cost: "A look at logs.", Proof: Confirmed}
	if keep.Proof == Confirmed {
		return []Action{keep, whose} // what would have kept it out comes first
	}
	return []Action{whose, keep}
}

// passing is what relays of a call send on, by whose it is.
type passing struct {
	packets map[*trace.Stream]int64               // sent on of each stream
	talkers map[endpoint.Endpoint][]*trace.Talker // two at most that are known to be passed on, by where they send to
}

func passingIn(c *trace.Call) *passing {
	p := &passing{map[*trace.Stream]int64{}, map[endpoint.Endpoint][]*trace.Talker{}}
	for _, out := range c.Streams {
		in := out.RelayOf
		if in == nil || out.CopyOf != nil {
			continue
		}
		p.packets[in] += int64(out.Stats.Packets)
		if known := p.talkers[in.Dst]; len(known) < 2 && !slices.Contains(known, in.Talker) {
			p.talkers[in.Dst] = append(known, in.Talker)
		}
	}
	return p
}

// strangers is how many packets of strangers were sent on, nil where what comes
// out of the relay is not in view, or not known to be the party's own.
func (p *passing) strangers(list []*trace.Stream) *int64 {
	var n int64
	known := false
	for _, s := range list {
		n += p.packets[s]
		known = known || p.packets[s] > 0
		// The party's own audio is known to have come out: then what is not seen to
		// have was not sent on.
		for _, k := range p.talkers[s.Dst] {
			known = known || k != s.Talker
		}
	}
	if !known {
		return nil
	}
	return &n
}

// strangeSources are the endpoints from which strangers send into a call.
func strangeSources(c *trace.Call) map[endpoint.Endpoint]bool {
	out := map[endpoint.Endpoint]bool{}
	for _, s := range strangersOf(c) {
		out[s.Src] = true
	}
	return out
}
