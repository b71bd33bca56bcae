package detect

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// NAT is what a capture shows of how the NAT at a public address behaves, in the
// words of RFC 4787, each with how many observations it rests on. What nothing
// shows is "unknown".
type NAT struct {
	Address netip.Addr
	Inside  bool // some mappings are seen from both sides; else SDP names what is inside
	Maps    int  // mappings seen

	Mapping    Behaviour // endpoint-independent, address-dependent, address-and-port-dependent (section 4.1)
	Assignment Assignment
	Parity     Behaviour // preserved, not-preserved (section 4.2.2)
	Lifetime   Lifetime
	Hairpin    Behaviour // seen (section 6)
	Errors     Errors    // REQ-12
}

// Behaviour is one trait of a NAT.
type Behaviour struct {
	Is           string
	Observations int
}

// unknownTrait is what nothing shows.
const unknownTrait = "unknown"

// Assignment is how a NAT picks the outer port of a new mapping (section 4.2.1):
// preserving, in-order, random, or unknown.
type Assignment struct {
	Behaviour
	Preserved int // mappings whose outer port is the inner one

	// Kendall's rank correlation of the ports with the order of time, and with the
	// order of calls, and how likely chance alone makes it as strong; nil where
	// there are too few. "random" needs both to look like chance.
	ByTime, ByCall *Correlation
}

// Correlation is a rank correlation, from -1 to 1, and its two-sided p-value.
type Correlation struct{ Tau, P float64 }

// Lifetime bounds how long a mapping lives that nothing passes outwards (section
// 4.3), in seconds.
type Lifetime struct {
	Longer       float64 // it outlived such a pause; 0 where none was seen
	Shorter      float64 // it did not outlive such a pause; 0 where none was seen
	Outlived     int     // pauses of a second or more that it outlived
	Expired      int     // pauses that it did not
	Contradicted bool    // it outlived longer pauses than it did not: something else moved it
}

// Errors is what became of mappings to whose outer side an ICMP error was sent.
type Errors struct{ Moved, Stayed int }

// mapping is what was seen of one mapping.
type mapping struct {
	in, out endpoint.Endpoint
	to      endpoint.Endpoint
	at      int64
	call    int
	seen    bool // from both sides
}

// Bounds, and how many observations a trait needs.
const (
	mostMappings = 4096 // of one address
	mostRanked   = 512  // the test compares each with each
	fewPorts     = 3    // that preserve, or rise
	enoughPorts  = 8    // for a test against chance
	enoughParity = 5    // chance preserves that many in 3 % of cases
	byChance     = 0.05
	leastPause   = int64(1e9)
)

