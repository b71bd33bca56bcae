package tls

import "encoding/binary"

// Handshake messages (RFC 8446 section 4).
const (
	clientHello = 1
	serverHello = 2
	finishedMsg = 20
	keyUpdate   = 24
)

// retry is the random of a server's hello that asks for another hello of the
// client (RFC 8446 section 4.1.3).
var retry = random{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// messages takes what a handshake record in the clear holds: messages, whole or
// in parts.
func (c *Conn) messages(from int, b []byte) {
	s := &c.sides[from]
	if len(s.hello)+len(b) > mostMessages {
		s.hello = nil
		return
	}
	s.hello = append(s.hello, b...)
	for len(s.hello) >= 4 {
		n := 4 + int(binary.BigEndian.Uint32(s.hello)&0xffffff)
		if len(s.hello) < n {
			return
		}
		switch body := s.hello[4:n]; s.hello[0] {
		case clientHello:
			c.clientHello(from, body)
		case serverHello:
			c.serverHello(body)
		}
		s.hello = s.hello[n:]
	}
	if len(s.hello) == 0 {
		s.hello = nil
	}
}

// clientHello begins a session.
func (c *Conn) clientHello(from int, b []byte) {
	if len(b) < 2+len(c.random) {
		return
	}
	c.client = from
	copy(c.random[:], b[2:])
}

// serverHello learns what the session is protected with (RFC 5246 section
// 7.4.1.3; RFC 8446 section 4.1.3, of which the version stands in an extension).
func (c *Conn) serverHello(b []byte) {
	if len(b) < 2+32+1 || c.client < 0 {
		return
	}
	c.version = binary.BigEndian.Uint16(b)
	copy(c.server[:], b[2:])
	b = b[2+32:]
	if len(b) < 1+int(b[0])+3 {
		return
	}
	b = b[1+int(b[0]):]
	id := binary.BigEndian.Uint16(b)
	b = b[3:]
	c.etm = false
	if len(b) >= 2 {
		b = b[2:]
		for len(b) >= 4 {
			kind, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
			b = b[4:]
			if n > len(b) {
				break
			}
			switch {
			case kind == 43 && n == 2: // supported_versions
				c.version = binary.BigEndian.Uint16(b)
			case kind == 22: // encrypt_then_mac
				c.etm = true
			}
			b = b[n:]
		}
	}
	if c.server == retry {
		c.retried = true
		return
	}
	c.suite, c.agreed = suiteOf(id)
	if (c.version == tls13) != (id>>8 == 0x13) || c.version < tls10 || c.version > tls13 {
		c.agreed = false
	}
	if c.suite.mode != cbc {
		c.etm = false
	}
}

// finished tells whether handshake messages in the clear end with Finished, which
// is the last of them under the handshake's keys. A message may be in several
// records.
func (c *Conn) finished(from int, b []byte) bool {
	s := &c.sides[from]
	if len(s.hello)+len(b) > mostMessages {
		s.hello = nil
		return false
	}
	s.hello = append(s.hello, b...)
	for len(s.hello) >= 4 {
		kind, n := s.hello[0], 4+int(binary.BigEndian.Uint32(s.hello)&0xffffff)
		if len(s.hello) < n {
			return false
		}
		s.hello = s.hello[n:]
		if kind == finishedMsg {
			s.hello = nil
			return true
		}
	}
	return false
}
