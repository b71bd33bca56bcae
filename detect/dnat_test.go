package detect_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
)

// A firewall that gives a server its public address shows each packet twice to a
// capture on all its interfaces, with the private address and with the public one.
// The account of the call is that of a capture behind it.
func TestCaptureOnAFirewallWithDNAT(t *testing.T) {
	for _, name := range []string{"two_flips", "stall_long_after_flip", "straggler_refreshes_lock"} {
		paths, err := filepath.Glob("../testdata/hard/" + name + "*.pcap.xz")
		if err != nil || len(paths) != 1 {
			t.Fatal(paths, err)
		}
		doubled := filepath.Join(t.TempDir(), "dnat.pcap")
		if err := os.WriteFile(doubled, twice(t, paths[0]), 0o600); err != nil {
			t.Fatal(err)
		}
		want, got := analyzed(t, paths[0]), analyzed(t, doubled)
		if len(got.trace.Calls) != 1 {
			t.Fatalf("%s: %d calls", name, len(got.trace.Calls))
		}
		a, b := want.result.Ledger.Rows(want.trace.Calls[0]), got.result.Ledger.Rows(got.trace.Calls[0])
		if len(a) != len(b) {
			t.Fatalf("%s: %d rows, behind the firewall %d", name, len(b), len(a))
		}
		for i := range a {
			if x, y := a[i].Silent(), b[i].Silent(); max(x-y, y-x) > 1e6 || a[i].Verdict != b[i].Verdict || len(a[i].Spans) != len(b[i].Spans) {
				t.Errorf("%s: %s is %s with %d ns of silence in %d spans, behind the firewall %s with %d in %d", name, a[i].Direction(),
					b[i].Verdict, y, len(b[i].Spans), a[i].Verdict, x, len(a[i].Spans))
			}
		}
		if x, y := codes(want), codes(got); !slices.Equal(x, y) {
			t.Errorf("%s: %v, behind the firewall %v", name, y, x)
		}
	}
}

func codes(j judged) (out []string) {
	for _, f := range j.result.Findings {
		out = append(out, f.Code)
	}
	return out
}

// twice is a capture of Ethernet in which each packet of the servers 203.0.113.10
// and .20 is seen with 10.0.0.10 and .20 as well: inwards behind, outwards before
// the firewall has changed it, 40 µs apart.
func twice(t *testing.T, path string) []byte {
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
	type record struct {
		time int64
		data []byte
	}
	var list []record
	server := []byte{203, 0, 113}
	var batch capture.Batch
	for f.Next(&batch) {
		for i := range batch.Frames {
			fr := &batch.Frames[i]
			outside, inside := bytes.Clone(fr.Data), bytes.Clone(fr.Data)
			out, in := bytes.Equal(inside[26:29], server), bytes.Equal(inside[30:33], server)
			if out {
				copy(inside[26:], []byte{10, 0, 0})
			}
			if in {
				copy(inside[30:], []byte{10, 0, 0})
			}
			first, second := outside, inside
			if out {
				first, second = inside, outside
			}
			list = append(list, record{fr.Time, first}, record{fr.Time + 40_000, second})
		}
	}
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(list, func(a, b record) int { return int(a.time - b.time) })
	le := binary.LittleEndian
	pcap := le.AppendUint32(nil, 0xa1b23c4d) // nanoseconds
	pcap = append(pcap, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0)
	for _, r := range list {
		pcap = le.AppendUint32(pcap, uint32(r.time/1e9))
		pcap = le.AppendUint32(pcap, uint32(r.time%1e9))
		pcap = le.AppendUint32(pcap, uint32(len(r.data)))
		pcap = le.AppendUint32(pcap, uint32(len(r.data)))
		pcap = append(pcap, r.data...)
	}
	return pcap
}
