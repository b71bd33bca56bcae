package ledger

import (
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// arrive adds the steps behind a sighting of the last hop: packets that went to
// where the listener is, then those that nobody refused, then those that the
// listener's reports do not miss.
func (d *direction) arrive(v *sighting, h *hop) {
	l := d.chain[len(d.chain)-1]
	back := d.seenBack(v, h)
	homes := homesOf(d.homes.take(1), back)
	went := false
	left := map[*trace.Stream]int64{} // from when on a stream went astray
	streams := l.flow.streams()
	astray := layer{flow: l.flow, lost: Misdirected, at: "listener", sure: Likely, hop: l.hop, view: v}
	for _, s := range streams {
		from, to := d.astray(s, homes, back, h)
		if from >= to {
			continue
		}
		if p, arrives := d.confirm(s, from, to); arrives {
			continue
		} else if !p.at.IsZero() {
			astray.prove(s, p)
		}
		astray.flow = astray.flow.without(d.trace, s, from, to)
		went = true
		left[s] = from
	}
	if went && (len(astray.flow) != len(l.flow) || flowLength(astray.flow) != flowLength(l.flow)) {
		d.chain = append(d.chain, astray)
		l = astray
	}
	refused := layer{flow: l.flow, lost: Refused, at: "listener", sure: Confirmed, hop: l.hop, view: v}
	for _, s := range streams {
		from, to, p := d.refusal(s, back)
		if from < to {
			refused.prove(s, p)
			refused.flow = refused.flow.without(d.trace, s, from, to)
		}
	}
	if len(refused.proof) > 0 {
		d.chain = append(d.chain, refused)
		l = refused
	}
	standing := layer{flow: l.flow, lost: Vanished, at: "path", sure: Likely, hop: l.hop, view: v}
	for _, s := range streams {
		for _, st := range d.standstills(s) {
			standing.prove(s, proof{st.proof, st.why})
			if from, ok := left[s]; ok {
				st.beginAt(from) // that it went astray is why the reports stand still
			}
			standing.flow = standing.flow.without(d.trace, s, st.from, st.to)
		}
	}
	if len(standing.proof) > 0 {
		d.chain = append(d.chain, standing)
	}
}

// prove notes what confirms that packets of a stream were lost.
func (l *layer) prove(s *trace.Stream, p proof) {
	if l.proof == nil {
		l.proof = map[*trace.Stream]proof{}
	}
	l.proof[s] = p
}

func flowLength(f flow) (n int64) {
	for _, g := range f {
		n += g.to.Time - g.from.Time
	}
	return n
}

// seenBack are the listener's own packets where the sighting shows them: in the
// other direction between the same hosts or near them, on the same side of a
// NAT.
func (d *direction) seenBack(v *sighting, h *hop) []*trace.Stream {
	back := d.withoutStrangers(h, h.back)
	out := d.streams.take(len(back))
	for _, s := range back {
		if int(s.Point) != v.point {
			continue
		}
		for _, p := range v.hosts {
			if p.from == s.Dst.Addr {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

// homes says of every source of a party's from when on it had left it for good:
// always where it never did.
type homes []home

type home struct {
	src  endpoint.Endpoint
	left int64
}

// of is when the party left a source, and whether it was one of its sources.
func (h homes) of(src endpoint.Endpoint) (left int64, own bool) {
	for i := range h {
		if h[i].src == src {
			return h[i].left, true
		}
	}
	return 0, false
}

// visit is a stay at a source.
type visit struct {
	src      endpoint.Endpoint
	from, to int64
}

// homesOf finds where a party sent from. It has left a source when packets come
// from another one and none, or a few stragglers, from the old one any more.
// They are put into the room of a list that is empty.
func homesOf(h homes, streams []*trace.Stream) homes {
	if len(streams) == 0 {
		return nil
	}
	first := streams[0].Src
	moved := func(s *trace.Stream) bool { return s.Src != first || s.Talker != nil && len(s.Talker.Moves) > 0 }
	if !slices.ContainsFunc(streams, moved) {
		return append(h, home{first, always})
	}
	var visits []visit
	seen := map[*trace.Talker]bool{}
	for _, s := range streams {
		k := s.Talker
		if k == nil || len(k.Moves) == 0 {
			visits = append(visits, visit{s.Src, s.First.Time, s.Last.Time})
			continue
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		at := k.Streams[0].First.Time
		for _, m := range k.Moves {
			visits = append(visits, visit{m.From.Src, at, m.Before.Time})
			at = m.After.Time
		}
		last := k.Moves[len(k.Moves)-1].To
		visits = append(visits, visit{last.Src, at, max(at, last.Last.Time)})
	}
	last := map[endpoint.Endpoint]int64{}
	for _, v := range visits {
		last[v.src] = max(last[v.src], v.to)
	}
	for _, s := range streams {
		if _, known := h.of(s.Src); known {
			continue
		}
		end, visited := last[s.Src]
		left := always
		for _, v := range visits {
			if visited && v.to > end {
				left = min(left, max(v.from, end+1))
			}
		}
		h = append(h, home{s.Src, left})
	}
	return h
}

// astray is the time in which a stream went to where the listener was not:
// from and to are equal where it always went right.
func (d *direction) astray(s *trace.Stream, homes homes, back []*trace.Stream, h *hop) (from, to int64) {
	dst := s.Dst
	if left, own := homes.of(dst); own {
		if left == always {
			return 0, 0
		}
		if at := s.RefusedFrom(); at != 0 && at < left && at > left-2*second {
			left = at
		}
		return left, always
	}
	var stale int64 // when the listener said last that it listens elsewhere
	announced := false
	ice := false
	for _, l := range h.legs {
		for _, p := range l.Ports {
			if p.Side != 1-l.near {
				continue
			}
			ice = ice || p.ICE
			if p.Addr.Addr == dst.Addr && (p.Addr.Port == dst.Port || p.Until.IsZero()) || p.Names(dst) {
				announced = true
				if p.Until.IsZero() || d.ended(p) {
					stale = always
				} else {
					stale = max(stale, p.Until.Time+straggle)
				}
			}
		}
	}
	switch {
	case private(dst.IP()) && publicSource(back) && !private(s.Src.IP()):
		return never, always
	case private(dst.IP()) && len(back) == 0 && d.signalsFromOutside(h) && !private(s.Src.IP()):
		return never, always
	case ice, sameHost(dst, back):
		return 0, 0
	case announced && stale == always:
		return 0, 0
	case announced && len(back) > 0:
		return stale, always
	case announced, len(back) == 0, d.shownElsewhere(s):
		return 0, 0
	}
	return never, always
}

// ended reports whether a port was in force until its leg ended.
func (d *direction) ended(p *trace.Port) bool {
	return !p.Leg.End.IsZero() && p.Until == p.Leg.End
}

// shownElsewhere reports whether the packets of a stream also show with another
// destination: what stands there is another view of it.
func (d *direction) shownElsewhere(s *trace.Stream) bool {
	for _, o := range d.call.Streams {
		if o.Dst != s.Dst && family(o) == family(s) {
			return true
		}
	}
	return false
}

// sameHost reports whether a destination is a host that the listener sends from:
// another port of it is nothing, asymmetric gateways are everywhere.
func sameHost(dst endpoint.Endpoint, back []*trace.Stream) bool {
	for _, s := range back {
		if s.Src.Addr == dst.Addr {
			return true
		}
	}
	return false
}

// publicSource reports whether the listener was heard, and from public
// addresses only.
func publicSource(back []*trace.Stream) bool {
	for _, s := range back {
		if private(s.Src.IP()) {
			return false
		}
	}
	return len(back) > 0
}

// signalsFromOutside reports whether the listener, which sends no audio, sends
// its signalling from a public address.
func (d *direction) signalsFromOutside(h *hop) bool {
	if len(h.legs) == 0 {
		return false // nothing is known of its signalling
	}
	l := h.legs[len(h.legs)-1]
	hosts := l.Parties[1-l.near].Hosts
	for _, ep := range hosts {
		if private(ep.IP()) {
			return false
		}
	}
	return len(hosts) > 0
}

// private reports whether an address means something only inside a network:
// RFC 1918, RFC 6598 (shared with the provider), RFC 4193, link-local.
func private(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLinkLocalUnicast() || shared.Contains(a)
}

var shared = netip.MustParsePrefix("100.64.0.0/10")

// confirm looks for what shows that packets that went astray did not arrive, or
// that they did: ICMP errors from there, and the listener's receiver reports.
func (d *direction) confirm(s *trace.Stream, from, to int64) (p proof, arrives bool) {
	from, to = max(from, d.from.Time), min(to, d.to.Time, s.Last.Time)
	for _, e := range d.errors {
		if quotes(e, s) && e.Time >= from && e.Time <= to {
			return proof{e.Moment, "ICMP unreachable came back from there"}, false
		}
	}
	for _, tr := range d.reports(s) {
		var in []trace.Report
		for _, x := range tr.Reports {
			if x.Time > from+minSilence && x.Time <= to {
				in = append(in, x)
			}
		}
		if len(in) < 2 {
			continue
		}
		last := in[len(in)-1]
		if last.Highest > in[0].Highest+5 {
			return proof{}, true
		}
		return proof{last.Moment, stoodStill}, false
	}
	return proof{}, false
}

// quotes reports whether an error says that media of a stream did not arrive. What
// shows behind a NAT did get through it, whatever that says of packets in front; and
// what went to where the listener was before says nothing of what goes to where it is.
func quotes(e *trace.ICMPError, s *trace.Stream) bool {
	if o := e.Stream; o != nil {
		return family(o) == family(s) && !(private(s.Dst.IP()) && !private(o.Dst.IP())) && !(o.Dst != s.Dst && takeTurns(o, s))
	}
	return e.Quote.Src == s.Src && e.Quote.Dst == s.Dst
}

// refusal is the time in which a stream was refused where the listener is: from
// the first packet that drew an ICMP error until something proves that packets
// arrive. Errors are rate-limited, so that one without a further error is not
// yet accepted.
func (d *direction) refusal(s *trace.Stream, back []*trace.Stream) (from, to int64, p proof) {
	var first, last *trace.ICMPError
	for _, e := range d.errors {
		if !quotes(e, s) || e.Dropped {
			continue
		}
		at := e.Time
		if !e.Quoted.IsZero() {
			at = e.Quoted.Time // an answer to what was sent before counts as little as that
		}
		if at < d.from.Time || e.Time > d.to.Time {
			continue
		}
		if first == nil {
			first = e
		}
		last = e
	}
	if first == nil {
		return 0, 0, proof{}
	}
	from, to = first.Time, always
	if !first.Quoted.IsZero() {
		from = first.Quoted.Time
	}
	for _, b := range back {
		if b.Src != s.Dst || b.Last.Time <= last.Time {
			continue
		}
		if m, ok := d.trace.FirstAfter(b, last.Time+1); ok {
			to = min(to, m.Time) // it sends from there: the port is bound
		}
	}
	for _, tr := range d.reports(s) {
		for i, x := range tr.Reports {
			if i > 0 && x.Time > last.Time && x.Highest > tr.Reports[i-1].Highest {
				to = min(to, x.Time)
				break
			}
		}
	}
	if n := d.drew(s); n >= 3 {
		// Each packet drew an error of its own: nobody limits them, and packets that
		// draw none for seconds are accepted.
		at := last.Quoted.Time + 1
		if at == 1 {
			at = last.Time
		}
		if s.Last.Time-at > longPause {
			to = min(to, at)
		}
	}
	return from, max(to, from), proof{first.Moment, "ICMP unreachable"}
}

// drew is how many packets of a stream drew an ICMP error, if nearly all did
// between the first and the last that drew one; else 0.
func (d *direction) drew(s *trace.Stream) int64 {
	var n, first, last int64
	for _, e := range d.call.Errors {
		if !quotes(e, s) {
			continue
		}
		at := e.Time
		if !e.Quoted.IsZero() {
			at = e.Quoted.Time
		}
		if n == 0 {
			first = at
		}
		n, last = n+1, at
	}
	if n < 3 || n*10 < 9*d.trace.Sent([]*trace.Stream{s}, first-1, last+1) {
		return 0
	}
	return n
}
