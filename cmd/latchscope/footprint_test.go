package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What opens strangers' files should hold little that could be turned against
// it, and be quickly fetched: nothing that speaks HTTP or TLS is linked in.
func TestNothingOfTheWebIsLinked(t *testing.T) {
	out, err := golist(".", "-deps", ".")
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(out)
	if len(deps) < 50 {
		t.Fatalf("only %d packages: %s", len(deps), out)
	}
	for _, d := range deps {
		if d == "net/http" || d == "crypto/tls" {
			t.Errorf("%s is linked in", d)
		}
	}
}

// largest is how many bytes the released program may have: 15 MB. What keeps it
// small is above all that nothing executes a template of the standard library: one
// of them, and all methods of all linked types are in (internal/markup, usage in
// help.go).
const largest = 15_000_000

func TestProgramIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("links the program anew")
	}
	path := filepath.Join(t.TempDir(), "latchscope")
	// As the tests are built, not as a release is, so that only the linking is new.
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if stat.Size() > largest {
		t.Errorf("the stripped program has %d bytes, more than %d", stat.Size(), int64(largest))
	}
	t.Logf("%d bytes", stat.Size())
}
