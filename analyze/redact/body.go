package redact

import (
	"bytes"
	"strings"
)

// body rewrites what a message carries. SDP is rewritten line by line, also as
// a part among others; of everything else (faxed notes, presence, DTMF by INFO,
// ISUP) only the length and the lines are kept.
func (p *Pseudonyms) body(kind, encoding string, b []byte) []byte {
	word, _ := cut(kind, ';')
	word = strings.ToLower(strings.TrimSpace(word))
	switch {
	case len(b) == 0:
		return nil
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return blank(b)
	case word == "application/sdp", word == "" && bytes.HasPrefix(bytes.TrimLeft(b, "\r\n"), []byte("v=")):
		return p.SDP(b)
	case strings.HasPrefix(word, "multipart/"):
		return p.multipart(boundary(kind), b)
	}
	return blank(b)
}

// blank leaves of a body its length and its lines.
func blank(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		if c != '\r' && c != '\n' {
			out[i] = 'x'
		}
	}
	return out
}

// multipart rewrites the parts of a body (RFC 5621, RFC 2046 section 5.1).
func (p *Pseudonyms) multipart(mark string, b []byte) []byte {
	if mark == "" {
		return blank(b)
	}
	var out bytes.Buffer
	parts := bytes.Split(b, []byte("--"+mark))
	for i, part := range parts {
		if i > 0 {
			out.WriteString("--" + p.Word(mark))
		}
		if i == 0 || bytes.HasPrefix(part, []byte("--")) {
			if i > 0 {
				out.WriteString("--")
				part = part[2:]
			}
			out.Write(blank(part))
			continue
		}
		n := lineEnd(string(part))
		out.Write(part[:n])
		out.Write(p.part(part[n:]))
	}
	return out.Bytes()
}

func (p *Pseudonyms) part(b []byte) []byte {
	head, gap, body := splitHead(b)
	if n := lineEnd(string(b)); n > 0 { // no headers at all
		head, gap, body = nil, b[:n], b[n:]
	}
	// The line end in front of the next boundary is the boundary's.
	text := bytes.TrimRight(body, "\r\n")
	end := body[len(text):]
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 && len(end) >= 2 {
		text = body[:len(text)+min(2, len(end))]
		end = body[len(text):]
	}
	var out bytes.Buffer
	kind, encoding := "", ""
	for _, l := range headLines(head) {
		name, value, ok := l.field()
		switch headerName(name) {
		case "content-type":
			kind = value
		case "content-encoding", "content-transfer-encoding":
			if strings.EqualFold(value, "base64") || headerName(name) == "content-encoding" {
				encoding = value
			}
		}
		if ok {
			out.WriteString(p.fieldName(l.text[:len(l.text)-len(value)], name) + p.header(headerName(name), value))
		} else {
			out.WriteString(p.Text(l.text))
		}
		out.WriteString(l.end)
	}
	out.Write(gap)
	out.Write(p.body(kind, encoding, text))
	out.Write(end)
	return out.Bytes()
}
