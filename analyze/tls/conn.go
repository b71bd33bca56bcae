package tls

import "encoding/binary"

const (
	tls10 = 0x0301
	tls12 = 0x0303
	tls13 = 0x0304
)

// Record types (RFC 8446 section 5.1).
const (
	changeCipherSpec = 20
	alert            = 21
	handshake        = 22
	applicationData  = 23
	heartbeat        = 24
)

const (
	headerLen    = 5
	mostRecord   = 1<<14 + 2048
	mostMessages = 64 << 10 // bytes of a handshake message that is put together
	mostMissed   = 256      // records that may have been lost in one gap
	mostTried    = 8        // records in a row for which the number is searched
)

// Looks tells whether b begins as a TLS record does: its type, a version from SSL
// 3.0 to TLS 1.2 (1.3 says 1.2), a length.
func Looks(b []byte) bool {
	if len(b) < headerLen || b[0] < changeCipherSpec || b[0] > heartbeat || b[1] != 3 || b[2] > 4 {
		return false
	}
	n := binary.BigEndian.Uint16(b[3:])
	return n > 0 && n <= mostRecord
}

// Opens tells whether b begins with a handshake, where a connection must be
// joined to be read.
func Opens(b []byte) bool { return Looks(b) && b[0] == handshake }

// Conn follows one connection. Its two directions are 0 and 1, in any order: who
// is the client is known from its hello.
type Conn struct {
	secrets *Secrets
	client  int // direction of the client; -1 until its hello came
	random  random
	server  random
	version uint16
	suite   suite
	etm     bool
	agreed  bool // the server's hello came, with a suite that is known
	retried bool // it asked for another hello of the client first
	sides   [2]side
}

// side is one direction.
type side struct {
	pending []byte // the beginning of a record
	hello   []byte // the beginning of a handshake message
	now     *protection
	traffic *protection // TLS 1.3: what follows the handshake
	secret  []byte      // of traffic
	on      bool        // TLS 1.2: the change of cipher has passed
	seq     uint64      // of TLS 1.2, counted also where keys are missing
	gap     bool        // records may have been lost
	missed  int         // records in a row that no number opened
}

// reach is how many numbers beyond the next a record may have.
func (s *side) reach() uint64 {
	if s.gap && s.missed < mostTried {
		return mostMissed
	}
	return 0
}

// NewConn is a connection that the secrets may open.
func NewConn(s *Secrets) *Conn { return &Conn{secrets: s, client: -1} }

// Held is how many bytes the connection keeps for later.
func (c *Conn) Held() int {
	n := 0
	for i := range c.sides {
		n += cap(c.sides[i].pending) + cap(c.sides[i].hello)
	}
	return n
}

// Write takes the next bytes of a direction and yields what was sent in them. It
// is false where some of them could not be read, for want of a key or of what
// came before. What is yielded is the caller's.
func (c *Conn) Write(from int, b []byte, yield func(plain []byte)) (readable bool) {
	s := &c.sides[from]
	readable = true
	in := b
	if len(s.pending) > 0 {
		s.pending = append(s.pending, b...)
		in = s.pending
	}
	rest := in
	for len(rest) >= headerLen {
		if !Looks(rest) {
			readable, s.gap = false, true
			rest = rest[next(rest):]
			continue
		}
		n := headerLen + int(binary.BigEndian.Uint16(rest[3:]))
		if len(rest) < n {
			break
		}
		if !c.record(from, rest[:headerLen], rest[headerLen:n], yield) {
			readable = false
		}
		rest = rest[n:]
	}
	switch {
	case len(rest) == 0:
		s.pending = nil
	case len(s.pending) == 0:
		s.pending = append(s.pending, rest...)
	case len(rest) < len(in):
		s.pending = s.pending[:copy(s.pending, rest)]
	}
	return readable
}

// next is where the next record may begin.
func next(b []byte) int {
	for i := 1; i+headerLen <= len(b); i++ {
		if Looks(b[i:]) {
			return i
		}
	}
	return len(b) - headerLen + 1 // it may begin in what is left
}

// Gap tells that bytes of a direction were lost.
func (c *Conn) Gap(from int) {
	s := &c.sides[from]
	s.pending, s.hello, s.gap = nil, nil, true
}

