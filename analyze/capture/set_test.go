package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

// at is a capture of one packet at that second.
func at(sec uint32) []byte {
	return pcapBytes(le, magicMicro, 65535, 1, rec{sec: sec, data: payload(int(sec), 40)})
}

func write(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, stdin io.Reader, opt Options, args ...string) *Set {
	t.Helper()
	s, err := OpenSet(args, stdin, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func paths(s *Set) (names []string) {
	for _, in := range s.Files {
		names = append(names, filepath.Base(in.Path()))
	}
	return names
}

func TestSetOrder(t *testing.T) {
	dir := t.TempDir()
	in := func(name string, data []byte) string { return write(t, filepath.Join(dir, name), data) }
	s := open(t, nil, Options{},
		in("z-empty", at(1)[:24]),
		in("late", at(30)),
		in("b", at(20)),
		in("a", at(20)),
		in("a-empty.pcapng", newNG(be).section().b),
		in("early.gz", gzipped(at(10))))
	if got := paths(s); !slices.Equal(got, []string{"early.gz", "a", "b", "late", "a-empty.pcapng", "z-empty"}) {
		t.Error(got)
	}
	if start, ok := s.Files[0].Start(); !ok || start != 10*second {
		t.Error(start, ok)
	}
	if _, ok := s.Files[5].Start(); ok {
		t.Error("an empty capture has a start")
	}
	if len(s.Warnings) > 0 {
		t.Error(s.Warnings)
	}
}

func TestSetDirectory(t *testing.T) {
	dir := t.TempDir()
	in := func(name string, data []byte) string { return write(t, filepath.Join(dir, name), data) }
	in("2.pcap", at(2))
	in("1.txt", at(1))
	in("notes.md", []byte("# notes\n"))
	in("empty", nil)
	for _, sub := range []string{"sub", ".git"} { // what is hidden is passed by
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, sub, "3.pcap"), at(3))
	}
	_ = os.Symlink("..", filepath.Join(dir, "sub", "round")) // and no way round in a circle
	links := 0
	if os.Symlink("nowhere", filepath.Join(dir, "broken")) == nil {
		links++
	}
	s := open(t, nil, Options{}, dir)
	if got := paths(s); !slices.Equal(got, []string{"1.txt", "2.pcap", "3.pcap"}) {
		t.Error(got)
	}
	var codes []string
	for _, w := range s.Warnings {
		codes = append(codes, w.Code)
		if !strings.Contains(w.Text, dir) {
			t.Error(w)
		}
	}
	// What never was a capture is told in one line, however much of it there is.
	want := append(slices.Repeat([]string{"unreadable"}, links), "not-a-capture")
	if !slices.Equal(codes, want) || !strings.Contains(s.Warnings[links].Text, "2 files that are no packet captures left out, empty the first") {
		t.Error(s.Warnings)
	}

	// Named once more, alone and with a link: read once.
	args := []string{filepath.Join(dir, "2.pcap"), dir, filepath.Join(dir, "sub", "..", "1.txt")}
	s = open(t, nil, Options{}, args...)
	if got := paths(s); len(got) != 3 {
		t.Error(got)
	}
	// A set of some of its inputs reads these, and knows how they came into it.
	if named := s.Files[1]; named.Member() || !s.Files[2].Member() {
		t.Error("which of them was named?")
	}
	if one := s.Only(s.Files[2]); one.Size() != s.Files[2].Size() || !slices.Equal(paths(one), []string{"3.pcap"}) {
		t.Error(paths(one))
	}
	if n := len(slices.DeleteFunc(s.Warnings, func(w Warning) bool { return w.Code != "named-twice" })); n != 2 {
		t.Error(s.Warnings)
	}
}

func TestSetErrors(t *testing.T) {
	dir := t.TempDir()
	bare := filepath.Join(dir, "bare")
	os.Mkdir(bare, 0o700)
	write(t, filepath.Join(bare, "readme"), []byte("hello"))
	good := write(t, filepath.Join(dir, "good"), at(1))
	story := write(t, filepath.Join(dir, "story.txt"), []byte("It rained."))
	secret := write(t, filepath.Join(dir, "secret"), at(1))
	os.Chmod(secret, 0)
	long := filepath.Join(dir, strings.Repeat("x", 5000))
	for _, c := range []struct {
		args []string
		text string
		is   error
	}{
		{nil, "no capture was named", ErrNothing},
		{[]string{good, filepath.Join(dir, "none.pcap")}, "none.pcap: no such file", fs.ErrNotExist},
		{[]string{good, story}, "story.txt: not a packet capture; it looks like text", nil},
		{[]string{bare}, "bare: no packet capture in this directory", nil},
		{[]string{long}, "too long", nil},
		{[]string{os.DevNull}, os.DevNull + ": neither a file", nil},
		{[]string{"-"}, "standard input: there is none", nil},
		{[]string{secret}, "secret: permission denied", fs.ErrPermission},
	} {
		if c.is == fs.ErrPermission && os.Geteuid() == 0 {
			continue // root reads everything
		}
		s, err := OpenSet(c.args, nil, Options{})
		if err == nil {
			s.Close()
			t.Errorf("%q: no error", c.args)
			continue
		}
		if !strings.Contains(err.Error(), c.text) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%q: %v", c.args, err)
		}
		if strings.Contains(err.Error(), "stat ") || strings.Contains(err.Error(), "open ") {
			t.Errorf("%q: a system call in %v", c.args, err)
		}
	}
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

