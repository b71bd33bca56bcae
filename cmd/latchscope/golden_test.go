package main

import (
	"bytes"
	"strings"
	"testing"
)

// The golden captures, with all that their expectations say: what CI guards a
// media server with guards this program, too.
func TestGoldenCaptures(t *testing.T) {
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"verify", "../../testdata"}, strings.NewReader(""), &out, &errs); status != exitDone {
		t.Fatalf("status %d\n%s%s", status, out.String(), errs.String())
	}
	if n := strings.Count(out.String(), "\nok "); n < 50 {
		t.Fatalf("only %d captures\n%s", n, out.String())
	}
}