// natsOf says how the NATs of a trace behave, in order of their address.
func natsOf(t *trace.Trace, flipped []*trace.Talker) []NAT {
	list := map[netip.Addr][]mapping{}
	var some []mapping
	for _, k := range t.Talkers {
		some = mappingsOf(some[:0], k)
		for _, m := range some {
			if host := m.out.IP(); len(list[host]) < mostMappings {
				list[host] = append(list[host], m)
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	hosts := make([]netip.Addr, 0, len(list))
	for host := range list {
		hosts = append(hosts, host)
	}
	slices.SortFunc(hosts, netip.Addr.Compare)
	pauses, hairpins := pausesOf(t, list), hairpinsOf(t)
	n := neighboursOf(t, flipped, fleet{})
	errors := map[netip.Addr]int{}
	for _, k := range flipped {
		if m := unannounced(k)[0]; t.Provoked(k, m) != nil {
			errors[m.From.Src.IP()]++
		}
	}
	var out []NAT
	for _, host := range hosts {
		maps := list[host]
		slices.SortStableFunc(maps, func(a, b mapping) int { return cmp.Compare(a.at, b.at) })
		x := NAT{Address: host, Maps: len(maps), Hairpin: hairpin(hairpins[host.As16()]), Lifetime: pauses[host], Errors: Errors{errors[host], len(n.stayed[host])}}
		x.Inside = slices.ContainsFunc(maps, func(m mapping) bool { return m.seen })
		x.Mapping, x.Parity, x.Assignment = mappingBehaviour(maps), parity(maps), assignment(maps)
		out = append(out, x)
	}
	return out
}

// mappingsOf appends the mappings that a talker's streams show: its packets come from a
// public address, and from a private one before the NAT, or SDP names such a one.
func mappingsOf(out []mapping, k *trace.Talker) []mapping {
	before := len(out)
	for _, s := range k.Streams {
		if s.CopyOf != nil || s.RelayOf != nil || inner(s.Src.IP()) || s.Place.Leg == nil {
			continue
		}
		m := mapping{out: s.Src, to: s.Dst, at: s.First.Time, call: s.Place.Leg.Call.ID}
		if in := k.Inside; in != nil && in.Src.IP() != s.Src.IP() {
			m.in, m.seen = in.Src, true
		} else {
			m.in = saidInside(s)
		}
		if m.in.IsZero() || m.in.IP() == m.out.IP() {
			continue
		}
		if n := len(out); n > before && out[n-1].out == m.out && out[n-1].to == m.to {
			continue // it went on
		}
		out = append(out, m)
	}
	return out
}

// saidInside is the private address that a stream's sender announced for it, zero
// where it announced none.
func saidInside(s *trace.Stream) endpoint.Endpoint {
	var best endpoint.Endpoint
	for _, p := range s.Place.Leg.Ports {
		if p.Side == s.Place.From && p.Line == s.Place.Line && !p.Alias && p.Addr.Port != 0 && inner(p.Addr.IP()) && p.From().Time <= s.First.Time+int64(1e9) {
			best = p.Addr
		}
	}
	return best
}

// inner reports whether an address is one that NATs hide.
func inner(a netip.Addr) bool { return private(a) }

// mappingBehaviour compares mappings of one inner endpoint to several destinations
// that were there at the same time: with one outer endpoint for all of them, the
// NAT maps independently of them.
func mappingBehaviour(maps []mapping) Behaviour {
	same, byAddress, byPort := 0, 0, 0
	seen := map[endpoint.Endpoint][]mapping{}
	for _, m := range maps {
		for _, o := range seen[m.in] {
			if o.to == m.to || o.call != m.call {
				continue // one call only: the port may have been used again
			}
			switch {
			case o.out == m.out:
				same++
			case o.to.Addr != m.to.Addr:
				byAddress++
			default:
				byPort++
			}
		}
		if len(seen[m.in]) < 16 {
			seen[m.in] = append(seen[m.in], m)
		}
	}
	switch {
	case same > 0 && byAddress+byPort == 0:
		return Behaviour{"endpoint-independent", same}
	case byPort > 0 && same == 0:
		return Behaviour{"address-and-port-dependent", byPort}
	case byAddress > 0 && same == 0:
		return Behaviour{"address-dependent", byAddress} // or on the port as well, which differs too
	}
	return Behaviour{unknownTrait, same + byAddress + byPort}
}

// parity says whether outer ports are even where the inner ones are. Of ports that
// are the same it says nothing.
func parity(maps []mapping) Behaviour {
	kept, n := 0, 0
	for _, m := range maps {
		if m.in.Port == m.out.Port {
			continue
		}
		n++
		if m.in.Port%2 == m.out.Port%2 {
			kept++
		}
	}
	switch {
	case kept < n:
		return Behaviour{"not-preserved", n}
	case n >= enoughParity:
		return Behaviour{"preserved", n}
	}
	return Behaviour{unknownTrait, n}
}

// ranked is a pick of an outer port, and for which call.
type ranked struct {
	port uint16
	call int
}

// assignment says how outer ports are picked.
func assignment(maps []mapping) Assignment {
	a := Assignment{Behaviour: Behaviour{unknownTrait, len(maps)}}
	ports := make([]ranked, 0, min(len(maps), mostRanked))
	known := make(map[endpoint.Endpoint]bool, cap(ports))
	for _, m := range maps {
		if m.in.Port == m.out.Port {
			a.Preserved++
		}
		if !known[m.out] && len(ports) < mostRanked {
			known[m.out] = true // one outer port is one pick
			ports = append(ports, ranked{m.out.Port, m.call})
		}
	}
	if len(ports) >= enoughPorts {
		byTime := kendall(ports)
		byCall := slices.Clone(ports)
		slices.SortStableFunc(byCall, func(x, y ranked) int { return cmp.Compare(x.call, y.call) })
		c := kendall(byCall)
		a.ByTime, a.ByCall = &byTime, &c
	}
	rising := 0
	for i := 1; i < len(ports); i++ {
		if d := int(ports[i].port) - int(ports[i-1].port); d > 0 && d <= 64 {
			rising++
		}
	}
	n := len(ports)
	switch {
	case a.Preserved >= fewPorts && a.Preserved*10 >= len(maps)*9:
		a.Is = "preserving"
	case a.Preserved*4 > len(maps):
	case n > fewPorts && rising*4 >= (n-1)*3:
		a.Is = "in-order"
	case a.ByTime != nil && (a.ByTime.P < byChance || a.ByCall.P < byChance):
		if a.ByTime.Tau > 0.5 || a.ByCall.Tau > 0.5 {
			a.Is = "in-order"
		}
	case a.ByTime != nil && rising*4 < n:
		a.Is = "random"
	}
	return a
}

// kendall is the rank correlation of the outer ports with the order in which they
// stand. Without order, S is normal with a variance of n(n-1)(2n+5)/18 from eight on.
func kendall(list []ranked) Correlation {
	n := len(list)
	s := 0
	for i := range list {
		for j := i + 1; j < n; j++ {
			s += cmp.Compare(list[j].port, list[i].port)
		}
	}
	pairs := float64(n*(n-1)) / 2
	z := (math.Abs(float64(s)) - 1) / math.Sqrt(float64(n*(n-1)*(2*n+5))/18)
	return Correlation{Tau: float64(s) / pairs, P: math.Erfc(max(z, 0) / math.Sqrt2)}
}

// pausesOf bounds the life of each address's mappings by the pauses of who is
// behind it.
func pausesOf(t *trace.Trace, of map[netip.Addr][]mapping) map[netip.Addr]Lifetime {
	out := map[netip.Addr]Lifetime{}
	kept := map[endpoint.Endpoint][]*trace.Flow{} // what else keeps a mapping alive: STUN, empty packets
	for _, f := range t.Flows {
		if _, known := of[f.Src.IP()]; known && len(kept[f.Src]) < 16 {
			kept[f.Src] = append(kept[f.Src], f)
		}
	}
	quiet := func(src endpoint.Endpoint, from, to int64) bool {
		return !slices.ContainsFunc(kept[src], func(f *trace.Flow) bool { return f.First.Time < to && f.Last.Time > from })
	}
	for _, k := range t.Talkers {
		host := k.Streams[0].Src.IP()
		if _, known := of[host]; !known || k.Streams[0].CopyOf != nil {
			continue
		}
		l := out[host]
		for _, s := range k.Streams {
			for _, g := range s.Gaps() {
				if d := g.Duration(); g.Missing() == 0 && d >= leastPause && quiet(s.Src, g.Before.Time, g.After.Time) {
					l.Outlived++
					l.Longer = max(l.Longer, inSeconds(d))
				}
			}
		}
		for _, m := range unannounced(k) {
			if d := m.After.Time - m.Before.Time; d >= leastPause && idled(m) && quiet(m.From.Src, m.Before.Time, m.After.Time) {
				l.Expired++
				if s := inSeconds(d); l.Shorter == 0 || s < l.Shorter {
					l.Shorter = s
				}
			}
		}
		out[host] = l
	}
	for host, l := range out {
		l.Contradicted = l.Shorter > 0 && l.Longer >= l.Shorter
		out[host] = l
	}
	return out
}

// hairpinsOf counts, by address, the streams that went out to the NAT's own address
// and came back in: from behind it to another one behind it.
func hairpinsOf(t *trace.Trace) map[[16]byte]int {
	out := map[[16]byte]int{}
	for _, s := range t.Streams {
		if s.Src.Addr == s.Dst.Addr && s.CopyOf == nil {
			out[s.Src.Addr]++
		}
	}
	return out
}

// hairpin is whether media did so n times.
func hairpin(n int) Behaviour {
	if n == 0 {
		return Behaviour{unknownTrait, 0}
	}
	return Behaviour{"seen", n}
}
