package e2e

import (
	"fmt"
	"net/netip"
)

// crowds are burdens in which many have something in common: a name, a server, a
// number, a call. Whoever compares each with all the others does not get
// through them.
var crowds = []burden{
	{"one caller's name at all hosts", 5_000, func(t *tape, n int) {
		for i := range n {
			d := begin(fmt.Sprint("c", i), at(host(2*i), 4000), at(host(2*i+1), 4000))
			t.up(d, d.request("INVITE", sdp(d.media[0]), false))
			t.now += 1e5
		}
	}},
	{"one caller's name at all hosts, answered", 3_000, func(t *tape, n int) {
		for i := range n {
			t.answer(begin(fmt.Sprint("c", i), at(host(2*i), 4000), at(host(2*i+1), 4000)))
			t.now -= 29e5
		}
	}},
	{"one caller's name from all hosts to one", 3_000, func(t *tape, n int) {
		for i := range n {
			t.answer(begin(fmt.Sprint("c", i), at(host(i), 4000), bob))
			t.now -= 29e5
		}
	}},
	{"one caller's name through one server", 3_000, func(t *tape, n int) {
		for i := range n {
			t.answer(begin(fmt.Sprint("a", i), at(host(2*i), 4000), at(bob.Addr(), 10000+i%20000*2)))
			t.answer(begin(fmt.Sprint("b", i), at(bob.Addr(), 10000+i%20000*2), at(host(2*i+1), 4000)))
			t.now -= 59e5
		}
	}},
	{"many names through one server", 3_000, func(t *tape, n int) {
		for i := range n {
			a := begin(fmt.Sprint("a", i), at(host(2*i), 4000), at(bob.Addr(), 10000+i%20000*2))
			b := begin(fmt.Sprint("b", i), at(bob.Addr(), 10000+i%20000*2), at(host(2*i+1), 4000))
			a.name, b.name = fmt.Sprint("a", i), fmt.Sprint("b", i)
			t.answer(a)
			t.answer(b)
			t.now -= 59e5
		}
	}},
	{"one Call-ID at all hosts", 5_000, func(t *tape, n int) {
		for i := range n {
			d := begin("c", at(host(2*i), 4000), at(host(2*i+1), 4000))
			d.fromTag = fmt.Sprint("f", i)
			t.answer(d)
		}
	}},
	{"one SSRC with gaps everywhere", 1_000, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for j := range 40 {
			for i := range n {
				t.udp(at(host(i), 4000), alice, rtp(7, uint16(i+j*3), uint32(j*160)))
			}
			t.now += 20e6
		}
	}},
	{"one SSRC in turns", 100, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for j := range 60 {
			for i := range n {
				t.udp(at(host(i), 4000), alice, rtp(7, uint16(i+j*n), uint32((i+j*n)*160)))
				t.now += 20e6
			}
		}
	}},
	{"streams of two legs", 20, func(t *tape, n int) {
		for i := range n {
			server := addr(10, 200, i>>8, i&255)
			a, b := at(host(2*i), 4000), at(server, 6000)
			c, d := at(server, 6002), at(host(2*i+1), 4000)
			in, out := begin(fmt.Sprint("a", i), a, b), begin(fmt.Sprint("b", i), c, d)
			in.extra = fmt.Sprintf("X-Call-ID: conversation-%d\r\n", i)
			out.extra = in.extra
			t.answer(in)
			t.answer(out)
			for j := range 5 {
				for k := range 125 {
					t.udp(at(a.Addr(), 4000+k*2), b, rtp(uint32(i*1000+k)*7919, uint16(j), uint32(j*160)))
					t.udp(c, at(d.Addr(), 4000+k*2), rtp(uint32(i*1000+k)*7919+5, uint16(j), uint32(j*160)))
				}
				t.now += 20e6
			}
		}
	}},
	{"refusals of one talker that flips without end", 1_500, func(t *tape, n int) {
		t.answer(begin("c", alice, bob))
		for i := range n {
			src := at(addr(198, 51, 100, 7), 1024+i%60000)
			t.talk(src, bob, 7, i*5, 5)
			t.unreachable(src, bob, rtp(7, uint16(i*5+4), uint32(i*5+4)*160))
			t.talk(bob, src, 8, i*3, 3)
			t.unreachable(bob, src, rtp(8, uint16(i*3+2), uint32(i*3+2)*160))
		}
	}},
	{"one callee that moves, with media", 2_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		t.answer(d)
		for i := range n {
			port := at(bob.Addr(), 1024+i%60000)
			d.cseq++
			t.up(d, d.request("INVITE", sdp(alice), false))
			t.down(d, d.response(200, "INVITE", sdp(port)))
			t.talk(port, alice, uint32(i)*7919, 1, 5)
		}
	}},
	{"strangers to a talker of a call that moves", 2_000, func(t *tape, n int) {
		d := begin("c", alice, bob)
		t.answer(d)
		nat := at(addr(198, 51, 100, 7), 1024)
		for i := range n {
			d.cseq++
			t.up(d, d.request("INVITE", sdp(at(alice.Addr(), 1024+i%60000)), false))
			t.down(d, d.response(200, "INVITE", sdp(bob)))
			t.now += 1e6
		}
		for j := range 8 {
			for i := range n {
				t.udp(nat, bob, rtp(uint32(i)*7919, uint16(j), uint32(j*160)))
				t.udp(at(host(i), 4000), nat, rtp(uint32(i)*7919+5, uint16(j), uint32(j*160)))
				t.now += 1e4
			}
		}
	}},
	{"silences", 400, func(t *tape, n int) {
		for i := range n {
			a, b := at(host(i), 4000), at(addr(192, 0, 2, 2), 10000+i%20000*2)
			d := begin(fmt.Sprint("c", i), a, b)
			t.answer(d)
			nat := addr(198, 51, 100, 7)
			ssrc := uint32(i) * 7919
			both := func(up, down netip.AddrPort, seq, n int) {
				for j := range n {
					t.udp(up, b, rtp(ssrc, uint16(seq+j), uint32(seq+j)*160))
					t.udp(b, down, rtp(ssrc+1, uint16(seq+j), uint32(seq+j)*160))
					t.now += 20e6
				}
			}
			was, is := at(nat, 1024+i*2%60000), at(nat, 1025+i*2%60000)
			both(was, was, 0, 10)
			both(is, was, 10, 150)
			both(is, is, 160, 10)
			for k := range 3 { // receiver reports about streams of nobody
				b := make([]byte, 32)
				b[0], b[1], b[3] = 0x81, 201, 7
				be.PutUint32(b[4:], uint32(i))
				be.PutUint32(b[8:], uint32(i*3+k))
				t.udp(at(host(i), 4001), at(host(k), 4001), b)
			}
			t.bye(d)
		}
	}},
}

func init() { burdens = append(burdens, crowds...) }
