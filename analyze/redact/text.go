package redact

import "strings"

// Text rewrites the value of a header: every word of it that is no known part
// of the protocol becomes its pseudonym; what separates words stays. It needs
// not to know the header.
func (p *Pseudonyms) Text(s string) string {
	var b strings.Builder
	key := ""     // name of the parameter whose value comes next
	var last byte // separator in front of the word
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"':
			n := quotedLen(s[i:])
			inner := strings.TrimSuffix(s[i+1:i+n], `"`)
			b.WriteByte('"')
			b.WriteString(p.value(key, inner, p.Text))
			if strings.HasSuffix(s[i+1:i+n], `"`) {
				b.WriteByte('"')
			}
			i += n
			key, last = "", c
		case c == '<':
			n := strings.IndexByte(s[i:], '>')
			if n < 0 {
				n = len(s) - i
			}
			b.WriteByte('<')
			b.WriteString(p.URI(s[i+1 : i+n]))
			i += n
			key, last = "", c
		case separator(c):
			b.WriteByte(c)
			if c != ' ' && c != '\t' && c != '=' {
				key = ""
			}
			last = c
			i++
		default:
			n := wordLen(s[i:])
			word := s[i : i+n]
			rest := strings.TrimLeft(s[i+n:], " \t")
			switch {
			case strings.HasPrefix(rest, "=") && known(word):
				b.WriteString(word)
				key = word
			case last == ';' && known(word):
				b.WriteString(word)
			default:
				b.WriteString(p.value(key, word, p.word))
				key = ""
			}
			i += n
			last = 0
		}
	}
	return b.String()
}

// word is a word of a header's value.
func (p *Pseudonyms) word(s string) string {
	if i := strings.IndexByte(s, ':'); i > 0 {
		switch strings.ToLower(s[:i]) {
		case "sip", "sips", "tel", "urn", "http", "https", "mailto", "im", "pres":
			return p.URI(s)
		}
	}
	return p.Token(s)
}

// value is a parameter's value: kept where it is one that the protocol defines.
func (p *Pseudonyms) value(key, s string, otherwise func(string) string) string {
	switch {
	case secret(key):
		return conceal(s)
	case harmless(key) && protocolWord(s), counts(key) && shortNumber(s, 7):
		return s
	}
	return otherwise(s)
}

// protocolWord tells the words that harmless parameters may have as values. A
// parameter's name alone proves nothing: user=phone is a kind, user=jane is not.
func protocolWord(s string) bool {
	switch strings.ToLower(s) {
	case "udp", "tcp", "tls", "sctp", "ws", "wss", "phone", "ip", "dialstring", "uac", "uas", "off", "on", "full", "uri", "name", "yes", "no",
		"true", "false", "calling", "called", "id", "none", "md5", "md5-sess", "sha-256", "sha-512-256", "auth", "auth-int", "unconditional",
		"user-busy", "no-answer", "deflection", "unavailable", "unknown", "time-of-day", "do-not-disturb", "follow-me", "out-of-service", "away",
		"invite", "ack", "bye", "cancel", "register", "options", "update", "prack", "refer", "notify", "subscribe", "info", "message", "publish",
		"required", "optional", "critical", "emergency", "session", "sigcomp", "utf-8", "noresource", "timeout", "terminated":
		return true
	}
	return false
}

// params are the parameters behind a URI or a header's value.
func (p *Pseudonyms) params(s string) string {
	if s == "" {
		return ""
	}
	return p.Text(s)
}

func separator(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ';', '=', '>', '(', ')', '{', '}', '?', '&', '|', '~', '\'', '\\', '`', '/':
		return true
	}
	return false
}

func wordLen(s string) int {
	for i := range len(s) {
		if separator(s[i]) || s[i] == '"' || s[i] == '<' {
			return max(i, 1)
		}
	}
	return len(s)
}

// quotedLen is the length of the quoted string that s begins with.
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// known tells the names of parameters that SIP defines.
func known(name string) bool {
	if harmless(name) || secret(name) {
		return true
	}
	switch strings.ToLower(name) {
	case "tag", "branch", "received", "maddr", "from-tag", "to-tag", "icid-value", "icid-generated-at", "orig-ioi", "term-ioi",
		"text", "remote", "local", "instance", "+sip.instance", "phone-context", "isub", "ext", "rn", "cic", "gr", "pub-gruu", "temp-gruu",
		"alias", "replaces", "call-id", "username", "realm", "uri", "domain", "sip.instance", "epid", "x-real-ip":
		return true
	}
	return false
}

// harmless tells parameters whose values are numbers or words of the protocol.
func harmless(name string) bool {
	switch strings.ToLower(name) {
	case "transport", "user", "method", "ttl", "lr", "ob", "q", "expires", "rport", "cause", "refresher", "privacy", "screen", "party",
		"purpose", "algorithm", "index", "counter", "reason", "early-only", "comp", "reg-id", "npdi", "id-type", "limit", "duration", "stale",
		"qop", "nc", "charset", "handling", "refer-sub", "keep", "np", "retry-after", "audio", "video", "automata", "methods", "isfocus", "schemes":
		return true
	}
	return false
}

// counts tells the harmless parameters whose values are numbers.
func counts(name string) bool {
	switch strings.ToLower(name) {
	case "ttl", "q", "expires", "rport", "cause", "index", "counter", "reg-id", "limit", "duration", "nc", "keep", "retry-after", "refer-sub", "np":
		return true
	}
	return false
}

// secret tells parameters that no pseudonym may stand for.
func secret(name string) bool {
	switch strings.ToLower(name) {
	case "response", "nonce", "cnonce", "opaque", "auts", "rspauth", "nextnonce", "password", "passwd", "pwd", "key", "token", "secret", "auth", "access-token", "inline":
		return true
	}
	return false
}
