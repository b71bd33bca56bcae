package e2e

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
)

// burden is a capture made to hurt: it grows with n in one respect.
type burden struct {
	name string
	n    int
	play func(t *tape, n int)
}

// patience is far more than any of them takes. What grows with the square of
// its input takes longer than that; what is merely slow does not.
const patience = 30 * time.Second

// TestBounds carries every burden through the whole pipeline: a tenth of it, but for
// the long run. With
// LATCHSCOPE_GROWTH=N each is carried at 1, 2, 4 ... N times its size, too, and
// the times are printed: what grows faster than its input is to be mended.
func TestBounds(t *testing.T) {
	growth, _ := strconv.Atoi(os.Getenv("LATCHSCOPE_GROWTH"))
	dir := t.TempDir()
	for _, b := range burdens {
		t.Run(b.name, func(t *testing.T) {
			if !sample.Long() && growth == 0 {
				carry(t, dir, b, b.n/10)
				return
			}
			for times := 1; times <= max(1, growth); times *= 2 {
				carry(t, dir, b, b.n*times)
			}
		})
	}
}

func carry(t *testing.T, dir string, b burden, n int) {
	t.Helper()
	tp := newTape()
	b.play(tp, n)
	path := file(t, dir, "burden.pcap", tp.data)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun := time.Now()
	watch := time.AfterFunc(20*patience, func() { panic(b.name + " hangs") })
	r := must(t, analyze.Options{}, path)
	var size [2]int64
	for i, f := range writers()[:2] {
		w := counting{}
		if err := f.Write(&w, r.report); err != nil {
			t.Fatal(err)
		}
		size[i] = w.n
	}
	lap := time.Since(begun)
	if err := textOf(100)(io.Discard, r.report); err != nil {
		t.Fatal(err)
	}
	watch.Stop()
	spent := time.Since(begun)
	runtime.ReadMemStats(&after)
	t.Logf("n=%d: %d packets, %d KiB: %v (read %v, detect %v, json %v, text %v); %d MiB allocated; %d calls, %d streams, %d findings, report %d KiB",
		n, tp.n, len(tp.data)>>10, spent.Round(time.Millisecond), r.spent[0], r.spent[1], (lap - r.spent[0] - r.spent[1]).Round(time.Millisecond),
		(spent - lap).Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20,
		len(r.trace.Calls), len(r.trace.Streams), len(r.result.Findings), size[0]>>10)
	sound(t, r)
	if n <= b.n && spent > patience {
		t.Errorf("took %v", spent)
	}
}

type counting struct{ n int64 }

func (w *counting) Write(b []byte) (int, error) {
	w.n += int64(len(b))
	return len(b), nil
}

var (
	alice = at(addr(192, 0, 2, 1), 10000)
	bob   = at(addr(192, 0, 2, 2), 20000)
)

