package report

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// nameList gives names to hosts as a report shows them: addresses rewritten.
type nameList struct {
	*detect.Names
	r         *Report
	bothSides map[string]bool // parties that are seen before and behind their NAT
}

// host names the owner of an address, or is the address where it has none.
func (n *nameList) host(ip netip.Addr) string { return n.r.text(n.Host(ip)) }

// lane is where an address stands in a ladder: its owner, or the owner's NAT where
// the capture shows a party on both sides of it.
func (n *nameList) lane(ip netip.Addr) string {
	name := n.host(ip)
	if n.bothSides[n.Role(ip)] && !private(ip) {
		return name + "'s NAT"
	}
	return name
}

// bothSidesOf are the parties whose media is seen before and behind their NAT.
func bothSidesOf(c *trace.Call, n *detect.Names) map[string]bool {
	out := map[string]bool{}
	if c == nil {
		return out
	}
	for _, s := range c.Streams {
		if role := n.Role(s.Src.IP()); (role == "caller" || role == "callee") && n.BehindNAT(role) && private(s.Src.IP()) {
			out[role] = true
		}
	}
	return out
}

// who lists the parties of an incident, or of a call: name, number, addresses.
func (w *writer) who(calls []*trace.Call, c *trace.Call) Section {
	s := Section{Kind: SectionWho, Title: "Who is who"}
	n := w.namesIn(c)
	said := map[string]bool{}
	var pairs []Pair
	for _, ip := range n.Hosts() {
		name := n.Role(ip)
		if said[name] {
			continue
		}
		said[name] = true
		pairs = append(pairs, Pair{Term: name, Text: []string{w.described(c, n, name)}})
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int { return place(a.Term) - place(b.Term) })
	// A party that no address in view belongs to is still somebody.
	for i, party := range []string{"caller", "callee"} {
		uri := c.From
		if i == 1 {
			uri = c.To
		}
		if !said[party] && uri != "" && len(c.Legs) > 0 {
			pairs = append(pairs, Pair{Term: party, Text: []string{w.as(URI, uri) + ", not in view (beyond the media server)"}})
		}
	}
	if len(calls) > 1 {
		s.Title = fmt.Sprintf("Who is who, in call %d", c.ID)
	}
	if len(pairs) == 0 {
		rows := w.rows(c)
		for i := range rows {
			if r := &rows[i]; !said[r.From.Name] && !r.Source.IsZero() {
				said[r.From.Name] = true
				pairs = append(pairs, Pair{Term: r.From.Name, Text: []string{"sends from " + w.endpoint(r.Source)}})
			}
		}
		slices.SortStableFunc(pairs, func(a, b Pair) int { return strings.Compare(a.Term, b.Term) })
		if len(pairs) > 0 {
			s.Blocks = append(s.Blocks, Block{Pairs: pairs})
		}
		if !w.unsignalled {
			s.text("No signalling of it could be read: who called whom is not known.")
		}
		w.unsignalled = true
		return s
	}
	s.Blocks = append(s.Blocks, Block{Pairs: pairs})
	if w.Vantage != "" {
		s.Aside = uncapital(w.Vantage)
	}
	if points := w.points(); points != "" {
		s.text(points)
	}
	for i := range w.result.NATs {
		if a := &w.result.NATs[i]; said[n.Role(a.Address)] {
			if text := w.natWords(a); text != "" {
				s.text(text)
			}
		}
	}
	return s
}

// points says which capture point is which file, where there are several.
func (w *writer) points() string {
	var out []string
	last := -1
	for i := range w.Captures {
		if p := w.Captures[i].Point; p != last && len(out) < mostFiles {
			out, last = append(out, fmt.Sprintf("%d is %s", p, w.base(i))), p
		}
	}
	if len(out) < 2 || last == 0 {
		return ""
	}
	return "Capture point " + strings.Join(out, ", ") + "; 1:20 is frame 20 of file 1." + w.clocks()
}

// clocks says which captures' clocks differ from the first one's, by what both show;
// "" where none does.
func (w *writer) clocks() string {
	var out []string
	for i := range w.Captures {
		d := float64(w.Captures[i].ClockOffset)
		if len(out) == mostFiles || math.Abs(d) < 0.0005 {
			continue
		}
		way := "behind"
		if d < 0 {
			way, d = "ahead of", -d
		}
		out = append(out, fmt.Sprintf("the clock of file %d is %.3f s %s file 0's", i, d, way))
	}
	if len(out) == 0 {
		return ""
	}
	return " By the packets that both show, " + joined(out) + "; all times here are file 0's."
}

