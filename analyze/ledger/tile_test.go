package ledger_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// captures are all that the project keeps, and those of the folders that
// LATCHSCOPE_CAPTURES names.
func captures(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, dir := range append([]string{"../../testdata"}, filepath.SplitList(os.Getenv("LATCHSCOPE_CAPTURES"))...) {
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() && (strings.Contains(path, ".pcap") || strings.HasSuffix(path, ".cap")) && !strings.HasSuffix(path, ".expect") {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestSpansTile holds rule 1 of the account: the spans of a row cover it without
// hole or overlap, in every capture there is.
func TestSpansTile(t *testing.T) {
	rows := 0
	for _, path := range captures(t) {
		tr, err := analyze.Files(context.Background(), path)
		if err != nil {
			t.Logf("%s: %v", path, err)
			continue
		}
		rows += checkTiles(t, filepath.Base(path), tr)
	}
	if rows < 50 {
		t.Errorf("only %d rows were looked at", rows)
	}
}

func checkTiles(t *testing.T, name string, tr *trace.Trace) (rows int) {
	l := ledger.Of(tr)
	for _, c := range tr.Calls {
		// A call that a look tells to be clear has rows that say so.
		worst := ledger.Clear
		for _, r := range l.Rows(c) {
			if r.Media == "audio" {
				worst = min(worst, r.Verdict)
			}
		}
		if l.Audio(c) == ledger.Clear && worst != ledger.Clear {
			t.Errorf("%s: call %d is clear, and its rows are %s", name, c.ID, worst)
		}
		for _, r := range l.Rows(c) {
			rows++
			if len(r.Spans) == 0 {
				t.Errorf("%s: call %d %s: no spans", name, c.ID, r.Direction())
				continue
			}
			at := r.Start.Time
			for i, s := range r.Spans {
				if s.From.Time != at || s.To.Time <= s.From.Time {
					t.Errorf("%s: call %d %s: span %d (%s) runs from %d to %d, the one before ended at %d", name, c.ID, r.Direction(), i, s.State, s.From.Time, s.To.Time, at)
				}
				if s.State.Silent() && (s.Confidence == 0 || s.Packets < 3) {
					t.Errorf("%s: call %d %s: span %d is %s, %q, with %d packets", name, c.ID, r.Direction(), i, s.State, s.Confidence, s.Packets)
				}
				at = s.To.Time
			}
			if at != r.End.Time {
				t.Errorf("%s: call %d %s: the spans end at %d, the row at %d", name, c.ID, r.Direction(), at, r.End.Time)
			}
		}
	}
	return rows
}
