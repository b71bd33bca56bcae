package detect_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest"
)

// A capture whose filter let signalling through and no RTP tells nothing of the
// audio, whether it holds RTCP or not: reports that RTP arrived say that it was
// there.
func TestFilteredCapture(t *testing.T) {
	s, err := scenetest.Load(os.DirFS("../testdata/scenes"), "rr-advances.scene")
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	whole := run.Captures[0].Bytes
	for name, keep := range map[string]func(src, dst uint16) bool{
		"SIP":          func(src, dst uint16) bool { return src == 5060 || dst == 5060 },
		"SIP and RTCP": func(src, dst uint16) bool { return src == 5060 || dst == 5060 || dst%2 == 1 },
	} {
		path := filepath.Join(t.TempDir(), "filtered.pcap")
		if err := os.WriteFile(path, filtered(whole, keep), 0o600); err != nil {
			t.Fatal(err)
		}
		j := analyzed(t, path)
		if len(j.trace.Calls) != 1 {
			t.Fatalf("%s: %d calls", name, len(j.trace.Calls))
		}
		if got := j.result.Ledger.Audio(j.trace.Calls[0]); got != ledger.Unjudged {
			t.Errorf("%s: the audio is %s, and nothing of it is in view", name, got)
		}
		for _, f := range j.result.Findings {
			t.Errorf("%s: %s", name, show(f))
		}
	}
}

// filtered is a classic capture of Ethernet and IPv4 with the UDP packets that a
// filter lets through.
func filtered(pcap []byte, keep func(src, dst uint16) bool) []byte {
	const head, record, udp = 24, 16, 14 + 20
	out := append([]byte(nil), pcap[:head]...)
	for at := head; at+record <= len(pcap); {
		n := int(binary.LittleEndian.Uint32(pcap[at+8:]))
		frame := pcap[at+record : at+record+n]
		if len(frame) >= udp+4 && frame[23] == 17 && keep(binary.BigEndian.Uint16(frame[udp:]), binary.BigEndian.Uint16(frame[udp+2:])) {
			out = append(out, pcap[at:at+record+n]...)
		}
		at += record + n
	}
	return out
}
