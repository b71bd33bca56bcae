package analyze_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest/sharkd"
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

// TestFieldTshark holds the same captures, and those of rtpengine, against tshark
// where it is installed: SIP messages, and the RTP packets of every SSRC.
func TestFieldTshark(t *testing.T) {
	wireshark := sharkd.Start(t, sharkd.Settings{
		Preferences: []string{"esp.enable_null_encryption_decode_heuristic:TRUE"},
		Heuristics:  []string{"rtp_udp", "rtp_stun"},
		DecodeAs:    []string{"udp.port,8472,(none),VXLAN"},
	})
	if wireshark == nil {
		t.Skip("sharkd, which comes with tshark, is not installed, or there is no time for it")
	}
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "wrappings", "*.pcap*"))
	if err != nil || len(paths) < 12 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		if strings.HasSuffix(name, ".expect") || strings.HasSuffix(name, ".xz") { // tshark does not unpack it
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, err := analyze.Files(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := map[string]int{}, map[string]int{}
			for _, s := range tr.Streams {
				ours[fmt.Sprintf("0x%08x", s.SSRC)] += int(s.Stats.Packets)
			}
			answer, err := wireshark.Ask(path, sharkd.Question{Filter: "rtp or sip", Fields: []string{"rtp.ssrc", "frame.protocols"}})
			if err != nil {
				t.Fatal(err)
			}
			messages := int64(0)
			for _, f := range answer.Frames {
				for _, ssrc := range strings.FieldsFunc(f[0], func(r rune) bool { return r == ',' }) { // such as "0x000000ff (255)"
					ssrc, _, _ = strings.Cut(ssrc, " ")
					theirs[ssrc]++
				}
				if slices.Contains(strings.Split(f[1], ":"), "sip") {
					messages++
				}
			}
			if !maps.Equal(ours, theirs) {
				t.Errorf("RTP packets %v, tshark has %v", ours, theirs)
			}
			if name == "sip-in-hep3.pcap" {
				return // tshark shows what is around it
			}
			if messages != tr.Messages {
				t.Errorf("%d SIP messages, tshark has %d", tr.Messages, messages)
			}
		})
	}
}
