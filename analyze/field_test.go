package analyze_test

import (
	"path/filepath"
	"testing"

	"github.com/latchscope/latchscope/analyze"
)

// TestFieldWrappings reads captures rebuilt after what people send in. The figures
// are those that tshark gives, told where it needs to be (decode-as for 8472, the
// heuristic for ESP with NULL encryption, HEP as what it holds).
func TestFieldWrappings(t *testing.T) {
	for name, want := range map[string]struct {
		calls, messages, rtp int
		warning              string
	}{
		"sip-over-websocket":      {1, 7, 590, ""},
		"sip-in-esp-null":         {1, 7, 590, ""},
		"sip-in-hep3":             {1, 7, 590, ""},
		"rtp-in-turn-channeldata": {1, 7, 590, "turn-unbound"},
		"tzsp":                    {1, 7, 390, ""},
		"vxlan-port-8472":         {1, 7, 390, ""},
		"wifi-radiotap":           {1, 7, 390, ""},
		"mgcp-in-the-clear":       {1, 0, 780, "signalling-mgcp"},
		"snaplen-96":              {1, 7, 590, "snaplen-cut"},
	} {
		tr, err := analyze.Files(t.Context(), filepath.Join("..", "testdata", "wrappings", name+".pcap"))
		if err != nil {
			t.Fatal(err)
		}
		rtp := 0
		for _, s := range tr.Streams {
			rtp += int(s.Stats.Packets)
		}
		if len(tr.Calls) != want.calls || int(tr.Messages) != want.messages || rtp != want.rtp {
			t.Errorf("%s: %d calls, %d messages, %d RTP packets, want %+v", name, len(tr.Calls), tr.Messages, rtp, want)
		}
		found := want.warning == ""
		for _, w := range tr.Captures[0].Warnings {
			found = found || w.Code == want.warning
		}
		if !found {
			t.Errorf("%s: no warning %s in %+v", name, want.warning, tr.Captures[0].Warnings)
		}
	}
}
