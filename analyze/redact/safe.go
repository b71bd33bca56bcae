package redact

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// userPassword is the password in a URI, which RFC 3261 section 19.1.1 allows and
// warns of.
var userPassword = regexp.MustCompile(`(?i)(\bsips?:[^:@\s<>;,"]+):([^@\s<>;,"]*)@`)

// dialled is what is dialled behind the answer (RFC 3966 and older, postd=): digits
// as DTMF would be.
var dialled = regexp.MustCompile(`(?i)(;\s*(?:postd|dtmf|digits)\s*=\s*)[^;>\s,?&]+`)

// Safe is a SIP message for people to read, without what nobody may: credentials,
// keys, passwords of ICE and of URIs, and whatever is in a body that is no SDP,
// such as the digits of DTMF (RFC 6086). It names nobody anew; see Pseudonyms.SIP.
func Safe(msg []byte) []byte {
	head, gap, body := splitHead(msg)
	lines := headLines(head)
	if len(lines) == 0 {
		return nil
	}
	var b bytes.Buffer
	kind, encoding := "", ""
	for i, l := range lines {
		name, value, ok := l.field()
		text, full := l.text, headerName(name)
		switch {
		case i == 0 || !ok:
		case full == "content-type":
			kind = value
		case full == "content-encoding":
			encoding = value
		case secretHeader(full):
			text = l.text[:len(l.text)-len(value)]
			if strings.HasSuffix(full, "authenticate") || strings.HasSuffix(full, "authorization") {
				text += credentials(value)
			} else {
				text += conceal(value)
			}
		}
		text = userPassword.ReplaceAllString(text, "$1:***@")
		b.WriteString(dialled.ReplaceAllString(text, "$1***"))
		b.WriteString(l.end)
	}
	b.Write(gap)
	switch kind = strings.ToLower(strings.TrimSpace(kind)); {
	case len(body) == 0:
	case strings.HasPrefix(kind, "application/sdp") && (encoding == "" || strings.EqualFold(encoding, "identity")):
		b.Write(safeSDP(body))
	default:
		fmt.Fprintf(&b, "(%d bytes of body are not shown)", len(body))
	}
	return b.Bytes()
}

// secretHeader reports whether what a header holds is for nobody to read.
func secretHeader(name string) bool {
	switch name {
	case "identity", "signature", "security-client", "security-server", "security-verify":
		return true
	}
	for _, w := range []string{"authenti", "authoriz", "token", "password", "secret", "cookie", "-key", "apikey"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// safeSDP is SDP without its keys and passwords (RFC 4568, RFC 8866 section 5.12,
// RFC 8839 section 5.4).
func safeSDP(body []byte) []byte {
	var b bytes.Buffer
	for _, l := range headLines(body) {
		text := l.text
		low := strings.ToLower(strings.TrimSpace(text))
		name, value, _ := strings.Cut(text, ":")
		switch {
		case strings.HasPrefix(low, "k="):
			text = "k=" + conceal(text[strings.IndexByte(text, '=')+1:])
		case strings.HasPrefix(low, "a=crypto"):
			text = name + ":" + crypto(value)
		case strings.HasPrefix(low, "a=candidate"):
			text = candidatePassword.ReplaceAllString(text, "$1***")
		case strings.HasPrefix(low, "a=ice-pwd"), strings.HasPrefix(low, "a=key-mgmt"), strings.HasPrefix(low, "a=zrtp-hash"), strings.HasPrefix(low, "a=tls-id"),
			strings.HasPrefix(low, "a=identity"), strings.HasPrefix(low, "a=encryption"), strings.HasPrefix(low, "a=3ge2ae"), strings.HasPrefix(low, "a=dtls-id"):
			text = name + ":" + conceal(value)
		case strings.Contains(low, "inline:"): // a key that damage moved
			text = conceal(text)
		}
		b.WriteString(text)
		b.WriteString(l.end)
	}
	return b.Bytes()
}

var candidatePassword = regexp.MustCompile(`(?i)(\bpwd )\S+`)