func TestSetStdin(t *testing.T) {
	plain, recs := many(4000)
	for name, data := range map[string][]byte{"plain": plain, "gzip": gzipped(plain)} {
		s := open(t, slow{bytes.NewReader(data), 1000}, Options{}, "-", "-")
		if len(s.Files) != 1 || s.Files[0].Path() != "-" || len(s.Warnings) != 1 || s.Warnings[0].Code != "named-twice" {
			t.Fatalf("%s: %+v", name, s.Warnings)
		}
		for range 2 {
			g, err := readInput(s.Files[0])
			if err != nil || g.err != nil {
				t.Fatal(err, g.err)
			}
			holds(t, g, 1000, recs)
			if g.info.SHA256 != sum(data) || g.info.Bytes != int64(len(data)) || g.info.Path != "-" {
				t.Errorf("%s: %+v", name, g.info)
			}
		}
	}
	if _, err := OpenSet([]string{"-"}, strings.NewReader("no capture"), Options{}); err == nil ||
		!strings.HasPrefix(err.Error(), "standard input: not a packet capture") {
		t.Error(err)
	}
	if _, err := OpenSet([]string{"-"}, iotest.ErrReader(errors.New("the cable is gone")), Options{}); err == nil ||
		err.Error() != "standard input: the cable is gone" {
		t.Error(err)
	}
}

// Standard input that is a file is read in place, from where it stands, and
// is the same input as the file by its name.
func TestSetStdinFile(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "a"), append([]byte("12345"), at(7)...))
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	file.Seek(5, io.SeekStart)
	s := open(t, file, Options{}, "-")
	if g, err := readInput(s.Files[0]); err != nil || len(g.frames) != 1 || len(s.spools) > 0 || g.info.SHA256 != sum(at(7)) {
		t.Error(err, g.info)
	}
	good := write(t, filepath.Join(t.TempDir(), "b"), at(8))
	again, err := os.Open(good)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if s := open(t, again, Options{}, good, "-"); len(s.Files) != 1 || len(s.Warnings) != 1 {
		t.Error(paths(s), s.Warnings)
	}
}

// Several passes at once see the same; one of them hashes.
func TestInputConcurrent(t *testing.T) {
	plain, recs := many(5000)
	s := open(t, nil, Options{}, write(t, filepath.Join(t.TempDir(), "a"), plain))
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			g, err := readInput(s.Files[0])
			if err != nil || len(g.frames) != len(recs) {
				t.Error(err, len(g.frames))
			}
		})
	}
	wg.Wait()
	if got := s.Files[0].digest(); got != sum(plain) {
		t.Error(got)
	}
}

func TestHash(t *testing.T) {
	plain, _ := many(100)
	damaged := append(bytes.Clone(plain), bytes.Repeat([]byte{0xff}, 600_000)...)
	packed := append(gzipped(plain), bytes.Repeat([]byte("garbage"), 100_000)...)
	for name, data := range map[string][]byte{"plain": plain, "damaged": damaged, "garbage behind gzip": packed} {
		if g := read(t, data, Options{}); g.info.SHA256 != sum(data) {
			t.Errorf("%s: %q", name, g.info.SHA256)
		}
		small := Options{Limits: DefaultLimits()}
		small.Limits.HashLimit = int64(len(data)) - 1
		if g := read(t, data, small); g.info.SHA256 != "" {
			t.Errorf("%s: hashed beyond the limit", name)
		}
		small.Hash = true
		if g := read(t, data, small); g.info.SHA256 != sum(data) {
			t.Errorf("%s: not hashed on request", name)
		}
	}
	// A pass that is given up does not hash; the next one does.
	in := inMemory(damaged, Options{})
	f, err := in.Open()
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if g, err := readInput(in); err != nil || g.info.SHA256 != sum(damaged) {
		t.Error(err, g.info.SHA256)
	}
}

