package rtp

import (
	"encoding/hex"
	"strings"
	"testing"
)

// unhex reads hex digits with blanks between them.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestClassify(t *testing.T) {
	rtpHead := "8000 0001 00000000 00000001 "
	for _, tt := range []struct {
		name, in string
		want     Class
	}{
		{"nothing", "", Empty},
		{"one NUL", "00", Empty},
		{"four NULs", "00000000", Empty},
		{"CRLF CRLF", "0d0a0d0a", Empty},
		{"LF", "0a", Empty},
		{"RTP", rtpHead, RTP},
		{"RTP with payload", rtpHead + "ffffff", RTP},
		{"RTP with all bits", "bf7f 0001 00000000 00000001", RTP},
		{"RTP cut short", "8000 0001 000000", Other},
		{"version 1", "4000 0001 00000000 00000001", Other},
		{"version 3", "c000 0001 00000000 00000001", Other},
		{"marker and PT 63", "80bf 0001 00000000 00000001", RTP},
		{"marker and PT 96", "80e0 0001 00000000 00000001", RTP},
		{"SR", "80c8 0006 00000001 0000000000000000 00000000 00000000 00000000", RTCP},
		{"RR", "80c9 0001 00000001", RTCP},
		{"empty RR cut to four bytes", "80c9 0001", RTCP},
		{"BYE", "81cb 0001 00000001", RTCP},
		{"feedback", "81ce 0002 00000001 00000002", RTCP},
		{"old FIR", "80c0 0001 00000001", RTCP},
		{"SR longer than a datagram", "80c8 ffff 00000001 00000000 00000000", Other},
		{"marker and PT 65 with a length that does not fit", "80c1 ffff 00000001 00000000 00000000", RTP},
		{"STUN request", "0001 0000 2112a442 000102030405060708090a0b", STUN},
		{"STUN cut", "0001 0010 2112a442 000102030405060708090a0b", STUN},
		{"STUN odd length", "0001 0003 2112a442 000102030405060708090a0b", Other},
		{"classic STUN", "0001 0000 00112233 000102030405060708090a0b", STUN},
		{"classic STUN, strange type", "0003 0000 00112233 000102030405060708090a0b", Other},
		{"classic STUN, wrong length", "0001 0004 00112233 000102030405060708090a0b", Other},
		{"DTLS 1.0 hello", "16 feff 0000 000000000000 0001 00", DTLS},
		{"DTLS 1.2 data", "17 fefd 0001 000000000000 0001 00", DTLS},
		{"TLS", "16 0303 0000 000000000000 0001 00", Other},
		{"ZRTP", "1000 0001 5a525450 00000001", ZRTP},
		{"ZRTP without cookie", "1000 0001 5a525451 00000001", Other},
		{"TURN channel", "4001 0004 01020304", TURNChannel},
		{"TURN channel, padded", "4001 0005 0102030405 000000", TURNChannel},
		{"TURN channel, too long", "4001 0009 01020304", Other},
		{"INVITE", "494e56495445207369703a", Other},
		{"UDPTL indicator, no redundancy", "0000 01 06 00 00", T38},
		{"UDPTL with one earlier packet", "0001 01 02 00 01 01 06", T38},
		{"UDPTL with two earlier packets", "0103 03 c00101 00 02 01 02 01 06", T38},
		{"UDPTL that does not come out", "0001 01 02 00 01 02 06", Other},
		{"noise", "0badcafe 0102 030405060708", Other},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Classify(unhex(t, tt.in)); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestClassNames(t *testing.T) {
	for c := Other; c <= Empty; c++ {
		if c != Other && c.String() == "other" {
			t.Errorf("class %d has no name", c)
		}
	}
	if Class(200).String() != "other" {
		t.Error("a class that is none")
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{"", "00", "8000000100000000000000010f", "80c9000100000001", "00010000 2112a442 000102030405060708090a0b",
		"16feff00000000000000000001 00", "100000015a52545000000001", "4001000401020304", "00010102000101 06"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Classify(b)
		var h Header
		var s STUNMessage
		switch {
		case c == RTP && !Parse(b, &h):
			t.Fatal("RTP that does not parse")
		case c == STUN != ParseSTUN(b, &s):
			t.Fatalf("%v, but STUN parses: %v", c, !(c == STUN))
		case c == RTCP:
			n := 0
			WalkRTCP(b, func(RTCPPacket) bool { n++; return true })
			if n == 0 {
				t.Fatal("RTCP without a packet")
			}
		case c == Empty && len(b) > 0 && b[0] > '\r':
			t.Fatal("something for nothing")
		}
	})
}
