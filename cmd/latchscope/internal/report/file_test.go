package report

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// Where a capture lies on somebody's disk tells of customers: formats with a field for
// the file hold its base name, unless the path is asked for.
func TestFileFields(t *testing.T) {
	tr, result := sampleTrace()
	tr.Captures[0].Path = "/customers/acme/story.pcap"
	for _, paths := range []bool{false, true} {
		r, err := New(tr, result, Options{Version: "0", Paths: paths})
		if err != nil {
			t.Fatal(err)
		}
		for name, write := range map[string]func(io.Writer, *Report) error{"sarif": SARIF, "junit": JUnit} {
			var out bytes.Buffer
			if err := write(&out, r); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), "acme"); got != paths || !strings.Contains(out.String(), "story.pcap") {
				t.Errorf("%s, paths %v: the path is there: %v", name, paths, got)
			}
		}
	}
}
