package capture

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// zipped is an archive of members, a name and contents each.
func zipped(t testing.TB, method uint16, members ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		m, err := w.CreateHeader(&zip.FileHeader{Name: members[i].(string), Method: method})
		if err != nil {
			t.Fatal(err)
		}
		m.Write(members[i+1].([]byte))
	}
	w.Close()
	return b.Bytes()
}

// zipSet opens an archive in a file and, to compare, as standard input.
func zipSet(t *testing.T, archive []byte, check func(path string, s *Set, err error)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(path, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSet([]string{path}, nil, Options{})
	check(path, s, err)
	if err == nil {
		s.Close()
	}
	s, err = OpenSet([]string{"-"}, bytes.NewReader(archive), Options{})
	check("-", s, err)
	if err == nil {
		s.Close()
	}
}

func TestZip(t *testing.T) {
	plain, recs := many(3000)
	second := pcapBytes(le, magicMicro, 65535, 1, recs[0])
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		archive := zipped(t, method, "notes.txt", []byte("hello"), "b/ring-2.pcap.gz", gzipped(plain), "ring-1.pcap", second, "empty/", []byte(nil))
		zipSet(t, archive, func(path string, s *Set, err error) {
			if err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, in := range s.Files {
				paths = append(paths, in.Path())
			}
			slices.Sort(paths)
			if !slices.Equal(paths, []string{path + "/b/ring-2.pcap.gz", path + "/ring-1.pcap"}) {
				t.Fatalf("%q", paths)
			}
			for _, in := range s.Files {
				want := recs
				if strings.HasSuffix(in.Path(), "ring-1.pcap") {
					want = recs[:1]
				}
				for range 2 { // a second pass is a pass like the first
					g, err := readInput(in)
					if err != nil {
						t.Fatal(err)
					}
					holds(t, g, 1000, want)
					if g.info.Compression != "zip" || len(g.info.Warnings) > 0 || g.info.Truncated {
						t.Errorf("%s: %+v", in.Path(), g.info)
					}
				}
			}
			if len(s.Warnings) != 1 || s.Warnings[0].Code != "not-a-capture" {
				t.Errorf("%+v", s.Warnings)
			}
		})
	}
}

func TestZipDamage(t *testing.T) {
	plain, recs := many(3000)
	whole := zipped(t, zip.Deflate, "a.pcap", plain)
	flipped := bytes.Clone(whole)
	for i := range 64 {
		flipped[len(flipped)/2+i] ^= 0x55
	}
	zipSet(t, flipped, func(_ string, s *Set, err error) {
		if err != nil {
			t.Fatal(err)
		}
		g, err := readInput(s.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		if n := len(g.frames); n == 0 || n >= len(recs) || !g.info.Truncated {
			t.Errorf("%d frames, %+v", n, g.info)
		}
	})

	encrypted := bytes.Clone(whole)
	encrypted[6] |= 1
	at := bytes.Index(encrypted, []byte("PK\x01\x02"))
	encrypted[at+8] |= 1
	odd := bytes.Clone(whole)
	odd[8], odd[at+10] = 99, 99
	for name, c := range map[string]struct {
		archive []byte
		want    string
	}{
		"encrypted":      {encrypted, "a.pcap: cannot be read; it is encrypted in a zip archive. Unpack it first."},
		"unknown method": {odd, "a.pcap: cannot be read; it is in a zip archive by a method that is not known here (99). Unpack it first."},
		"cut":            {whole[:len(whole)/2], ": cannot be read; it is a damaged zip archive"},
		"no capture":     {zipped(t, zip.Store, "a.txt", []byte("hello")), ": not a packet capture; it looks like a zip archive without a capture in it"},
		"zip in zip":     {zipped(t, zip.Store, "a.zip", whole), ": not a packet capture; it looks like a zip archive without a capture in it"},
	} {
		zipSet(t, c.archive, func(_ string, _ *Set, err error) {
			if err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		})
	}
}

// TestZipBomb unpacks no more than the limit, whatever the archive says.
func TestZipBomb(t *testing.T) {
	head := pcapBytes(le, magicMicro, 65535, 1)
	archive := zipped(t, zip.Deflate, "a.pcap", append(head, make([]byte, 32<<20)...))
	path := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(path, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	opt := Options{Limits: DefaultLimits()}
	opt.Limits.MaxDecompressed = 1 << 20
	s, err := OpenSet([]string{path}, nil, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g, err := readInput(s.Files[0])
	if err != nil || !slices.Contains(g.codes(), "limit") {
		t.Errorf("%v, %v", err, g.codes())
	}

	var members []any
	for i := range mostMembers + 5 {
		members = append(members, fmt.Sprint(i, ".txt"), []byte("x"))
	}
	members[0], members[1] = "a.pcap", head
	if err := os.WriteFile(path, zipped(t, zip.Store, members...), 0o600); err != nil {
		t.Fatal(err)
	}
	many, err := OpenSet([]string{path}, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer many.Close()
	if !slices.ContainsFunc(many.Warnings, func(w Warning) bool { return w.Code == "limit" }) {
		t.Errorf("%+v", many.Warnings)
	}
}
