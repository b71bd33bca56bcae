package redact

import (
	"strings"
	"unicode/utf8"
)

// Word is the pseudonym of a name: of the same length, with letters for
// letters, digits for digits, and all else where it was. Different words have
// different pseudonyms. A number keeps what it has in common with others from
// its end on, so that +49 30 1234567 and 030 1234567 are still recognised as
// one.
func (p *Pseudonyms) Word(s string) string {
	if unspecific(s) {
		return s
	}
	if to, ok := p.words[s]; ok {
		return to
	}
	to := p.newWord(s)
	p.words[s] = to
	return to
}

// unspecific tells words that name nobody: placeholders of RFC 3323, RFC 2606
// and SDP.
func unspecific(s string) bool {
	switch strings.ToLower(s) {
	case "", "-", "anonymous", "anonymous.invalid", "unavailable", "unknown", "restricted", "invalid", "localhost", "local", "null", "nil":
		return true
	}
	return len(s) >= 16 && strings.Trim(s, "0") == "" // the nil UUID of RFC 7989
}

func (p *Pseudonyms) newWord(s string) string {
	out := []byte(s)
	var at []int // positions of what is exchanged
	digits := true
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 3
			continue
		case c >= utf8.RuneSelf:
			// Foreign letters become a plain one, and lose their number of bytes.
			_, n := utf8.DecodeRuneInString(s[i:])
			for k := i; k < i+n; k++ {
				out[k] = 'a' + byte(p.number(useLetter, []byte(s), []byte{byte(i)})%26)
			}
			digits = false
			i += n
			continue
		case isDigit(c):
			at = append(at, i)
		case isLetter(c):
			at = append(at, i)
			digits = false
		}
		i++
	}
	if digits {
		p.exchange(out, at, useNumber, true)
		return string(out)
	}
	p.exchange(out, at, useLetter, false)
	if len(at) > 3 {
		// Each pass carries what it met in one direction; three of them let every
		// character depend on all others. Of shorter words none may stay.
		p.exchange(out, at, useLetter+16, true)
		p.exchange(out, at, useLetter+32, false)
	}
	return string(out)
}

// exchange moves every character on within its alphabet, by a distance that
// depends on the characters before it (behind it, if backwards) and is never
// zero: words of one shape become different words of the same shape.
func (p *Pseudonyms) exchange(b []byte, at []int, use byte, backwards bool) {
	met := make([]byte, 0, len(at))
	for k := range at {
		i := at[k]
		if backwards {
			i = at[len(at)-1-k]
		}
		n := p.number(use, met)
		c := b[i]
		switch {
		case isDigit(c):
			met = append(met, c)
			b[i] = '0' + (c-'0'+1+byte(n%9))%10
		case c >= 'a':
			met = append(met, c)
			b[i] = 'a' + (c-'a'+1+byte(n%25))%26
		default:
			met = append(met, c|0x20)
			b[i] = 'A' + (c-'A'+1+byte(n%25))%26
		}
	}
}

// conceal replaces what is secret by something of the same shape that says
// nothing at all.
func conceal(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case isDigit(c):
			b[i] = '0'
		case isLetter(c), c >= utf8.RuneSelf:
			b[i] = 'x'
		}
	}
	return string(b)
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isHex(c byte) bool    { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// indexFold is where low, in small ASCII letters, first stands in s in letters
// of any case, or -1. Lowering all of s would shift what follows: letters of
// other scripts, and bytes that are none, change their length.
func indexFold(s, low string) int {
	for i := 0; i+len(low) <= len(s); i++ {
		if equalFold(s[i:i+len(low)], low) {
			return i
		}
	}
	return -1
}

// lastIndexFold is the same from the end.
func lastIndexFold(s, low string) int {
	for i := len(s) - len(low); i >= 0; i-- {
		if equalFold(s[i:i+len(low)], low) {
			return i
		}
	}
	return -1
}

// equalFold compares in ASCII alone.
func equalFold(s, low string) bool {
	for i := range len(low) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != low[i] {
			return false
		}
	}
	return true
}
