package sip

// head is what a Framer must know of a message's headers.
type head struct {
	body    int  // where the body begins; 0 while the headers are not complete
	length  int  // Content-Length, or -1
	typed   bool // there is a Content-Type
	session bool // it is application/sdp
	opaque  bool // lines that look like a start line may be lawful within
}

// messageEnd is the length of the message at the head of in, whose start line
// has been seen; 0 where more bytes are needed. Four things end a message: its
// Content-Length, the start line of another, the largest size, and the end of
// the stream. tooLong says that it was the size.
func (fr *Framer) messageEnd(in []byte, final bool) (n int, tooLong bool) {
	full := len(in) >= fr.max()
	if full {
		in = in[:fr.max()]
	}
	if fr.head.body == 0 {
		n = fr.scanHeaders(in)
	}
	if n == 0 && fr.head.body > 0 {
		n = fr.scanBody(in, final)
	}
	if n == 0 && (full || final) {
		return len(in), full
	}
	return n, false
}

// scanHeaders looks for the blank line behind the headers, and sets fr.head. A
// start line among them ends the message: it lost its end.
func (fr *Framer) scanHeaders(in []byte) int {
	s := streamLines(in, fr.scan)
	for {
		start, end, how := s.next()
		if how == cut {
			return 0
		}
		line := in[start:end]
		switch {
		case len(line) == 0:
			fr.head = readHead(in[:start])
			fr.head.body, fr.scan = s.pos, s.pos
			return 0
		case start > 0 && beginsSDP(line): // no blank line
			fr.head = readHead(in[:start])
			fr.head.body, fr.scan = start, start
			return 0
		case start > 0 && judge(in[start:s.pos]) == yes:
			return start
		}
		fr.scan = s.pos
	}
}

// readHead reads what tells the body's length, as Parse would: the first of
// each header counts.
func readHead(b []byte) head {
	h := head{length: -1}
	var seen headerSet
	s := streamLines(b, 0)
	for s.next(); s.pos < len(b); {
		start, end, _ := s.next()
		for s.pos < len(b) && isBlank(b[s.pos]) {
			_, end, _ = s.next()
		}
		name, v, ok := splitHeader(b[start:end])
		if !ok {
			continue
		}
		id := headerOf(name)
		if seen.has(id) {
			continue
		}
		seen.add(id)
		switch id {
		case hContentLength:
			if x, found, _ := number(v, 1<<31-1); found {
				h.length = int(x)
			}
		case hContentType:
			h.typed = len(v) > 0
			h.session = hasPrefix(v, "application/sdp")
			h.opaque = hasPrefix(v, "message/") || hasPrefix(v, "multipart/") || hasPrefix(v, "text/")
		}
	}
	return h
}

// scanBody finds the end of the body.
//
// Content-Length is mandatory on streams (RFC 3261 section 18.3). Without it,
// a body reaches to the next start line, if there is a Content-Type, and is
// empty if not. Where it says too much, it would swallow the next message; so
// a start line within the body ends it, except in bodies that may quote SIP.
func (fr *Framer) scanBody(in []byte, final bool) int {
	end := fr.head.body + fr.head.length
	open := fr.head.length < 0 || fr.head.length > fr.max()
	switch {
	case fr.head.length < 0 && !fr.head.typed:
		return fr.head.body
	case open:
		end = len(in)
	case fr.head.opaque:
		if end > len(in) {
			return 0
		}
		return end
	}
	complete := !open && end <= len(in)
	view := in[:min(end, len(in))]
	s := streamLines(view, fr.scan)
	for s.pos < len(view) {
		start, _, how := s.next()
		if how == cut {
			break
		}
		if judge(view[start:s.pos]) == yes {
			return start
		}
		fr.scan = s.pos
	}
	if !complete {
		return 0
	}
	// The last line of a session description is "x=...". If what stands there
	// instead might be the head of a start line, Content-Length says a little
	// too much.
	if tail := in[fr.scan:]; fr.head.session && fr.scan < end {
		switch judge(tail[:min(len(tail), maxLine)]) {
		case yes:
			return fr.scan
		case perhaps:
			if len(tail) < maxLine && !final {
				return 0
			}
		}
	}
	return end
}