// place in the list of who is who.
func place(name string) int {
	order := []string{"caller", "media server", "signalling server", "callee"}
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

// described is what is known of a party: its URI, what it sends from, what its
// SDP says, and what it calls itself.
func (w *writer) described(c *trace.Call, n *nameList, name string) string {
	var parts []string
	switch name {
	case "caller":
		parts = appendSome(parts, w.as(URI, c.From))
	case "callee":
		parts = appendSome(parts, w.as(URI, c.To))
	}
	media, signals, announced, agents := map[netip.Addr]bool{}, map[netip.Addr]bool{}, map[netip.Addr]bool{}, map[string]bool{}
	own := func(ip netip.Addr) bool { return n.Role(ip) == name }
	for _, s := range c.Streams {
		if own(s.Src.IP()) {
			media[s.Src.IP()] = true
		}
	}
	for _, s := range c.Streams { // where it is sent to, if it sends nothing itself
		if own(s.Dst.IP()) && !(n.BehindNAT(name) && len(media) > 0) {
			media[s.Dst.IP()] = true
		}
	}
	for _, l := range c.Legs {
		for side := range l.Parties {
			p := &l.Parties[side]
			for _, h := range p.Hosts {
				if own(h.IP()) {
					signals[h.IP()] = true
					if p.Agent != "" && callsItself(c, n.Names, l, trace.Side(side)) {
						agents[p.Agent] = true
					}
				}
			}
		}
		for _, p := range l.Ports {
			if own(p.Addr.IP()) && p.Addr.Port != 0 {
				announced[p.Addr.IP()] = true
			}
		}
	}
	var order []netip.Addr
	for _, ip := range n.Hosts() {
		if own(ip) {
			order = append(order, ip)
		}
	}
	list := func(set map[netip.Addr]bool) string {
		var out []string
		for _, ip := range order {
			if set[ip] {
				out = append(out, w.as(Address, ip.String()))
			}
		}
		const most = 3
		if len(out) > most {
			out = append(out[:most], fmt.Sprintf("%d more", len(out)-most))
		}
		return strings.Join(out, ", ")
	}
	m, sig := list(media), list(signals)
	nat := n.BehindNAT(name)
	switch {
	case m == "" && sig == "":
	case name == "stranger":
		parts = append(parts, cmpOr(m, sig))
	case nat && m != "":
		parts = append(parts, natted(m))
	case m == "" || m == sig:
		parts = append(parts, cmpOr(sig, m))
	case sig == "":
		parts = append(parts, strings.TrimPrefix("media "+m, onlyMedia(name)))
	default:
		parts = append(parts, "media "+m, "signalling "+sig)
	}
	for ip := range media {
		delete(announced, ip)
	}
	if len(parts) > 0 && w.assumed(c, name) && !strings.Contains(w.Vantage, cmpOr(m, sig)) {
		parts[len(parts)-1] += ": the " + name + "'s side, which may be a server in its place"
	}
	if said := list(announced); said != "" && m != "" {
		parts = append(parts, "SDP says "+said)
		for _, ip := range order {
			if announced[ip] && netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(ip) {
				parts[len(parts)-1] += " (RFC 6598: a carrier's NAT is on the way)"
				break
			}
		}
	}
	for _, a := range sortedKeys(agents) {
		if agent := w.as(Name, a); name != "stranger" && len(parts) > 0 && len(strings.Join(parts, ", "))+len(agent) < 56 {
			parts[len(parts)-1] += " (" + agent + ")"
			break
		}
	}
	if len(parts) == 0 {
		return "no address in view"
	}
	return strings.Join(parts, ", ")
}

// callsItself reports whether what a party of a leg is called in User-Agent or Server
// is the name of the host that signals there. It is not where several hosts speak for
// the party: one of them said so. Nor is it a server's where an end of the call says the
// same in the same dialog: a proxy passes these headers on as they are (RFC 3261 section
// 16.6).
func callsItself(c *trace.Call, n *detect.Names, l *trace.Leg, side trace.Side) bool {
	p := &l.Parties[side]
	for _, h := range p.Hosts {
		if n.Role(h.IP()) != n.Role(p.Hosts[0].IP()) {
			return false
		}
	}
	end := func(p *trace.Party) bool {
		role := n.Role(p.Hosts[0].IP())
		return role == "caller" || role == "callee"
	}
	return len(p.Hosts) > 0 && (end(p) || !slices.ContainsFunc(c.Legs, func(o *trace.Leg) bool {
		if o == l || o.CallID != l.CallID {
			return false
		}
		q := &o.Parties[side]
		return q.Agent == p.Agent && len(q.Hosts) > 0 && end(q)
	}))
}

// onlyMedia is what goes without saying of a host that is called the media server.
func onlyMedia(name string) string {
	if name == "media server" {
		return "media "
	}
	return ""
}

// natted are the addresses of a party behind a NAT: its own, where a capture saw
// them, and those outside.
func natted(list string) string {
	var own, outside []string
	addresses := strings.Split(list, ", ")
	v4 := slices.ContainsFunc(addresses, func(a string) bool {
		ip, err := netip.ParseAddr(a)
		return err == nil && ip.Is4() && !private(ip)
	})
	for _, a := range addresses {
		// Of two families IPv6 is the party's, before a NAT64 (RFC 6146): no NAT hides
		// an IPv4 host behind it.
		if ip, err := netip.ParseAddr(a); err == nil && (private(ip) || v4 && ip.Is6()) {
			own = append(own, a)
		} else {
			outside = append(outside, a)
		}
	}
	switch {
	case len(own) == 0:
		return "NAT " + strings.Join(outside, ", ")
	case len(outside) == 0:
		return strings.Join(own, ", ")
	}
	return strings.Join(own, ", ") + " behind NAT " + strings.Join(outside, ", ")
}

// private reports whether an address means something only within a network:
// RFC 1918, RFC 4193, and what carriers share (RFC 6598).
func private(ip netip.Addr) bool {
	return ip.IsPrivate() || netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(ip)
}

// assumed reports whether a party is taken for the end of the call though nothing
// says that no server stands there.
func (w *writer) assumed(c *trace.Call, name string) bool {
	return w.namesIn(c).Beyond(name)
}

func appendSome(list []string, s string) []string {
	if s == "" {
		return list
	}
	return append(list, s)
}

func sortedKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
