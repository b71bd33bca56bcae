package detect

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Display filters of Wireshark, all of them made here. Each shows both halves of
// what a finding claims, what is there and where something should be, and none
// matches the packets that ICMP errors quote: Wireshark finds the addresses and
// ports of those, too.

// Filter is a display filter and, in two or three words, what it shows.
type Filter struct{ Name, Text string }

// Filters are those of a finding: of each silence that it explains where that can
// be seen, and its own where these do not show the same.
func Filters(f *Finding) []Filter {
	var out []Filter
	for _, c := range f.Claims {
		out = append(out, claimFilters(c, f.Claims)...)
	}
	if _, moved := f.Data.(Flip); f.Filter != "" && (len(out) == 0 || moved) {
		out = append(out, Filter{filterName(f), f.Filter})
	}
	if _, stranger := f.Data.(Competing); stranger {
		if on := ownPassedOn(f); on != nil { // all that left for the ear that could have got the stranger's
			out = append(out, Filter{"all passed on", PassedFilter(on)})
			if on.RelayOf.SSRC == on.SSRC { // what is passed on keeps its own: the stranger's would show
				out = append(out, Filter{"stranger's (none)", PassedFilter(on) + " && " + ssrcFilter(f.Streams[0], "==")})
			}
		}
	}
	return onceEach(out)
}

// filterName is what a finding's own filter shows.
func filterName(f *Finding) string {
	media := "audio"
	switch d := f.Data.(type) {
	case AudioGap: // of video, too
		media = d.Media
	case MediaLoss:
		if media = "stream"; d.gap != nil && f.Filter == d.gap.filter() {
			return "the gap"
		}
	}
	if name, ok := map[string]string{
		"early-rtp": "early audio", "icmp-unreachable": "refusals", "nat-port-flip": "source change", "competing-source": "the stranger",
		"latch-silence": "both ways", "lost-between": "at each point", "media-loss": "that " + media, "audio-gap": "that " + media, "call-cut": "the dialog",
		"one-way-audio": "both ways", "no-audio": "the call", "starved-latch": "both ways", "srtp-mismatch": "the SDP", "jitter": "that audio",
		"dead-air": "that audio", "said-not-sent": "that audio", "wrong-target": "astray",
	}[f.Code]; ok {
		return name
	}
	return strings.ReplaceAll(f.Code, "-", " ")
}

// claimFilters show one silence: as a gap in what left towards the listener, or
// as what went elsewhere.
func claimFilters(c Claim, all []Claim) []Filter {
	span, who := c.span(), c.Row.From.Name+"'s "
	switch {
	case span.State == ledger.Misdirected && span.Lost != nil:
		d := span.Lost
		return []Filter{{who + "astray", fmt.Sprintf("%s && %s && udp.srcport == %d && %s%s", isMedia(d), toPort(d.Dst), d.Src.Port, NotQuoted(d.Dst.IP()), astrayFrom(d, c.Row, all))}}
	case span.State == ledger.Refused && span.Lost != nil:
		return []Filter{{"refusals", refusedFilter(span.Lost.Src, span.Lost.Dst)}}
	case span.State == ledger.Stopped && span.Seen != nil:
		n := len(c.Row.Hops)
		if n < 2 || len(c.Row.Hops[n-1].Streams) == 0 {
			return nil
		}
		in, out := span.Seen, c.Row.Hops[n-1].Streams[0]
		if i := slices.IndexFunc(c.Row.Hops[n-1].Streams, func(s *trace.Stream) bool { return s.CopyOf == nil && s.RelayOf != nil && s.RelayOf.SSRC == in.SSRC }); i >= 0 {
			out = c.Row.Hops[n-1].Streams[i] // the talker's own, not a stranger's
		}
		return []Filter{
			{who + "arriving", fmt.Sprintf("%s && %s && %s", isMedia(in), toPort(in.Dst)+besideSource(c.Row.Call, in), NotQuoted(in.Dst.IP()))},
			{who + "passed on", leaving(out, withoutStrangers(c.Row.Call, out))},
		}
	}
	return nil
}

// PassedFilter shows what leaves from a stream's source for its destination.
func PassedFilter(s *trace.Stream) string { return leaving(s, "") }

// leaving is that filter, less what another part of it leaves out.
func leaving(s *trace.Stream, less string) string {
	return fmt.Sprintf("%s && udp.srcport == %d && %s%s && %s", isMedia(s), s.Src.Port, addrFilter("dst", s.Dst.IP().String()), less, NotQuoted(s.Dst.IP()))
}

// astrayFrom leaves out what a stream carried before the first of a finding's silences
// began, while its listener was still there. Where it went astray from its first packet
// on, some of it refused and some not, nothing is left out.
func astrayFrom(s *trace.Stream, r *ledger.Row, all []Claim) string {
	for i := range r.Spans {
		if span := &r.Spans[i]; span.Lost == s && span.From.Time <= s.First.Time && !(span.From.Time == s.First.Time && ledger.Arrived(r.Spans, i)) {
			return ""
		}
	}
	var first *Claim
	for i := range all {
		if c := &all[i]; c.span().Lost == s && (first == nil || c.span().From.Time < first.span().From.Time) {
			first = c
		}
	}
	if first == nil || first.span().From.Frame == 0 || first.span().From.File != s.First.File {
		return ""
	}
	after := first.span().From.Frame
	if first.Span > 0 && first.Row.Spans[first.Span-1].State == ledger.Agreed {
		after-- // no packet ends a hold: this is the first one after it
	}
	return fmt.Sprintf(" && frame.number > %d", after)
}

