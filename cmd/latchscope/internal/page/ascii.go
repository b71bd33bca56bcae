package page

import (
	"strings"
	"unicode/utf8"
)

// stands are the ASCII stand-ins of the punctuation that reports use.
var stands = map[rune]string{
	'→': "->", '←': "<-", '…': "...", '–': "-", '—': "-", '·': "|", '×': "x", '≥': ">=", '≤': "<=", '≈': "~",
	'µ': "u", '’': "'", '‘': "'", '“': `"`, '”': `"`, '°': "deg", '±': "+-", '∞': "endless",
}

// ascii writes s, which is printable, in ASCII: our own punctuation by its
// stand-in, letters of strangers as \uXXXX, so that none is lost.
func ascii(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for _, r := range s[i:] {
		switch stand, ok := stands[r]; {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case ok:
			b.WriteString(stand)
		default:
			b.WriteString(written(r))
		}
	}
	return b.String()
}
