package sip

import "bytes"

// URI is a SIP, SIPS or tel URI (RFC 3261 section 19.1, RFC 3966). A password
// in the user part is left out.
type URI struct {
	Scheme []byte
	User   []byte // escapes are left as they are; a tel URI's number
	Host   []byte // IPv6 without brackets; empty in a tel URI
	Port   uint16 // 0 where absent
	Params []byte // behind the first semicolon; see Param
}

// ParseURI takes a URI apart as far as it goes. What has no scheme is taken
// for a SIP URI without one.
func ParseURI(b []byte) URI {
	var u URI
	b = trim(b)
	for i, c := range b {
		if c == ':' {
			// "example.com:5060" is no URI, but met as one.
			if isDigit(nextByte(b, i)) && !is(b[:i], "tel") && !is(b[:i], "sip") && !is(b[:i], "sips") {
				break
			}
			u.Scheme, b = b[:i], b[i+1:]
			break
		}
		if !tokenChar[c] {
			break
		}
	}
	// A '?' before the '@' belongs to the user, as does a semicolon; behind it
	// they end the host, unless that is in brackets.
	if i := bytes.LastIndexByte(b, '@'); i >= 0 {
		u.User, b = b[:i], b[i+1:]
		if i := bytes.IndexByte(u.User, ':'); i >= 0 {
			u.User = u.User[:i]
		}
	}
	host := 0
	if len(b) > 0 && b[0] == '[' {
		host = max(0, bytes.IndexByte(b, ']'))
	}
	if i := bytes.IndexByte(b[host:], '?'); i >= 0 {
		b = b[:host+i]
	}
	if i := bytes.IndexByte(b[host:], ';'); i >= 0 {
		u.Params, b = b[host+i+1:], b[:host+i]
	}
	if u.User == nil && is(u.Scheme, "tel") {
		u.User = b
		return u
	}
	u.Host, u.Port = splitHostPort(b)
	return u
}

func nextByte(b []byte, i int) byte {
	if i+1 < len(b) {
		return b[i+1]
	}
	return 0
}
