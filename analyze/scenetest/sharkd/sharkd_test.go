package sharkd_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/scenetest/sharkd"
)

const brief = `
host   phone  192.0.2.10
host   gw     192.0.2.50
server sbc    203.0.113.10
call   c1     gw:20000 -> phone:4000 via sbc:30000/30002
capture server at sbc
0.000  c1 invite
1.000  c1 200
1.000  c1 phone talks ssrc=0x1234
3.000  c1 gw bye
`

// Of captures with the same name, one after the other, each is answered for: a wrong
// checksum is seen in the second, at a frame which the first does not have, and no more in the third.
func TestAsk(t *testing.T) {
	wireshark := sharkd.Start(t, sharkd.Settings{Preferences: []string{"udp.check_checksum:TRUE"}})
	if wireshark == nil {
		t.Skip("sharkd, which comes with tshark, is not installed, or there is no time for it")
	}
	s, err := scenetest.Parse("brief", []byte(brief))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	whole := r.Captures[0].Bytes
	spoiled := append([]byte(nil), whole...)
	spoiled[len(spoiled)-1] ^= 1
	path := filepath.Join(t.TempDir(), "a.pcap")
	for i, file := range [][]byte{whole[:len(whole)/2], spoiled, whole} {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		answer, err := wireshark.Ask(path, sharkd.Question{
			Filter: "udp.checksum.status == Bad", Fields: []string{"frame.number", "udp.checksum.status"}, Streams: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			last := int64(r.Truth.Points[0].Frames)
			if bad, found := answer.Frames[last]; len(answer.Frames) != i%2 || found != (i == 1) || found && bad[1] != "Bad" {
				t.Errorf("capture %d of %d frames: bad checksums in %v", i, last, answer.Frames)
			}
			if len(answer.Streams) != 2 {
				t.Fatalf("capture %d: streams %+v", i, answer.Streams)
			}
			for _, x := range answer.Streams {
				if x.SSRC != 0x1234 || x.Lost != 0 || x.Packets < 95 || !x.Src.IsValid() || x.Dst.Addr() == netip.MustParseAddr("192.0.2.10") {
					t.Errorf("capture %d: %+v", i, x)
				}
			}
		}
	}
	if _, err := wireshark.Ask(path, sharkd.Question{Filter: "no.such == 1", Fields: []string{"frame.number"}}); err == nil {
		t.Error("a filter that means nothing is no error")
	}
	if _, err := wireshark.Ask(path+"x", sharkd.Question{Streams: true}); err == nil {
		t.Error("a file that is not there is no error")
	}
}
