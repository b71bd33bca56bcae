package report

import (
	"net/netip"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// roles gives the hosts of a call names that a reader can follow: caller,
// callee, and server for whoever stands between two legs.
type roles struct {
	names  map[netip.Addr]string
	order  []netip.Addr    // as a ladder shows them, from the caller's side
	twice  map[string]bool // names that several hosts carry
	letter map[*trace.Leg]string
}

// rolesOf names the hosts of a call but those of strangers.
func rolesOf(c *trace.Call, strangers map[string]bool) *roles {
	n := &roles{names: map[netip.Addr]string{}, twice: map[string]bool{}, letter: map[*trace.Leg]string{}}
	if c == nil {
		return n
	}
	for i, l := range c.Legs {
		n.letter[l] = legLetter(i)
	}
	// By where they signal, then by where they listen, then by where their
	// media comes from: what was said first about a host stands.
	for i, l := range c.Legs {
		for side := range l.Parties {
			for _, h := range l.Parties[side].Hosts {
				n.add(h, role(c, i, trace.Side(side)))
			}
		}
	}
	for i, l := range c.Legs {
		for _, p := range l.Ports {
			n.add(p.Addr, role(c, i, p.Side))
		}
	}
	for _, s := range c.Streams {
		if i := legIndex(c, s.Place.Leg); i >= 0 && s.Place.From >= 0 && !strangers[s.Src.String()] {
			n.add(s.Src, role(c, i, s.Place.From))
			n.add(s.Dst, role(c, i, 1-s.Place.From))
		}
	}
	n.ambiguous(c)
	return n
}

// ambiguous finds names that several parties of one dialog carry: two proxies,
// or the phones of a fork. The inside and the outside of a NAT are one party, a
// server's signalling and its media are, and so are the two sides of a B2BUA,
// which gives each side a dialog of its own.
func (n *roles) ambiguous(c *trace.Call) {
	type key struct{ dialog, name string }
	seen := map[key]netip.Addr{}
	for i, l := range c.Legs {
		for side := range l.Parties {
			hosts := l.Parties[side].Hosts
			if len(hosts) == 0 {
				continue
			}
			name := role(c, i, trace.Side(side))
			k := key{l.CallID, name}
			if name == "callee" {
				k.dialog = "" // several are told apart wherever they are
			}
			if known, ok := seen[k]; ok && known != hosts[0].IP() {
				n.twice[name] = true
			}
			seen[k] = hosts[0].IP()
		}
	}
}

// strangers are the sources that findings say take no part in a call.
func (r *Report) strangers(c *trace.Call) map[string]bool {
	out := map[string]bool{}
	for _, i := range r.about[c] {
		switch d := r.result.Findings[i].Data.(type) {
		case detect.Competing:
			out[d.Source] = true
		case *detect.Competing:
			out[d.Source] = true
		}
	}
	return out
}

func (n *roles) add(e endpoint.Endpoint, name string) {
	ip := e.IP()
	if _, known := n.names[ip]; known || e.IsZero() || ip.IsUnspecified() {
		return
	}
	n.names[ip] = name
	n.order = append(n.order, ip)
}

// role of one side of a call's i-th leg.
func role(c *trace.Call, i int, side trace.Side) string {
	switch {
	case side == trace.Caller && i == 0:
		return "caller"
	case side == trace.Caller:
		return "server"
	case len(c.Legs) == 1:
		return "callee"
	case i == 0 && !shared(c, i):
		return "server" // a B2BUA that has another address on its other side
	case shared(c, i):
		return "server"
	}
	return "callee"
}

// shared tells whether the callee of the i-th leg calls on in another.
func shared(c *trace.Call, i int) bool {
	for j, l := range c.Legs {
		if j == i {
			continue
		}
		for _, h := range l.Parties[trace.Caller].Hosts {
			for _, g := range c.Legs[i].Parties[trace.Callee].Hosts {
				if h.IP() == g.IP() {
					return true
				}
			}
		}
	}
	return false
}

func legIndex(c *trace.Call, l *trace.Leg) int {
	for i := range c.Legs {
		if c.Legs[i] == l {
			return i
		}
	}
	return -1
}

// legLetter is A, B, ... Z, AA, AB, ...
func legLetter(i int) string {
	s := string(rune('A' + i%26))
	if i >= 26 {
		s = legLetter(i/26-1) + s
	}
	return s
}

// host names the owner of an address, or is the address where it has none.
func (r *Report) host(n *roles, ip netip.Addr) string {
	name, ok := n.names[ip]
	switch {
	case !ok:
		return r.as(Address, ip.String())
	case n.twice[name]:
		return name + " " + r.as(Address, ip.String())
	}
	return name
}

// short is an endpoint by its port alone, where the address goes without
// saying.
func short(endpoint string) string {
	if i := strings.LastIndexByte(endpoint, ':'); i >= 0 {
		return endpoint[i:]
	}
	return endpoint
}
