package main

import (
	"bytes"
	"testing"
	"time"
)

// The same files give the same archive, at any time and in any place.
func TestArchivesAreReproducible(t *testing.T) {
	files := []member{{"latchscope", 0o755, bytes.Repeat([]byte("binary"), 1000)}, {"LICENSE", 0o644, []byte("MIT")}}
	stamp := time.Unix(1790000000, 0)
	for _, to := range targets {
		a, ext, err := pack(to, "latchscope-1", files, stamp.UTC())
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := pack(to, "latchscope-1", files, stamp.UTC())
		if err != nil {
			t.Fatal(err)
		}
		if len(a) == 0 || !bytes.Equal(a, b) || (ext == ".zip") != (to.os == "windows") {
			t.Errorf("%v: %d and %d bytes, %s", to, len(a), len(b), ext)
		}
	}
}
