package sip

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// vector is one message of testdata with what must come out of it.
type vector struct {
	name string
	want [][2]string // key and value
	msg  []byte
}

var vectorFiles = []string{"testdata/rfc4475.txt", "testdata/rfc5118.txt", "testdata/wild.txt"}

// knownFailures are expectations that the scanner does not meet, by vector and
// key. One that begins to hold fails the test, and must be taken out.
var knownFailures = map[string]string{
	"cr-and-lf callid":  "lone CRs are looked for where there are more CR than LF, and here a lone LF makes up for the lone CR",
	"cr-and-lf defects": "the same",
}

func TestVectors(t *testing.T) {
	failed := map[string]bool{}
	for _, file := range vectorFiles {
		for _, v := range readVectors(t, file) {
			t.Run(v.name, func(t *testing.T) {
				if !Looks(v.msg) {
					t.Fatal("Looks: false")
				}
				var m Message
				if !Parse(v.msg, &m) {
					t.Fatal("Parse: false")
				}
				checkMessage(t, v.msg, &m)
				for _, w := range v.want {
					got, want := describe(t, &m, w[0]), w[1]
					if got == want {
						continue
					}
					key := v.name + " " + w[0]
					if failed[key] = true; knownFailures[key] == "" {
						t.Errorf("%s:\n got %q\nwant %q", w[0], got, want)
					}
				}
			})
		}
	}
	for key, why := range knownFailures {
		if !failed[key] {
			t.Errorf("%s holds now, take it out of knownFailures (%s)", key, why)
		}
	}
}

// TestVectorsKeepNoSecrets holds what the package promises of credentials.
func TestVectorsKeepNoSecrets(t *testing.T) {
	const secret = "Sesame"
	in := "INVITE sip:b@example.com SIP/2.0\r\nCall-ID: x\r\nAuthorization: Digest username=\"a\", response=\"" + secret + "\"\r\n" +
		"Proxy-Authorization: Basic " + secret + "\r\nX-Password: " + secret + "\r\nX-Auth-ID: " + secret + "\r\nContent-Type: application/sdp\r\n\r\n" +
		"v=0\r\nk=clear:" + secret + "\r\nm=audio 4000 RTP/SAVP 0\r\nk=clear:" + secret + "\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + secret +
		"\r\na=ice-ufrag:" + secret + "\r\na=ice-pwd:" + secret + "\r\na=fingerprint:sha-256 " + secret + "\r\n"
	var m Message
	var s Session
	if !Parse([]byte(in), &m) || !ParseSDP(m.SDP(), &s) {
		t.Fatal("not parsed")
	}
	if !m.Credentials || !s.Media[0].Crypto || !s.Media[0].ICE || !s.Media[0].Fingerprint {
		t.Error("that there was a secret must be known")
	}
	m.Body = nil
	for _, field := range byteFields(&m, &s) {
		if bytes.Contains(field, []byte(secret)) {
			t.Errorf("kept: %q", field)
		}
	}
}

func readVectors(t testing.TB, file string) (vs []vector) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		rest := line[1:]
		switch line[0] {
		case '=':
			name, _, _ := strings.Cut(strings.TrimSpace(rest), ":")
			if f := strings.Fields(name); len(f) == 2 {
				name = f[1]
			}
			vs = append(vs, vector{name: name})
		case '>':
			key, value, _ := strings.Cut(strings.TrimPrefix(rest, " "), " ")
			v := &vs[len(vs)-1]
			v.want = append(v.want, [2]string{key, string(unmark(t, value))})
		case '|':
			v := &vs[len(vs)-1]
			line, cut := strings.CutSuffix(rest, "<end>")
			v.msg = append(v.msg, unmark(t, line)...)
			if !cut {
				v.msg = append(v.msg, "\r\n"...)
			}
		default:
			t.Fatalf("%s: %q", file, line)
		}
	}
	for i := range vs {
		// Capacity must not hide a slice that runs over.
		vs[i].msg = vs[i].msg[:len(vs[i].msg):len(vs[i].msg)]
	}
	return vs
}

