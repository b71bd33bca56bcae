package sip

// maxHeaders bounds the header lines that are read of one message.
const maxHeaders = 512

// parseHeaders reads the header fields (RFC 3261 section 7.3) from pos on, and
// the body behind them. It is false where it left off at a CSeq whose method is
// not wanted.
func (m *Message) parseHeaders(b []byte, pos int, want func(method []byte) bool) bool {
	s := linesOf(b, pos)
	body := -1
	for n := 0; body < 0; n++ {
		start, end, how := s.next()
		switch {
		case how == cut && start == len(b):
			// A message that ends behind a whole header line is common in
			// hand-made traffic; one that ends within a line was cut.
			m.defect(Truncated, len(b))
			body = len(b)
			continue
		case start == end:
			if how != cr && strayBlankLine(b, pos, start, s.pos) {
				m.defect(StrayBlankLine, start)
				continue
			}
			body = s.pos
			continue
		case how == lf:
			m.defect(LFOnly, start)
		case how == cr:
			m.defect(CROnly, start)
		case how == cut:
			m.defect(Truncated, start)
		}
		for s.pos < len(b) && isBlank(b[s.pos]) { // RFC 3261 section 7.3.1
			m.defect(FoldedHeader, s.pos)
			_, end, _ = s.next()
		}
		if beginsSDP(b[start:end]) {
			m.defect(MissingBlankLine, start)
			body = start
			continue
		}
		if n >= maxHeaders {
			m.defect(TooManyHeaders, start)
			continue
		}
		m.parseHeader(b, start, end)
		if want != nil && m.seen.has(hCSeq) {
			if !want(m.CSeqMethod) {
				m.Method = m.CSeqMethod
				return false
			}
			want = nil
		}
	}
	m.parseBody(b, body)
	m.missing(pos)
	return want == nil || want(m.Method) // without a CSeq
}

// strayBlankLine tells an LF too many from the end of the headers: the start
// line ends in CR LF, a bare LF is in or before the blank line at b[at:next],
// and a header that we know follows.
func strayBlankLine(b []byte, headers, at, next int) bool {
	bare := next-at == 1 || at >= 2 && b[at-1] == '\n' && b[at-2] != '\r'
	if !bare || b[headers-2] != '\r' {
		return false
	}
	s := streamLines(b, next)
	start, end, _ := s.next()
	name, _, ok := splitHeader(b[start:end])
	return ok && headerOf(name) != otherHeader
}

func beginsSDP(line []byte) bool {
	return len(line) >= 2 && line[0] == 'v' && line[1] == '='
}

// splitHeader takes "Name : value" apart; blanks before the colon are lawful,
// blanks before the name are met.
func splitHeader(line []byte) (name, value []byte, ok bool) {
	for i, c := range line {
		if c == ':' {
			name, value = trim(line[:i]), line[i+1:]
			if len(value) > 0 && value[0] == ' ' {
				value = value[1:]
			}
			return name, trim(value), len(name) > 0
		}
	}
	return nil, nil, false
}

// parseHeader reads the field in b[at:end], which may be folded.
func (m *Message) parseHeader(b []byte, at, end int) {
	name, v, ok := splitHeader(b[at:end])
	if !ok {
		m.defect(BadHeader, at)
		return
	}
	h := headerOf(name)
	if single.has(h) {
		if m.seen.has(h) {
			m.defect(DuplicateHeader, at)
			return
		}
		m.seen.add(h)
	}
	switch h {
	case hCallID:
		m.CallID = v
	case hCSeq:
		m.parseCSeq(v, at)
	case hFrom:
		m.address(&m.From, v, at)
	case hTo:
		m.address(&m.To, v, at)
	case hVia:
		m.parseVia(v, at)
	case hContact:
		m.parseContact(v, at)
	case hRoute:
		m.Routes += countValues(v)
	case hRecordRoute:
		m.RecordRoutes += countValues(v)
	case hContentType:
		m.ContentType = v
	case hContentEncoding:
		m.ContentEncoding = v
	case hContentLength:
		m.number(&m.ContentLength, v, at, BadContentLength)
	case hUserAgent:
		m.UserAgent = v
	case hServer:
		if m.UserAgent == nil {
			m.UserAgent = v
		}
	case hExpires:
		m.number(&m.Expires, v, at, BadNumber)
	case hSessionExpires:
		m.number(&m.SessionExpires, v, at, BadNumber)
	case hMaxForwards:
		m.number(&m.MaxForwards, v, at, BadNumber)
	case hRSeq:
		x, _, clean := number(v, 1<<32-1)
		if !clean {
			m.defect(BadNumber, at)
		}
		m.RSeq = uint32(x)
	case hRAck:
		m.parseRAck(v, at)
	case hRequire:
		m.Require100rel = m.Require100rel || lists(v, "100rel")
	case hSupported:
		m.Supported100rel = m.Supported100rel || lists(v, "100rel")
	case hCredentials:
		m.Credentials = true
	case hReplaces:
		m.Replaces = v
	case hReferTo:
		m.ReferTo = v
	case hReferredBy:
		m.ReferredBy = v
	case hReason:
		if m.ReasonHeader == nil {
			m.ReasonHeader = v
		}
	case hEarlyMedia:
		m.EarlyMedia = v
	case hEvent:
		m.Event = v
	case hSessionID:
		m.SessionID = v
		m.relateSessionID(name, v)
	case hIdentity:
		if m.Asserted == nil {
			var a Address
			a.parse(v, true)
			m.Asserted = a.URI
		}
	case hChargingVector:
		m.relateCharging(name, v)
	case hDialog:
		m.relate(name, v)
	case otherHeader:
		if namesDialog(name) {
			m.relate(name, v)
		}
	}
}

// missing notes which of the mandatory headers (RFC 3261 section 8.1.1) were
// not there.
func (m *Message) missing(at int) {
	if len(m.CallID) == 0 {
		m.defect(MissingCallID, at)
	}
	if !m.seen.has(hCSeq) {
		m.defect(MissingCSeq, at)
	}
	if !m.seen.has(hFrom) {
		m.defect(MissingFrom, at)
	} else if m.From.Tag == nil {
		m.defect(MissingFromTag, at)
	}
	if !m.seen.has(hTo) {
		m.defect(MissingTo, at)
	}
	if len(m.Vias) == 0 {
		m.defect(MissingVia, at)
	}
	if !m.Request {
		m.Method = m.CSeqMethod
	}
}

// lists tells whether a comma-separated list of tokens holds one.
func lists(v []byte, lower string) bool {
	for len(v) > 0 {
		i := 0
		for i < len(v) && v[i] != ',' {
			i++
		}
		if is(trim(v[:i]), lower) {
			return true
		}
		if i < len(v) {
			i++
		}
		v = v[i:]
	}
	return false
}

// countValues counts the values of a list header, whose commas may stand in
// quotes and brackets too.
func countValues(v []byte) int {
	n := 0
	for len(v) > 0 {
		i := valueEnd(v)
		if len(trim(v[:i])) > 0 {
			n++
		}
		if i < len(v) {
			i++
		}
		v = v[i:]
	}
	return n
}
