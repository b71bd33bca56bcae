package analyze

import (
	"fmt"
	"testing"

	"github.com/latchscope/latchscope/analyze/packet"
)

// dialogue is what a call by a trunk makes two hosts say, one message an entry.
func dialogue(n int) []string {
	say := func(first, method, toTag, more, body string, cseq int) string {
		return first + "\r\n" +
			fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.%d:5060;branch=z9hG4bK%08x%s%d;rport\r\n", n%250, n, method, cseq) +
			fmt.Sprintf("From: \"User %d\" <sip:%d@192.0.2.%d>;tag=from%d\r\n", n%1000, n%1000, n%250, n) +
			fmt.Sprintf("To: <sip:%d@203.0.113.10>%s\r\n", 2000+n, toTag) +
			fmt.Sprintf("Call-ID: %08x-4f2a-91@192.0.2.%d\r\n", n, n%250) +
			fmt.Sprintf("CSeq: %d %s\r\n", cseq, method) + more +
			fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	uri := fmt.Sprintf("sip:%d@203.0.113.10", 2000+n)
	tag := fmt.Sprintf(";tag=to%d", n)
	sdp := func(host string, port int) string {
		return fmt.Sprintf("v=0\r\no=- %d 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 8 0 101\r\n", n, host, host, port) +
			"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
	}
	const caller = "Max-Forwards: 70\r\nContact: <sip:1@192.0.2.1:5060>\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nUser-Agent: phone/1.0\r\n"
	const callee = "Contact: <sip:2@203.0.113.10:5060>\r\nServer: server/2.0\r\n"
	const content = "Content-Type: application/sdp\r\n"
	return []string{
		say("INVITE "+uri+" SIP/2.0", "INVITE", "", caller+content, sdp("192.0.2.1", 10000+n%20000*2), 1),
		say("SIP/2.0 100 Trying", "INVITE", "", "", "", 1),
		say("SIP/2.0 180 Ringing", "INVITE", tag, callee, "", 1),
		say("SIP/2.0 200 OK", "INVITE", tag, callee+content, sdp("203.0.113.20", 10000+n%20000*2), 1),
		say("ACK "+uri+" SIP/2.0", "ACK", tag, "Max-Forwards: 70\r\n", "", 1),
		say("BYE "+uri+" SIP/2.0", "BYE", tag, "Max-Forwards: 70\r\nUser-Agent: phone/1.0\r\n", "", 2),
		say("SIP/2.0 200 OK", "BYE", tag, "Server: server/2.0\r\n", "", 2),
	}
}

// datagrams are the dialogues of n calls, the calls one within the other.
func datagrams(n int) []packet.Datagram {
	ends := [2]packet.Endpoint{{Port: 5060}, {Port: 5060}}
	ends[0].Addr[15], ends[1].Addr[15] = 1, 2
	calls := make([][]string, n)
	for i := range calls {
		calls[i] = dialogue(i)
	}
	var out []packet.Datagram
	for k := range calls[0] {
		for i := range calls {
			from := 0
			if text := calls[i][k]; text[:3] == "SIP" {
				from = 1
			}
			d := packet.Datagram{Kind: packet.UDP, Src: ends[from], Dst: ends[1-from], Payload: []byte(calls[i][k])}
			d.Frame, d.Time = int64(len(out)+1), int64(len(out))*int64(millisecond)
			out = append(out, d)
		}
	}
	return out
}

// BenchmarkSignalling is what the collector spends on one SIP message.
func BenchmarkSignalling(b *testing.B) {
	list := datagrams(2000)
	hashes := make([]uint64, len(list))
	b.ReportAllocs()
	for b.Loop() {
		c := newCollector(0, DefaultLimits())
		c.takeAll(list, hashes)
		if len(c.out.Messages) != len(list) {
			b.Fatal("messages were lost")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/message")
}
