package sip

import (
	"bytes"
	"net/netip"
)

// NoPT stands where there is no RTP payload type, which has 7 bits.
const NoPT uint8 = 255

// MediaKind is the kind of a medium (RFC 8866 section 5.14).
type MediaKind uint8

const (
	OtherMedia MediaKind = iota
	Audio
	Video
	Image
	Text
	Application
	MessageMedia
)

// Media is an m= line with what belongs to it.
type Media struct {
	Kind       MediaKind
	KindRaw    []byte
	Port       uint16 // 0: rejected or disabled (RFC 3264 section 6); see Bad
	PortCount  int    // of "49170/2"; 1 where absent
	Proto      []byte // "RTP/AVP", as spelt
	Secure     bool   // SRTP or (D)TLS
	Bad        bool   // the port is no number below 65536
	Formats    []Format
	Conn       Conn // the medium's, else the session's
	Direction  Direction
	RTCPPort   uint16     // a=rtcp (RFC 3605); 0 where absent
	RTCPAddr   netip.Addr // a=rtcp; mostly absent
	RTCPMux    bool       // RFC 5761
	Candidates []Candidate
	ICE        bool   // ice-ufrag was there
	Ptime      int    // milliseconds; 0 where absent
	Crypto     bool   // a=crypto (RFC 4568)
	KeyMgmt    bool   // a=key-mgmt (RFC 4567) or a=zrtp-hash (RFC 6189)
	Mid        []byte // RFC 5888

	// Secrets are the values of the first a=crypto lines, which hold keys: they
	// are never printed, and kept no longer than it takes to check tags.
	Secrets [][]byte

	Fingerprint    bool   // DTLS-SRTP (RFC 5763)
	SilenceSupp    Toggle // a=silenceSupp (RFC 3108)
	AnnexB         Toggle // G.729's comfort noise (RFC 4856); on by default where Unset
	DTX            Toggle // usedtx of Opus (RFC 7587)
	T38            bool
	TelephoneEvent uint8 // payload type of RFC 4733 events, NoPT where absent
	ComfortNoise   bool  // RFC 3389 is among the formats

	hasDirection bool
}

// Rejected tells whether the medium is refused or switched off.
func (m *Media) Rejected() bool { return m.Port == 0 }

// RTP tells whether the medium is carried in RTP, plain or secure.
func (m *Media) RTP() bool { return hasPrefix(m.Proto, "rtp/") || contains(m.Proto, "rtp/") }

// Addr is where the writer wants media: c= and the port, not what ICE may
// settle on. It is invalid where c= is missing or names a host.
func (m *Media) Addr() netip.AddrPort {
	return netip.AddrPortFrom(m.Conn.Addr.Unmap(), m.Port)
}

// RTCP is where the writer wants RTCP: a=rtcp, else with RTP where they share
// a port, else the next port (RFC 3550 section 11).
func (m *Media) RTCP() netip.AddrPort {
	addr, port := m.Conn.Addr, m.Port
	switch {
	case port == 0:
	case m.RTCPMux:
	case m.RTCPPort != 0:
		port = m.RTCPPort
		if m.RTCPAddr.IsValid() {
			addr = m.RTCPAddr
		}
	default:
		port++
	}
	return netip.AddrPortFrom(addr.Unmap(), port)
}

// Format is the medium's format with that payload type.
func (m *Media) Format(pt uint8) (Format, bool) {
	if f := m.format(pt); f != nil {
		return *f, true
	}
	return Format{}, false
}

func (m *Media) format(pt uint8) *Format {
	for i := range m.Formats {
		if m.Formats[i].PT == pt {
			return &m.Formats[i]
		}
	}
	return nil
}

// parse reads "audio 49170/2 RTP/AVP 0 8 101".
func (m *Media) parse(v []byte) {
	var port []byte
	m.KindRaw, v = word(v)
	port, v = word(v)
	m.Proto, v = word(v)
	m.Kind = mediaKind(m.KindRaw)
	m.Secure = contains(m.Proto, "savp") || contains(m.Proto, "tls")
	m.PortCount = 1
	x, n := digits(port, 1<<16-1)
	if n == 0 || x > 1<<16-1 {
		m.Bad = true
	} else {
		m.Port = uint16(x)
	}
	if i := bytes.IndexByte(port, '/'); i >= 0 {
		if x, n := digits(port[i+1:], 1<<16-1); n > 0 && x <= 1<<16-1 {
			m.PortCount = int(x)
		}
	}
	rtp := m.RTP()
	for len(m.Formats) < maxFormats {
		var w []byte
		if w, v = word(v); len(w) == 0 {
			return
		}
		m.addFormat(w, rtp)
	}
}

func mediaKind(b []byte) MediaKind {
	switch {
	case is(b, "audio"):
		return Audio
	case is(b, "video"):
		return Video
	case is(b, "image"):
		return Image
	case is(b, "text"):
		return Text
	case is(b, "application"):
		return Application
	case is(b, "message"):
		return MessageMedia
	}
	return OtherMedia
}
