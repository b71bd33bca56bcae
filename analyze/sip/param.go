package sip

import "bytes"

// quoted is the index behind the quoted-string that begins at v[i], or -1
// where it does not close (RFC 3261 section 25.1: a backslash takes the next
// byte along).
func quoted(v []byte, i int) int {
	for i++; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// valueEnd is the index of the comma that ends the first value of a list, or
// len(v). Commas in quotes and in brackets end nothing, unless these do not
// close.
func valueEnd(v []byte) int {
	if bytes.IndexByte(v, ',') < 0 {
		return len(v)
	}
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case ',':
			return i
		case '"':
			if q := quoted(v, i); q > 0 {
				i = q - 1
			}
		case '<':
			if n := bytes.IndexByte(v[i:], '>'); n > 0 {
				i += n
			}
		}
	}
	return len(v)
}

// nextParam reads the first of the parameters v: "name", "name=value" or
// "name = "value"", which comes without its quotes. rest is what stands behind
// its semicolon.
func nextParam(v []byte) (name, value, rest []byte) {
	v = trimLeft(v)
	i := 0
	for i < len(v) && v[i] != '=' && v[i] != ';' {
		i++
	}
	name = trimRight(v[:i])
	if i == len(v) {
		return name, nil, nil
	}
	if v[i] == ';' {
		return name, nil, v[i+1:]
	}
	v = trimLeft(v[i+1:])
	if len(v) > 0 && v[0] == '"' {
		if q := quoted(v, 0); q > 0 {
			_, rest = cutSemicolon(v[q:])
			return name, v[1 : q-1], rest
		}
	}
	value, rest = cutSemicolon(v)
	return name, trimRight(value), rest
}

// cutSemicolon splits v at its first semicolon.
func cutSemicolon(v []byte) (before, after []byte) {
	if i := bytes.IndexByte(v, ';'); i >= 0 {
		return v[:i], v[i+1:]
	}
	return v, nil
}

// Param is the value of the first of the parameters (such as Address.Params)
// that has the name, in lower case, and a value. It is nil where there is none.
func Param(params []byte, name string) []byte {
	for len(params) > 0 {
		var key, value []byte
		key, value, params = nextParam(params)
		if value != nil && is(key, name) {
			return value
		}
	}
	return nil
}
