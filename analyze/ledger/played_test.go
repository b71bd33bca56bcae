package ledger_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/trace"
)

// played is what becomes of a scene.
func played(t *testing.T, text string) *scenetest.Result {
	t.Helper()
	s, err := scenetest.Parse(t.Name(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// seenAt is what its captures at some points show together.
func seenAt(t *testing.T, run *scenetest.Result, points ...string) *trace.Trace {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for _, p := range points {
		path := filepath.Join(dir, p+".pcap")
		if err := os.WriteFile(path, run.Capture(p), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	tr, err := analyze.Files(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
