package scenetest

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// packet is one IP datagram under way. Values are copied at every hop that
// changes them, so a capture point sees what passed there and nothing later.
type packet struct {
	src, dst netip.AddrPort // ports are 0 in ICMP
	proto    proto
	ttl      uint8
	tos      uint8
	id       uint16
	payload  []byte
	tcp      tcpHeader
	icmp     *refusal

	// What the simulation knows and no wire carries.
	media  mediaTag
	msgs   []*message
	conn   *conn
	end    int  // of conn, that sent this
	rtp    bool // is RTP, to be counted
	hidden bool // on a road that nobody captures
	cut    bool // all but its first fragment was lost on the way
}

type proto uint8

const (
	udp proto = iota
	tcp
	icmp
)

type tcpHeader struct {
	seq, ack            uint32
	syn, ackd, psh, fin bool
}

// refusal is an ICMP destination unreachable; quote is the packet as it
// arrived where it was refused.
type refusal struct {
	code   uint8 // ICMPv4's; 3 port, 13 prohibited, 1 host
	quote  packet
	quote8 bool
}

const mtu = 1500

func (p *packet) v6() bool { return p.dst.Addr().Is6() }

// datagrams is the packet as IP datagrams: one, or its fragments.
func (p *packet) datagrams() ([][]byte, error) {
	body, err := p.transport()
	if err != nil {
		return nil, err
	}
	var all [][]byte
	if p.v6() {
		all, err = p.ipv6(body)
	} else {
		all, err = p.ipv4(body)
	}
	if p.cut && len(all) > 1 {
		all = all[:1]
	}
	return all, err
}

var options = gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}

// transport is everything behind the IP header, with its checksum.
func (p *packet) transport() ([]byte, error) {
	var network gopacket.NetworkLayer
	if p.v6() {
		network = p.header6(protocol6[p.proto])
	} else {
		network = p.header4(protocol4[p.proto])
	}
	buf := gopacket.NewSerializeBuffer()
	var err error
	switch p.proto {
	case udp:
		u := &layers.UDP{SrcPort: layers.UDPPort(p.src.Port()), DstPort: layers.UDPPort(p.dst.Port())}
		u.SetNetworkLayerForChecksum(network)
		err = gopacket.SerializeLayers(buf, options, u, gopacket.Payload(p.payload))
	case tcp:
		t := &layers.TCP{SrcPort: layers.TCPPort(p.src.Port()), DstPort: layers.TCPPort(p.dst.Port()),
			Seq: p.tcp.seq, Ack: p.tcp.ack, SYN: p.tcp.syn, ACK: p.tcp.ackd, PSH: p.tcp.psh, FIN: p.tcp.fin, Window: 64240}
		if p.tcp.syn {
			t.Options = []layers.TCPOption{{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{0x05, 0xb4}}}
		}
		t.SetNetworkLayerForChecksum(network)
		err = gopacket.SerializeLayers(buf, options, t, gopacket.Payload(p.payload))
	case icmp:
		var quote []byte
		if quote, err = p.icmp.quoted(); err != nil {
			return nil, err
		}
		if p.v6() {
			i := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeDestinationUnreachable, codes6[p.icmp.code])}
			i.SetNetworkLayerForChecksum(network)
			// The four unused bytes belong to the message, not to gopacket's header.
			err = gopacket.SerializeLayers(buf, options, i, gopacket.Payload(append(make([]byte, 4), quote...)))
		} else {
			i := &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(layers.ICMPv4TypeDestinationUnreachable, p.icmp.code)}
			err = gopacket.SerializeLayers(buf, options, i, gopacket.Payload(quote))
		}
	}
	return buf.Bytes(), err
}

var (
	protocol4 = [...]layers.IPProtocol{layers.IPProtocolUDP, layers.IPProtocolTCP, layers.IPProtocolICMPv4}
	protocol6 = [...]layers.IPProtocol{layers.IPProtocolUDP, layers.IPProtocolTCP, layers.IPProtocolICMPv6}
	// codes6 are RFC 4443's codes for the same reasons.
	codes6 = map[uint8]uint8{1: 3, 3: 4, 10: 1, 13: 1}
)

// quoted is the refused packet as RFC 792 (8 bytes) or RFC 1812 section
// 4.3.2.3 and RFC 4443 section 3.1 (as much as fits) quote it.
func (r *refusal) quoted() ([]byte, error) {
	all, err := r.quote.datagrams()
	if err != nil {
		return nil, err
	}
	quote, most := all[0], 576-20-8
	if r.quote.v6() {
		most = 1280 - 40 - 8
	}
	if r.quote8 {
		most = 20 + 8
		if r.quote.v6() {
			most = 40 + 8
		}
	}
	return quote[:min(len(quote), most)], nil
}

func (p *packet) header4(protocol layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, IHL: 5, TTL: p.ttl, TOS: p.tos, Id: p.id, Protocol: protocol,
		SrcIP: p.src.Addr().AsSlice(), DstIP: p.dst.Addr().AsSlice()}
}

func (p *packet) header6(next layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, TrafficClass: p.tos, FlowLabel: p.flow(), NextHeader: next, HopLimit: p.ttl,
		SrcIP: p.src.Addr().AsSlice(), DstIP: p.dst.Addr().AsSlice()}
}

func (p *packet) flow() uint32 {
	b, _ := p.src.AppendText(nil)
	b, _ = p.dst.AppendText(b)
	return crc32.ChecksumIEEE(b) & 0xfffff
}

func (p *packet) ipv4(body []byte) ([][]byte, error) {
	var all [][]byte
	room := (mtu - 20) &^ 7
	for at := 0; at == 0 || at < len(body); at += room {
		h := p.header4(protocol4[p.proto])
		end := min(at+room, len(body))
		h.FragOffset = uint16(at / 8)
		switch {
		case end < len(body):
			h.Flags = layers.IPv4MoreFragments
		case at == 0 && p.proto != icmp: // what fits travels with DF, as from Linux
			h.Flags = layers.IPv4DontFragment
		}
		buf := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(buf, options, h, gopacket.Payload(body[at:end])); err != nil {
			return nil, err
		}
		all = append(all, buf.Bytes())
	}
	return all, nil
}

func (p *packet) ipv6(body []byte) ([][]byte, error) {
	const fragment = 44 // next header of RFC 8200 section 4.5
	next := protocol6[p.proto]
	var all [][]byte
	room := (mtu - 40 - 8) &^ 7
	whole := len(body) <= mtu-40
	for at := 0; at == 0 || at < len(body); at += room {
		h, part := p.header6(next), body
		if whole {
			at = len(body)
		} else {
			h.NextHeader = fragment
			end := min(at+room, len(body))
			ext := []byte{byte(next), 0}
			offset := uint16(at)
			if end < len(body) {
				offset |= 1
			}
			ext = binary.BigEndian.AppendUint16(ext, offset)
			ext = binary.BigEndian.AppendUint32(ext, uint32(p.id))
			part = append(ext, body[at:end]...)
		}
		buf := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(buf, options, h, gopacket.Payload(part)); err != nil {
			return nil, err
		}
		all = append(all, buf.Bytes())
	}
	return all, nil
}
