package detect

import (
	"net/netip"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Names gives the hosts of one call the names that every sentence about it
// uses: "caller", "callee" and further parties for the two ends, "media server"
// and "signalling server" for what stands between them, "stranger" for a source
// that takes no part in the call.
type Names struct {
	names  map[netip.Addr]string
	order  []netip.Addr    // from the caller's side to the callee's
	twice  map[string]bool // names that several hosts carry
	behind map[string]bool // parties that a NAT stands before
	beyond map[string]bool // parties that a server may stand in for, as nothing tells their hosts from one
	letter map[*trace.Leg]string
}

// NamesOf names the hosts of a call; c may be nil, rows empty. Strangers are
// sources, "192.0.2.1:4000", that findings say take no part in the call.
func NamesOf(c *trace.Call, rows []ledger.Row, strangers map[string]bool) *Names {
	n := &Names{names: map[netip.Addr]string{}, twice: map[string]bool{}, behind: map[string]bool{}, beyond: map[string]bool{}, letter: map[*trace.Leg]string{}}
	if c == nil {
		return n
	}
	for i, l := range c.Legs {
		n.letter[l] = legLetter(i)
	}
	server, further := serverSides(c, rows), furtherParties(c, rows)
	aside := asideOf(c, rows)
	role := func(i int, side trace.Side) string {
		if server[side] {
			return "server"
		}
		if name := further[sideOf{c.Legs[i], side}]; name != "" {
			return name
		}
		return role(c, i, side)
	}
	// By where they signal, then by where they listen, then by where their
	// media comes from: what was said first about a host stands. The first host of
	// a side goes first: a BYE may pass a proxy by, to the party behind it.
	for _, first := range [2]bool{true, false} {
		for i, l := range c.Legs {
			for side := range l.Parties {
				for k, h := range l.Parties[side].Hosts {
					if (k == 0) == first && aside.host(l, trace.Side(side), h) == "" {
						n.add(h, role(i, trace.Side(side)))
					}
				}
			}
		}
	}
	for i, l := range c.Legs {
		for _, p := range l.Ports {
			if aside.port(l, p) == "" {
				n.add(p.Addr, role(i, p.Side))
			}
		}
	}
	for _, l := range c.Legs { // whose hosts the call is carried by, too, has them by now
		for _, h := range l.Parties[trace.Callee].Hosts {
			if name := aside.host(l, trace.Callee, h); name != "" {
				n.add(h, name)
			}
		}
		for _, p := range l.Ports {
			if name := aside.port(l, p); name != "" {
				n.add(p.Addr, name)
			}
		}
	}
	media := map[netip.Addr]bool{}
	for _, s := range c.Streams {
		if strangers[s.Src.String()] {
			n.add(s.Src, "stranger")
			continue
		}
		media[s.Src.IP()], media[s.Dst.IP()] = true, true
		if i := legIndex(c, s.Place.Leg); i >= 0 && s.Place.From >= 0 {
			n.add(s.Src, role(i, s.Place.From))
			n.add(s.Dst, role(i, 1-s.Place.From))
		}
	}
	n.servers(media)
	n.ambiguous(c, role, &aside)
	n.nats(c, role)
	n.assumed(c, rows)
	return n
}

// servers tells those that pass media on from those that only signal.
func (n *Names) servers(media map[netip.Addr]bool) {
	some := false
	for ip, name := range n.names {
		some = some || name == "server" && media[ip]
	}
	for ip, name := range n.names {
		if name != "server" {
			continue
		}
		if media[ip] || !some && len(media) == 0 {
			n.names[ip] = "media server"
		} else {
			n.names[ip] = "signalling server"
		}
	}
}

// nats notes parties whose media comes from another address than the one that
// they announced, which is private where the source is not.
func (n *Names) nats(c *trace.Call, role func(int, trace.Side) string) {
	for _, s := range c.Streams {
		i := legIndex(c, s.Place.Leg)
		if i < 0 || s.Place.From < 0 || s.Src.IP().IsPrivate() {
			continue
		}
		for _, p := range c.Legs[i].Ports {
			if p.Side == s.Place.From && p.Addr.IP() != s.Src.IP() && inside(p.Addr.IP()) {
				n.behind[role(i, p.Side)] = true
			}
		}
	}
}

// assumed notes parties whose hosts are taken for their own only because nothing says
// that a server stands there: of a call's only leg, and never seen to get anything.
func (n *Names) assumed(c *trace.Call, rows []ledger.Row) {
	for i := range rows {
		r := &rows[i]
		if k := len(r.Hops); len(c.Legs) == 1 && r.Media == "audio" && k > 0 && r.Hops[k-1].Assumed && !n.behind[r.To.Name] && r.In(ledger.Delivered) == 0 {
			n.beyond[r.To.Name] = true
		}
	}
}

// inside reports whether an address is one that a NAT hides: private, shared
// (RFC 6598) or unique local.
func inside(ip netip.Addr) bool {
	return ip.IsPrivate() || sharedSpace.Contains(ip)
}

// sharedSpace is what carriers share among their customers (RFC 6598).
var sharedSpace = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)