// record takes a whole record.
func (c *Conn) record(from int, header, body []byte, yield func([]byte)) bool {
	s := &c.sides[from]
	kind := header[0]
	if c.agreed && c.version == tls13 {
		if kind != applicationData {
			return true // the change of cipher, which says nothing, or a hello again
		}
		return c.record13(from, header, body, yield)
	}
	if !s.on {
		switch kind {
		case handshake:
			c.messages(from, body)
		case changeCipherSpec:
			if !c.retried { // else it is TLS 1.3's, which says nothing
				s.on, s.now, s.seq = true, nil, 0
			}
		case applicationData:
			return false // joined in the middle
		}
		return true
	}
	seq := s.seq
	s.seq++
	if s.now == nil && !c.keys12(from) {
		return false
	}
	plain, _, ok := s.now.open(nil, kind, header, body, seq)
	for n := uint64(1); !ok && n <= s.reach(); n++ {
		if plain, _, ok = s.now.open(nil, kind, header, body, seq+n); ok {
			s.seq = seq + n + 1
		}
	}
	if !ok {
		s.gap = true // a record that is damaged, or was not all in the capture
		s.missed++
		s.now.passed(body)
		return false
	}
	s.gap, s.missed = false, 0
	if kind == applicationData && len(plain) > 0 {
		yield(plain)
	}
	return true
}

// record13 takes a record that TLS 1.3 protects: of the handshake until its
// Finished has passed, of the traffic from then on.
func (c *Conn) record13(from int, header, body []byte, yield func([]byte)) bool {
	s := &c.sides[from]
	if s.now == nil && s.traffic == nil && !c.keys13(from) {
		return false
	}
	if p := s.now; p != nil {
		if plain, kind, ok := p.open(nil, header[0], header, body, p.seq); ok {
			p.seq++
			if kind == handshake && c.finished(from, plain) {
				s.now = nil
			}
			return true
		}
	}
	p := s.traffic
	if p == nil {
		return s.now != nil
	}
	last := p.seq + s.reach()
	for seq := p.seq; seq <= last; seq++ {
		plain, kind, ok := p.open(nil, header[0], header, body, seq)
		if !ok {
			continue
		}
		p.seq, s.now, s.gap, s.missed = seq+1, nil, false, 0
		switch kind {
		case applicationData:
			if len(plain) > 0 {
				yield(plain)
			}
		case handshake:
			if len(plain) >= 5 && plain[0] == keyUpdate {
				return c.update(s)
			}
		}
		return true
	}
	if s.now != nil {
		return true // of the handshake, or early data: nobody needs it
	}
	s.gap = true
	s.missed++
	return false
}

// update goes on to the next traffic secret (RFC 8446 section 7.2).
func (c *Conn) update(s *side) bool {
	s.secret = expandLabel(c.suite.prf, s.secret, "traffic upd", len(s.secret))
	var ok bool
	s.traffic, ok = traffic(c.suite, s.secret)
	return ok
}

// keys12 derives the keys of a direction (RFC 5246 section 6.3).
func (c *Conn) keys12(from int) bool {
	of := c.secrets.sessions[c.random]
	if !c.agreed || of == nil || of.secret[master] == nil {
		return false
	}
	u := c.suite
	macLen := 0
	if u.mode == cbc {
		macLen = u.mac().Size()
	}
	seed := append(append([]byte(nil), c.server[:]...), c.random[:]...)
	block := prf(c.version, u.prf, of.secret[master], "key expansion", seed, 2*(macLen+u.key+u.iv))
	take := func(n int) (client, server []byte) {
		client, server, block = block[:n], block[n:2*n], block[2*n:]
		return client, server
	}
	clientMAC, serverMAC := take(macLen)
	clientKey, serverKey := take(u.key)
	clientIV, serverIV := take(u.iv)
	ok := false
	s := &c.sides[from]
	if from == c.client {
		s.now, ok = protect(c.version, u, clientKey, clientIV, clientMAC, c.etm)
	} else {
		s.now, ok = protect(c.version, u, serverKey, serverIV, serverMAC, c.etm)
	}
	return ok
}

// keys13 takes the secrets of a direction. Those of the handshake may be missing.
func (c *Conn) keys13(from int) bool {
	of := c.secrets.sessions[c.random]
	if of == nil {
		return false
	}
	early, late := serverHandshake, serverTraffic
	if from == c.client {
		early, late = clientHandshake, clientTraffic
	}
	s := &c.sides[from]
	if of.secret[early] != nil {
		s.now, _ = traffic(c.suite, of.secret[early])
	}
	if s.secret = of.secret[late]; s.secret != nil {
		s.traffic, _ = traffic(c.suite, s.secret)
	}
	return s.now != nil || s.traffic != nil
}
