package redact

import (
	"net/netip"
	"strings"
)

// headerName is a header's full name in small letters.
func headerName(name string) string {
	name = strings.ToLower(name)
	if len(name) == 1 {
		if full, ok := map[string]string{
			"i": "call-id", "f": "from", "t": "to", "v": "via", "m": "contact", "l": "content-length", "c": "content-type", "e": "content-encoding",
			"k": "supported", "x": "session-expires", "r": "refer-to", "b": "referred-by", "o": "event", "s": "subject", "u": "allow-events",
			"a": "accept-contact", "d": "request-disposition", "j": "reject-contact", "n": "identity-info", "y": "identity",
		}[name]; ok {
			return full
		}
	}
	return name
}

// header rewrites a header's value.
func (p *Pseudonyms) header(name, value string) string {
	switch name {
	case "cseq", "max-forwards", "expires", "min-expires", "session-expires", "min-se", "rseq", "rack", "mime-version", "date", "timestamp", "content-length":
		return p.spoken(value, 10)
	case "allow", "supported", "require", "proxy-require", "unsupported", "accept", "accept-encoding", "accept-language", "content-encoding",
		"content-disposition", "content-language", "priority", "privacy", "p-early-media", "allow-events", "refer-sub", "request-disposition", "answer-mode":
		return p.spoken(value, 3)
	case "user-agent", "server":
		if p.KeepAgents && namesProgram(value) {
			return value
		}
		return p.Text(value)
	case "call-id", "in-reply-to":
		return p.Text(value)
	case "via":
		return p.each(value, p.via)
	case "replaces", "join", "target-dialog", "same-session":
		id, params := cut(value, ';')
		return p.Text(strings.TrimSpace(id)) + p.params(params)
	case "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "authentication-info", "proxy-authentication-info",
		"security-client", "security-server", "security-verify":
		return credentials(value)
	case "identity", "signature":
		return conceal(value)
	case "content-type":
		return p.contentType(value)
	case "event", "subscription-state":
		word, params := cut(value, ';')
		return p.spoken(word, 0) + p.params(params)
	case "reason":
		return p.reason(value)
	case "from", "to", "contact", "refer-to", "referred-by", "reply-to", "route", "record-route", "path", "service-route":
		return p.each(value, p.nameAddr)
	}
	return p.Text(value)
}

// namesProgram reports whether the value of a User-Agent may stay: products,
// versions and comments. An address, a URI, or another header that damage put
// behind it, may not.
func namesProgram(s string) bool {
	run := 0
	for i := range len(s) {
		c := s[i]
		if isDigit(c) {
			if run++; run > 8 {
				return false
			}
			continue
		}
		run = 0
		if c == '@' || c == '"' || c == '<' || c == ':' || c == '=' || c >= 0x80 {
			return false
		}
	}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '/' || r == '(' || r == ')' || r == ',' || r == ';' }) {
		if _, err := netip.ParseAddr(w); err == nil {
			return false
		}
	}
	return true
}

// each rewrites the values of a list. Commas in quotes and brackets separate
// nothing.
func (p *Pseudonyms) each(s string, one func(string) string) string {
	var b strings.Builder
	for {
		n := valueLen(s)
		v := s[:n]
		text := strings.TrimSpace(v)
		i := strings.Index(v, text)
		b.WriteString(v[:i])
		b.WriteString(one(text))
		b.WriteString(v[i+len(text):])
		if n == len(s) {
			return b.String()
		}
		b.WriteByte(',')
		s = s[n+1:]
	}
}

func valueLen(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i += quotedLen(s[i:]) - 1
		case '<':
			n := strings.IndexByte(s[i:], '>')
			if n < 0 {
				return len(s)
			}
			i += n
		case ',':
			return i
		}
	}
	return len(s)
}

// nameAddr is a name-addr or addr-spec with parameters (RFC 3261 section 25.1).
func (p *Pseudonyms) nameAddr(s string) string {
	if strings.ContainsAny(s, `<"`) || s == "*" {
		return p.Text(s)
	}
	// Without brackets the parameters are the header's.
	uri, params := cut(s, ';')
	return p.URI(uri) + p.params(params)
}

// via is one hop: protocol, sent-by and parameters (RFC 3261 section 20.42).
func (p *Pseudonyms) via(s string) string {
	by, params := cut(s, ';')
	i := strings.LastIndexAny(strings.TrimRight(by, " \t"), " \t")
	if i < 0 || !strings.Contains(by[:i], "/") {
		return p.Text(s)
	}
	return p.spoken(by[:i+1], 0) + p.hostPort(strings.TrimSpace(by[i+1:])) + p.params(params)
}

// reason keeps the protocol and the cause (RFC 3326), and the usual texts.
func (p *Pseudonyms) reason(s string) string {
	return p.each(s, func(v string) string {
		word, params := cut(v, ';')
		word = p.spoken(word, 0)
		if before, text, ok := strings.Cut(params, `text="`); ok {
			if said, after, ok := strings.Cut(text, `"`); ok && usualPhrase(said) {
				return word + p.params(before) + `text="` + said + `"` + p.params(after)
			}
		}
		return word + p.params(params)
	})
}

// credentials keep their scheme and what is no secret; the rest keeps its shape.
func credentials(s string) string {
	scheme, rest, _ := strings.Cut(s, " ")
	if !isSpoken(scheme) {
		return conceal(s)
	}
	var b strings.Builder
	b.WriteString(scheme)
	for rest != "" {
		n := valueLen(rest)
		name, value, ok := strings.Cut(rest[:n], "=")
		b.WriteByte(' ')
		switch key := strings.TrimSpace(name); {
		case !ok:
			b.WriteString(conceal(key))
		case harmless(key) && (protocolWord(strings.Trim(value, `" `)) || key == "nc" && len(value) <= 8):
			b.WriteString(key + "=" + value)
		case known(key):
			b.WriteString(key + "=" + conceal(value))
		default:
			b.WriteString(conceal(key) + "=" + conceal(value))
		}
		if n < len(rest) {
			b.WriteByte(',')
			n++
		}
		rest = strings.TrimSpace(rest[n:])
	}
	return b.String()
}

// contentType keeps the type; a boundary is a word that the body repeats.
func (p *Pseudonyms) contentType(s string) string {
	word, params := cut(s, ';')
	word = p.spoken(word, 0)
	if b := boundary(s); b != "" {
		return word + `;boundary="` + p.Word(b) + `"`
	}
	return word + p.params(params)
}

func boundary(s string) string {
	i := indexFold(s, "boundary=")
	if i < 0 {
		return ""
	}
	b := s[i+len("boundary="):]
	if strings.HasPrefix(b, `"`) {
		return strings.Trim(b[:quotedLen(b)], `"`)
	}
	b, _ = cut(b, ';')
	return strings.TrimSpace(b)
}
