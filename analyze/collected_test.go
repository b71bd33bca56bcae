package analyze_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/group"
)

// TestCollected analyses the captures of a folder from what dividing them has found:
// the traces are those of reading each anew.
func TestCollected(t *testing.T) {
	set, err := capture.OpenSet([]string{filepath.Join("..", "testdata", "field"), filepath.Join("..", "testdata", "wrappings")}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	d, err := group.Of(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	served := 0
	for _, g := range d.Groups {
		if g.Collected == nil {
			continue
		}
		served++
		text := func(opt analyze.Options) string {
			tr, err := analyze.Run(t.Context(), g.Set, opt)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			tell(&b, "folder", tr)
			return b.String()
		}
		path := g.Set.Files[0].Path()
		if got, want := text(analyze.Options{Collected: g.Collected}), text(analyze.Options{}); got != want {
			t.Errorf("%s: the trace differs\n%s", path, changes(want, got))
		}
	}
	if served < 10 {
		t.Errorf("%d of %d captures need not be read again", served, len(d.Groups))
	}
}