// ambiguous finds names that several parties of one dialog carry: two proxies,
// or the phones of a fork. The inside and the outside of a NAT are one party, a
// server's signalling and its media are, and so are the two sides of a B2BUA,
// which gives each side a dialog of its own.
func (n *Names) ambiguous(c *trace.Call, role func(int, trace.Side) string, a *aside) {
	type key struct{ dialog, name string }
	seen := map[key]netip.Addr{}
	for i, l := range c.Legs {
		for side := range l.Parties {
			hosts := l.Parties[side].Hosts
			if len(hosts) == 0 {
				continue
			}
			name := role(i, trace.Side(side))
			if other := a.host(l, trace.Side(side), hosts[0]); other != "" {
				name = other
			}
			k := key{l.CallID, name}
			if name == "callee" {
				k.dialog = "" // several are told apart wherever they are
			}
			if known, ok := seen[k]; ok && known != hosts[0].IP() {
				n.twice[n.names[known]] = true
			}
			seen[k] = hosts[0].IP()
		}
	}
}

func (n *Names) add(e endpoint.Endpoint, name string) {
	ip := e.IP()
	if _, known := n.names[ip]; known || e.IsZero() || ip.IsUnspecified() {
		return
	}
	n.names[ip] = name
	n.order = append(n.order, ip)
}

// Host is the name of an address, or the address where it has none.
func (n *Names) Host(ip netip.Addr) string {
	name, ok := n.names[ip]
	switch {
	case !ok:
		return ip.String()
	case n.twice[name]:
		return name + " " + ip.String()
	}
	return name
}

// At is the name of the owner of "192.0.2.1:4000", or the address in it.
func (n *Names) At(hostport string) string {
	ap, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return hostport
	}
	return n.Host(ap.Addr())
}

// The is the name with its article, for the middle of a sentence; an address
// stays bare.
func The(name string) string {
	if name == "" || strings.ContainsAny(name[:1], "0123456789[") || strings.Contains(name, ":") {
		return name
	}
	if name == "stranger" {
		return "a stranger"
	}
	if n := strings.TrimPrefix(name, "party"); n != name && n != "" {
		return name // party3
	}
	return "the " + name
}

// Role is what an address is called without regard to others of the same name,
// "" where it has none.
func (n *Names) Role(ip netip.Addr) string { return n.names[ip] }

// Has reports whether some address carries a name.
func (n *Names) Has(name string) bool {
	for _, is := range n.names {
		if is == name {
			return true
		}
	}
	return false
}

// Acting is the name of who did something from an address: the party itself only
// where its own equipment is known to be there, and not a server or a NAT before it.
func (n *Names) Acting(ip netip.Addr) string {
	name := n.names[ip]
	switch {
	case n.beyond[name] && !inside(ip):
		return name + "'s side"
	case n.behind[name] && !inside(ip):
		return name + "'s NAT, or the phone behind it,"
	}
	return n.Host(ip)
}

// Beyond reports whether a server may stand where a party's hosts are taken to be.
func (n *Names) Beyond(name string) bool { return n.beyond[name] }

// Hosts are the addresses that carry names, from the caller's side to the
// callee's.
func (n *Names) Hosts() []netip.Addr { return n.order }

// BehindNAT reports whether a party's media comes through a NAT, as far as its
// SDP and its source tell.
func (n *Names) BehindNAT(name string) bool { return n.behind[name] }

// Leg is the letter of a leg, "" for one of another call.
func (n *Names) Leg(l *trace.Leg) string { return n.letter[l] }

// serverSides are the sides of a call's only leg on which a server stands rather
// than a party: the ledger knows that somebody listens behind it.
func serverSides(c *trace.Call, rows []ledger.Row) (server [2]bool) {
	if len(c.Legs) != 1 {
		return server
	}
	for i := range rows {
		r := &rows[i]
		if n := len(r.Hops); r.Media == "audio" && n > 0 && r.Hops[n-1].InView && !r.Hops[n-1].Assumed && r.Spans[len(r.Spans)-1].State != ledger.Delivered {
			server[r.To.Side] = true
		}
	}
	return server
}

// sideOf is one end of a leg.
type sideOf struct {
	leg  *trace.Leg
	side trace.Side
}

// furtherParties are those that the ledger tells apart from the caller and the
// callee, by their end of a leg: of a transfer, a conference, a consultation.
func furtherParties(c *trace.Call, rows []ledger.Row) map[sideOf]string {
	out := map[sideOf]string{}
	for i := range rows {
		for _, p := range []ledger.Party{rows[i].From, rows[i].To} {
			if strings.HasPrefix(p.Name, "party") && legIndex(c, p.Leg) >= 0 {
				out[sideOf{p.Leg, p.Side}] = p.Name
			}
		}
	}
	return out
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
	case i == 0 && !shared(c, i) && !forked(c):
		return "server" // a B2BUA that has another address on its other side
	case shared(c, i):
		return "server"
	}
	return "callee"
}

// forked reports whether the caller's own host calls on another leg of the same
// dialog as well: those are branches, each with a callee of its own.
func forked(c *trace.Call) bool {
	first := c.Legs[0]
	for _, l := range c.Legs[1:] {
		if l.CallID != first.CallID {
			continue
		}
		for _, h := range l.Parties[trace.Caller].Hosts {
			for _, g := range first.Parties[trace.Caller].Hosts {
				if h.IP() == g.IP() {
					return true
				}
			}
		}
	}
	return false
}

// shared reports whether the callee of the i-th leg calls on in another.
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
