package authenticate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/trace"
)

// stage plays a call between a telephone and a gateway, without a server between
// them, and returns what is amiss with the telephone's SRTP, in words.
func stage(t *testing.T, call, events string) (said string, other int) {
	t.Helper()
	tr := staged(t, call, events)
	for _, s := range tr.Streams {
		list := tr.MismatchesOf(s)
		if s.Src.IP().String() != "192.0.2.1" {
			other += len(list)
			continue
		}
		for _, m := range list {
			at := float64(m.From.Time-tr.First.Time) / 1e9
			said += strings.TrimSpace(fmt.Sprintf("%s %s %+d %s at %.0f", m.Kind, m.Why, m.Off, m.Sent, at)) + "; "
		}
	}
	return strings.Join(strings.Fields(said), " "), other
}

func staged(t *testing.T, call, events string) *trace.Trace {
	t.Helper()
	return run(t, "host phone 192.0.2.1\nhost gw 192.0.2.2\ncall c1 phone -> gw srtp "+call+"\ncapture gw at gw\n"+events+"\nexpect nothing\n")[0]
}

// run analyses each capture of a scene by itself.
func run(t *testing.T, text string) (out []*trace.Trace) {
	t.Helper()
	s, err := scenetest.Parse(t.Name(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Captures {
		path := filepath.Join(t.TempDir(), "scene.pcap")
		if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		tr, err := analyze.Files(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, tr)
	}
	return out
}

const talk = "0 c1 invite\n1 c1 200\n1.1 c1 gw talks\n1.1 c1 phone talks\n"

func TestEverySuite(t *testing.T) {
	for _, suite := range []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"} {
		t.Run(suite, func(t *testing.T) {
			if said, other := stage(t, "suite="+suite, talk+"9 c1 gw bye"); said != "" || other != 0 {
				t.Errorf("right keys: %s, %d of the other side", said, other)
			}
			// That this is no accident:
			for manner, want := range map[string]string{"wrong": "key +0 at 4;", "other": "key other-side +0 at 4;", "nothing": "key not-encrypted +0 at 4;"} {
				if said, other := stage(t, "suite="+suite, talk+"4 c1 phone protects with "+manner+"\n9 c1 gw bye"); said != want || other != 0 {
					t.Errorf("%s: %q, want %q; %d of the other side", manner, said, want, other)
				}
			}
		})
	}
}

func TestWhatAReceiverDrops(t *testing.T) {
	for name, c := range map[string]struct{ events, want string }{
		"short tag":             {talk + "4 c1 phone protects with tag\n9 c1 gw bye", "key other-tag +0 AES_CM_128_HMAC_SHA1_32 at 4;"},
		"old key":               {talk + "4 c1 phone reinvite rekey\n4 c1 phone protects with old\n9 c1 gw bye", "key old-key +0 at 4;"},
		"old key for a second":  {talk + "4 c1 phone reinvite rekey\n4 c1 phone protects with old\n5 c1 phone protects with agreed\n9 c1 gw bye", ""},
		"old key, then the new": {talk + "4 c1 phone reinvite rekey\n4 c1 phone protects with old\n7 c1 phone protects with agreed\n12 c1 gw bye", "key old-key +0 at 4;"},
		"twice":                 {talk + "4 c1 phone protects with wrong\n7 c1 phone protects with agreed\n10 c1 phone protects with wrong\n14 c1 gw bye", "key +0 at 4; key +0 at 10;"},
		"two causes":            {talk + "4 c1 phone protects with wrong\n8 c1 phone protects with other\n12 c1 gw bye", "key +0 at 4; key other-side +0 at 8;"},
		"counter begins anew":   {"0 c1 invite\n1 c1 200\n1.1 c1 gw talks\n1.1 c1 phone talks seq=65436\n6 c1 phone protects with agreed counter=0xffffffff\n12 c1 gw bye", "rollover -1 at 6;"},
		"counter too high":      {talk + "6 c1 phone protects with agreed counter=2\n12 c1 gw bye", "rollover +2 at 6;"},
		"counter from the start": {"0 c1 invite\n1 c1 200\n1.05 c1 phone protects with agreed counter=3\n1.1 c1 gw talks\n1.1 c1 phone talks seq=20000\n12 c1 gw bye",
			"rollover +3 at 1;"},
		"fell back":                {"0 c1 invite\n1 c1 200\n1.1 c1 gw talks\n1.1 c1 phone talks seq=20000\n9 c1 phone falls-back by=300\n20 c1 gw bye", "replay +0 at 9;"},
		"fell back too far":        {"0 c1 invite\n1 c1 200\n1.1 c1 gw talks\n1.1 c1 phone talks seq=60000\n9 c1 phone falls-back by=40000\n16 c1 gw bye", "rollover -1 at 9;"},
		"fell back by fifty":       {"0 c1 invite\n1 c1 200\n1.1 c1 gw talks\n1.1 c1 phone talks seq=20000\n9 c1 phone falls-back by=50\n20 c1 gw bye", ""},
		"wraps":                    {"0 c1 invite\n1 c1 200\n1.1 c1 gw talks\n1.1 c1 phone talks seq=65436\n12 c1 gw bye", ""},
		"begins behind a wrap":     {"0 c1 invite\n1 c1 200\n1.05 phone loses 100% out rtp until 1.5\n1.1 c1 gw talks\n1.1 c1 phone talks seq=65526\n12 c1 gw bye", ""},
		"new keys, new counter":    {"0 c1 invite\n1 c1 200\n1.1 c1 gw talks\n1.1 c1 phone talks seq=65436\n6 c1 phone reinvite rekey\n6.01 c1 phone protects with agreed counter=0xffffffff\n12 c1 gw bye", ""},
		"new keys of both":         {talk + "4 c1 phone reinvite rekey\n7 c1 gw reinvite rekey\n12 c1 gw bye", ""},
		"both keep the old keys":   {talk + "4 c1 phone reinvite rekey\n4 c1 phone protects with old\n6 c1 gw reinvite rekey\n6 c1 gw protects with old\n12 c1 gw bye", ""},
		"both take each other's":   {talk + "1.05 c1 phone protects with other\n1.05 c1 gw protects with other\n12 c1 gw bye", ""},
		"both have short tags":     {talk + "1.05 c1 phone protects with tag\n1.05 c1 gw protects with tag\n12 c1 gw bye", ""},
		"hold and resume":          {talk + "4 c1 gw reinvite hold\n7 c1 gw reinvite resume\n12 c1 gw bye", ""},
		"answered before the keys": {"0 c1 invite nosdp\n1 c1 200\n1.1 c1 gw talks\n1.2 c1 phone talks\n8 c1 gw bye", ""},
		"delayed offer, wrong":     {"0 c1 invite nosdp\n1 c1 200\n1.1 c1 gw talks\n1.2 c1 phone talks\n4 c1 phone protects with other\n8 c1 gw bye", "key other-side +0 at 4;"},
	} {
		t.Run(name, func(t *testing.T) {
			if said, other := stage(t, "", c.events); said != c.want || other != 0 {
				t.Errorf("%q, want %q; %d of the other side", said, c.want, other)
			}
		})
	}
}

// Packets that the recording cut tell nothing, where it has the keys: a packet of 100 ms is longer
// than the messages are.
func TestCutPackets(t *testing.T) {
	text := "host phone 192.0.2.1\nhost gw 192.0.2.2\ncall c1 phone -> gw srtp\ncapture gw at gw snaplen=1000\ncapture cut at gw snaplen=860\n" +
		strings.ReplaceAll(talk, " talks", " talks ptime=100ms") + "4 c1 phone protects with wrong\n9 c1 gw bye\nexpect nothing point=gw\n"
	list := run(t, text)
	for i, want := range []int{1, 0} {
		if n := len(list[i].Mismatches); n != want {
			t.Errorf("capture %d: %d streams fail, want %d", i, n, want)
		}
		keyed := false
		for _, l := range list[i].Legs {
			keyed = keyed || len(l.Ports) == 2 && l.Ports[0].Secure && l.Ports[1].Secure
		}
		if !keyed {
			t.Errorf("capture %d has no keys", i)
		}
	}
}
