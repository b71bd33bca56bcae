package sip

import "bytes"

// maxMethod bounds a method; RFC 4475 section 3.1.1.2 has one of 44 bytes.
const maxMethod = 64

// maxLeading is how many CR and LF before a start line are skipped (RFC 3261
// section 7.5).
const maxLeading = 16

// verdict is what can be said of the bytes at a place where a message might
// begin.
type verdict uint8

const (
	no      verdict = iota
	perhaps         // so far; the line is not complete
	yes
)

// Looks tells whether b begins as a SIP message does: with a request line
// ("METHOD uri SIP/2.0") or a status line ("SIP/2.0 NNN"). Any method and
// version will do. It is cheap on what is not SIP: RTP, DNS and keepalives go
// at their first bytes, HTTP, SSDP and RTSP at the version.
//
// A request line that the input cuts short passes if it names a SIP URI.
func Looks(b []byte) bool {
	if _, end := plainStartLine(b); end > 0 {
		return true
	}
	return looks(b[leading(b):])
}

func looks(b []byte) bool {
	v := judge(b)
	return v == yes || v == perhaps && cutStartLine(b)
}

func leading(b []byte) int {
	i := 0
	for i < len(b) && i < maxLeading && (b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// judge decides by b's first line whether a message begins here. It is
// perhaps only while that line has no LF and nothing in it speaks against; so
// more bytes never turn a yes or a no.
func judge(b []byte) verdict {
	n := 0
	for n < len(b) && tokenChar[b[n]] {
		n++
	}
	switch {
	case n > maxMethod:
		return no
	case n == len(b):
		return perhaps
	case b[n] == '/':
		return judgeStatusLine(b, n)
	case n == 0 || !isBlank(b[n]):
		return no
	}
	end := bytes.IndexByte(b[n:], '\n')
	if end < 0 {
		return perhaps
	}
	line := b[:n+end]
	if _, _, ok := splitRequestLine(line, n); ok {
		return yes
	}
	if i := bytes.IndexByte(line, '\r'); i > n {
		if _, _, ok := splitRequestLine(line[:i], n); ok { // the LF was lost
			return yes
		}
	}
	return no
}

func judgeStatusLine(b []byte, slash int) verdict {
	if slash != 3 {
		return no
	}
	i := version(b)
	if i < 0 {
		return no
	}
	if i < len(b) && !isBlank(b[i]) {
		return no
	}
	for i < len(b) && isBlank(b[i]) {
		i++
	}
	switch {
	case i == len(b):
		return perhaps
	case !isDigit(b[i]):
		return no
	case bytes.IndexByte(b[i:], '\n') < 0:
		return perhaps
	}
	return yes
}

// version reads "SIP/2.0" or another SIP version at the head of b and returns
// its length, which is len(b) where b may end within it, or -1.
func version(b []byte) int {
	const name = "sip/"
	for i := 0; i < len(name); i++ {
		if i == len(b) {
			return i
		}
		if lowerByte(b[i]) != name[i] {
			return -1
		}
	}
	i, dots, run := len(name), 0, 0
	for ; i < len(b); i++ {
		switch {
		case isDigit(b[i]):
			run++
		case b[i] == '.' && run > 0 && dots == 0:
			dots, run = 1, 0
		case run > 0:
			return i
		default:
			return -1
		}
	}
	return i
}

// cutStartLine judges a line without LF where no more bytes will come: the
// capture cut it, or its lines end in CR.
func cutStartLine(b []byte) bool {
	if i := bytes.IndexByte(b, '\r'); i >= 0 {
		b = b[:i]
	}
	n := 0
	for n < len(b) && tokenChar[b[n]] {
		n++
	}
	if n == len(b) {
		return false
	}
	if b[n] == '/' { // "SIP/2.0 2"
		code := trimLeft(b[version(b):])
		return len(code) > 0 && isDigit(code[0])
	}
	if _, _, ok := splitRequestLine(b, n); ok {
		return true
	}
	uri := trimLeft(b[n:])
	for _, c := range uri {
		if c < ' ' && c != '\t' {
			return false // no text, then
		}
	}
	return hasPrefix(uri, "sip:") || hasPrefix(uri, "sips:") || hasPrefix(uri, "tel:")
}

// splitRequestLine takes what follows the method, n bytes long, apart. The URI
// is all between method and version, whatever blanks it holds.
func splitRequestLine(line []byte, n int) (uri, ver []byte, ok bool) {
	line = trimRight(line)
	i := len(line)
	for i > n && !isBlank(line[i-1]) {
		i--
	}
	ver = line[i:]
	if i <= n || len(ver) < len("SIP/2") || version(ver) != len(ver) {
		return nil, nil, false
	}
	uri = trim(line[n:i])
	return uri, ver, len(uri) > 0
}

// sip2 is the version that everybody speaks.
const sip2 = "SIP/2.0"

// plainStartLine recognises a start line that is as RFC 3261 has it, as nearly
// all are, in one look: where its method ends (0 in a status line), and where
// the line does. end is 0 where it is not plain, which says nothing against it.
func plainStartLine(b []byte) (method, end int) {
	if len(b) == 0 || !tokenChar[b[0]] {
		return 0, 0
	}
	end = bytes.IndexByte(b, '\n') - 1
	if end <= len(sip2) || b[end] != '\r' || bytes.IndexByte(b[:end], '\r') >= 0 {
		return 0, 0
	}
	line := b[:end]
	if string(line[:len(sip2)]) == sip2 {
		if !plainStatus(line[len(sip2):]) {
			return 0, 0
		}
		return 0, end
	}
	if method = plainMethod(line); method == 0 {
		return 0, 0
	}
	return method, end
}

// plainStatus tells whether " 200 OK" is the rest of a plain status line.
func plainStatus(s []byte) bool {
	return len(s) > len(" 200 ") && s[0] == ' ' && s[4] == ' ' && s[1]-'1' < 6 && isDigit(s[2]) && isDigit(s[3]) &&
		!isLWS(s[5]) && !isLWS(s[len(s)-1])
}

// plainMethod is the length of the method of a plain request line, else 0.
func plainMethod(line []byte) int {
	end := len(line) - len(sip2) - 1 // of the URI
	if line[end] != ' ' || string(line[end+1:]) != sip2 {
		return 0
	}
	n := 0
	for tokenChar[line[n]] { // that blank ends it at the latest
		n++
	}
	if n == 0 || n > maxMethod || line[n] != ' ' || n+1 >= end || line[n+1] == '<' {
		return 0
	}
	for _, c := range line[n+1 : end] {
		if c <= ' ' {
			return 0
		}
	}
	return n
}

// parseStartLine reads the start line and returns where the headers begin, or
// -1 where b is no SIP message.
func (m *Message) parseStartLine(b []byte) int {
	if n, end := plainStartLine(b); end > 0 {
		if n == 0 {
			const code = len(sip2) + 1
			m.Status = int(b[code]-'0')*100 + int(b[code+1]-'0')*10 + int(b[code+2]-'0')
			m.Reason = b[code+4 : end]
		} else {
			m.Request = true
			m.Method, m.RequestURI = b[:n], b[n+1:end-len(sip2)-1]
		}
		return end + len("\r\n")
	}
	at := leading(b)
	if !looks(b[at:]) {
		return -1
	}
	s := linesOf(b, at)
	_, end, how := s.next()
	switch how {
	case lf:
		m.defect(LFOnly, at)
	case cr:
		m.defect(CROnly, at)
	}
	line := b[at:end]
	n := 0
	for tokenChar[line[n]] {
		n++
	}
	if line[n] == '/' {
		m.parseStatusLine(line, at)
		return s.pos
	}
	m.Request = true
	m.Method = line[:n]
	uri, ver, ok := splitRequestLine(line, n)
	if i := bytes.IndexByte(line, '\r'); !ok && i >= 0 {
		m.defect(CROnly, at)
		line = line[:i]
		uri, ver, ok = splitRequestLine(line, n)
		s.pos = at + i + 1
	}
	if !ok { // cut short
		m.RequestURI = trim(line[n:])
		return s.pos
	}
	m.RequestURI = uri
	if !is(ver, "sip/2.0") {
		m.defect(BadVersion, at)
	}
	if n+len(uri)+len(ver)+2 != len(line) || uri[0] == '<' || bytes.IndexByte(uri, ' ') >= 0 {
		m.defect(BadRequestLine, at)
	}
	return s.pos
}

// parseStatusLine reads "SIP/2.0 200 OK" (RFC 3261 section 7.2).
func (m *Message) parseStatusLine(line []byte, at int) {
	n := version(line)
	if !is(line[:n], "sip/2.0") {
		m.defect(BadVersion, at)
	}
	rest := trimLeft(line[n:])
	code, n := digits(rest, 999)
	if code < 100 || code > 699 || n != 3 {
		m.defect(BadStatus, at)
	}
	if code <= 999 {
		m.Status = int(code)
	}
	m.Reason = trim(rest[n:])
}