func TestProgress(t *testing.T) {
	dir := t.TempDir()
	plain, _ := many(30_000)
	var told []int64
	opt := Options{Progress: func(n int64) { told = append(told, n) }}
	s := open(t, nil, opt, write(t, filepath.Join(dir, "a"), plain),
		write(t, filepath.Join(dir, "b"), append(at(1), bytes.Repeat([]byte{0xff}, 3<<20)...)))
	for range 2 { // the second pass is silent
		for _, in := range s.Files {
			if _, err := readInput(in); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(told) < 5 || !slices.IsSorted(told) || told[len(told)-1] != s.Size() {
		t.Errorf("%v of %d", told, s.Size())
	}
	for i := 1; i < len(told); i++ {
		if told[i]-told[i-1] > 2<<20 {
			t.Errorf("silent for %d bytes", told[i]-told[i-1])
		}
	}
}

func TestInterrupted(t *testing.T) {
	plain, _ := many(30_000)
	calls := 0
	g := read(t, plain, Options{Interrupted: func() bool { calls++; return calls > 3 }})
	if n := len(g.frames); n == 0 || n == 30_000 || !g.info.Truncated || g.info.SHA256 != "" || !slices.Equal(g.codes(), []string{"interrupted"}) {
		t.Errorf("%d frames, %+v", n, g.info)
	}
	if g.info.LastFrame != int64(len(g.frames)) || g.info.Interfaces[0].Packets != g.info.LastFrame {
		t.Errorf("%+v", g.info)
	}
	// While standard input is copied: what is there is the input, with what is
	// still on its way; but whoever goes on writing is not waited for.
	calls = 0
	begun := time.Now()
	s := open(t, steady{bytes.NewReader(plain), 1000}, Options{Interrupted: func() bool { calls++; return calls > 50 }}, "-")
	if n, took := s.Size(), time.Since(begun); n < 51_000 || n > 1_000_000 || !s.Stopped() || took > 5*time.Second {
		t.Errorf("%d bytes in %v, stopped: %v", n, took, s.Stopped())
	}
	// The whole of it, where the writer ends then.
	calls = 0
	s = open(t, steady{bytes.NewReader(plain[:60_000]), 1000}, Options{Interrupted: func() bool { calls++; return calls > 50 }}, "-")
	if n := s.Size(); n != 60_000 || !s.Stopped() {
		t.Errorf("%d bytes, stopped: %v", n, s.Stopped())
	}
}

// The first frame is looked for to its end, also behind what is passed over.
func TestInterruptedBeforeFirstFrame(t *testing.T) {
	file := newNG(le).section().iface(1, 0).block(0xbad, make([]byte, 200_000)).enhanced(0, µs2023, payload(1, 20), 20).b
	s := open(t, nil, Options{Interrupted: func() bool { return true }}, write(t, filepath.Join(t.TempDir(), "a"), file))
	if _, ok := s.Files[0].Start(); !ok {
		t.Error("no frame was found")
	}
}

// steady gives n bytes a millisecond.
type steady struct {
	r io.Reader
	n int
}

func (s steady) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.r.Read(p[:min(len(p), s.n)])
}

// What grew onto a file since the Set was opened is left alone, a file that
// became shorter says so, and one that was replaced is an error.
func TestFileChanges(t *testing.T) {
	plain, recs := many(3000)
	path := write(t, filepath.Join(t.TempDir(), "a"), plain)
	s := open(t, nil, Options{}, path)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.Write(plain[24:])
	file.Close()
	g, err := readInput(s.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	holds(t, g, 1000, recs)
	if len(g.info.Warnings) > 0 || g.info.SHA256 != sum(plain) {
		t.Errorf("%+v", g.info)
	}
	if err := os.Truncate(path, int64(len(plain)/2)); err != nil {
		t.Fatal(err)
	}
	g, err = readInput(s.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	if codes := g.codes(); !slices.Contains(codes, "file-changed") || !g.info.Truncated || len(g.frames) == 0 || g.info.Bytes != int64(len(plain)/2) {
		t.Errorf("%+v", g.info)
	}
	write(t, path+".new", at(1))
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Files[0].Open(); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Error(err)
	}
	os.Remove(path)
	if _, err := s.Files[0].Open(); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// A disk that fails is an error; what was read before it stands.
func TestReadError(t *testing.T) {
	plain, _ := many(3000)
	broken := errors.New("input/output error")
	opt := Options{wrap: func(r io.Reader) io.Reader {
		return io.MultiReader(io.LimitReader(r, 200_000), iotest.ErrReader(broken))
	}}
	for _, data := range [][]byte{plain, gzipped(plain)} {
		g, err := readInput(inMemory(data, opt))
		if int64(len(data)) < 200_000 {
			t.Fatal("too small to fail")
		}
		if err != nil || !errors.Is(g.err, broken) || len(g.frames) == 0 || !g.info.Truncated {
			t.Errorf("%v %v %+v", err, g.err, g.info)
		}
		if len(g.codes()) > 0 {
			t.Errorf("damage of the disk told as damage of the file: %v", g.codes())
		}
	}
	opt.wrap = func(io.Reader) io.Reader { return iotest.ErrReader(broken) }
	if _, err := readInput(inMemory(plain, opt)); !errors.Is(err, broken) || err.Error() != "test: input/output error" {
		t.Error(err)
	}
}

func TestSpoolLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := OpenSet([]string{"-"}, bytes.NewReader(at(1)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Error(left)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	if _, err := OpenSet([]string{"-"}, bytes.NewReader(at(1)), Options{}); err == nil || !strings.Contains(err.Error(), "no temporary file") {
		t.Error(err)
	}
}