var marks = regexp.MustCompile(`<hex>([0-9A-Fa-f]*)</hex>|<repeat count=(\d+)>(.*?)</repeat>`)

// unmark undoes the notation of RFC 4475 section 2.1.
func unmark(t testing.TB, s string) []byte {
	return []byte(marks.ReplaceAllStringFunc(s, func(mark string) string {
		f := marks.FindStringSubmatch(mark)
		if f[2] != "" {
			n, _ := strconv.Atoi(f[2])
			return strings.Repeat(f[3], n)
		}
		b, err := hex.DecodeString(f[1])
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}))
}

// describe writes the part of a message that a vector's key names.
func describe(t *testing.T, m *Message, key string) string {
	addr := func(a Address) string { return fmt.Sprintf("%s %s", a.URI, orDash(a.Tag)) }
	switch key {
	case "method":
		return string(m.Method)
	case "status":
		return strconv.Itoa(m.Status)
	case "reason":
		return string(m.Reason)
	case "ruri":
		return string(m.RequestURI)
	case "ruri.user":
		return string(ParseURI(m.RequestURI).User)
	case "ruri.host":
		u := ParseURI(m.RequestURI)
		if u.Port > 0 {
			return fmt.Sprintf("%s %d", u.Host, u.Port)
		}
		return string(u.Host)
	case "callid":
		return string(m.CallID)
	case "cseq":
		return fmt.Sprintf("%d %s", m.CSeq, m.CSeqMethod)
	case "from":
		return addr(m.From)
	case "from.display":
		return string(m.From.Display)
	case "to":
		return addr(m.To)
	case "to.display":
		return string(m.To.Display)
	case "contact":
		return string(m.Contact.URI)
	case "contact.display":
		return string(m.Contact.Display)
	case "contacts":
		return strconv.Itoa(m.Contacts)
	case "routes":
		return strconv.Itoa(m.Routes)
	case "recordroutes":
		return strconv.Itoa(m.RecordRoutes)
	case "viacount":
		return strconv.Itoa(len(m.Vias))
	case "vias":
		var out []string
		for _, v := range m.Vias {
			port := ""
			if v.Port > 0 {
				port = fmt.Sprintf(":%d", v.Port)
			}
			out = append(out, fmt.Sprintf("%s %s%s %s", v.Transport, v.Host, port, orDash(v.Branch)))
		}
		return strings.Join(out, " | ")
	case "received":
		var out []string
		for _, v := range m.Vias {
			out = append(out, orDash(v.Received))
		}
		return strings.TrimLeft(strings.Join(out, " "), "- ")
	case "maxforwards":
		return strconv.Itoa(m.MaxForwards)
	case "expires":
		return strconv.Itoa(m.Expires)
	case "sessionexpires":
		return strconv.Itoa(m.SessionExpires)
	case "useragent":
		return string(m.UserAgent)
	case "type":
		return string(m.ContentType)
	case "length":
		return strconv.Itoa(m.ContentLength)
	case "body":
		return strconv.Itoa(len(m.Body))
	case "extra":
		return strconv.Itoa(len(m.Extra))
	case "credentials":
		return strconv.FormatBool(m.Credentials)
	case "require100rel":
		return strconv.FormatBool(m.Require100rel)
	case "supported100rel":
		return strconv.FormatBool(m.Supported100rel)
	case "rseq":
		return strconv.Itoa(int(m.RSeq))
	case "rack":
		return fmt.Sprintf("%d %d %s", m.RAck.RSeq, m.RAck.CSeq, m.RAck.Method)
	case "replaces":
		return string(m.Replaces)
	case "referto":
		return string(m.ReferTo)
	case "referredby":
		return string(m.ReferredBy)
	case "event":
		return string(m.Event)
	case "sessionid":
		return string(m.SessionID)
	case "reasonheader":
		return string(m.ReasonHeader)
	case "related":
		var out []string
		for _, h := range m.Related {
			out = append(out, fmt.Sprintf("%s=%s", h.Name, h.Value))
		}
		return strings.Join(out, " | ")
	case "origin":
		var s Session
		ParseSDP(m.SDP(), &s)
		return fmt.Sprintf("%s %s %s %s", s.Origin.User, s.Origin.SessionID, s.Origin.Version, s.Origin.Addr)
	case "sdp":
		return describeSDP(m.SDP())
	case "defects":
		var out []string
		for _, d := range m.Defects {
			out = append(out, d.Code.String())
		}
		sort.Strings(out)
		if out == nil {
			return "-"
		}
		return strings.Join(out, " ")
	}
	t.Fatalf("no key %q", key)
	return ""
}