var burdens = []burden{
	{"every packet a new SSRC", 30_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.udp(bob, alice, rtp(uint32(i)*7919, 1, 1))
			t.now += 1e6
		}
		t.bye(begin("c", alice, bob))
	}},
	{"many streams to one port", 6_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.talk(bob, alice, uint32(i)*7919, i, 5)
		}
	}},
	{"many streams at once", 6_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for j := range 5 {
			for i := range n {
				t.udp(at(host(i), 4000), alice, rtp(uint32(i)*7919, uint16(j), uint32(j*160)))
				t.now += 1e3
			}
		}
	}},
	{"one SSRC for all", 6_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.talk(at(host(i), 4000), alice, 7, i*5, 5)
		}
	}},
	{"one SSRC for all at once", 6_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for j := range 5 {
			for i := range n {
				t.udp(at(host(i), 4000), at(host(i), 6000), rtp(7, uint16(j), uint32(j*160)))
				t.now += 1e3
			}
		}
	}},
	{"media without signalling", 6_000, func(t *tape, n int) {
		for i := range n {
			t.talk(at(host(i), 4000), at(host(i+1), 4000), uint32(i)*7919, 1, 9)
		}
	}},
	{"one host in all media", 3_000, func(t *tape, n int) {
		for j := range 9 {
			for i := range n {
				t.udp(at(host(i), 4000), bob, rtp(uint32(i)*7919, uint16(j), uint32(j*160)))
				t.udp(bob, at(host(i), 4000), rtp(uint32(i)*7919, uint16(j), uint32(j*160)))
				t.now += 1e3
			}
		}
	}},
	{"every packet a new flow", 40_000, func(t *tape, n int) {
		for i := range n {
			t.udp(at(host(i), 4000), bob, []byte("?"))
		}
	}},
	{"every packet a new TCP connection", 30_000, func(t *tape, n int) {
		for i := range n {
			t.tcp(at(host(i), 4000), at(bob.Addr(), 5060), 1, 0x18, []byte("INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n"))
			t.now += 1e5
		}
	}},
	{"every packet a new Call-ID", 20_000, func(t *tape, n int) {
		for i := range n {
			d := begin(fmt.Sprint("c", i), alice, bob)
			t.up(d, d.request("INVITE", sdp(alice), false))
			t.now += 1e5
		}
	}},
	{"calls of one caller at once", 3_000, func(t *tape, n int) {
		for i := range n {
			t.answer(begin(fmt.Sprint("c", i), alice, bob))
			t.now -= 29e5
		}
	}},
	{"calls in a row, without media", 5_000, func(t *tape, n int) {
		for i := range n {
			d := begin(fmt.Sprint("c", i), alice, bob)
			t.answer(d)
			t.now += 4e9
			t.bye(d)
		}
		t.talk(alice, at(host(1), 4000), 9, 1, 60)
		t.talk(bob, at(host(2), 4000), 10, 1, 60)
	}},
	{"calls with audio one way", 800, func(t *tape, n int) {
		for i := range n {
			a, b := at(host(i), 4000), at(addr(192, 0, 2, 2), 10000+i%20000*2)
			d := begin(fmt.Sprint("c", i), a, b)
			t.answer(d)
			for j := range 60 {
				t.udp(a, b, rtp(uint32(i)*7919, uint16(j), uint32(j*160)))
				t.now += 60e6
			}
			t.bye(d)
		}
	}},
	{"calls that flip", 1_000, func(t *tape, n int) {
		for i := range n {
			a, b := at(host(i), 4000), at(addr(192, 0, 2, 2), 10000+i%20000*2)
			d := begin(fmt.Sprint("c", i), a, b)
			t.answer(d)
			nat := addr(198, 51, 100, 7)
			t.talk(at(nat, 1024+i%60000), b, uint32(i)*7919, 1, 9)
			t.talk(at(nat, 1025+i%60000), b, uint32(i)*7919, 10, 30)
			t.bye(d)
		}
	}},
	{"refusals of all calls", 2_000, func(t *tape, n int) {
		for i := range n {
			a, b := at(host(i), 4000), at(addr(192, 0, 2, 2), 10000+i%20000*2)
			d := begin(fmt.Sprint("c", i), a, b)
			t.answer(d)
			t.talk(a, b, uint32(i)*7919, 1, 5)
			t.unreachable(a, b, rtp(uint32(i)*7919, 5, 5*160))
			t.bye(d)
		}
	}},
	{"one talker that flips without end", 1_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.talk(at(addr(198, 51, 100, 7), 1024+i%60000), bob, 7, i*5, 5)
		}
	}},
	{"talkers of one call that flip", 1_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.talk(at(addr(198, 51, 100, 7), 1024+i%60000), bob, uint32(i)*7919, 1, 5)
			t.talk(at(addr(198, 51, 100, 7), 1025+i%60000), bob, uint32(i)*7919, 6, 5)
		}
	}},
	{"every packet a refusal of one stream", 20_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		t.talk(alice, bob, 7, 1, 50)
		for i := range n {
			t.unreachable(alice, bob, rtp(7, uint16(i), uint32(i)*160))
			t.now += 1e6
		}
	}},
	{"refusals of many streams of one path", 3_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for j := range 5 {
			for i := range n {
				t.udp(alice, bob, rtp(uint32(i)*7919, uint16(j), uint32(j*160)))
				t.now += 1e3
			}
		}
		for i := range n {
			t.unreachable(alice, bob, rtp(uint32(i)*7919, 5, 5*160))
			t.now += 1e3
		}
	}},
	{"every quote another port", 20_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.unreachable(at(host(i), 4000), bob, rtp(uint32(i), uint16(i), uint32(i)*160))
			t.now += 1e6
		}
	}},
	{"refused early by many", 1_500, func(t *tape, n int) {
		d := begin("c", alice, bob)
		t.up(d, d.request("INVITE", sdp(alice), false))
		for i := range n {
			t.talk(at(host(i), 4000), alice, uint32(i)*7919, 1, 3)
			t.unreachable(at(host(i), 4000), alice, rtp(uint32(i)*7919, 3, 3*160))
		}
		d.toTag = "t"
		t.down(d, d.response(200, "INVITE", sdp(bob)))
		t.up(d, d.request("ACK", "", false))
		for i := range n {
			t.talk(at(host(i), 4000), alice, uint32(i)*7919, 4, 3)
		}
	}},
	{"one call of re-INVITEs", 5_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		t.answer(d)
		for i := range n {
			d.cseq++
			t.up(d, d.request("INVITE", sdp(at(alice.Addr(), 1024+i%60000)), false))
			t.down(d, d.response(200, "INVITE", sdp(bob)))
			t.up(d, d.request("ACK", "", false))
			t.now += 20e6
			t.udp(bob, at(alice.Addr(), 1024+i%60000), rtp(7, uint16(i), uint32(i*160)))
		}
	}},
	{"one call of re-INVITEs with media", 2_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		t.answer(d)
		for i := range n {
			d.cseq++
			t.up(d, d.request("INVITE", sdp(at(alice.Addr(), 1024+i%60000)), false))
			t.down(d, d.response(200, "INVITE", sdp(bob)))
			t.talk(at(alice.Addr(), 1024+i%60000), bob, uint32(i)*7919, 1, 5)
			t.talk(bob, at(alice.Addr(), 1024+i%60000), 7, i*5, 5)
		}
	}},
	{"offers without answers", 10_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		t.answer(d)
		for i := range n {
			d.cseq++
			t.up(d, d.request("UPDATE", sdp(at(alice.Addr(), 1024+i%60000)), i%2 == 0))
			t.now += 20e6
		}
	}},
	{"one call of forks", 5_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		t.up(d, d.request("INVITE", sdp(alice), false))
		for i := range n {
			d.toTag = fmt.Sprint("t", i)
			t.down(d, d.response(183, "INVITE", sdp(at(host(i), 4000))))
			t.now += 1e6
		}
		t.down(d, d.response(200, "INVITE", sdp(bob)))
		t.now += 1e9
		t.talk(bob, alice, 7, 1, 50)
	}},
	{"forks that all answer", 3_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		t.up(d, d.request("INVITE", sdp(alice), false))
		for i := range n {
			d.toTag = fmt.Sprint("t", i)
			t.down(d, d.response(200, "INVITE", sdp(at(host(i), 4000))))
			t.now += 1e6
		}
	}},
	{"one Call-ID for all calls", 5_000, func(t *tape, n int) {
		for i := range n {
			d := begin("c", alice, bob)
			d.fromTag = fmt.Sprint("f", i)
			t.up(d, d.request("INVITE", sdp(at(alice.Addr(), 1024+i%60000)), false))
			t.now += 1e7
		}
	}},
	{"one Call-ID for all calls, answered", 3_000, func(t *tape, n int) {
		for i := range n {
			d := begin("c", alice, bob)
			d.fromTag = fmt.Sprint("f", i)
			t.answer(d)
			t.now += 1e8
			t.bye(d)
		}
	}},
	{"one INVITE from everywhere", 3_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		for i := range n {
			t.udp(at(host(i), 5060), at(host(i+1), 5060), []byte(d.request("INVITE", sdp(alice), false)))
			t.now += 1e6
		}
	}},
	{"one INVITE over and over", 20_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		for range n {
			t.up(d, d.request("INVITE", sdp(alice), false))
			t.now += 1e8
		}
	}},
	{"m-lines", 100, func(t *tape, n int) {
		d := begin("c", alice, bob)
		for i := range n {
			var media []string
			for j := range 120 {
				media = append(media, fmt.Sprintf("m=audio %d RTP/AVP 0 8 9 18 101\r\n", 1024+(i*120+j)%60000))
			}
			d.cseq++
			t.up(d, d.request("INVITE", sdp(alice)+strings.Join(media, ""), false))
			d.toTag = "t"
			t.down(d, d.response(200, "INVITE", sdp(bob)+strings.Join(media, "")))
			t.now += 1e7
		}
		t.talk(bob, alice, 7, 1, 50)
	}},
	{"candidates", 100, func(t *tape, n int) {
		d := begin("c", alice, bob)
		for i := range n {
			var lines strings.Builder
			for j := range 120 {
				fmt.Fprintf(&lines, "a=candidate:%d 1 udp %d %s 4000 typ host\r\n", j, 1000+i, host(j))
			}
			d.cseq++
			t.up(d, d.request("INVITE", sdp(alice)+lines.String(), false))
			t.down(d, d.response(200, "INVITE", sdp(bob)))
			t.now += 1e7
		}
		for i := range 500 {
			t.talk(at(host(i), 4000), bob, uint32(i)*7919, 1, 5)
		}
	}},
	{"one address in all SDP", 3_000, func(t *tape, n int) {
		for i := range n {
			d := begin(fmt.Sprint("c", i), alice, bob)
			d.from, d.to = at(host(2*i), 5060), at(host(2*i+1), 5060)
			t.answer(d)
			t.talk(alice, bob, uint32(i)*7919, 1, 5)
			t.bye(d)
		}
	}},
	{"calls without end at one address", 2_000, func(t *tape, n int) {
		for i := range n {
			d := begin(fmt.Sprint("c", i), alice, bob)
			d.from, d.to = at(host(2*i), 5060), at(host(2*i+1), 5060)
			t.answer(d)
		}
		for i := range n {
			t.talk(alice, bob, uint32(i)*7919, 1, 5)
			t.unreachable(alice, bob, rtp(uint32(i)*7919, 5, 5*160))
		}
	}},
	{"legs of one call", 1_000, func(t *tape, n int) {
		for i := range n {
			d := begin(fmt.Sprint("c", i), at(host(i), 4000), at(host(i+1), 4000))
			d.extra = "X-Call-ID: the-first-one-of-all\r\nSession-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000\r\n"
			t.answer(d)
		}
		for j := range 5 {
			for i := range n {
				t.udp(at(host(i), 4000), at(host(i+1), 4000), rtp(uint32(i)*7919, uint16(j), uint32(j*160)))
				t.now += 1e4
			}
		}
	}},
	{"reports on everything", 20_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		t.talk(alice, bob, 7, 1, 50)
		for i := range n {
			b := make([]byte, 32)
			b[0], b[1], b[3] = 0x81, 201, 7
			be.PutUint32(b[4:], uint32(i))
			be.PutUint32(b[8:], 7)
			t.udp(at(bob.Addr(), 20001), at(alice.Addr(), 10001), b)
			t.now += 1e6
		}
	}},
	{"sprayed from everywhere", 1_500, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.udp(bob, alice, rtp(7, uint16(i), uint32(i*160)))
			t.now += 5e6
		}
		for j := range 5 {
			for i := range n {
				t.udp(at(host(i), 4000), alice, rtp(uint32(i)*7919+8, uint16(j), uint32(j*160)))
				t.udp(bob, alice, rtp(7, uint16(n+j*n+i), uint32((n+j*n+i)*160)))
				t.now += 5e6
			}
		}
		t.bye(begin("c", alice, bob))
	}},
	{"checks of ICE everywhere", 20_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.udp(at(host(i), 4000), alice, []byte{0, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0x25, 0, 0})
		}
	}},
	{"years between packets", 2_000, func(t *tape, n int) {
		begun := t.now
		d := begin("c", alice, bob)
		t.answer(d)
		for i := range n {
			t.now = begun + int64(i*7919%30)*365*24*3600*1e9
			t.udp(bob, alice, rtp(7, uint16(i), uint32(i)*0x10000001))
			t.udp(alice, bob, rtp(8, uint16(i*21000), uint32(i*160)))
		}
		t.now = begun
		t.bye(d)
	}},
	{"numbers faster than time", 500, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			src := at(host(i), 4000)
			t.udp(src, alice, rtp(uint32(i/3), uint16(i), 160))
			t.now++
			t.udp(src, alice, rtp(uint32(i/3), uint16(i+100), 320))
		}
	}},
	{"gaps everywhere", 20_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			t.udp(bob, alice, rtp(7, uint16(2*i), uint32(2*i*160)))
			t.udp(alice, bob, rtp(8, uint16(2*i^1), uint32(2*i*160)))
			t.now += 20e6 + int64(i%3)*100e6
		}
	}},
}
