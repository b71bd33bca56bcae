package sip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const byeMsg = "BYE sip:bob@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nCall-ID: bye\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n"
const okMsg = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nCall-ID: ok\r\nCSeq: 2 BYE\r\nl: 5\r\n\r\nhello"

// frames runs a stream through a Framer, cut into pieces of the given size (0:
// in one), and returns what it yields, the end of the stream included.
func frames(fr *Framer, stream []byte, size int) (out []string) {
	yield := func(msg []byte) { out = append(out, string(msg)) }
	for len(stream) > 0 {
		n := len(stream)
		if size > 0 {
			n = min(size, n)
		}
		fr.Write(bytes.Clone(stream[:n]), yield)
		stream = stream[n:]
	}
	fr.Gap(yield)
	return out
}

func TestFramer(t *testing.T) {
	sdp := func(length string) string {
		return "INVITE sip:b SIP/2.0\r\nCall-ID: sdp\r\n" + length + "Content-Type: application/sdp\r\n\r\nv=0\r\nm=audio 1 RTP/AVP 0\r\n"
	}
	const sdpLen = 5 + 21
	notify := "NOTIFY sip:b SIP/2.0\r\nCall-ID: n\r\nContent-Type: message/sipfrag\r\nContent-Length: 16\r\n\r\nSIP/2.0 200 OK\r\n"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"one", byeMsg, []string{byeMsg}},
		{"several", byeMsg + okMsg + inviteSDP + byeMsg, []string{byeMsg, okMsg, inviteSDP, byeMsg}},
		{"keepalives", "\r\n\r\n" + byeMsg + "\r\n\r\n\r\n" + okMsg + "\r\n", []string{byeMsg, okMsg}},
		{"LF only", strings.ReplaceAll(byeMsg, "\r", "") + byeMsg, []string{strings.ReplaceAll(byeMsg, "\r", ""), byeMsg}},
		{"folded length", "BYE sip:b SIP/2.0\r\nContent-Length:\r\n 5\r\n\r\nhello" + byeMsg, []string{"BYE sip:b SIP/2.0\r\nContent-Length:\r\n 5\r\n\r\nhello", byeMsg}},
		{"two lengths", "BYE sip:b SIP/2.0\r\nl: 5\r\nl: 3\r\n\r\nhello" + byeMsg, []string{"BYE sip:b SIP/2.0\r\nl: 5\r\nl: 3\r\n\r\nhello", byeMsg}},

		{"begins within a body", "RTP/AVP 0\r\na=sendrecv\r\n" + byeMsg, []string{byeMsg}},
		{"begins within headers", "om: <sip:a>;tag=1\r\nCall-ID: x\r\n\r\n" + byeMsg, []string{byeMsg}},
		{"junk between", byeMsg + "\x00\x01junk\r\nmore: junk\r\n\r\n" + okMsg, []string{byeMsg, okMsg}},
		{"junk without line ends", byeMsg + strings.Repeat("junk ", 5000) + "\r\n" + okMsg, []string{byeMsg, okMsg}},
		{"TLS", "\x16\x03\x01\x02\x00" + strings.Repeat("\x82\x7e\x81\x0a", 3000), nil},

		{"no length, no type", "BYE sip:b SIP/2.0\r\nCall-ID: x\r\n\r\n" + okMsg, []string{"BYE sip:b SIP/2.0\r\nCall-ID: x\r\n\r\n", okMsg}},
		{"no length, a body", sdp("") + byeMsg, []string{sdp(""), byeMsg}},
		{"no length, a body, the end", sdp(""), []string{sdp("")}},
		{"negative length", sdp("l: -1\r\n") + byeMsg, []string{sdp("l: -1\r\n"), byeMsg}},
		{"absurd length", sdp("l: 99999999\r\n") + byeMsg, []string{sdp("l: 99999999\r\n"), byeMsg}},
		{"length too large", sdp(fmt.Sprintf("l: %d\r\n", sdpLen+40)) + byeMsg + okMsg, []string{sdp(fmt.Sprintf("l: %d\r\n", sdpLen+40)), byeMsg, okMsg}},
		{"length a little too large", sdp(fmt.Sprintf("l: %d\r\n", sdpLen+2)) + byeMsg + okMsg, []string{sdp(fmt.Sprintf("l: %d\r\n", sdpLen+2)), byeMsg, okMsg}},
		{"length a little too large, at the end", sdp(fmt.Sprintf("l: %d\r\n", sdpLen+2)) + "AB", []string{sdp(fmt.Sprintf("l: %d\r\n", sdpLen+2)) + "AB"}},
		{"length too small", sdp(fmt.Sprintf("l: %d\r\n", sdpLen-4)) + byeMsg, []string{strings.TrimSuffix(sdp(fmt.Sprintf("l: %d\r\n", sdpLen-4)), " 0\r\n"), byeMsg}},
		{"line end not counted", sdp(fmt.Sprintf("l: %d\r\n", sdpLen-2)) + byeMsg, []string{strings.TrimSuffix(sdp(fmt.Sprintf("l: %d\r\n", sdpLen-2)), "\r\n"), byeMsg}},
		{"no final line end", strings.TrimSuffix(sdp(fmt.Sprintf("l: %d\r\n", sdpLen-2)), "\r\n") + byeMsg, []string{strings.TrimSuffix(sdp(fmt.Sprintf("l: %d\r\n", sdpLen-2)), "\r\n"), byeMsg}},
		{"SIP within SIP", notify + byeMsg, []string{notify, byeMsg}},

		{"no blank line", "BYE sip:b SIP/2.0\r\nCall-ID: x\r\n" + okMsg, []string{"BYE sip:b SIP/2.0\r\nCall-ID: x\r\n", okMsg}},
		{"SDP without a blank line", "BYE sip:b SIP/2.0\r\nl: 5\r\nv=0\r\n" + okMsg, []string{"BYE sip:b SIP/2.0\r\nl: 5\r\nv=0\r\n", okMsg}},
		{"cut within headers", "BYE sip:b SIP/2.0\r\nCall-ID: x\r\nFro", []string{"BYE sip:b SIP/2.0\r\nCall-ID: x\r\nFro"}},
		{"cut within the start line", byeMsg + "BYE sip:b@exa", []string{byeMsg, "BYE sip:b@exa"}},
		{"cut within the body", okMsg[:len(okMsg)-2], []string{okMsg[:len(okMsg)-2]}},

		{"HTTP, then WebSocket", "GET /sip HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n" + wsFrame(0x81, true, byeMsg) + wsFrame(0x82, true, okMsg), []string{byeMsg, okMsg}},
		{"WebSocket from the server", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n" + wsFrame(0x81, false, byeMsg) + wsFrame(0x89, false, "ping") + wsFrame(0x81, false, "\r\n\r\n") + wsFrame(0x81, false, inviteSDP), []string{byeMsg, inviteSDP}},
		{"WebSocket from within a frame", wsFrame(0x81, true, inviteSDP)[100:] + wsFrame(0x81, true, byeMsg) + wsFrame(0x81, true, okMsg), []string{byeMsg, okMsg}},
		{"WebSocket in fragments", wsFrame(0x81, true, byeMsg) + wsFrame(0x01, true, inviteSDP[:300]) + wsFrame(0x8a, true, "") + wsFrame(0x00, true, inviteSDP[300:500]) + wsFrame(0x80, true, inviteSDP[500:]) + wsFrame(0x82, true, okMsg), []string{byeMsg, inviteSDP, okMsg}},
		{"WebSocket compressed", wsFrame(0x81, false, byeMsg) + wsFrame(0xc1, false, "\x00\x01\x02") + wsFrame(0x81, false, okMsg), []string{byeMsg, okMsg}},
		{"WebSocket gone wrong", wsFrame(0x81, false, byeMsg) + "\xff\xffjunk" + wsFrame(0x81, false, okMsg), []string{byeMsg, okMsg}},
		{"WebSocket, large", wsFrame(0x81, false, "OPTIONS sip:b SIP/2.0\r\nX: "+strings.Repeat("x", 70000)+"\r\n\r\n"), []string{"OPTIONS sip:b SIP/2.0\r\nX: " + strings.Repeat("x", 70000) + "\r\n\r\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{0, 1, 2, 3, 7, 100, 1460} {
				var fr Framer
				got := frames(&fr, []byte(tt.in), size)
				if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
					t.Fatalf("in pieces of %d:\n got %q\nwant %q", size, got, tt.want)
				}
			}
		})
	}
}

