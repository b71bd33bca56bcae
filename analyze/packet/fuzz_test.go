package packet

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
)

// smallLimits let short inputs reach every bound.
var smallLimits = Limits{Fragments: 4, FragmentBytes: 4000, TCPConns: 3, TCPConnBytes: 1500, TCPBytes: 3000,
	SCTPMessages: 3, SCTPBytes: 1000, Taps: 3, TunnelDepth: 3, QuoteBytes: 64}

// check decodes frames and looks at what must always hold: datagrams are in
// order where they must be, payloads no longer than they say, memory within its
// limits, nothing left behind; and all of it the same a second time.
func check(t *testing.T, fs []*capture.Frame) []Datagram {
	t.Helper()
	opt := Options{Limits: smallLimits, WantTCP: func(b []byte) bool { return b[0]&1 != 0 }}
	once := func() ([]Datagram, *Decoder) {
		d := NewDecoder(opt)
		var out []Datagram
		for _, f := range fs {
			before := len(out)
			out = d.Decode(f, out)
			for _, g := range out[before:] {
				if g.Frame > f.No || g.Kind == 0 || int(g.Tap) >= len(d.Taps()) {
					t.Fatalf("frame %d: %+v", f.No, g)
				}
			}
			bounded(t, d)
		}
		out = d.Flush(out)
		if d.frags.bytes != 0 || d.tcp.bytes != 0 || d.sctp.bytes != 0 {
			t.Fatalf("held after the end: %d, %d, %d bytes", d.frags.bytes, d.tcp.bytes, d.sctp.bytes)
		}
		return out, d
	}
	out, d := once()
	for _, g := range out {
		sound(t, g)
	}
	again, e := once()
	if !reflect.DeepEqual(out, again) || !reflect.DeepEqual(d.Warnings(), e.Warnings()) {
		t.Fatal("a second run differs")
	}
	return out
}

func sound(t *testing.T, g Datagram) {
	t.Helper()
	if len(g.Payload) != cap(g.Payload) {
		t.Fatalf("appending to the payload would write into the frame: %v", str(g))
	}
	if g.Kind == ICMP {
		q := g.Quote
		if q == nil || g.Payload != nil || len(q.Payload) > smallLimits.QuoteBytes || len(q.Payload) > int(q.Len) {
			t.Fatalf("%+v %+v", g, q)
		}
		return
	}
	if g.Quote != nil || len(g.Payload) > int(g.Len) || (len(g.Payload) < int(g.Len)) != (g.Flags&Truncated != 0) {
		t.Fatalf("%v", str(g))
	}
}

func bounded(t *testing.T, d *Decoder) {
	t.Helper()
	l := d.lim
	if d.frags.bytes < 0 || d.frags.bytes > l.FragmentBytes || len(d.frags.waiting) > 2*l.Fragments ||
		d.tcp.bytes < 0 || d.tcp.bytes > l.TCPBytes || len(d.tcp.conns) > 2*l.TCPConns ||
		d.tcp.inside < 0 || d.tcp.inside > l.TCPBytes ||
		d.sctp.bytes < 0 || d.sctp.bytes > l.SCTPBytes || len(d.sctp.open) > l.SCTPMessages || len(d.Taps()) > l.Taps {
		t.Fatalf("over the limits: %d in %d fragments, %d in %d connections, %d in %d messages, %d taps",
			d.frags.bytes, len(d.frags.waiting), d.tcp.bytes, len(d.tcp.conns), d.sctp.bytes, len(d.sctp.open), len(d.Taps()))
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(uint32(s.f.Link), uint16(0), s.f.Data)
	}
	f.Fuzz(func(t *testing.T, link uint32, more uint16, b []byte) {
		x := &capture.Frame{Data: b, Link: capture.LinkType(link), No: 1, Time: 1, Len: uint32(len(b)) + uint32(more)}
		y := *x
		y.No, y.Time = 2, 2
		check(t, []*capture.Frame{x, &y})
		bothRoads(t, x)
	})
}

