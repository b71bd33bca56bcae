package collect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestSweptMessages: what is kept says the same whether questions that nobody answered were
// dropped beside it or not, although their places are given to what comes later.
func TestSweptMessages(t *testing.T) {
	dropped, kept := int64(0), 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		var list []packet.Datagram
		said := map[int]bool{}
		for i := range 400 {
			d := packet.Datagram{Kind: packet.UDP}
			d.Frame, d.Time = int64(i+1), int64(i)*300*millisecond
			n := r.IntN(120)
			if r.IntN(8) == 0 {
				n = i // nobody else's
			}
			tag := fmt.Sprint("f", n%3) // many have the same
			d.Src, d.Dst = at(byte(n%40), 5060), at(200, 5060)
			say := func(first, cseq, more string) []byte {
				return fmt.Appendf(nil, "%s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%d\r\nFrom: <sip:%d@192.0.2.1>;tag=%s\r\nTo: <sip:b@192.0.2.2>%s\r\nCall-ID: call-%d\r\nCSeq: %s\r\n"+
					"Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n", first, n, n, tag, more, n, cseq, 4000+2*n)
			}
			switch what := r.IntN(10); {
			case what == 0 && i > 0: // once more
				d.Payload = list[max(0, i-1-r.IntN(60))].Payload
			case what == 1 && !said[n]: // a media engine is told before SIP says it
				d.Kind, d.Payload = 0, fmt.Appendf(nil, "k%d d7:call-id%d:call-%d7:command5:offer8:from-tag2:%se", i, len(fmt.Sprint("call-", n)), n, tag)
			case n%4 == 0 && said[n]:
				d.Src, d.Dst, d.Payload = d.Dst, d.Src, say("SIP/2.0 200 OK", "1 INVITE", ";tag=t")
			case n%4 == 1 && said[n]:
				d.Payload = say("BYE sip:b@192.0.2.2 SIP/2.0", "2 BYE", ";tag=t")
			default:
				d.Payload = say("INVITE sip:b@192.0.2.2 SIP/2.0", "1 INVITE", fmt.Sprintf("\r\nSession-Expires: %d", 90+n%50))
			}
			said[n] = true
			list = append(list, d)
		}
		play := func(questions int) (*collector, map[uint32]string) {
			c := bounded(func(l *trace.Limits) { l.Questions = questions })
			for i := range list {
				if list[i].Kind == packet.UDP {
					c.take(&list[i])
				} else {
					c.control(&list[i])
				}
			}
			out := map[uint32]string{}
			for _, m := range c.out.Messages.All() {
				head := *m.Tracked
				if !m.Request() || m.Method != "INVITE" {
					head.RequestURI = "" // an INVITE's that has the same headers
				}
				s := fmt.Sprint(m.Moment, *m.Passage, *m.Dialog, *m.Kind, m.Branch, m.CSeq, head)
				if m.SDP != nil {
					s += fmt.Sprint(m.SDP.Media[0].Addr, *m.SDP.Media[0].Terms)
				}
				out[m.Frame] = s
			}
			return c, out
		}
		few, got := play(6)
		all, want := play(len(list))
		if n := few.told("limit-questions"); len(got)+int(n) != len(want) || all.told("limit-questions") != 0 {
			t.Fatalf("seed %d: %d messages are kept and %d dropped of %d", seed, len(got), n, len(want))
		} else {
			dropped, kept = dropped+n, kept+len(got)
		}
		for frame, s := range got {
			if s != want[frame] {
				t.Fatalf("seed %d, frame %d:\n got %s\nwant %s", seed, frame, s, want[frame])
			}
		}
		for i, x := range few.out.Controls {
			if x.Dialog != all.out.Controls[i].Dialog {
				t.Fatalf("seed %d, command %d: %v, want %v", seed, i, x.Dialog, all.out.Controls[i].Dialog)
			}
		}
	}
	if dropped < 1000 || kept < 1000 {
		t.Errorf("%d messages were dropped, %d kept", dropped, kept)
	}
}