// besideSource is the part of a filter that leaves out what others send to where a
// stream comes in; "" where nobody does.
func besideSource(c *trace.Call, in *trace.Stream) string {
	for _, s := range c.Streams {
		if s.Dst == in.Dst && s.Src.IP() != in.Src.IP() {
			return " && " + addrFilter("src", in.Src.IP().String())
		}
	}
	return ""
}

// withoutStrangers is the part of a filter that leaves out what a relay sends on of
// strangers beside a stream; "" where it sends none, or by no SSRC of its own.
func withoutStrangers(c *trace.Call, out *trace.Stream) string {
	text, strange := "", strangeSources(c)
	if out.RelayOf != nil && strange[out.RelayOf.Src] && out.Place.Known() {
		text = " && " + ssrcFilter(out, "!=") // all that left is the stranger's
	}
	for _, s := range c.Streams {
		if s.Src != out.Src || s.Dst != out.Dst || s.RelayOf == nil || !strange[s.RelayOf.Src] || s.SSRC == out.SSRC || !s.Place.Known() {
			continue
		}
		if part := " && " + ssrcFilter(s, "!="); !strings.Contains(text, part) && len(text) < 3*len(part) {
			text += part
		}
	}
	return text
}

func onceEach(list []Filter) []Filter {
	var out []Filter
	said := map[string]bool{}
	for _, f := range list {
		if !said[f.Text] {
			said[f.Text] = true
			out = append(out, f)
		}
	}
	return out
}

// isMedia is how Wireshark knows a stream's packets: as RTP where SDP in the capture
// named one end of it as it is on the wire, else as UDP only. A server behind a 1:1 NAT
// names another address than its packets have.
func isMedia(s *trace.Stream) string {
	if l := s.Place.Leg; l != nil && slices.ContainsFunc(l.Ports, func(p *trace.Port) bool { return p.Names(s.Src) || p.Names(s.Dst) }) {
		return "rtp"
	}
	return "udp"
}

// talkerFilter shows a stream's talker at its receiver, whatever its source. Where
// Wireshark does not know it as RTP, the SSRC is found at its place in the payload.
func talkerFilter(s *trace.Stream) string {
	return fmt.Sprintf("%s && udp.dstport == %d && %s", ssrcFilter(s, "=="), s.Dst.Port, NotQuoted(s.Dst.IP()))
}

// ssrcFilter compares packets' SSRC with a stream's.
func ssrcFilter(s *trace.Stream, op string) string {
	if isMedia(s) == "rtp" {
		return fmt.Sprintf("rtp.ssrc %s 0x%08x", op, s.SSRC)
	}
	b := binary.BigEndian.AppendUint32(nil, s.SSRC)
	return fmt.Sprintf("udp.payload[8:4] %s %02x:%02x:%02x:%02x", op, b[0], b[1], b[2], b[3])
}

// portFilter shows what comes to a port and what leaves it.
func portFilter(e endpoint.Endpoint) string {
	return fmt.Sprintf("udp.port == %d && %s && %s", e.Port, addrFilter("addr", e.IP().String()), NotQuoted(e.IP()))
}

// relayFilter shows what comes to a relay's port and what the relay sends on from
// another one, as far as that is known.
func relayFilter(in endpoint.Endpoint, on []*trace.Stream) string {
	for _, out := range on {
		if out.Src != in && out.Src.Port != 0 {
			return fmt.Sprintf("((%s && udp.port == %d) || (%s && udp.srcport == %d)) && %s", addrFilter("addr", in.IP().String()), in.Port,
				addrFilter("src", out.Src.IP().String()), out.Src.Port, NotQuoted(in.IP()))
		}
	}
	return portFilter(in)
}

// astrayFilter shows what went to a place where its listener is not, and where the
// listener sends from, if that is known.
func astrayFilter(target, home endpoint.Endpoint) string {
	if home.IsZero() {
		return fmt.Sprintf("%s && %s", toPort(target), NotQuoted(target.IP()))
	}
	return fmt.Sprintf("((%s) || (%s && udp.srcport == %d)) && %s", toPort(target), addrFilter("src", home.IP().String()), home.Port, NotQuoted(target.IP()))
}

// toPort are the packets to an endpoint.
func toPort(e endpoint.Endpoint) string {
	return fmt.Sprintf("%s && udp.dstport == %d", addrFilter("dst", e.IP().String()), e.Port)
}

// refusalFilter shows the errors that one host sent about a port. By addresses alone
// it would show those of the opposite direction, too, as the packets that they quote
// have the same.
func refusalFilter(e *trace.ICMPError) string {
	if e.Quote.V6 {
		return fmt.Sprintf("icmpv6.type == 1 && ipv6.src == %s && udp.dstport == %d", e.By.IP(), e.Quote.Dst.Port)
	}
	return fmt.Sprintf("icmp.type == 3 && icmp.code == %d && ip.src == %s && udp.dstport == %d", e.Quote.Code, e.By.IP(), e.Quote.Dst.Port)
}

// refusedFilter shows the errors that came back for what one endpoint sent another.
func refusedFilter(from, to endpoint.Endpoint) string {
	if to.IP().Is6() {
		return fmt.Sprintf("icmpv6.type == 1 && ipv6.dst == %s && udp.dstport == %d", from.IP(), to.Port)
	}
	return fmt.Sprintf("icmp.type == 3 && ip.dst == %s && udp.dstport == %d", from.IP(), to.Port)
}

// NotQuoted is a part of a filter that leaves out the ICMP errors that quote what
// the rest of it shows, to or from an address.
func NotQuoted(ip netip.Addr) string {
	if ip.Is6() {
		return "!icmpv6"
	}
	return "!icmp"
}

func addrFilter(dir, addr string) string {
	if strings.Contains(addr, ":") {
		return "ipv6." + dir + " == " + addr
	}
	return "ip." + dir + " == " + addr
}
