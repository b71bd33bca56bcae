// Package packet turns recorded frames into datagrams: link layers, tunnels,
// IP with its fragments, UDP, TCP and the quotes inside ICMP errors. It is
// gopacket's room; what travels inside a datagram is not its business.
package packet

import "github.com/latchscope/latchscope/analyze/endpoint"

// Kind says what a Datagram carries.
type Kind uint8

const (
	UDP    Kind = iota + 1 // Payload is one UDP payload
	Stream                 // Payload is the next bytes of one direction of a TCP connection, in order
	SCTP                   // Payload is one SCTP user message (DATA chunk)
	ICMP                   // an ICMP or ICMPv6 error that quotes a packet: see Quote
)

// Flag marks what is unusual about a Datagram.
type Flag uint8

const (
	Truncated  Flag = 1 << iota // the capture holds fewer payload bytes than the wire did
	Fragmented                  // put together from IP fragments; Frame is the one that completed it. With Truncated: some never came, and Frame is the first one's
	Gap                         // Stream: bytes are missing in front of these
	Closed                      // Stream: this direction has ended; Payload may be empty
	Secured                     // Stream: these bytes were encrypted (TLS), and the keys are known
)

// Datagram is what one frame, or several fragments, said.
type Datagram struct {
	Payload  []byte // belongs to the frame's Batch where it was not put together from several, nor held back
	Quote    *Quote // ICMP only
	Time     int64  // ns since the epoch, the frame's
	Frame    int64  // number of the frame, from 1
	Len      uint32 // payload bytes on the wire, by the UDP (or IP) header
	Tap      uint32 // where it was seen: index into Decoder.Taps
	IPID     uint32 // IPv4 identification, or the IPv6 fragment header's; 0 where there is none
	Src, Dst endpoint.Endpoint
	Kind     Kind
	Flags    Flag
	TTL      uint8  // time to live (RFC 791) or hop limit (RFC 8200), as it was recorded; UDP and ICMP only
	VLAN     uint16 // 802.1Q identifier, the innermost's; 0 where there was no tag. UDP only
}

// Quote is what an ICMP error says about the packet that drew it (RFC 792,
// RFC 4443 section 3, RFC 1812 section 4.3.2.3).
type Quote struct {
	Type, Code uint8
	V6         bool              // ICMPv6: Type and Code are ICMPv6's
	Proto      uint8             // of the quoted packet; 17 is UDP
	Src, Dst   endpoint.Endpoint // of the quoted packet
	IPID       uint32            // of the quoted packet
	Len        uint32            // UDP payload bytes the quoted packet had, by its own header
	Payload    []byte            // quoted UDP payload, often empty or cut, here also to Limits.QuoteBytes; the Quote owns it
}

// Direction of a packet at the machine that recorded it.
type Direction uint8

const (
	DirUnknown Direction = iota
	DirIn
	DirOut
)

// Tap is a place where a packet was seen: one interface of one file, and, where
// the capture tells (Linux cooked), the system's interface index and the
// packet's direction. The same packet seen at two taps was seen twice.
type Tap struct {
	Iface   int32     // the file's interface
	IfIndex int32     // Linux cooked v2: the system's; else 0
	Dir     Direction // Linux cooked: in or out
	Tunnel  bool      // the packet was inside a tunnel (GRE, ERSPAN, VXLAN, Geneve, GTP-U, IP in IP, L2TP, TZSP, HEP, TURN)
	Relayed bool      // inside TURN, between addresses of the client and the server: the peer is not known
}
