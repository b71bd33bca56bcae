package oracle

import (
	"bytes"
	"os"
	"testing"

	sipgo "github.com/emiago/sipgo/sip"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	pionsdp "github.com/pion/sdp/v3"

	"github.com/latchscope/latchscope/analyze/scenetest"
)

// TestScenes holds what the staged parties say to each other against others'
// parsers.
func TestScenes(t *testing.T) {
	all, err := scenetest.LoadAll(os.DirFS("../../testdata/scenes"))
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, s := range all {
		r, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Captures {
			held += checkSignalling(t, s.Name+"/"+c.Name, c.Bytes)
		}
	}
	if held < 500 {
		t.Errorf("only %d messages", held)
	}
}

// checkSignalling holds every SIP message sent whole over UDP against sipgo,
// and every body against pion's SDP parser; it counts the messages.
func checkSignalling(t *testing.T, name string, file []byte) (held int) {
	reader, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil || reader.LinkType() != layers.LinkTypeEthernet {
		return 0 // the same calls are in other captures
	}
	for frame := 1; ; frame++ {
		data, ci, err := reader.ReadPacketData()
		if err != nil {
			return held
		}
		if ci.CaptureLength < ci.Length {
			continue
		}
		p := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.DecodeOptions{NoCopy: true, Lazy: true})
		u, ok := p.TransportLayer().(*layers.UDP)
		if !ok || u.DstPort != 5060 || int(u.Length) != 8+len(u.Payload) {
			continue
		}
		held++
		m, err := sipgo.ParseMessage(u.Payload)
		if err != nil {
			t.Errorf("%s: frame %d: %v\n%s", name, frame, err, u.Payload)
			continue
		}
		if m.Via() == nil || m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil || m.ContentLength() == nil {
			t.Errorf("%s: frame %d lacks a header", name, frame)
			continue
		}
		if int(*m.ContentLength()) != len(m.Body()) {
			t.Errorf("%s: frame %d: Content-Length %d, body %d", name, frame, *m.ContentLength(), len(m.Body()))
		}
		if len(m.Body()) == 0 || bytes.Contains(m.Body(), []byte("m=image")) {
			continue // pion knows no fax
		}
		var d pionsdp.SessionDescription
		if err := d.Unmarshal(m.Body()); err != nil {
			t.Errorf("%s: frame %d: %v\n%s", name, frame, err, m.Body())
		}
	}
}