func orDash(b []byte) string {
	if b == nil {
		return "-"
	}
	return string(b)
}

func describeSDP(body []byte) string {
	var s Session
	if body == nil || !ParseSDP(body, &s) {
		return "-"
	}
	var out []string
	for i := range s.Media {
		m := &s.Media[i]
		line := fmt.Sprintf("%s %v", m.KindRaw, m.Addr())
		for _, f := range m.Formats {
			line += " " + describeFormat(f)
		}
		out = append(out, line+" "+m.Direction.String())
	}
	return strings.Join(out, " | ")
}

func describeFormat(f Format) string {
	s := string(f.Name)
	if s == "" {
		return strconv.Itoa(int(f.PT))
	}
	if f.Clock > 0 {
		s += fmt.Sprintf("/%d", f.Clock)
	}
	if f.Channels > 0 {
		s += fmt.Sprintf("/%d", f.Channels)
	}
	return s
}

// byteFields are all slices that a message and a session hold.
func byteFields(m *Message, s *Session) [][]byte {
	out := [][]byte{m.Method, m.RequestURI, m.Reason, m.CallID, m.CSeqMethod, m.UserAgent, m.ContentType, m.ContentEncoding,
		m.RAck.Method, m.Replaces, m.ReferTo, m.ReferredBy, m.SessionID, m.ReasonHeader, m.EarlyMedia, m.Event, m.Body, m.Extra}
	for _, a := range []Address{m.From, m.To, m.Contact} {
		out = append(out, a.Display, a.URI, a.Tag, a.Params)
	}
	for _, v := range m.Vias {
		out = append(out, v.Transport, v.Host, v.Branch, v.Received)
	}
	for _, h := range m.Related {
		out = append(out, h.Name, h.Value)
	}
	out = append(out, s.Origin.User, s.Origin.SessionID, s.Origin.Version, s.Origin.Addr, s.Name, s.Conn.Host)
	out = append(out, s.Bundle...)
	for _, md := range s.Media {
		out = append(out, md.KindRaw, md.Proto, md.Conn.Host, md.Mid)
		for _, f := range md.Formats {
			if static, _ := StaticFormat(f.PT); len(f.Name) > 0 && (len(static.Name) == 0 || &f.Name[0] != &static.Name[0]) {
				out = append(out, f.Name)
			}
		}
		for _, c := range md.Candidates {
			out = append(out, c.Host, c.Transport)
		}
	}
	return out
}

// checkMessage holds the properties that every parsed message has.
func checkMessage(t *testing.T, in []byte, m *Message) {
	t.Helper()
	var s Session
	sdp := m.SDP()
	ParseSDP(sdp, &s)
	for _, f := range byteFields(m, &s) {
		if !within(in, f) {
			t.Fatalf("%q lies outside of the input", f)
		}
	}
	if !within(in, sdp) {
		t.Fatal("the SDP lies outside of the input")
	}
	for _, d := range m.Defects {
		if d.Offset < 0 || d.Offset > len(in) || d.Code.String() == "unknown" || !m.Has(d.Code) {
			t.Fatalf("defect %v at %d of %d", d.Code, d.Offset, len(in))
		}
	}
	if m.Request != (m.RequestURI != nil) || m.Request && len(m.Method) == 0 {
		t.Fatalf("request %v, method %q, URI %q", m.Request, m.Method, m.RequestURI)
	}
}

// within tells whether f is a slice of in.
func within(in, f []byte) bool {
	if len(f) == 0 {
		return true
	}
	at := cap(in) - cap(f)
	return at >= 0 && at+len(f) <= len(in) && &in[at] == &f[0]
}
