//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
)

// message is a SIP message, as far as the laboratory's parties need one. It is
// not the parser that is under test: the truth must not come from there.
type message struct {
	start  string
	fields []field
	body   string
}

type field struct{ name, value string }

func (m *message) get(name string) string {
	for _, f := range m.fields {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

func (m *message) add(name, value string) {
	if value != "" {
		m.fields = append(m.fields, field{name, value})
	}
}

// copy takes all fields of that name over from another message.
func (m *message) copy(from *message, names ...string) {
	for _, name := range names {
		for _, f := range from.fields {
			if strings.EqualFold(f.name, name) {
				m.add(name, f.value)
			}
		}
	}
}

func (m *message) bytes() []byte {
	var b strings.Builder
	b.WriteString(m.start + "\r\n")
	for _, f := range m.fields {
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	if m.body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(m.body), m.body)
	return []byte(b.String())
}

// method is a request's, "" for a response.
func (m *message) method() string {
	if strings.HasPrefix(m.start, "SIP/2.0 ") {
		return ""
	}
	method, _, _ := strings.Cut(m.start, " ")
	return method
}

// status is a response's, 0 for a request.
func (m *message) status() int {
	if m.method() != "" || len(m.start) < 11 {
		return 0
	}
	n, _ := strconv.Atoi(m.start[8:11])
	return n
}

// cseq is the CSeq's method.
func (m *message) cseq() string {
	_, method, _ := strings.Cut(m.get("CSeq"), " ")
	return method
}

func (m *message) cseqNumber() int {
	number, _, _ := strings.Cut(m.get("CSeq"), " ")
	n, _ := strconv.Atoi(number)
	return n
}

// param reads ";name=value" of a header's value.
func param(value, name string) string {
	_, rest, found := strings.Cut(value, ";"+name+"=")
	if !found {
		return ""
	}
	if i := strings.IndexAny(rest, ";>, "); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// uri is what stands between the angle brackets.
func uri(value string) string {
	if _, rest, ok := strings.Cut(value, "<"); ok {
		value, _, _ = strings.Cut(rest, ">")
		return value
	}
	value, _, _ = strings.Cut(value, ";")
	return value
}

// user is the user part of an URI.
func user(u string) string {
	u = strings.TrimPrefix(u, "sip:")
	name, _, _ := strings.Cut(u, "@")
	return name
}

// readMessage reads one message from a connection or a datagram.
func readMessage(r *bufio.Reader) (*message, error) {
	tp := textproto.NewReader(r)
	m := &message{}
	for m.start == "" {
		line, err := tp.ReadLine()
		if err != nil {
			return nil, err
		}
		m.start = line
	}
	for {
		line, err := tp.ReadLine()
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		m.add(long(strings.TrimSpace(name)), strings.TrimSpace(value))
	}
	n, _ := strconv.Atoi(m.get("Content-Length"))
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	m.body = string(body)
	var rest []field
	for _, f := range m.fields {
		if !strings.EqualFold(f.name, "Content-Length") && !strings.EqualFold(f.name, "Content-Type") {
			rest = append(rest, f)
		}
	}
	m.fields = rest
	return m, nil
}

// long is the long form of a compact header name.
func long(name string) string {
	switch strings.ToLower(name) {
	case "v":
		return "Via"
	case "f":
		return "From"
	case "t":
		return "To"
	case "i":
		return "Call-ID"
	case "m":
		return "Contact"
	case "l":
		return "Content-Length"
	case "c":
		return "Content-Type"
	}
	return name
}

// respond makes the response to a request.
func respond(req *message, status int, reason, tag, contact, body string) *message {
	m := &message{start: fmt.Sprintf("SIP/2.0 %d %s", status, reason), body: body}
	m.copy(req, "Via", "From")
	to := req.get("To")
	if tag != "" && param(to, "tag") == "" {
		to += ";tag=" + tag
	}
	m.add("To", to)
	m.copy(req, "Call-ID", "CSeq")
	if contact != "" {
		m.add("Contact", "<"+contact+">")
	}
	m.add("User-Agent", "latchscope-lab")
	return m
}
