package packet

import "github.com/latchscope/latchscope/analyze/endpoint"

// unwrap makes a quote of what TURN carries a quote of what is inside: an error
// about ChannelData or a Send indication between a client and its server is about
// the datagram between the relayed address and the peer, as which the packets of
// the channel are handed on. A quote holds the beginning of a packet only, so that
// less tells the message than in a packet itself: the client must be known.
func (d *Decoder) unwrap(q *Quote, now int64) {
	if q.Proto != protoUDP || len(q.Payload) < 4 || len(d.relays.all) == 0 {
		return
	}
	out, back := d.relays.all[relayKey{q.Src, q.Dst}], d.relays.all[relayKey{q.Dst, q.Src}]
	if out == nil && back == nil {
		return
	}
	switch b := q.Payload; {
	case b[0]>>4 == 4:
		n := uint32(be16(b[2:]))
		if n+4 > q.Len {
			return
		}
		if peer, ok := out.boundTo(be16(b), now); ok {
			q.Src, q.Dst = out.own(q.Src, now), peer
		} else if peer, ok := back.boundTo(be16(b), now); ok {
			q.Src, q.Dst = peer, back.own(q.Dst, now)
		} else {
			return
		}
		q.Payload, q.Len = b[4:min(uint32(len(b)), 4+n)], n
	case turnMessage(b):
		peer, data, size := relayedIn(b)
		switch kind := be16(b); {
		case peer.IsZero() || size == 0 || size > q.Len:
			return
		case kind == sendIndication && out != nil:
			q.Src, q.Dst = out.own(q.Src, now), peer
		case kind == dataIndication && back != nil:
			q.Src, q.Dst = peer, back.own(q.Dst, now)
		default:
			return
		}
		q.Payload, q.Len = data, size
	}
}

// boundTo is the peer of a channel at a time.
func (r *relay) boundTo(channel uint16, now int64) (endpoint.Endpoint, bool) {
	if r == nil {
		return endpoint.Endpoint{}, false
	}
	return inForce(r.channels[channel], now)
}

// relayedIn finds the peer and the data of an indication that may be cut, and how
// long the data are on the wire.
func relayedIn(b []byte) (peer endpoint.Endpoint, data []byte, size uint32) {
	attrs := b[stunHeader:]
	attrs = attrs[:min(len(attrs), int(be16(b[2:])))]
	for len(attrs) >= 4 {
		t, n := be16(attrs), int(be16(attrs[2:]))
		attrs = attrs[4:]
		v := attrs[:min(n, len(attrs))]
		switch t {
		case attrPeerAddress:
			peer = xorAddress(v, b[4:stunHeader])
		case attrData:
			data, size = v, uint32(n)
		}
		attrs = attrs[min(len(attrs), (n+3)&^3):]
	}
	return peer, data, size
}
