package ledger_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
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

// verdictOf is the worst verdict of audio rows: "partly" where some of them are
// beyond judgement, and others are not.
func verdictOf(rows []ledger.Row) ledger.Verdict {
	worst, seen := ledger.NoVerdict, false
	for _, r := range rows {
		if r.Media == "audio" {
			seen = seen || r.Verdict == ledger.Clear || r.Verdict == ledger.Partly
			if worst == ledger.NoVerdict || r.Verdict < worst {
				worst = r.Verdict
			}
		}
	}
	if worst == ledger.Unjudged && seen {
		return ledger.Partly
	}
	return worst
}

// TestSignallingOnly holds the same for a trunk of which no media was recorded.
func TestSignallingOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signalling.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (trunk.Shape{Calls: 20, AtOnce: 5, Packets: 100, SIPOnly: true}).Write(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	tr, err := analyze.Files(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if rows := checkTiles(t, "signalling.pcap", tr); rows != 40 {
		t.Errorf("%d rows of 20 calls", rows)
	}
	for _, c := range tr.Calls {
		if v := ledger.Of(tr).Audio(c); v != ledger.Unjudged {
			t.Errorf("call %d is %q, though no media was recorded", c.ID, v)
		}
	}
}

// TestAnsweredWithoutAnEnd: a call that was answered, and of which neither the end nor a
// packet of media is in view, is beyond judgement, not unanswered.
func TestAnsweredWithoutAnEnd(t *testing.T) {
	at := func(s int64) trace.Moment { return trace.Moment{Ref: trace.Ref{Frame: uint32(s)}, Time: s * 1e9} }
	leg := &trace.Leg{Dialog: &trace.Dialog{CallID: "1"}, Invite: at(1), State: trace.Established}
	for _, answer := range []trace.Moment{{}, at(2)} {
		leg.Answer = answer
		c := &trace.Call{ID: 1, Legs: []*trace.Leg{leg}, Answer: answer, State: leg.State}
		leg.Call = c
		want := ledger.NoVerdict
		if c.Answered() {
			want = ledger.Unjudged
		}
		if got := ledger.Of(&trace.Trace{Calls: []*trace.Call{c}, Legs: c.Legs}).Audio(c); got != want {
			t.Errorf("answered %t: %q, want %q", c.Answered(), got, want)
		}
	}
}

func checkTiles(t *testing.T, name string, tr *trace.Trace) (rows int) {
	l := ledger.Of(tr)
	for _, c := range tr.Calls {
		// A call that a look tells to be clear, or beyond judgement, has rows that
		// say so.
		want := verdictOf(l.Rows(c))
		if want == ledger.NoVerdict && c.Answered() {
			want = ledger.Unjudged
		}
		if got := l.Audio(c); got != want {
			t.Errorf("%s: call %d is %q, and its rows are %q", name, c.ID, got, want)
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
