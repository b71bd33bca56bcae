package sip

import (
	"bytes"
	"compress/flate"
	"slices"
	"testing"
)

// deflated are messages compressed one after another, as permessage-deflate does
// (RFC 7692 section 7.2.1): each may refer to those before.
func deflated(messages ...string) (out []string) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	for _, m := range messages {
		b.Reset()
		w.Write([]byte(m))
		w.Flush()
		out = append(out, string(bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff})))
	}
	return out
}

const upgraded = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"

func TestFramerDeflate(t *testing.T) {
	z := deflated(byeMsg, inviteSDP, byeMsg, okMsg)
	if len(z[2]) > len(byeMsg)/4 {
		t.Fatalf("the third message takes %d bytes: it does not refer to the first", len(z[2]))
	}
	stream := []byte(upgraded + wsFrame(0xc1, false, z[0]) +
		wsFrame(0x41, true, z[1][:50]) + wsFrame(0x89, true, "ping") + wsFrame(0x80, true, z[1][50:]) +
		wsFrame(0x81, false, okMsg) + wsFrame(0xc1, false, z[2]) + wsFrame(0xc2, false, z[3]))
	want := []string{byeMsg, inviteSDP, okMsg, byeMsg, okMsg}
	for _, size := range []int{0, 1, 7, 100, 1460} {
		if got := frames(new(Framer), stream, size); !slices.Equal(got, want) {
			t.Errorf("in pieces of %d: %d messages %q", size, len(got), got)
		}
	}

	// Of a message that inflates beyond the bound only so much is kept.
	bomb := deflated("OPTIONS sip:b SIP/2.0\r\nX: " + string(bytes.Repeat([]byte("x"), 1<<20)) + "\r\n\r\n")
	got := frames(&Framer{Max: 4096}, []byte(upgraded+wsFrame(0xc1, false, bomb[0])), 0)
	if len(got) != 1 || len(got[0]) != 4096 {
		t.Errorf("%d messages", len(got))
	}

	// What is damaged ends the decompressing, not the reading.
	broken := []byte(upgraded + wsFrame(0xc1, false, "\xff\xff\xff") + wsFrame(0xc1, false, z[0]) + wsFrame(0x81, false, okMsg))
	if got := frames(new(Framer), broken, 0); !slices.Equal(got, []string{okMsg}) {
		t.Errorf("behind damage: %q", got)
	}
}

func TestLooksStream(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     bool
	}{
		{"a message", byeMsg, true},
		{"WebSocket, masked", wsFrame(0x81, true, inviteSDP), true},
		{"WebSocket, cut behind the start line", wsFrame(0x81, true, inviteSDP)[:120], true},
		{"WebSocket, binary", wsFrame(0x82, false, okMsg), true},
		{"WebSocket, first of several frames", wsFrame(0x01, true, inviteSDP), true},
		{"WebSocket with JSON", wsFrame(0x81, true, `{"janus":"keepalive"}`), false},
		{"WebSocket, a ping", wsFrame(0x89, true, "ping"), false},
		{"WebSocket, compressed", wsFrame(0xc1, false, deflated(byeMsg)[0]), false},
		{"upgrade request", "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: chat, SIP\r\n\r\n", true},
		{"upgrade response", upgraded, true},
		{"upgrade to something else", "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n", false},
		{"a web page", "GET /sip HTTP/1.1\r\nHost: sip.example.com\r\n\r\n", false},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00", false},
		{"two bytes", "\x81\x05", false},
		{"nothing", "", false},
	} {
		if got := LooksStream([]byte(tt.in)); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}
