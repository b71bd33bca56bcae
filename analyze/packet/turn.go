package packet

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// TURN (RFC 8656): a client behind a NAT sends to a server what this passes on
// to a peer, from an address that it lent to the client. What travels between
// client and server in ChannelData (section 12.4), Send and Data indications is
// handed on as what it is for everybody else: a datagram between the relayed
// address and the peer. Where the capture began after these were agreed on, the
// addresses are those of the client and the server (Tap.Relayed).

// Relays is what TURN messages said of relayed addresses and channels, with the
// time of each: the second look at a capture needs what the first one learned.
// It is not for concurrent use; the zero value is ready.
type Relays struct {
	all   map[relayKey]*relay
	order []relayKey // oldest first
}

type relayKey struct{ client, server endpoint.Endpoint }

type relay struct {
	address  []told
	channels map[uint16][]told
	lent     endpoint.Endpoint // of channels that nobody bound in the capture,
	peer     endpoint.Endpoint // as somebody else knows; see Assume
}

// told is an address from some time on.
type told struct {
	at int64
	ep endpoint.Endpoint
}

// Bounds of what Relays keeps.
const (
	mostRelays   = 4096
	mostChannels = 64 // of one relay
	mostTold     = 64 // of one channel
)

// STUN message types that matter, and attributes (RFC 8656 sections 17 and 18).
const (
	allocateSuccess  = 0x0103
	channelBind      = 0x0009
	sendIndication   = 0x0016
	dataIndication   = 0x0017
	attrChannel      = 0x000c
	attrPeerAddress  = 0x0012
	attrData         = 0x0013
	attrRelayAddress = 0x0016
	stunCookie       = 0x2112a442
	stunHeader       = 20
)

// turnMessage tells the STUN messages that are looked into.
func turnMessage(b []byte) bool {
	if len(b) < stunHeader || be32(b[4:]) != stunCookie {
		return false
	}
	switch be16(b) {
	case allocateSuccess, channelBind, sendIndication, dataIndication:
		return true
	}
	return false
}

// channelData tells the shape of a ChannelData message: a channel number from
// 0x4000 to 0x4fff, the length of what follows, but for padding, and a payload
// that may be media.
func channelData(b []byte) bool {
	if len(b) < 5 || b[0]>>4 != 4 {
		return false
	}
	rest := len(b) - 4 - int(be16(b[2:]))
	return rest >= 0 && rest <= 3 && (b[4]>>6 == 2 || b[4] < 4 || b[4] >= 20 && b[4] <= 63)
}

// relayed decodes what TURN carries in a UDP datagram, and tells whether it
// carried anything.
func (d *Decoder) relayed(src, dst endpoint.Endpoint, s span, p place) bool {
	switch {
	case turnMessage(s.b):
		return d.indication(src, dst, s, p)
	case channelData(s.b):
		return d.channel(src, dst, s, p)
	}
	return false
}

// channel takes ChannelData.
func (d *Decoder) channel(src, dst endpoint.Endpoint, s span, p place) bool {
	number := be16(s.b)
	body, _ := s.skip(4)
	body = body.limit(int(be16(s.b[2:])))
	if r := d.relays.all[relayKey{src, dst}]; r != nil {
		if peer, ok := inForce(r.channels[number], p.time); ok {
			return d.inside(r.own(src, p.time), peer, body, p, false)
		}
	}
	if r := d.relays.all[relayKey{dst, src}]; r != nil {
		if peer, ok := inForce(r.channels[number], p.time); ok {
			return d.inside(peer, r.own(dst, p.time), body, p, false)
		}
	}
	d.warn.add(warnTURN, p.frame)
	if r := d.relays.all[relayKey{src, dst}]; r != nil && !r.peer.IsZero() {
		src, dst = r.lent, r.peer
	} else if r := d.relays.all[relayKey{dst, src}]; r != nil && !r.peer.IsZero() {
		src, dst = r.peer, r.lent
	}
	return d.inside(src, dst, body, p, true)
}

// Assume tells between which addresses the channels of a client go whose binding
// was not seen: whoever reads SDP may know. Datagrams keep their Tap.
func (l *Relays) Assume(client, server, relayed, peer endpoint.Endpoint) {
	r := l.relay(relayKey{client, server})
	r.lent, r.peer = relayed, peer
}

// own is the relayed address, or the client's own where it was not told.
func (r *relay) own(client endpoint.Endpoint, now int64) endpoint.Endpoint {
	if ep, ok := inForce(r.address, now); ok {
		return ep
	}
	return client
}

