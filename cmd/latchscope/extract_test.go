package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
)

// Every scene can be extracted call by call, redacted or not. That the result
// shows the same findings is what extract itself sees to: it fails otherwise.
func TestExtractScenes(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds' work")
	}
	sound := soundForTshark(t)
	for _, s := range sample.Every(t, 10, stagedScenes(t)) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			all := s.write(t, dir, ".cap")
			for _, path := range all {
				extractCalls(t, sound, dir, []string{path})
			}
			if len(all) > 1 {
				extractCalls(t, sound, dir, all)
			}
		})
	}
}

// The same of what was recorded in the laboratory: real NATs, real engines.
func TestExtractLab(t *testing.T) {
	captures, err := filepath.Glob("../../testdata/lab/*.pcap")
	if err != nil || len(captures) == 0 {
		t.Fatalf("no laboratory captures: %v", err)
	}
	sound := soundForTshark(t)
	for _, path := range captures {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			extractCalls(t, sound, t.TempDir(), []string{path})
		})
	}
}

// extractCalls extracts every call of some captures, in both ways.
func extractCalls(t *testing.T, sound *tsharkCheck, dir string, paths []string) {
	t.Helper()
	var report struct {
		Calls []struct{ ID int }
	}
	runJSON(t, &report, append([]string{"analyze", "--format", "json"}, paths...)...)
	secrets := foreignNames(t, paths)
	for _, c := range report.Calls {
		id := string(rune('0' + c.ID%10))
		if c.ID > 9 {
			return // more of the same
		}
		for _, redact := range []bool{false, true} {
			out := filepath.Join(dir, "out.pcapng")
			args := append([]string{"extract", "-f", "--call", id, "-o", out}, paths...)
			if redact {
				args = append(args, "--redact", "--key", "a key for tests")
			}
			var stdout, stderr bytes.Buffer
			if got := run(t.Context(), args, nil, &stdout, &stderr); got != 0 {
				t.Errorf("call %d of %s, redacted %v: status %d: %s", c.ID, filepath.Base(paths[0]), redact, got, stderr.String())
				continue
			}
			if redact {
				parts, _ := filepath.Glob(filepath.Join(dir, "out.*"))
				for _, p := range parts {
					nothingLeft(t, p, secrets)
					sound.add(t, p)
				}
			}
		}
	}
}

func runJSON(t *testing.T, v any, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	run(t.Context(), args, nil, &stdout, &stderr)
	if err := json.Unmarshal(stdout.Bytes(), v); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.String())
	}
}

var (
	dotted   = regexp.MustCompile(`\b(\d{1,3}\.){3}\d{1,3}\b`)
	sipUser  = regexp.MustCompile(`sips?:([^@;>\s]{3,})@`)
	hostName = regexp.MustCompile(`[@ ]([a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.[a-z]{2,})\b`)
)

// foreignNames are the users, hosts and addresses in some captures, found
// without the code under test.
func foreignNames(t *testing.T, paths []string) [][]byte {
	t.Helper()
	seen := map[string]bool{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		words := printable(b)
		for _, m := range dotted.FindAll(words, -1) {
			a, err := netip.ParseAddr(string(m))
			if err != nil || a.IsUnspecified() || a.IsLoopback() {
				continue
			}
			seen[string(m)] = true
			raw := a.As4()
			seen[string(raw[:])] = true
		}
		for _, m := range sipUser.FindAllSubmatch(b, -1) {
			seen[string(m[1])] = true
		}
		for _, m := range hostName.FindAllSubmatch(words, -1) {
			seen[string(m[1])] = true
		}
	}
	var out [][]byte
	for s := range seen {
		out = append(out, []byte(s))
	}
	return out
}

// printable are the runs of at least five ASCII characters, a line each. Addresses and
// names of hosts are within such a run; to search all of the audio for them takes longer than the
// rest of the test.
func printable(b []byte) (lines []byte) {
	begin := 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] >= ' ' && b[i] < 0x7f {
			continue
		}
		if i-begin >= 5 {
			lines = append(append(lines, b[begin:i]...), '\n')
		}
		begin = i + 1
	}
	return lines
}

