package sip

// tokenChar is RFC 3261 section 25.1's token: what methods, header names and
// parameter names are made of.
var tokenChar = func() (t [256]bool) {
	for c := '0'; c <= '9'; c++ {
		t[c] = true
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = true, true
	}
	for _, c := range "-.!%*_+`'~" {
		t[c] = true
	}
	return t
}()

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// isLWS counts line ends as blank, since header values are not unfolded.
func isLWS(c byte) bool {
	return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n')
}

func isDigit(c byte) bool { return c-'0' < 10 }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && isLWS(b[0]) {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isLWS(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// trim takes white space off both ends, where mostly there is none.
func trim(b []byte) []byte {
	if n := len(b); n > 0 && (b[0] <= ' ' || b[n-1] <= ' ') {
		return trimRight(trimLeft(b))
	}
	return b
}

// is compares without regard to ASCII case; lower must be in lower case. Most
// of what is met is spelt as expected, so that is tried first.
func is(b []byte, lower string) bool {
	return len(b) == len(lower) && (string(b) == lower || equalFold(b, lower))
}

// equalFold compares two texts of one length without regard to ASCII case.
func equalFold(b []byte, s string) bool {
	for i := 0; i < len(b); i++ {
		if b[i] != s[i] && lowerByte(b[i]) != lowerByte(s[i]) {
			return false
		}
	}
	return true
}

func hasPrefix(b []byte, lower string) bool {
	return len(b) >= len(lower) && is(b[:len(lower)], lower)
}

// contains is a search without regard to case, for short inputs.
func contains(b []byte, lower string) bool {
	for i := 0; i+len(lower) <= len(b); i++ {
		if lowerByte(b[i]) == lower[0] && is(b[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

func lowerByte(c byte) byte {
	if c-'A' < 26 {
		c += 'a' - 'A'
	}
	return c
}

// word splits off the first run of non-blanks.
func word(b []byte) (w, rest []byte) {
	b = trimLeft(b)
	for i := 0; i < len(b); i++ {
		if isLWS(b[i]) {
			return b[:i], b[i+1:]
		}
	}
	return b, nil
}

// digits reads an unsigned number at the head of b: its value, and how many
// digits it has. Values over max come out as max+1.
func digits(b []byte, max uint64) (v uint64, n int) {
	for n < len(b) && isDigit(b[n]) {
		if v <= max {
			v = v*10 + uint64(b[n]-'0')
		}
		n++
	}
	if v > max {
		v = max + 1
	}
	return v, n
}

// number is a value that is one number, with nothing behind it but blanks,
// parameters or a comment: clean says so. found tells whether there is a
// number up to max at all, whatever stands behind.
func number(v []byte, max uint64) (x uint64, found, clean bool) {
	v = trimLeft(v)
	x, n := digits(v, max)
	if n == 0 || x > max {
		return 0, false, false
	}
	rest := trimLeft(v[n:])
	return x, true, len(rest) == 0 || rest[0] == ';' || rest[0] == '('
}
