package redact

import (
	"encoding/binary"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
)

// icmp builds the error that a datagram holds, with the quoted packet under the
// same pseudonyms as the packet itself. extra are the four bytes behind type,
// code and checksum. Extensions behind the quote (RFC 4884) are left out.
func (p *Pseudonyms) icmp(d *packet.Datagram, extra uint32, k *PayloadTypes) (src, dst endpoint.Endpoint, body []byte) {
	q := d.Quote
	src, dst = p.Endpoint(d.Src), p.Endpoint(d.Dst)
	b := make([]byte, 8)
	b[0], b[1] = q.Type, q.Code
	if !q.V6 && q.Type == 3 && q.Code == 4 || q.V6 && q.Type == 2 {
		binary.BigEndian.PutUint32(b[4:], extra) // the MTU
	}
	b = append(b, p.quoted(q, k)...)
	if q.V6 {
		binary.BigEndian.PutUint16(b[2:], checksum(protoICMPv6, src, dst, b, 0))
	} else {
		binary.BigEndian.PutUint16(b[2:], fold(sum(0, b)))
	}
	return src, dst, b
}

// quoted is the packet that an error quotes, as far as it quotes it.
func (p *Pseudonyms) quoted(q *packet.Quote, k *PayloadTypes) []byte {
	src, dst := p.Endpoint(q.Src), p.Endpoint(q.Dst)
	f := ipFields{id: uint16(q.IPID), ttl: 64}
	if q.Proto != protoUDP {
		ports := make([]byte, 8)
		binary.BigEndian.PutUint16(ports, src.Port)
		binary.BigEndian.PutUint16(ports[2:], dst.Port)
		return ip(f, q.Proto, src, dst, ports, 0)
	}
	payload := p.media(q.Payload, k)
	if sip.Looks(q.Payload) {
		// Cut or filled to its length: the quoted headers count on it.
		payload = make([]byte, len(q.Payload))
		n := copy(payload, p.SIP(q.Payload))
		for i := n; i < len(payload); i++ {
			payload[i] = ' '
		}
	}
	if payload == nil {
		payload = p.shortQuote(q.Payload)
	}
	missing := max(int(q.Len)-len(payload), 0)
	return ip(f, protoUDP, src, dst, udp(src, dst, payload, missing), missing)
}

// shortQuote is a quote too short to tell what it is, or nothing that is known:
// a piece of an RTP header tells its sequence number, all else is zero.
func (p *Pseudonyms) shortQuote(b []byte) []byte {
	if len(b) < 12 && len(b) > 0 && b[0]>>6 == 2 {
		return append([]byte{}, b...)
	}
	return make([]byte, len(b))
}
