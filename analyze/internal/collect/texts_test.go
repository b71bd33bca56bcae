package collect

import (
	"bytes"
	"strings"
	"testing"
	"unsafe"
)

// What was kept stays as it was, whatever is kept behind it and whatever becomes of the
// bytes that it was taken from.
func TestTexts(t *testing.T) {
	var all texts
	var kept, want []string
	b := make([]byte, 0, 2*textPage)
	for n := range 3000 {
		length := n % 97
		if n%500 == 499 {
			length = textPage + n
		}
		b = append(b[:0], bytes.Repeat([]byte{byte(n)}, length)...)
		kept, want = append(kept, all.keep(b)), append(want, strings.Repeat(string([]byte{byte(n)}), length))
	}
	for n := range kept {
		if kept[n] != want[n] {
			t.Fatalf("text %d is %d bytes that are not the %d of it", n, len(kept[n]), len(want[n]))
		}
	}
}

// Words stand one behind the other until some are let go of; from then on each stands alone.
func TestTextsSeparate(t *testing.T) {
	var all texts
	where := func(s string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(s))) }
	word := make([]byte, 17) // of a length to which no block of the allocator's fits
	behind := func() bool {
		a, b := all.keep(word), all.keep(word)
		return where(b) == where(a)+uintptr(len(a))
	}
	if !behind() {
		t.Error("two words are apart")
	}
	if all.separate(); behind() {
		t.Error("two words that should be apart are not")
	}
}
