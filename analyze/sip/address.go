package sip

import "bytes"

// Address is the value of From, To or Contact (RFC 3261 section 25.1, name-addr
// or addr-spec with parameters).
type Address struct {
	Display []byte // without its quotes; escapes are left as they are
	URI     []byte // without brackets; it may hold a password, which ParseURI leaves out
	Tag     []byte // nil where there is none
	Params  []byte // as they stand, behind the first semicolon; see Param
}

// address reads the one value of From or To.
func (m *Message) address(a *Address, v []byte, at int) {
	if _, ok := a.parse(v, false); !ok {
		m.defect(BadAddress, at)
	}
}

// parseContact reads a list of contacts, of which the first is kept.
func (m *Message) parseContact(v []byte, at int) {
	if m.Contacts == 0 && len(v) > 0 {
		rest, ok := m.Contact.parse(v, true)
		if !ok {
			m.defect(BadAddress, at)
		}
		m.Contacts, v = 1, rest
	}
	m.Contacts += countValues(v)
}

// parse reads an address, or the first of a list; rest is what follows its
// comma. ok is false where quotes or brackets do not close, or there is no URI;
// what could be read is still there.
func (a *Address) parse(v []byte, list bool) (rest []byte, ok bool) {
	v = trimLeft(v)
	ok = true
	at := 0 // where brackets are looked for
	if len(v) > 0 && v[0] == '"' {
		if q := quoted(v, 0); q > 0 {
			a.Display, at = v[1:q-1], q
		} else {
			ok = false
		}
	}
	open := bytes.IndexByte(v[at:], '<')
	if open >= 0 && (at > 0 || !ok || !bareURI(v[:open])) {
		open += at
		if at == 0 && open > 0 {
			a.Display = bytes.Trim(trim(v[:open]), `"`)
		}
		uri := v[open+1:]
		if n := bytes.IndexByte(uri, '>'); n >= 0 {
			a.URI, v = trim(uri[:n]), uri[n+1:]
		} else {
			uri = trimLeft(uri)
			n = bareEnd(uri, list)
			a.URI, v, ok = uri[:n], uri[n:], false
		}
	} else {
		v = trimLeft(v[at:])
		n := bareEnd(v, list)
		a.URI, v = v[:n], v[n:]
	}
	if len(a.URI) == 0 {
		ok = false
	}
	if list {
		if i := valueEnd(v); i < len(v) {
			v, rest = v[:i], v[i+1:]
		}
	}
	v = trim(v)
	if len(v) > 0 && v[0] == ';' { // some forget it
		v = v[1:]
	}
	if len(v) > 0 {
		a.Params = v
		a.Tag = Param(v, "tag")
	}
	return rest, ok
}

// bareURI tells whether the text before a '<' is a whole addr-spec already, so
// that the bracket belongs to a parameter or to the next value. In the wild,
// display names hold colons ("sip:a@b" <sip:a@b>) and commas.
func bareURI(before []byte) bool {
	for i, c := range before {
		switch c {
		case ',', ';':
			return bytes.IndexByte(before[:i], ':') >= 0
		}
	}
	return false
}

// bareEnd is the end of a URI without brackets: what follows a semicolon are
// the header's parameters, not the URI's (RFC 3261 section 20).
func bareEnd(v []byte, list bool) int {
	for i, c := range v {
		if c == ';' || c == ',' && list || isLWS(c) {
			return i
		}
	}
	return len(v)
}
