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
	const common = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK00000001INVITE1;rport=5060;received=192.0.2.1\r\n" +
		"From: \"1000\" <sip:1000@192.0.2.1>;tag=from1\r\nTo: <sip:2000@203.0.113.10>;tag=to1\r\n" +
		"Call-ID: in-00000000@192.0.2.1\r\nCSeq: 1 INVITE\r\n"
	for _, bb := range []struct{ name, in string }{
		{"INVITE", inviteSDP},
		{"200", "SIP/2.0 200 OK\r\n" + common + "Contact: <sip:2000@203.0.113.10:5060>\r\nServer: trunk\r\n" +
			"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nContent-Type: application/sdp\r\nContent-Length: 7\r\n\r\nv=0\r\n\r\n"},
		{"100", "SIP/2.0 100 Trying\r\n" + common + "Content-Length: 0\r\n\r\n"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			in := []byte(bb.in)
			var m Message
			b.ReportAllocs()
			for b.Loop() {
				Parse(in, &m)
			}
		})
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