// nothingLeft looks for names in the packets of a capture. They are looked for
// as words: "phone" is also in telephone-event.
func nothingLeft(t *testing.T, path string, secrets [][]byte) {
	t.Helper()
	b := packetsOf(t, path)
	for _, s := range secrets {
		for from := 0; ; {
			i := bytes.Index(b[from:], s)
			if i < 0 {
				break
			}
			at, end := from+i, from+i+len(s)
			from = at + 1
			if wordByte(s[0]) && at > 0 && wordByte(b[at-1]) || wordByte(s[len(s)-1]) && end < len(b) && wordByte(b[end]) {
				continue
			}
			t.Errorf("%q is left in %s, in %q", s, filepath.Base(path), b[max(at-40, 0):min(end+40, len(b))])
			break
		}
	}
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func packetsOf(t *testing.T, path string) []byte {
	t.Helper()
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	f, err := set.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]byte, 0, stat.Size())
	var batch capture.Batch
	for f.Next(&batch) {
		for _, fr := range batch.Frames {
			all = append(append(all, fr.Data...), '\n')
		}
	}
	return all
}

// Of a long call only what is near the events is kept, and the findings are
// the same all the same: extract sees to that.
func TestLongCallIsThinned(t *testing.T) {
	s, err := scenetest.Parse("long", []byte(longScene))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, out := filepath.Join(dir, "long.pcap"), filepath.Join(dir, "out.pcap")
	if err := os.WriteFile(path, r.Captures[0].Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, extra := range [][]string{nil, {"--redact"}, {"--finding", "nat-port-flip"}} {
		var stdout, stderr bytes.Buffer
		if got := run(t.Context(), append([]string{"extract", "-f", path, "-o", out}, extra...), nil, &stdout, &stderr); got != 0 {
			t.Fatalf("%v: status %d: %s", extra, got, stderr.String())
		}
		before, after := size(t, path), size(t, out)
		if after*5 > before {
			t.Errorf("%v: %d of %d bytes were kept", extra, after, before)
		}
	}
}

// A clock that was set back while it was recorded by is taken out of an extract: what
// is left of the call does not show it any more.
func TestExtractAcrossAClockStep(t *testing.T) {
	s, err := scenetest.Parse("long", []byte(longScene))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	pcap := bytes.Clone(r.Captures[0].Bytes)
	const head, back, after = 24, 20, 60 // seconds: how far it is set back, and when
	le, first := binary.LittleEndian, uint32(0)
	for at := head; at+16 <= len(pcap); at += 16 + int(le.Uint32(pcap[at+8:])) {
		sec := le.Uint32(pcap[at:])
		if first == 0 {
			first = sec
		}
		if sec-first >= after {
			le.PutUint32(pcap[at:], sec-back)
		}
	}
	dir := t.TempDir()
	path, out := filepath.Join(dir, "step.pcap"), filepath.Join(dir, "out.pcap")
	if err := os.WriteFile(path, pcap, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, extra := range [][]string{nil, {"--redact"}} {
		var stdout, stderr bytes.Buffer
		if got := run(t.Context(), append([]string{"extract", "-f", path, "-o", out}, extra...), nil, &stdout, &stderr); got != 0 {
			t.Errorf("%v: status %d: %s", extra, got, stderr.String())
		}
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return stat.Size()
}

const longScene = `
nat    router 198.51.100.7 ports=lowest base=36716 delay=35ms
host   phone  192.168.1.50 behind=router user=2001
host   gw     192.0.2.50
server sbc    203.0.113.10 media=203.0.113.20 engine=lock:3:10 open=offer
call   c1     gw:20550 -> phone:4000 via sbc:34660/34662
capture server at sbc
0.000  c1 invite
3.315  c1 200
3.355  c1 phone talks rtcp
3.355  c1 gw talks rtcp
300    router forgets phone
600.00 c1 gw bye
`
