package sip

import "bytes"

// maxVias bounds the Vias that are kept: Max-Forwards begins at 70.
const maxVias = 70

// Via is one hop of the way that a request took (RFC 3261 section 20.42).
type Via struct {
	Transport []byte // "UDP", as spelt
	Host      []byte // of sent-by; IPv6 without brackets
	Port      uint16 // of sent-by; 0 where absent
	Branch    []byte
	Received  []byte // where the request really came from; IPv6 without brackets
	RPort     uint16 // RFC 3581; 0 where absent or still empty
	AskRPort  bool   // rport stands there, with or without a value
}

// parseVia reads a list of Vias.
func (m *Message) parseVia(v []byte, at int) {
	for len(v) > 0 {
		if len(m.Vias) == maxVias {
			m.defect(TooManyHeaders, at)
			return
		}
		end := valueEnd(v)
		m.Vias = append(m.Vias, Via{})
		via := &m.Vias[len(m.Vias)-1] // in place: a Via is large
		via.parse(v[:end])
		if len(via.Transport) == 0 || len(via.Host) == 0 {
			m.defect(BadVia, at)
			if via.empty() {
				m.Vias = m.Vias[:len(m.Vias)-1]
			}
		}
		if end == len(v) {
			return
		}
		v = v[end+1:]
	}
}

// empty is what a surplus comma leaves.
func (via *Via) empty() bool {
	return len(via.Transport)+len(via.Host)+len(via.Branch)+len(via.Received) == 0
}

// parse reads "SIP / 2.0 / UDP host : port ;params".
func (via *Via) parse(v []byte) {
	v, params := cutSemicolon(v)
	const plain = "SIP/2.0/"
	if len(v) > len(plain) && string(v[:len(plain)]) == plain {
		v = v[len(plain):]
	} else {
		v = behindVersion(v)
	}
	via.Transport, v = word(v)
	via.Host, via.Port = splitHostPort(trim(v))
	for len(params) > 0 {
		var name, value []byte
		name, value, params = nextParam(params)
		switch {
		case is(name, "branch"):
			via.Branch = value
		case is(name, "received"):
			via.Received = unbracket(value)
		case is(name, "rport"):
			port, _, _ := number(value, 1<<16-1)
			via.AskRPort, via.RPort = true, uint16(port)
		}
	}
}

// behindVersion is what follows the protocol's name and version.
func behindVersion(v []byte) []byte {
	for slashes := 0; slashes < 2; slashes++ {
		i := bytes.IndexByte(v, '/')
		if i < 0 {
			break
		}
		v = v[i+1:]
	}
	return v
}

// splitHostPort takes "host", "host:port", "[v6]:port" and, against the
// grammar but met in the wild, an IPv6 address without brackets. Its last group
// is a port only where it cannot belong to the address (RFC 5118 section 4.3).
func splitHostPort(b []byte) (host []byte, port uint16) {
	first := bytes.IndexByte(b, ':')
	if first < 0 {
		return unbracket(b), 0
	}
	last := first
	switch {
	case b[0] == '[':
		end := bytes.IndexByte(b, ']')
		if end < 0 {
			return b[1:], 0
		}
		host = b[1:end]
		if b = trimLeft(b[end+1:]); len(b) == 0 || b[0] != ':' {
			return host, 0
		}
		last = 0
	case bytes.IndexByte(b[first+1:], ':') >= 0:
		last = bytes.LastIndexByte(b, ':')
		if parseAddr(b).IsValid() || !parseAddr(b[:last]).IsValid() {
			return b, 0
		}
		host = b[:last]
	default:
		host = trimRight(b[:first])
	}
	p, _, _ := number(b[last+1:], 1<<16-1)
	return host, uint16(p)
}

func unbracket(b []byte) []byte {
	if len(b) >= 2 && b[0] == '[' && b[len(b)-1] == ']' {
		return b[1 : len(b)-1]
	}
	return b
}
