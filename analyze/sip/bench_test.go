package sip

import "testing"

func BenchmarkLooks(b *testing.B) {
	for _, bb := range []struct{ name, in string }{
		{"SIP", inviteSDP},
		{"RTP", "\x80\x00\x12\x34\x00\x00\x00\xa0\x00\x00\x00\x01"},
		{"DNS", "AB\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x01\x00\x01"},
		{"keepalive", "\r\n\r\n"},
		{"HTTP", "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			in := []byte(bb.in)
			for b.Loop() {
				Looks(in)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	in := []byte(inviteSDP)
	var m Message
	b.ReportAllocs()
	for b.Loop() {
		Parse(in, &m)
	}
}

func BenchmarkParseSDP(b *testing.B) {
	var m Message
	Parse([]byte(inviteSDP), &m)
	var s Session
	b.ReportAllocs()
	for b.Loop() {
		ParseSDP(m.Body, &s)
	}
}

func BenchmarkFramer(b *testing.B) {
	in := []byte(inviteSDP + "\r\n\r\n")
	var fr Framer
	n := 0
	yield := func([]byte) { n++ }
	b.ReportAllocs()
	for b.Loop() {
		fr.Write(in[:500], yield)
		fr.Write(in[500:], yield)
	}
	if n == 0 {
		b.Fatal("no messages")
	}
}
