package redact

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/latchscope/latchscope/analyze/sip"
)

// SIP is a SIP message with pseudonyms, line by line: what is broken about the
// message stays broken. Content-Length is mended where it was right.
func (p *Pseudonyms) SIP(msg []byte) []byte { return p.message(msg, false) }

// message is SIP; one that is alone on its stream must not announce a body
// that does not follow.
func (p *Pseudonyms) message(msg []byte, alone bool) []byte {
	head, gap, body := splitHead(msg)
	lines := headLines(head)
	if len(lines) == 0 {
		return nil
	}
	var kind, encoding string
	length := -1 // Content-Length
	for _, l := range lines[1:] {
		name, value, _ := l.field()
		switch headerName(name) {
		case "content-type":
			kind = value
		case "content-encoding":
			encoding = value
		case "content-length":
			if n, err := strconv.Atoi(value); err == nil && n >= 0 && length < 0 {
				length = n
			}
		}
	}
	missing := 0
	if length >= 0 {
		if !alone {
			missing = max(length-len(body), 0)
		}
		body = body[:min(length, len(body))]
	}
	newBody := p.body(kind, encoding, body)

	var b bytes.Buffer
	b.WriteString(p.startLine(lines[0].text))
	b.WriteString(lines[0].end)
	for _, l := range lines[1:] {
		name, value, ok := l.field()
		switch {
		case !ok:
			b.WriteString(p.Text(l.text))
		case headerName(name) == "content-length" && length >= 0:
			b.WriteString(l.text[:len(l.text)-len(value)])
			b.WriteString(strconv.Itoa(len(newBody) + missing))
		default:
			b.WriteString(p.fieldName(l.text[:len(l.text)-len(value)], name))
			b.WriteString(p.header(headerName(name), value))
		}
		b.WriteString(l.end)
	}
	b.Write(gap)
	b.Write(newBody)
	return b.Bytes()
}

// fieldName keeps what stands in front of a value: the name of a header that is
// known. Of any other it keeps what the analysis goes by, an "X-" in front and an
// "ID" at the end: damage makes names of headers out of anything.
func (p *Pseudonyms) fieldName(lead, name string) string {
	if isHeader(headerName(name)) {
		return lead
	}
	front, back := "", ""
	rest := name
	if len(rest) > 2 && strings.EqualFold(rest[:2], "x-") {
		front, rest = rest[:2], rest[2:]
	}
	if n := len(rest); n > 2 && strings.EqualFold(rest[n-2:], "id") {
		rest, back = rest[:n-2], rest[n-2:]
	}
	return strings.Replace(lead, name, front+p.Word(rest)+back, 1)
}

// line is a header line with its continuations, unfolded.
type line struct{ text, end string }

// field takes a line apart; the value is without the blanks around it, and the
// line has none behind it.
func (l line) field() (name, value string, ok bool) {
	name, value, ok = strings.Cut(l.text, ":")
	return strings.TrimSpace(name), strings.TrimSpace(value), ok
}

// splitHead parts headers, the empty line and the body.
func splitHead(msg []byte) (head, gap, body []byte) {
	best, n := -1, 0
	for _, sep := range []string{"\r\n\r\n", "\n\n", "\r\r", "\n\r\n"} {
		if i := bytes.Index(msg, []byte(sep)); i >= 0 && (best < 0 || i < best) {
			best, n = i, len(sep)
		}
	}
	if best < 0 {
		return msg, nil, nil
	}
	// The separator begins with the last header's line end.
	first := lineEnd(string(msg[best:]))
	return msg[:best+first], msg[best+first : best+n], msg[best+n:]
}

func lineEnd(s string) int {
	switch {
	case strings.HasPrefix(s, "\r\n"):
		return 2
	case s != "" && (s[0] == '\n' || s[0] == '\r'):
		return 1
	}
	return 0
}

func headLines(head []byte) []line {
	var out []line
	s := string(head)
	for s != "" {
		i := strings.IndexAny(s, "\r\n")
		if i < 0 {
			i = len(s)
		}
		n := lineEnd(s[i:])
		text := strings.TrimRight(s[:i], " \t")
		if len(out) > 1 && i > 0 && (s[0] == ' ' || s[0] == '\t') {
			last := &out[len(out)-1]
			last.text = strings.TrimRight(last.text, " \t") + " " + strings.TrimSpace(text)
		} else {
			out = append(out, line{text, s[i : i+n]})
		}
		s = s[i+n:]
	}
	return out
}

// startLine keeps the method, the version and a reason phrase that is the usual
// one.
func (p *Pseudonyms) startLine(s string) string {
	if sip.Looks([]byte(s)) && !strings.HasPrefix(strings.ToUpper(s), "SIP/") {
		method, rest, _ := strings.Cut(s, " ")
		uri, version := rest, ""
		if i := lastIndexFold(rest, " sip/"); i >= 0 {
			uri, version = rest[:i], " "+p.spoken(rest[i+1:], 0)
		}
		return p.method(method) + " " + p.requestURI(uri) + version
	}
	fields := strings.SplitN(s, " ", 3)
	for i, f := range fields {
		switch {
		case i == 0:
			fields[0] = p.spoken(f, 0)
		case i == 1 && !(allDigits(f) && len(f) == 3), i == 2 && !usualPhrase(f):
			fields[i] = p.Text(f)
		}
	}
	return strings.Join(fields, " ")
}

func (p *Pseudonyms) method(s string) string {
	if isMethod(strings.ToLower(s)) {
		return s
	}
	return p.Word(s)
}

func (p *Pseudonyms) requestURI(s string) string {
	lead := s[:len(s)-len(strings.TrimLeft(s, " \t<"))]
	s = s[len(lead):]
	tail := s[len(strings.TrimRight(s, " \t>")):]
	return lead + p.URI(s[:len(s)-len(tail)]) + tail
}

// usualPhrase tells reason phrases that stand in an RFC, or as if they did.
func usualPhrase(s string) bool {
	switch strings.ToLower(s) {
	case "", "trying", "giving a try", "trying -- your call is important to us", "ringing", "call is being forwarded", "queued",
		"session progress", "early dialog terminated", "ok", "accepted", "no notification", "multiple choices", "moved permanently",
		"moved temporarily", "use proxy", "alternative service", "bad request", "unauthorized", "payment required", "forbidden", "not found",
		"method not allowed", "not acceptable", "proxy authentication required", "request timeout", "request time-out", "conflict", "gone",
		"conditional request failed", "request entity too large", "request-uri too long", "unsupported media type", "unsupported uri scheme",
		"bad extension", "extension required", "session interval too small", "interval too brief", "temporarily unavailable",
		"call/transaction does not exist", "call leg/transaction does not exist", "call does not exist", "loop detected", "too many hops",
		"address incomplete", "ambiguous", "busy here", "busy", "request terminated", "request cancelled", "not acceptable here", "bad event",
		"request pending", "undecipherable", "server internal error", "internal server error", "not implemented", "bad gateway",
		"service unavailable", "server time-out", "server timeout", "version not supported", "message too large", "busy everywhere", "decline",
		"declined", "does not exist anywhere", "canceling", "cancelled", "cancelling", "normal clearing", "unwanted":
		return true
	}
	return false
}
