package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
)

func troubleFile(t *testing.T) string {
	t.Helper()
	s, err := scenetest.Parse("trouble", []byte(troubleScene))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trouble.pcap")
	if err := os.WriteFile(path, r.Captures[0].Bytes, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Ctrl-C gives the report of what had been read, which says so, and 130.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for format, sign := range map[string]string{
		"text": "Interrupted: this is a partial report.", "json": `"interrupted": true`, "markdown": "Interrupted: this is", "html": "Interrupted: this is",
	} {
		var out, errs bytes.Buffer
		if got := run(ctx, []string{"analyze", "--format", format, troubleFile(t)}, nil, &out, &errs); got != exitInterrupted {
			t.Errorf("%s: status %d, %s", format, got, errs.String())
		}
		if !strings.Contains(out.String(), sign) {
			t.Errorf("%s does not say that it is partial:\n%s", format, out.String())
		}
		if n := strings.Count(errs.String(), "\n"); n != 1 {
			t.Errorf("%s: %d lines on stderr: %s", format, n, errs.String())
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestOutputThatFails(t *testing.T) {
	path := troubleFile(t)
	for _, format := range []string{"text", "json", "ndjson", "markdown", "html", "junit", "sarif"} {
		for _, c := range []struct {
			err    error
			status int
			text   string
		}{
			{syscall.EPIPE, exitDone, ""},
			{syscall.ENOSPC, exitInput, "latchscope: writing the report: no space left on device\n"},
		} {
			var errs bytes.Buffer
			got := run(t.Context(), []string{"analyze", "--format", format, path}, nil, failing{c.err}, &errs)
			if got != c.status || errs.String() != c.text {
				t.Errorf("%s, %v: status %d, %q", format, c.err, got, errs.String())
			}
		}
	}
}

// What goes wrong half-way leaves neither half a report nor a leftover, and
// what was there before stays.
func TestFileIsNeverHalfWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.txt")
	if err := os.WriteFile(path, []byte("the old one"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := deliver(io.Discard, path, func(w io.Writer) error {
		if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
			return err
		}
		return syscall.EIO
	})
	if err == nil {
		t.Error("no error")
	}
	if b, _ := os.ReadFile(path); string(b) != "the old one" {
		t.Errorf("the old report is gone: %.20q", b)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%d files are left", len(list))
	}
	if err := deliver(io.Discard, path, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	if stat, _ := os.Stat(path); stat.Mode().Perm() != 0o600 {
		t.Errorf("rights became %v", stat.Mode())
	}
}

func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		n, total int64
		want     string
	}{
		{250e6, 1000e6, "reading 250 of 1000 MB (25%), 125 MB/s, 6s left"},
		{250e6, 0, "reading 250.0 MB, 125.0 MB/s"},
	} {
		if got := progressLine(c.n, c.total, 2e9); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestSuggestions(t *testing.T) {
	names := []string{"analyze", "explain", "engines"}
	for got, want := range map[string]string{
		"analyse": "did you mean analyze?", "explian": "did you mean explain?", "eng": "did you mean engines?", "zzz": "", "x": "", "": "",
	} {
		if s := didYouMean(got, names, ""); s != want {
			t.Errorf("%q: %q", got, s)
		}
	}
}
