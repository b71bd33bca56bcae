//go:build unix

package capture

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSetFIFO(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	plain, recs := many(3000)
	go func() {
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer w.Close()
		w.Write(plain)
	}()
	s := open(t, nil, Options{}, path, path)
	for range 2 {
		g, err := readInput(s.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		holds(t, g, 1000, recs)
	}
	if len(s.Files) != 1 || len(s.Warnings) != 1 {
		t.Error(s.Warnings)
	}
	// In a directory nobody may be writing into it: it is not waited for.
	write(t, filepath.Join(dir, "a.pcap"), at(1))
	if s := open(t, nil, Options{}, dir); len(s.Files) != 1 || len(s.Warnings) != 1 || s.Warnings[0].Code != "not-a-file" {
		t.Error(paths(s), s.Warnings)
	}
}
