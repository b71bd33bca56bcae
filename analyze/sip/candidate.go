package sip

import "net/netip"

// CandidateType is where an ICE candidate was learned (RFC 8445 section 5.1.1).
type CandidateType uint8

const (
	OtherCandidate CandidateType = iota
	HostCandidate
	ServerReflexive
	PeerReflexive
	Relayed
)

// Candidate is an a=candidate line (RFC 8839 section 5.1).
type Candidate struct {
	Addr      netip.AddrPort // its Addr is invalid where Host is a name, as with mDNS
	Host      []byte         // as given
	Component int            // 1 RTP, 2 RTCP
	Type      CandidateType
	Transport []byte // "UDP", as spelt
	Related   netip.AddrPort
}

// candidate reads "1 1 UDP 2130706431 10.0.1.1 8998 typ srflx raddr 10.0.1.1
// rport 8998". Lines without a port are left out.
func (m *Media) candidate(v []byte) {
	if len(m.Candidates) == maxCandidates {
		return
	}
	var c Candidate
	var w []byte
	_, v = word(v)
	w, v = word(v)
	component, _ := digits(w, 255)
	c.Component = int(component)
	c.Transport, v = word(v)
	_, v = word(v)
	c.Host, v = word(v)
	w, v = word(v)
	port, n := digits(w, 1<<16-1)
	if n == 0 || port > 1<<16-1 {
		return
	}
	c.Addr = netip.AddrPortFrom(parseAddr(c.Host), uint16(port))
	var raddr netip.Addr
	var rport uint16
	for len(v) > 0 {
		var key []byte
		key, v = word(v)
		w, v = word(v)
		switch {
		case is(key, "typ"):
			c.Type = candidateType(w)
		case is(key, "raddr"):
			raddr = parseAddr(w)
		case is(key, "rport"):
			if x, _ := digits(w, 1<<16-1); x <= 1<<16-1 {
				rport = uint16(x)
			}
		}
	}
	if raddr.IsValid() {
		c.Related = netip.AddrPortFrom(raddr, rport)
	}
	m.Candidates = append(m.Candidates, c)
}

func candidateType(b []byte) CandidateType {
	switch {
	case is(b, "host"):
		return HostCandidate
	case is(b, "srflx"):
		return ServerReflexive
	case is(b, "prflx"):
		return PeerReflexive
	case is(b, "relay"):
		return Relayed
	}
	return OtherCandidate
}
