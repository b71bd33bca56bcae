package group

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest"
)

// callScene is a call of some seconds, seen from two points, with a Call-ID of
// its own: scenes name Call-IDs and SSRCs after themselves and their calls.
func callScene(name, talks, extra string) string {
	return fmt.Sprintf(`
nat    router 198.51.100.7 ports=keep delay=20ms
host   phone  192.168.1.50 behind=router
host   gw     192.0.2.50
server sbc    203.0.113.10
call   %s     gw:20000 -> phone:4000 via sbc:30000/30002
capture server at sbc
capture wan at router
0.000  %[1]s invite
1.000  %[1]s 200
1.000  %[1]s phone talks ssrc=0x%08[2]s
1.020  %[1]s gw talks ssrc=0x1%07[2]s
%[3]s
`, name, talks, extra)
}

// recorded stages a scene and writes its captures, some seconds later than it says.
func recorded(t *testing.T, dir, text string, names ...string) {
	t.Helper()
	s, err := scenetest.Parse("scene", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		if name == "" {
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, r.Captures[i].Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// divide is how the captures of a folder fall apart: names with blanks between
// those of a group.
func divide(t *testing.T, dir string, named ...string) ([]string, Division) {
	t.Helper()
	set, err := capture.OpenSet(append(named, dir), nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	d, err := Of(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, g := range d.Groups {
		var names []string
		for _, in := range g.Set.Files {
			rel, _ := filepath.Rel(dir, in.Path())
			names = append(names, filepath.ToSlash(rel))
		}
		slices.Sort(names)
		if (len(names) > 1) != (g.Why != "") {
			t.Errorf("%v: %q", names, g.Why)
		}
		out = append(out, strings.Join(names, " "))
	}
	return out, d
}

func TestWhatBelongsTogether(t *testing.T) {
	bye := func(name, at string) string { return at + "  " + name + " gw bye" }
	for name, c := range map[string]struct {
		stage func(dir string)
		want  []string
	}{
		"strangers at the same time": {func(dir string) {
			recorded(t, dir, callScene("a", "1", bye("a", "9.0")), "ticket-1.pcap")
			recorded(t, dir, callScene("b", "2", bye("b", "9.0")), "ticket-2.pcap")
		}, []string{"ticket-1.pcap", "ticket-2.pcap"}},
		"two points of one call": {func(dir string) {
			recorded(t, dir, callScene("a", "1", bye("a", "9.0")), "server.pcap", "deep/in/wan.pcap")
			recorded(t, dir, callScene("b", "2", bye("b", "9.0")), "other.pcap")
		}, []string{"other.pcap", "deep/in/wan.pcap server.pcap"}},
		"a test call that was recorded twice, with one Call-ID": {func(dir string) {
			recorded(t, dir, callScene("a", "1", bye("a", "9.0")), "monday.pcap")
			recorded(t, dir, callScene("a", "1", bye("a", "19.0")), "tuesday.pcap")
		}, []string{"monday.pcap", "tuesday.pcap"}},
		"the same, and another SSRC": {func(dir string) {
			recorded(t, dir, callScene("a", "1", bye("a", "9.0")), "monday.pcap")
			recorded(t, dir, callScene("a", "2", bye("a", "9.0")), "tuesday.pcap")
		}, []string{"monday.pcap", "tuesday.pcap"}},
		"test equipment with one SSRC": {func(dir string) {
			recorded(t, dir, callScene("a", "1", bye("a", "9.0")), "1.pcap")
			recorded(t, dir, callScene("b", "1", bye("b", "9.0")), "2.pcap")
		}, []string{"1.pcap", "2.pcap"}},
		"a ring buffer that cuts a call": {func(dir string) {
			recorded(t, dir, callScene("a", "1", bye("a", "9.0")), "trunk.pcap")
			cut(t, dir, "trunk.pcap", 300, 600)
		}, []string{"trunk.pcap trunk.pcap1 trunk.pcap2"}},
		"a cut within the media alone, whatever the names": {func(dir string) {
			recorded(t, dir, callScene("a", "1", ""), "x.pcap")
			cut(t, dir, "x.pcap", 300, 600)
			rename(t, dir, "x.pcap1", "middle.pcap")
			rename(t, dir, "x.pcap2", "end.pcap")
		}, []string{"end.pcap middle.pcap x.pcap"}},
		"a quiet moment in a ring buffer": {func(dir string) {
			recorded(t, dir, callScene("a", "1", bye("a", "9.0"))+laterCall("b", "2", 9.5), "trunk_1.pcap")
			cutAt(t, dir, "trunk_1.pcap", "trunk_2.pcap", 9.3)
		}, []string{"trunk_1.pcap trunk_2.pcap"}},
		"a series with an hour between": {func(dir string) {
			recorded(t, dir, callScene("a", "1", bye("a", "9.0"))+laterCall("b", "2", 3609.5), "ticket_1.pcap")
			cutAt(t, dir, "ticket_1.pcap", "ticket_2.pcap", 3600)
		}, []string{"ticket_1.pcap", "ticket_2.pcap"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.stage(dir)
			if got, _ := divide(t, dir); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// What is named stays together, and what is found in a folder joins it where it
// belongs there.
func TestNamedIsOne(t *testing.T) {
	dir := t.TempDir()
	recorded(t, dir, callScene("a", "1", "9.0  a gw bye"), "in/a.pcap", "wan.pcap")
	recorded(t, dir, callScene("b", "2", "9.0  b gw bye"), "b.pcap")
	recorded(t, dir, callScene("c", "3", "9.0  c gw bye"), "in/c.pcap")
	got, d := divide(t, filepath.Join(dir, "in"), filepath.Join(dir, "b.pcap"), filepath.Join(dir, "wan.pcap"))
	if want := []string{"../b.pcap ../wan.pcap a.pcap", "c.pcap"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(d.Notes) > 0 {
		t.Error(d.Notes)
	}
}

// laterCall is a second call of a scene, some seconds after its beginning.
func laterCall(name, ssrc string, at float64) string {
	return fmt.Sprintf(`call   %[1]s     gw:20002 -> phone:4002 via sbc:30004/30006
%.3[3]f  %[1]s invite
%.3[4]f  %[1]s 200
%.3[4]f  %[1]s phone talks ssrc=0x%08[2]s
%.3[5]f  %[1]s gw bye
`, name, ssrc, at, at+1, at+5)
}

// packets of a plain little-endian pcap of microseconds, as scenes write it.
func packets(t *testing.T, path string) (head []byte, list [][]byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, b = b[:24], b[24:]
	for len(b) > 0 {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		list, b = append(list, b[:n]), b[n:]
	}
	return head, list
}

// cut leaves the packets up to the first place in the file, and puts those up to
// the next into path1, and so on, as tcpdump -C does.
func cut(t *testing.T, dir, name string, at ...int) {
	t.Helper()
	path := filepath.Join(dir, name)
	head, list := packets(t, path)
	from := 0
	for i, to := range append(at, len(list)) {
		out := path
		if i > 0 {
			out += fmt.Sprint(i)
		}
		body := slices.Concat(append([][]byte{head}, list[from:to]...)...)
		if err := os.WriteFile(out, body, 0o600); err != nil {
			t.Fatal(err)
		}
		from = to
	}
}

// cutAt moves what came after some seconds into another file.
func cutAt(t *testing.T, dir, name, rest string, after float64) {
	t.Helper()
	_, list := packets(t, filepath.Join(dir, name))
	when := func(p []byte) float64 {
		return float64(binary.LittleEndian.Uint32(p)) + float64(binary.LittleEndian.Uint32(p[4:]))/1e6
	}
	n := slices.IndexFunc(list, func(p []byte) bool { return when(p)-when(list[0]) > after })
	cut(t, dir, name, n)
	rename(t, dir, name+"1", rest)
}

func rename(t *testing.T, dir, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}