// inside hands a relayed datagram on.
func (d *Decoder) inside(src, dst endpoint.Endpoint, body span, p place, unbound bool) bool {
	p.tunnels++
	if p.tunnels > d.lim.TunnelDepth {
		d.warn.add(warnDepth, p.frame)
		return true
	}
	tap := d.taps.list[p.tap]
	tap.Tunnel, tap.Relayed = true, unbound
	p.tap, p.ttl, p.vlan = d.tap(tap, p.frame), 0, 0
	d.payload(src, dst, 0, body, p)
	return true
}

// indication takes a STUN message: it learns from requests and responses, and
// decodes what indications carry.
func (d *Decoder) indication(src, dst endpoint.Endpoint, s span, p place) bool {
	kind, mask := be16(s.b), s.b[4:stunHeader]
	attrs := s.b[stunHeader:]
	attrs = attrs[:min(len(attrs), int(be16(s.b[2:])))]
	var peer, lent endpoint.Endpoint
	var channel uint16
	var data []byte
	var carries bool
	for len(attrs) >= 4 {
		t, n := be16(attrs), int(be16(attrs[2:]))
		attrs = attrs[4:]
		v := attrs[:min(n, len(attrs))]
		switch {
		case t == attrChannel && len(v) == 4:
			channel = be16(v)
		case t == attrPeerAddress:
			peer = xorAddress(v, mask)
		case t == attrRelayAddress:
			lent = xorAddress(v, mask)
		case t == attrData:
			data, carries = v, len(v) == n
		}
		attrs = attrs[min(len(attrs), (n+3)&^3):]
	}
	l := d.relays
	switch {
	case kind == allocateSuccess && !lent.IsZero():
		r := l.relay(relayKey{dst, src})
		r.address = learn(r.address, told{p.time, lent})
	case kind == channelBind && channel != 0 && !peer.IsZero():
		r := l.relay(relayKey{src, dst})
		if _, known := r.channels[channel]; known || len(r.channels) < mostChannels {
			r.channels[channel] = learn(r.channels[channel], told{p.time, peer})
		}
	case carries && !peer.IsZero() && kind == sendIndication:
		own := src
		if r := l.all[relayKey{src, dst}]; r != nil {
			own = r.own(src, p.time)
		}
		return d.inside(own, peer, span{slices.Clip(data), len(data)}, p, false)
	case carries && !peer.IsZero() && kind == dataIndication:
		own := dst
		if r := l.all[relayKey{dst, src}]; r != nil {
			own = r.own(dst, p.time)
		}
		return d.inside(peer, own, span{slices.Clip(data), len(data)}, p, false)
	}
	return false
}

// xorAddress reads an XOR-PEER-ADDRESS or XOR-RELAYED-ADDRESS (RFC 8489 section
// 14.2); mask is the magic cookie and the transaction ID. Zero where it is none.
func xorAddress(v, mask []byte) endpoint.Endpoint {
	if len(v) != 8 && len(v) != 20 {
		return endpoint.Endpoint{}
	}
	var a [16]byte
	for i, c := range v[4:] {
		a[i] = c ^ mask[i]
	}
	port := be16(v[2:]) ^ be16(mask)
	switch {
	case v[1] == 1 && len(v) == 8:
		return endpoint.Endpoint{Addr: mapped(a[:4]), Port: port}
	case v[1] == 2 && len(v) == 20:
		return endpoint.Endpoint{Addr: a, Port: port}
	}
	return endpoint.Endpoint{}
}

// relay finds what is known of a client at a server, or begins it; what was
// heard of longest ago gives way.
func (l *Relays) relay(k relayKey) *relay {
	r := l.all[k]
	if r != nil {
		return r
	}
	if len(l.order) >= mostRelays {
		delete(l.all, l.order[0])
		l.order = l.order[1:]
	}
	if l.all == nil {
		l.all = map[relayKey]*relay{}
	}
	r = &relay{channels: map[uint16][]told{}}
	l.all[k] = r
	l.order = append(l.order, k)
	return r
}

// learn adds t to a list in order of time, unless it says nothing new.
func learn(list []told, t told) []told {
	i, _ := slices.BinarySearchFunc(list, t.at+1, func(a told, at int64) int {
		if a.at < at {
			return -1
		}
		return 1
	})
	if i > 0 && list[i-1].ep == t.ep || len(list) >= mostTold {
		return list
	}
	return slices.Insert(list, i, t)
}

// inForce is the address in force at a time; before the first it is the first.
func inForce(list []told, now int64) (endpoint.Endpoint, bool) {
	if len(list) == 0 {
		return endpoint.Endpoint{}, false
	}
	best := list[0]
	for _, t := range list[1:] {
		if t.at > now {
			break
		}
		best = t
	}
	return best.ep, true
}
