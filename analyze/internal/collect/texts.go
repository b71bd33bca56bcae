package collect

import "strings"

// texts keeps words one behind the other in long strings: a capture has hundreds of
// thousands that stay to the end, and a collector of garbage looks each of them up that
// stands alone. The zero texts are ready.
type texts struct {
	page  *strings.Builder
	apart bool // each word is a string of its own
}

// textPage is how long the strings are, in bytes. One stays for as long as any of its
// words does.
const textPage = 32 << 10

// separate has each word from now on stand alone: where some are let go of, those that
// stay would hold on to all others of their pages.
func (t *texts) separate() { t.page, t.apart = nil, true }

// keep is b as a string.
func (t *texts) keep(b []byte) string {
	if len(b) == 0 || t.apart {
		return string(b)
	}
	if t.page == nil || t.page.Cap()-t.page.Len() < len(b) {
		t.page = new(strings.Builder)
		t.page.Grow(max(textPage, len(b)))
	}
	at := t.page.Len()
	t.page.Write(b)
	return t.page.String()[at:]
}
