package packet

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
)

// udpFrom is an Ethernet frame of one UDP datagram.
func udpFrom(t testing.TB, src, dst layers.UDPPort, payload []byte) *capture.Frame {
	return frame(capture.Ethernet, build(t, ether(0x800), ipv4(17), &layers.UDP{SrcPort: src, DstPort: dst}, gopacket.Payload(payload)))
}

// tcpFrom is one of a segment.
func tcpFrom(t testing.TB, src, dst uint16, payload []byte) *capture.Frame {
	h := make([]byte, 20)
	binary.BigEndian.PutUint16(h, src)
	binary.BigEndian.PutUint16(h[2:], dst)
	h[12], h[13] = 0x50, 0x18
	return frame(capture.Ethernet, build(t, ether(0x800), ipv4(6), gopacket.Payload(append(h, payload...))))
}

// TestUnread looks at what is named and counted instead of being read, and at
// what resembles it.
func TestUnread(t *testing.T) {
	p4 := build(t, ipv4(17), udp(), rtpBytes())
	wifi := func(control string, sequence string, rest []byte) []byte {
		return raw(control+"0000 020000000002 020000000001 020000000003"+sequence, rest)
	}
	snap := raw("aaaa03 000000 0800", p4)
	esp := func(b []byte) *capture.Frame {
		return frame(capture.Ethernet, build(t, ether(0x800), ipv4(50), gopacket.Payload(b)))
	}
	random := noise(400)
	for _, c := range []struct {
		name string
		f    *capture.Frame
		warn string
	}{
		{"esp/encrypted", esp(random), "esp-encrypted@1*1"},
		{"802.11/encrypted", frame(capture.WiFi, wifi("0841", "1000", random)), "wifi-encrypted@1*1"},
		{"802.11/second fragment", frame(capture.WiFi, wifi("0801", "1100", snap)), "wifi-fragments@1*1"},
		{"802.11/wrong checksum", frame(capture.WiFiRadiotap, raw("0000 0900 02000000 50", wifi("0801", "1000", snap))), "wifi-damaged@1*1"},
		{"turn/unbound", udpFrom(t, 50000, 3478, raw("4001 00ac", rtpBytes())), "turn-unbound@1*1"},
		{"turn/text", udpFrom(t, 50000, 3478, []byte("ACK sip:a@b SIP/2.0\r\n\r\n")), ""},
		{"mgcp/command", udpFrom(t, 2727, 2427, []byte("CRCX 1001 aaln/1@gw MGCP 1.0\r\nC: 1\r\n")), "signalling-mgcp@1*1"},
		{"mgcp/other port", udpFrom(t, 2999, 3000, []byte("dlcx 1001 aaln/1@gw MGCP 1.0 NCS 1.0\n")), "signalling-mgcp@1*1"},
		{"mgcp/response", udpFrom(t, 2427, 2727, []byte("200 1001 OK\r\nI: 2\r\n")), "signalling-mgcp@1*1"},
		{"mgcp/response of something else", udpFrom(t, 3000, 2999, []byte("200 1001 OK\r\n")), ""},
		{"sip", udpFrom(t, 5060, 5060, []byte("MESG sip:a@b SIP/2.0\r\n\r\n")), ""},
		{"megaco", udpFrom(t, 2944, 2944, []byte("MEGACO/1 [10.0.0.1]:2944\nTransaction=1{}")), "signalling-megaco@1*1"},
		{"iax2/full", udpFrom(t, 4569, 4569, raw("8001 0002 00000003 00 00 06 04")), "signalling-iax2@1*1"},
		{"iax2/mini", udpFrom(t, 4569, 50000, raw("0001 0002", bytes.Repeat([]byte{0xd5}, 160))), "signalling-iax2@1*1"},
		{"two words", udpFrom(t, 2223, 40000, []byte("hello d6:nothing")), ""},
		{"ras", udpFrom(t, 1719, 1719, raw("0e 40 0002 06 0008")), "signalling-h323@1*1"},
		{"h.225", tcpFrom(t, 1720, 40000, raw("0300 0010 08 02 0001 05")), "signalling-h323@1*1"},
		{"http on 1720", tcpFrom(t, 1720, 40000, []byte("HTTP/1.1 200 OK\r\n\r\n")), ""},
		{"sccp", tcpFrom(t, 50000, 2000, raw("04000000 00000000 00000000")), "signalling-sccp@1*1"},
		{"sips", tcpFrom(t, 50000, 5061, raw("16 0301 0005 0100000100")), "sips-encrypted@1*1"},
		{"tls", tcpFrom(t, 443, 50000, raw("17 0303 0020", make([]byte, 32))), "tls-encrypted@1*1"},
	} {
		_, d := run(Options{WantTCP: func([]byte) bool { return false }}, c.f)
		var want []string
		if c.warn != "" {
			want = []string{c.warn}
		}
		if got := codes(d); !slices.Equal(got, want) {
			t.Errorf("%s: warnings %v, want %v", c.name, got, want)
		}
		bothRoads(t, c.f)
	}
}

// TestESPRandom decodes much that is encrypted: next to nothing of it may pass
// for ESP with NULL encryption.
func TestESPRandom(t *testing.T) {
	var fs []*capture.Frame
	for i := range 20_000 {
		b := noise(200 + i%64)
		binary.BigEndian.PutUint32(b[40:], uint32(i)*2654435761) // each another one
		binary.BigEndian.PutUint32(b[len(b)-14-i%8:], uint32(i)*2246822519)
		fs = append(fs, frame(capture.Raw, build(t, ipv4(50), gopacket.Payload(b))))
	}
	if got, _ := run(Options{}, fs...); len(got) > 0 {
		t.Errorf("%d datagrams, first %v", len(got), str(got[0]))
	}
}
