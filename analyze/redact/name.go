package redact

import (
	"net/netip"
	"net/url"
	"strings"
)

// Host is the pseudonym of a host name or an address. A domain's hosts stay in
// one domain; names of several labels end in .invalid (RFC 2606), so that no
// pseudonym is anybody's name.
func (p *Pseudonyms) Host(s string) string {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		to := p.Addr(a).String()
		if strings.HasPrefix(s, "[") {
			to = "[" + to + "]"
		}
		return to
	}
	if unspecific(s) {
		return s
	}
	low := strings.ToLower(s)
	if to, ok := p.hosts[low]; ok {
		return to
	}
	labels := strings.Split(low, ".")
	for i, l := range labels {
		labels[i] = p.Word(l)
	}
	to := strings.Join(labels, ".")
	if last := labels[len(labels)-1]; len(labels) > 1 && last != "invalid" && last != "local" {
		to = strings.TrimSuffix(to, ".") + ".invalid"
	}
	p.hosts[low] = to
	return to
}

// hostPort is the pseudonym of "host", "host:port", "[v6]:port" or a bare v6.
func (p *Pseudonyms) hostPort(s string) string {
	if _, err := netip.ParseAddr(s); err == nil {
		return p.Host(s)
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 && isPort(s[i+1:]) {
		return p.Host(s[:i]) + s[i:]
	}
	return p.Host(s)
}

// Token is the pseudonym of a word of unknown meaning: an address, a host, a
// name at a host, or any other word. It is what Call-IDs, tags and branches
// become, and what private headers repeat of them.
func (p *Pseudonyms) Token(s string) string {
	if i := strings.LastIndex(s, "_b2b"); i > 0 && shortNumber(strings.TrimPrefix(s[i+4:], "-"), 4) {
		return p.Token(s[:i]) + s[i:] // the second leg of a Call-ID, by convention
	}
	if rest, ok := strings.CutPrefix(s, "z9hG4bK"); ok { // RFC 3261 section 8.1.1.7
		return "z9hG4bK" + p.Token(rest)
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return p.Token(s[:i]) + "@" + p.hostPort(s[i+1:])
	}
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return p.Host(s)
	}
	if i := strings.LastIndexByte(s, ':'); i > 0 && isPort(s[i+1:]) && namesHost(s[:i]) {
		return p.hostPort(s)
	}
	if namesHost(s) {
		return p.Host(s)
	}
	return p.Word(s)
}

// namesHost tells what looks like an address or a name of several labels.
func namesHost(s string) bool {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return true
	}
	i := strings.LastIndexByte(s, '.')
	if i <= 0 || len(s)-i < 3 {
		return false
	}
	for k := range len(s) {
		if c := s[k]; !isLetter(c) && !isDigit(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	for _, c := range []byte(s[i+1:]) {
		if !isLetter(c) {
			return false
		}
	}
	return true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isPort(s string) bool { return allDigits(s) && len(s) <= 5 }

// URI is the pseudonym of a SIP, SIPS or tel URI, or any other.
func (p *Pseudonyms) URI(s string) string {
	i := strings.IndexByte(s, ':')
	if i < 0 {
		return p.bareURI(s)
	}
	switch scheme := s[:i+1]; strings.ToLower(scheme) {
	case "sip:", "sips:", "im:", "pres:", "xmpp:", "mailto:", "h323:":
		return scheme + p.bareURI(s[i+1:])
	case "tel:", "fax:":
		number, params := cut(s[i+1:], ';')
		return scheme + p.Word(number) + p.params(params)
	case "urn:":
		return scheme + p.Text(s[i+1:])
	case "http:", "https:", "ws:", "wss:":
		host, rest := cut(strings.TrimPrefix(s[i+1:], "//"), '/')
		return scheme + "//" + p.hostPort(host) + p.Word(rest)
	}
	return p.bareURI(s)
}

// bareURI is a SIP URI behind its scheme.
func (p *Pseudonyms) bareURI(s string) string {
	s, headers := cut(s, '?')
	user := ""
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		user, s = p.user(s[:i])+"@", s[i+1:]
	}
	host, params := cut(s, ';')
	return user + p.hostPort(host) + p.params(params) + p.uriHeaders(headers)
}

// user is a user part, with the parameters of a telephone number or a password.
func (p *Pseudonyms) user(s string) string {
	s, params := cut(s, ';')
	s, password := cut(s, ':')
	if password != "" {
		password = ":" + conceal(password[1:])
	}
	if strings.Contains(s, "%40") { // an address as the user, as some gateways write it
		a, b, _ := strings.Cut(s, "%40")
		return p.Word(a) + "%40" + p.Host(b) + password + p.params(params)
	}
	if namesHost(s) {
		return p.Host(s) + password + p.params(params)
	}
	return p.Word(s) + password + p.params(params)
}

// uriHeaders are those behind the question mark: a Refer-To's Replaces.
func (p *Pseudonyms) uriHeaders(s string) string {
	if s == "" {
		return ""
	}
	fields := strings.Split(s[1:], "&")
	for i, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		plain, err := url.PathUnescape(value)
		if err != nil {
			fields[i] = p.Word(name) + "=" + conceal(value)
			continue
		}
		if !known(name) {
			name = p.Word(name)
		}
		fields[i] = name + "=" + url.QueryEscape(p.Text(plain))
	}
	return "?" + strings.Join(fields, "&")
}

// cut splits in front of a separator; the second part keeps it.
func cut(s string, sep byte) (before, from string) {
	if i := strings.IndexByte(s, sep); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
