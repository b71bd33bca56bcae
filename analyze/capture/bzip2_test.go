package capture

import (
	"bytes"
	"os/exec"
	"slices"
	"testing"
)

// TestBzip2 reads what bzip2 writes; the standard library only unpacks.
func TestBzip2(t *testing.T) {
	bin, err := exec.LookPath("bzip2")
	if err != nil {
		t.Skip("bzip2 is not installed")
	}
	pack := func(data []byte) []byte {
		cmd := exec.Command(bin, "-1", "-c")
		cmd.Stdin = bytes.NewReader(data)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	plain, recs := many(3000) // several of bzip2's blocks
	whole := pack(plain)
	for _, c := range []struct {
		name  string
		file  []byte
		all   bool
		codes []string
	}{
		{"whole", whole, true, nil},
		{"two streams", append(pack(plain[:len(plain)/2]), pack(plain[len(plain)/2:])...), true, nil},
		{"cut", whole[:len(whole)*3/4], false, []string{"cut-short"}},
		{"garbage behind", append(bytes.Clone(whole), "no compressed data at all"...), true, []string{"trailing-garbage"}},
	} {
		g := read(t, c.file, Options{})
		if n := len(g.frames); c.all != (n == len(recs)) || n == 0 {
			t.Errorf("%s: %d frames of %d", c.name, n, len(recs))
		}
		holds(t, g, 1000, recs[:len(g.frames)])
		if g.info.Compression != "bzip2" || !slices.Equal(g.codes(), c.codes) {
			t.Errorf("%s: %q, %v", c.name, g.info.Compression, g.codes())
		}
	}
}