// A message is told when its last byte is there, so that it has its packet's time; also behind
// junk that came with it.
func TestFramerIsPrompt(t *testing.T) {
	const upgrade = "GET /sip HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"two", byeMsg + okMsg, []string{byeMsg, okMsg}},
		{"a keepalive between", byeMsg + "\r\n\r\n" + okMsg, []string{byeMsg, okMsg}},
		{"junk before", "junk\r\n" + okMsg, []string{okMsg}},
		{"junk between", byeMsg + "junk\r\n\r\n" + okMsg, []string{byeMsg, okMsg}},
		{"WebSocket", upgrade + wsFrame(0x81, true, byeMsg) + wsFrame(0x81, true, okMsg), []string{byeMsg, okMsg}},
		{"WebSocket gone wrong", upgrade + wsFrame(0x81, true, byeMsg) + "\xff\xffjunk" + wsFrame(0x81, true, okMsg), []string{byeMsg, okMsg}},
	} {
		var fr Framer
		var got []string
		fr.Write([]byte(tt.in), func(msg []byte) { got = append(got, string(msg)) })
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

// wsFrame is a WebSocket frame (RFC 6455 section 5.2).
func wsFrame(first byte, masked bool, payload string) string {
	b := []byte{first}
	mask := byte(0)
	if masked {
		mask = 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, mask|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, mask|127), uint64(n))
	}
	if !masked {
		return string(append(b, payload...))
	}
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i&3])
	}
	return string(b)
}

