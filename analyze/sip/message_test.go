package sip

import "testing"

const inviteSDP = "INVITE sip:bob@192.0.2.4 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK77ef4c2312983.1;rport\r\n" +
	"Via: SIP/2.0/UDP 10.1.1.1:5062;received=192.0.2.101;rport=5999;branch=z9hG4bKnashds8\r\n" +
	"Max-Forwards: 69\r\n" +
	"To: Bob <sip:bob@biloxi.example.com>\r\n" +
	"From: \"Alice\" <sip:alice@atlanta.example.com>;tag=1928301774\r\n" +
	"Call-ID: a84b4c76e66710@pc33.atlanta.example.com\r\n" +
	"CSeq: 314159 INVITE\r\n" +
	"Contact: <sip:alice@10.1.1.1:5062>\r\n" +
	"User-Agent: Example Phone 1.0\r\n" +
	"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n" +
	"Supported: replaces, 100rel, timer\r\n" +
	"Content-Type: application/sdp\r\n" +
	"Content-Length: 281\r\n" +
	"\r\n" +
	"v=0\r\n" +
	"o=alice 2890844526 2890844526 IN IP4 10.1.1.1\r\n" +
	"s=-\r\n" +
	"c=IN IP4 10.1.1.1\r\n" +
	"t=0 0\r\n" +
	"m=audio 49170 RTP/AVP 0 8 18 101\r\n" +
	"a=rtpmap:0 PCMU/8000\r\n" +
	"a=rtpmap:8 PCMA/8000\r\n" +
	"a=rtpmap:18 G729/8000\r\n" +
	"a=fmtp:18 annexb=no\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n" +
	"a=fmtp:101 0-16\r\n" +
	"a=ptime:20\r\n" +
	"a=sendrecv\r\n"

func BenchmarkParse(b *testing.B) {
	in := []byte(inviteSDP)
	var m Message
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(in, &m)
	}
}

func BenchmarkParseWithSDP(b *testing.B) {
	in := []byte(inviteSDP)
	var m Message
	var s Session
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(in, &m)
		ParseSDP(m.SDP(), &s)
	}
}