// split reads fuzz input as records of a length byte, a control byte and bytes.
func split(b []byte, record func(control byte, b []byte)) {
	for len(b) >= 2 {
		n, control := int(b[0]), b[1]
		b = b[2:]
		n = min(n, len(b))
		record(control, b[:n])
		b = b[n:]
	}
}

// FuzzFragments makes fragments of two datagrams, IPv4 and IPv6, from records:
// the control byte holds offset (of 8 bytes each), more-fragments and which
// datagram. The bytes are the payload's at that offset, so that a datagram
// which comes out whole must be the payload.
func FuzzFragments(f *testing.F) {
	f.Add([]byte{16, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{8, 0xc0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0xc1, 1, 2, 3, 4, 5, 6, 7, 8, 4, 0x42, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		payload := noise(700)
		p4, p6 := build(t, ipv4(17), udp(), payload), build(t, ipv6(17), udp(), payload)
		var fs []*capture.Frame
		total := len(payload) + 8
		split(b, func(control byte, b []byte) {
			off := int(control&0x3f) * 8
			n := min(len(b), total-off)
			if n < 0 {
				return
			}
			var x *capture.Frame
			if control&0x40 != 0 {
				x = fragment6(p6, 1, part{off, n})
			} else {
				x = fragment4(p4, 1, part{off, n})
			}
			if control&0x80 == 0 { // the last, if only it says so
				if control&0x40 != 0 {
					x.Data[43] &^= 1
				} else {
					x.Data[6] &^= 0x20
				}
			}
			x.No = int64(len(fs) + 1)
			x.Time = x.No * 1e6
			fs = append(fs, x)
		})
		for _, g := range check(t, fs) {
			if g.Kind == UDP && !bytes.HasPrefix(payload, g.Payload) && g.Src.Port == 30002 {
				t.Fatalf("%v is not a part of the payload", str(g))
			}
		}
	})
}

// FuzzTCP makes segments from records: the control byte holds flags and
// direction, the first four bytes sequence number and acknowledgement, two
// each.
func FuzzTCP(f *testing.F) {
	f.Add([]byte{4, 0x02, 0, 10, 0, 0, 8, 0x10, 0, 11, 0, 0, 'I', 'N', 'V', 'I', 6, 0x90, 0, 1, 0, 15, 1, 2, 5, 0x11, 0, 16, 0, 0, 1})
	f.Add([]byte{5, 0, 0, 1, 0, 0, 1, 5, 0, 0, 9, 0, 0, 2, 5, 0, 0, 5, 0, 0, 3, 4, 4, 0, 9, 0, 0, 4, 2, 200, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var fs []*capture.Frame
		split(b, func(control byte, b []byte) {
			if len(b) < 4 {
				return
			}
			h := make([]byte, 20, 20+len(b))
			src, dst := uint16(40000)+uint16(control>>5&3), uint16(5060)
			ip := ipv4(6)
			if control&0x80 != 0 {
				src, dst = dst, src
				ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
			}
			binary.BigEndian.PutUint16(h[0:], src)
			binary.BigEndian.PutUint16(h[2:], dst)
			binary.BigEndian.PutUint32(h[4:], uint32(be16(b[0:2]))-20000)
			binary.BigEndian.PutUint32(h[8:], uint32(be16(b[2:4]))-20000)
			h[12], h[13] = 0x50, control&0x1f
			x := frame(capture.Raw, build(t, ip, gopacket.Payload(append(h, b[4:]...))))
			x.No = int64(len(fs) + 1)
			x.Time = x.No * 2e8
			fs = append(fs, x)
		})
		sent := make(map[int64]int)
		for i, x := range fs {
			sent[int64(i+1)] = len(x.Data) - 40
		}
		for _, g := range check(t, fs) {
			if g.Kind != Stream && !bytes.Contains(b, []byte("HEP3")) && !bytes.Contains(b, raw("2112a442")) && !mayBeChannel(b) {
				t.Fatalf("%v", str(g))
			}
			if sent[g.Frame] -= len(g.Payload); sent[g.Frame] < 0 {
				t.Fatalf("frame %d gave more bytes than it had", g.Frame)
			}
		}
	})
}

// mayBeChannel reports whether bytes may hold a number of a TURN channel, 0x4000 to
// 0x4fff (RFC 8656 section 12), whose data is a datagram.
func mayBeChannel(b []byte) bool {
	return slices.ContainsFunc(b, func(x byte) bool { return x>>4 == 4 })
}

func FuzzICMPQuote(f *testing.F) {
	for _, s := range icmpSamples(f) {
		b := s.f.Data[14:]
		v6 := b[0]>>4 == 6
		if v6 {
			f.Add(v6, b[40:])
		} else {
			f.Add(v6, b[20:])
		}
	}
	f.Fuzz(func(t *testing.T, v6 bool, b []byte) {
		if len(b) > 60000 {
			return
		}
		x := frame(capture.Raw, build(t, ipv4(1), gopacket.Payload(b)))
		if v6 {
			x = frame(capture.Raw, build(t, ipv6(58), gopacket.Payload(b)))
		}
		for _, g := range check(t, []*capture.Frame{x}) {
			if g.Kind != ICMP {
				t.Fatalf("%v", str(g))
			}
			if q := g.Quote; !bytes.Contains(b, q.Payload) || q.V6 != v6 || q.Type != b[0] || q.Code != b[1] ||
				q.Proto != protoUDP && len(q.Payload) > 0 {
				t.Fatalf("%v: %+v", str(g), q)
			}
		}
	})
}

// FuzzInside sends packets of HEP, or messages of TURN, over TCP, in segments that
// the fuzzer cuts: what is inside comes out as it does over UDP, and what the fuzzer
// puts behind it breaks no bound.
func FuzzInside(f *testing.F) {
	f.Add([]byte{1, 200, 3, 0, 9}, []byte{7, 255, 90}, false, []byte{})
	f.Add([]byte{0, 0, 255, 17}, []byte{1}, true, []byte("HEP3\x00\x07x"))
	f.Add([]byte{40, 41, 42}, []byte{}, true, raw("4001ffff 00"))
	f.Fuzz(func(t *testing.T, sizes, cuts []byte, turn bool, tail []byte) {
		var stream []byte
		var over []*capture.Frame
		for _, n := range sizes[:min(len(sizes), 24)] {
			payload := append(raw("80000001 00000002 00000003"), noise(int(n))...)
			b := hep3(17, payload)
			if turn {
				b = stunOf(0x0016, 0x0012, xor("198.51.100.7:20000"), 0x0013, payload)
			}
			stream = append(stream, b...)
			port := layers.UDPPort(9060)
			if turn {
				port = 3478
			}
			over = append(over, udpFrom(t, 50000, port, b))
		}
		want, _ := run(Options{}, over...)
		opt := Options{WantTCP: func([]byte) bool { return false }}
		script := []seg{{seq: 99, flags: "S"}}
		at := 0
		for i := 0; at < len(stream); i++ {
			n := 900
			if i < len(cuts) {
				n = int(cuts[i]) + 1
			}
			n = min(n, len(stream)-at)
			script = append(script, seg{seq: uint32(100 + at), data: string(stream[at : at+n])})
			at += n
		}
		if at > 0 && len(script) > 1 && len(script[1].data) < 20 {
			return // too little in the first segment to tell what it is
		}
		var fs []*capture.Frame
		for _, s := range script {
			fs = append(fs, s.frame(t))
		}
		got, _ := run(opt, fs...)
		if len(got) != len(want) {
			t.Fatalf("%d over TCP, %d over UDP", len(got), len(want))
		}
		for i := range got {
			if got[i].Kind != UDP || got[i].Dst != want[i].Dst || !bytes.Equal(got[i].Payload, want[i].Payload) {
				t.Fatalf("%v over TCP, %v over UDP", str(got[i]), str(want[i]))
			}
		}
		if len(tail) > 0 {
			fs = append(fs, seg{seq: uint32(100 + at), data: string(tail[:min(len(tail), 4000)])}.frame(t))
			for i, x := range fs {
				x.No, x.Time = int64(i+1), int64(i)*1e6
			}
			check(t, fs)
		}
	})
}
