package sip

import "bytes"

// parseBody cuts the body at pos by Content-Length (RFC 3261 section 18.3: on
// UDP it is what remains where Content-Length is absent, and an error where
// that promises more; here the rest is read then, too).
func (m *Message) parseBody(b []byte, pos int) {
	m.Body = b[pos:]
	switch n := m.ContentLength; {
	case n < 0 || n == len(m.Body):
	case n > len(m.Body):
		m.defect(ContentLengthTooLarge, pos)
	default:
		m.Body, m.Extra = m.Body[:n], m.Body[n:]
		m.defect(ContentLengthTooSmall, pos+n)
	}
}

// SDP is the session description that the body is, or holds in one of its
// parts (RFC 5621), or nil. A body that begins as SDP does counts where no
// Content-Type says otherwise.
func (m *Message) SDP() []byte {
	if len(m.Body) == 0 || len(m.ContentEncoding) > 0 && !is(m.ContentEncoding, "identity") {
		return nil
	}
	return findSDP(m.ContentType, m.Body, 0)
}

// maxNesting bounds multiparts within multiparts.
const maxNesting = 4

func findSDP(contentType, body []byte, depth int) []byte {
	kind, params := cutSemicolon(contentType)
	kind = trim(kind)
	switch {
	case is(kind, "application/sdp"):
		return body
	case len(kind) == 0:
		if beginsSDP(trimLeft(body)) {
			return body
		}
	case hasPrefix(kind, "multipart/") && depth < maxNesting:
		boundary := Param(params, "boundary")
		if len(boundary) == 0 {
			// Without its parameter, the first line tells the boundary.
			line := trimLeft(body)
			if !hasPrefix(line, "--") {
				return nil
			}
			first := streamLines(line, 2)
			_, end, _ := first.next()
			boundary = trimRight(line[2:end])
			if len(boundary) == 0 {
				return nil
			}
		}
		for {
			part, rest, ok := nextPart(body, boundary)
			if !ok {
				return nil
			}
			kind, content := splitPart(part)
			if sdp := findSDP(kind, content, depth+1); sdp != nil {
				return sdp
			}
			body = rest
		}
	}
	return nil
}

// nextPart is the next part of a multipart body (RFC 2046 section 5.1.1): what
// stands between its boundary line and the next. A last part that is not
// closed reaches to the end.
func nextPart(body, boundary []byte) (part, rest []byte, ok bool) {
	at, closing := findBoundary(body, boundary)
	if at < 0 || closing {
		return nil, nil, false
	}
	s := streamLines(body, at)
	s.next()
	body = body[s.pos:]
	at, _ = findBoundary(body, boundary)
	if at < 0 {
		return body, nil, true
	}
	part = body[:at]
	// The line end before a boundary belongs to the boundary.
	if n := len(part); n > 0 && part[n-1] == '\n' {
		part = part[:n-1]
	}
	if n := len(part); n > 0 && part[n-1] == '\r' {
		part = part[:n-1]
	}
	return part, body[at:], true
}

// findBoundary is the offset of the next "--boundary" at the head of a line.
func findBoundary(b, boundary []byte) (at int, closing bool) {
	for pos := 0; ; {
		n := bytes.Index(b[pos:], boundary)
		if n < 0 {
			return -1, false
		}
		at, pos = pos+n-2, pos+n+len(boundary)
		if at < 0 || b[at] != '-' || b[at+1] != '-' || at > 0 && b[at-1] != '\n' && b[at-1] != '\r' {
			continue
		}
		return at, bytes.HasPrefix(b[pos:], []byte("--"))
	}
}

// splitPart takes a part's headers from its content. A part that begins as
// SDP does has none.
func splitPart(part []byte) (contentType, content []byte) {
	s := linesOf(part, 0)
	for {
		start, end, how := s.next()
		if start == end && how != cut {
			return contentType, part[s.pos:]
		}
		for s.pos < len(part) && isBlank(part[s.pos]) {
			_, end, how = s.next()
		}
		if beginsSDP(part[start:end]) {
			return []byte("application/sdp"), part[start:]
		}
		if how == cut {
			return nil, nil
		}
		name, v, _ := splitHeader(part[start:end])
		if headerOf(name) == hContentType {
			contentType = v
		}
	}
}
