package page

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a capture holds was written by strangers: a display name may carry
// terminal escapes, a Call-ID a line break, a file name an instruction to
// write from right to left. Every format passes all of its text through one
// function that leaves none of that standing: Printable here, and on top of it
// markdown, xml, html/template and so on in the formats that have an active
// syntax of their own. The reader sees what was there (\x1b, \u202e) instead of
// its effect.

// Printable is s on one line, with everything written out that a terminal or
// a browser would act on instead of showing it.
func Printable(s string) string {
	i := 0
	for i < len(s) && s[i] >= ' ' && s[i] < 0x7f {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	marks := 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x`)
			b.WriteString(hex2(s[i]))
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc):
			// Accents belong to names; a tower of them climbs into other lines.
			if marks++; marks <= 2 && !selector(r) {
				b.WriteRune(r)
			} else {
				b.WriteString(written(r))
			}
			i += n
			continue
		case shown(r):
			b.WriteRune(r)
		default:
			b.WriteString(written(r))
		}
		marks = 0
		i += n
	}
	return b.String()
}

// shown tells runes that may stand as they are. Of the separators only the
// plain blank is one.
func shown(r rune) bool {
	if r == ' ' {
		return true
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !Filler(r)
}

// Filler reports whether a rune is one of the letters that have
// no width, or that of a blank.
func Filler(r rune) bool {
	return r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 || r == 0x2800 || r == 0xfffc
}

// selector are marks that change the width of what stands before them.
func selector(r rune) bool {
	return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef || r == 0x20e3 || r == 0x034f
}

// written is a rune as an escape sequence of Go, C and JSON.
func written(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return `\x` + hex2(byte(r))
	case r < 0x10000:
		return `\u` + strconv.FormatUint(0x10000+uint64(r), 16)[1:]
	}
	return `\U` + strconv.FormatUint(0x100000000+uint64(r), 16)[1:]
}

func hex2(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}