func TestFramerGap(t *testing.T) {
	var fr Framer
	var got []string
	yield := func(msg []byte) { got = append(got, string(msg)) }
	fr.Write([]byte(byeMsg+inviteSDP[:700]), yield)
	fr.Gap(yield)
	fr.Write([]byte("P/AVP 0\r\n"+okMsg[:30]), yield)
	fr.Write([]byte(okMsg[30:]), yield)
	fr.Gap(yield)
	fr.Gap(yield)
	if want := []string{byeMsg, inviteSDP[:700], okMsg}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	fr.Write([]byte(byeMsg[:40]), yield)
	fr.Reset()
	got = nil
	if fr.Gap(yield); got != nil {
		t.Errorf("after Reset: %q", got)
	}
}

func TestFramerMax(t *testing.T) {
	huge := "OPTIONS sip:b SIP/2.0\r\nX: " + strings.Repeat("x", 1000) + "\r\n\r\n"
	for _, size := range []int{0, 1, 10} {
		fr := Framer{Max: 200}
		got := frames(&fr, []byte(huge+byeMsg+okMsg), size)
		if want := []string{huge[:200], byeMsg, okMsg}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
		fr = Framer{Max: len(byeMsg)}
		if got = frames(&fr, []byte(byeMsg+byeMsg), size); len(got) != 2 {
			t.Errorf("a message of just the largest size: %q", got)
		}
	}
	// What is no SIP is not kept.
	var fr Framer
	r := rand.New(rand.NewPCG(1, 2))
	junk := make([]byte, 1460)
	for range 2000 {
		for i := range junk {
			junk[i] = byte(r.Uint32())
		}
		fr.Write(junk, func(msg []byte) { t.Errorf("found %.40q", msg) })
		if n := cap(fr.pending) + cap(fr.socket); n > 64<<10 {
			t.Fatalf("%d bytes kept", n)
		}
	}
	if fr.Skipped() < 2000*1460-maxLine-64 {
		t.Errorf("skipped %d", fr.Skipped())
	}
	if fr.Write([]byte("\r\n"+byeMsg), func([]byte) {}); fr.Skipped() != 0 {
		t.Errorf("skipped %d behind a message", fr.Skipped())
	}
}

// TestFramerIdle holds that an idle connection keeps no large buffer.
func TestFramerIdle(t *testing.T) {
	var fr Framer
	large := "OPTIONS sip:b SIP/2.0\r\nX: " + strings.Repeat("x", 70000) + "\r\nl:0\r\n\r\n"
	n := 0
	for _, in := range []string{large, wsFrame(0x01, true, large), wsFrame(0x80, true, "")} {
		for len(in) > 0 {
			k := min(len(in), 1000)
			fr.Write([]byte(in[:k]), func([]byte) { n++ })
			in = in[k:]
		}
	}
	if kept := cap(fr.pending) + cap(fr.socket); n != 2 || kept > 8<<10 {
		t.Errorf("%d messages, %d bytes kept", n, kept)
	}
}
