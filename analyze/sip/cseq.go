package sip

// parseCSeq reads "314159 INVITE" (RFC 3261 section 20.16).
func (m *Message) parseCSeq(v []byte, at int) {
	x, n := digits(v, 1<<32-1)
	m.CSeqMethod, _ = word(v[n:])
	if n == 0 || x > 1<<32-1 || len(m.CSeqMethod) == 0 {
		m.defect(BadCSeq, at)
	}
	if x <= 1<<32-1 {
		m.CSeq = uint32(x)
	}
	if m.Request && string(m.CSeqMethod) != string(m.Method) {
		m.defect(CSeqMethodMismatch, at)
	}
}

// parseRAck reads "776656 1 INVITE" (RFC 3262 section 7.2).
func (m *Message) parseRAck(v []byte, at int) {
	r, n := digits(v, 1<<32-1)
	rest := trimLeft(v[n:])
	c, k := digits(rest, 1<<32-1)
	m.RAck.Method, _ = word(rest[k:])
	if n == 0 || k == 0 || r > 1<<32-1 || c > 1<<32-1 {
		m.defect(BadNumber, at)
		return
	}
	m.RAck.RSeq, m.RAck.CSeq = uint32(r), uint32(c)
}

// number reads a header that counts: seconds, hops, bytes. It leaves dst alone
// where there is no number below 2^31.
func (m *Message) number(dst *int, v []byte, at int, c DefectCode) {
	x, found, clean := number(v, 1<<31-1)
	if found {
		*dst = int(x)
	}
	if !clean {
		m.defect(c, at)
	}
}
