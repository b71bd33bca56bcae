package scenetest

import (
	"bytes"
	"testing"

	sipgo "github.com/emiago/sipgo/sip"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	pionsdp "github.com/pion/sdp/v3"
)

// checkSignalling holds every SIP message sent whole over UDP against sipgo,
// and every body against pion's SDP parser.
func checkSignalling(t *testing.T, c Capture, spec captureSpec) {
	if spec.format == "pcapng" || spec.link != "ethernet" || spec.snaplen < mtu {
		return
	}
	reader, err := pcapgo.NewReader(bytes.NewReader(c.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	for frame := 1; ; frame++ {
		data, _, err := reader.ReadPacketData()
		if err != nil {
			return
		}
		p := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.DecodeOptions{NoCopy: true, Lazy: true})
		u, ok := p.TransportLayer().(*layers.UDP)
		if !ok || u.DstPort != sipPort || int(u.Length) != 8+len(u.Payload) {
			continue
		}
		m, err := sipgo.ParseMessage(u.Payload)
		if err != nil {
			t.Errorf("%s: frame %d: %v\n%s", c.Name, frame, err, u.Payload)
			continue
		}
		if m.Via() == nil || m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil || m.ContentLength() == nil {
			t.Errorf("%s: frame %d lacks a header", c.Name, frame)
			continue
		}
		if int(*m.ContentLength()) != len(m.Body()) {
			t.Errorf("%s: frame %d: Content-Length %d, body %d", c.Name, frame, *m.ContentLength(), len(m.Body()))
		}
		if len(m.Body()) == 0 || bytes.Contains(m.Body(), []byte("m=image")) {
			continue // pion knows no fax
		}
		var d pionsdp.SessionDescription
		if err := d.Unmarshal(m.Body()); err != nil {
			t.Errorf("%s: frame %d: %v\n%s", c.Name, frame, err, m.Body())
		}
	}
}
