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

// skipValue is the index of the comma that ends the list value at v[i], or
// len(v). Commas in quotes and in brackets end nothing, unless these do not
// close.
func skipValue(v []byte, i int) int {
	for ; i < len(v); i++ {
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
	return i
}

// nextParam reads the parameter behind the semicolon at the head of v:
// ";name", ";name=value", ";name = "value"". The value comes without quotes.
// It ends at a semicolon, a comma or the end.
func nextParam(v []byte) (name, value, rest []byte) {
	v = trimLeft(v[1:])
	i := 0
	for i < len(v) && v[i] != '=' && v[i] != ';' && v[i] != ',' {
		i++
	}
	name, v = trimRight(v[:i]), v[i:]
	if len(v) == 0 || v[0] != '=' {
		return name, nil, v
	}
	v = trimLeft(v[1:])
	if len(v) > 0 && v[0] == '"' {
		if q := quoted(v, 0); q > 0 {
			return name, v[1 : q-1], nextSemicolon(v[q:])
		}
	}
	i = 0
	for i < len(v) && v[i] != ';' && v[i] != ',' {
		i++
	}
	return name, trimRight(v[:i]), v[i:]
}

func nextSemicolon(v []byte) []byte {
	for i, c := range v {
		if c == ';' || c == ',' {
			return v[i:]
		}
	}
	return v[len(v):]
}

// param is the value of the first parameter of that name in v, which begins
// with a semicolon. It is nil where there is none, and where it has no value.
func param(v []byte, lower string) []byte {
	for len(v) > 0 && v[0] == ';' {
		var name, value []byte
		name, value, v = nextParam(v)
		if is(name, lower) {
			return value
		}
	}
	return nil
}
