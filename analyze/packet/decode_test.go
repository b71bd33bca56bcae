package packet

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
)

func TestSamples(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			got, d := run(Options{}, s.f)
			var want []string
			if s.want != "" {
				want = []string{s.want}
			}
			if !slices.Equal(strs(got), want) {
				t.Fatalf("got %q, want %q", strs(got), want)
			}
			if w := codes(d); len(w) > 0 {
				t.Errorf("warnings %v", w)
			}
			if len(got) == 1 {
				if tap := d.Taps()[got[0].Tap]; tap.Tunnel != s.tunn {
					t.Errorf("tap %+v, want tunnel %t", tap, s.tunn)
				}
				if g := got[0]; g.Frame != 1 || g.Time != 1e18 {
					t.Errorf("frame %d time %d", g.Frame, g.Time)
				}
			}
		})
	}
}

func TestDamage(t *testing.T) {
	e4 := build(t, ether(0x800), ipv4(17), udp(), rtpBytes())
	e6 := build(t, ether(0x86dd), ipv6(17), udp(), rtpBytes())
	with := func(b []byte, edit func([]byte)) []byte {
		b = bytes.Clone(b)
		edit(b)
		return b
	}
	for _, c := range []struct {
		name string
		b    []byte
		len  int // on the wire, if longer than b
		want []string
		warn []string
	}{
		{"cut in the payload", e4[:62], len(e4), []string{"udp 192.0.2.1:30002>203.0.113.20:36716 len=172 have=20 truncated"}, []string{"snaplen-payload@1*1"}},
		{"cut behind the header", e6[:62], len(e6), []string{"udp [2001:db8::1]:30002>[2001:db8::2]:36716 len=172 have=0 truncated"}, []string{"snaplen-payload@1*1"}},
		{"cut in udp", e4[:41], len(e4), nil, []string{"snaplen-header@1*1"}},
		{"cut in ip", e4[:33], len(e4), nil, []string{"snaplen-header@1*1"}},
		{"cut in ethernet", e4[:13], len(e4), nil, []string{"snaplen-header@1*1"}},
		{"no ethernet", e4[:13], 0, nil, []string{"frame-malformed@1*1"}},
		{"empty", nil, 0, nil, []string{"frame-malformed@1*1"}},
		{"record length lies", e4[:62], 0, []string{"udp 192.0.2.1:30002>203.0.113.20:36716 len=172 have=20 truncated"}, []string{"snaplen-payload@1*1", "ip-malformed@1*1"}},
		{"ihl 4", with(e4, func(b []byte) { b[14] = 0x44 }), 0, nil, []string{"ip-malformed@1*1"}},
		{"version 5", with(e4, func(b []byte) { b[14] = 0x55 }), 0, nil, []string{"ip-malformed@1*1"}},
		{"total below header", with(e4, func(b []byte) { b[16], b[17] = 0, 19 }), 0, nil, []string{"ip-malformed@1*1"}},
		{"ipv4 udp length 0", with(e4, func(b []byte) { b[38], b[39] = 0, 0 }), 0, nil, []string{"udp-length@1*1"}},
		{"udp length 7", with(e4, func(b []byte) { b[38], b[39] = 0, 7 }), 0, nil, []string{"udp-length@1*1"}},
		{"udp length 8", with(e4, func(b []byte) { b[38], b[39] = 0, 8 }), 0, []string{"udp 192.0.2.1:30002>203.0.113.20:36716 len=0 have=0"}, nil},
		{"udp length below ip's", with(e4, func(b []byte) { b[38], b[39] = 0, 108 }), 0, []string{"udp 192.0.2.1:30002>203.0.113.20:36716 len=100 have=100"}, nil},
		{"udp length above ip's", with(e4, func(b []byte) { b[38], b[39] = 1, 8 }), 0, []string{"udp 192.0.2.1:30002>203.0.113.20:36716 len=256 have=172 truncated"}, []string{"udp-length@1*1"}},
		{"ipv6 udp length 0", with(e6, func(b []byte) { b[58], b[59] = 0, 0 }), 0, []string{plain6}, nil},
		{"ipv6 length 0", with(e6, func(b []byte) { b[18], b[19] = 0, 0 }), 0, []string{plain6}, nil},
		{"ipv6 extension cut", with(e6[:60], func(b []byte) { b[20], b[54], b[55] = 60, 17, 9 }), len(e6), nil, []string{"snaplen-header@1*1"}},
		{"protocol of no interest", with(e4, func(b []byte) { b[23] = 89 }), 0, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := frame(capture.Ethernet, c.b)
			f.Len = uint32(max(c.len, len(c.b)))
			got, d := run(Options{}, f)
			if !slices.Equal(strs(got), c.want) && len(got)+len(c.want) > 0 {
				t.Errorf("got %q, want %q", strs(got), c.want)
			}
			if w := codes(d); !slices.Equal(w, c.warn) {
				slices.Sort(w)
				slices.Sort(c.warn)
				if !slices.Equal(w, c.warn) {
					t.Errorf("warnings %q, want %q", w, c.warn)
				}
			}
		})
	}
}

func TestUnknownLink(t *testing.T) {
	_, d := run(Options{}, frame(3, make([]byte, 64)), frame(3, nil))
	w := d.Warnings()
	if len(w) != 1 || w[0].Count != 2 || w[0].Frame != 1 {
		t.Errorf("warnings %+v", w)
	}
}

func TestTaps(t *testing.T) {
	p4 := build(t, ipv4(17), udp(), rtpBytes())
	sll2 := func(iface int32, index, packetType byte) *capture.Frame {
		f := frame(capture.LinuxSLL2, raw("0800 0000 000000", []byte{index}, raw("0001"), []byte{packetType}, raw("06 0200000000010000"), p4))
		f.Iface = iface
		return f
	}
	eth := frame(capture.Ethernet, build(t, ether(0x800), ipv4(17), udp(), rtpBytes()))
	got, d := run(Options{}, sll2(0, 2, 0), sll2(0, 2, 4), sll2(0, 3, 0), sll2(0, 2, 1), sll2(0, 2, 3), sll2(1, 2, 0), eth)
	var taps []Tap
	for _, g := range got {
		taps = append(taps, d.Taps()[g.Tap])
	}
	want := []Tap{
		{IfIndex: 2, Dir: DirIn}, {IfIndex: 2, Dir: DirOut}, {IfIndex: 3, Dir: DirIn}, {IfIndex: 2, Dir: DirIn},
		{IfIndex: 2}, {Iface: 1, IfIndex: 2, Dir: DirIn}, {},
	}
	if !slices.Equal(taps, want) {
		t.Errorf("taps %+v, want %+v", taps, want)
	}
	if got[0].Tap != got[3].Tap {
		t.Errorf("one place, two numbers: %d and %d", got[0].Tap, got[3].Tap)
	}

	var many []*capture.Frame
	for i := range 40 {
		many = append(many, sll2(0, byte(i), 0))
	}
	got, d = run(Options{Limits: Limits{Taps: 10}}, many...)
	if len(d.Taps()) != 10 || got[39].Tap != 9 {
		t.Errorf("%d taps, last %d", len(d.Taps()), got[39].Tap)
	}
	if w := codes(d); !slices.Equal(w, []string{"taps-limit@11*30"}) {
		t.Errorf("warnings %v", w)
	}
}

// TestTunnelDepth builds more tunnels inside each other than are followed.
func TestTunnelDepth(t *testing.T) {
	b := build(t, ipv4(17), udp(), rtpBytes())
	for range 4 {
		b = build(t, ipv4(4), gopacket.Payload(b))
	}
	if got, d := run(Options{}, frame(capture.Raw, b)); len(got) != 1 || len(d.Warnings()) != 0 {
		t.Errorf("four tunnels: %d datagrams, %v", len(got), codes(d))
	}
	b = build(t, ipv4(4), gopacket.Payload(b))
	if got, d := run(Options{}, frame(capture.Raw, b)); len(got) != 0 || !slices.Equal(codes(d), []string{"nesting-limit@1*1"}) {
		t.Errorf("five tunnels: %d datagrams, %v", len(got), codes(d))
	}
	tags := append(raw("020000000002 020000000001"), bytes.Repeat(raw("8100 0001"), 2000)...)
	if _, d := run(Options{}, frame(capture.Ethernet, tags)); !slices.Equal(codes(d), []string{"nesting-limit@1*1"}) {
		t.Errorf("tags: %v", codes(d))
	}
}

// bothRoads decodes f by each road, into slots that were used before, and
// compares.
func bothRoads(t testing.TB, f *capture.Frame) {
	t.Helper()
	a, b := NewDecoder(Options{}), NewDecoder(Options{})
	b.slowOnly = true
	dirty := func() []Datagram {
		out := make([]Datagram, 8)
		for i := range out {
			out[i] = Datagram{Payload: []byte("x"), Quote: &Quote{}, Time: -1, Frame: -1, Len: 99, Tap: 99, IPID: 99,
				Src: endpoint.Endpoint{Addr: [16]byte{1}, Port: 1}, Dst: endpoint.Endpoint{Addr: [16]byte{2}, Port: 2}, Kind: 99, Flags: 0xff}
		}
		return out[:0]
	}
	x := a.Decode(f, dirty())
	y := b.Decode(f, dirty())
	if len(x)+len(y) > 0 && !reflect.DeepEqual(x, y) {
		t.Fatalf("link %v, %d of %d bytes: %x\nfast %+v\nslow %+v", f.Link, len(f.Data), f.Len, f.Data, x, y)
	}
	for i := range x {
		if len(x[i].Payload) > 0 && &x[i].Payload[0] != &y[i].Payload[0] {
			t.Fatal("payloads begin at different places")
		}
	}
	if !reflect.DeepEqual(a.Warnings(), b.Warnings()) {
		t.Fatalf("%x\nwarnings: fast %+v, slow %+v", f.Data, a.Warnings(), b.Warnings())
	}
	if !slices.Equal(a.Taps(), b.Taps()) && len(x) > 0 {
		t.Fatalf("taps: fast %+v, slow %+v", a.Taps(), b.Taps())
	}
}

func TestBothRoads(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	all := samples(t)
	for _, s := range all {
		bothRoads(t, s.f)
	}
	// The links and headers that the fast road knows, most often.
	var near []sample
	for _, s := range all {
		switch s.f.Link {
		case capture.Ethernet, capture.LinuxSLL, capture.LinuxSLL2:
			near = append(near, s)
		}
	}
	for range 60_000 {
		s := near[r.IntN(len(near))]
		f := *s.f
		f.Data = bytes.Clone(f.Data)
		for range r.IntN(4) {
			i := r.IntN(min(len(f.Data), 80))
			switch r.IntN(3) {
			case 0:
				f.Data[i] = byte(r.Uint32())
			case 1:
				f.Data[i] ^= 1 << r.IntN(8)
			case 2:
				f.Data[i] += byte(r.IntN(5)) - 2
			}
		}
		switch r.IntN(4) {
		case 0:
			f.Data = f.Data[:r.IntN(len(f.Data)+1)]
		case 1:
			f.Data = f.Data[:r.IntN(len(f.Data)+1)]
			f.Len = uint32(len(f.Data))
		case 2:
			f.Len = uint32(r.IntN(400))
		}
		bothRoads(t, &f)
	}
}

// TestGopacketAgrees compares with gopacket's own decoding of whole packets.
func TestGopacketAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		payload := gopacket.Payload(make([]byte, r.IntN(1400)))
		u := &layers.UDP{SrcPort: layers.UDPPort(r.IntN(65536)), DstPort: layers.UDPPort(10000 + r.IntN(30000))}
		var b []byte
		if r.IntN(2) == 0 {
			ip := ipv4(17)
			ip.SrcIP, ip.Id = []byte{10, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}, uint16(r.Uint32())
			b = build(t, ether(0x800), ip, u, payload)
		} else {
			b = build(t, ether(0x86dd), ipv6(17), u, payload)
		}
		got := NewDecoder(Options{}).Decode(frame(capture.Ethernet, b), nil)
		if len(got) != 1 {
			t.Fatalf("%d datagrams", len(got))
		}
		p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.NoCopy)
		want := p.TransportLayer().(*layers.UDP)
		src, dst := p.NetworkLayer().NetworkFlow().Endpoints()
		g := got[0]
		if !bytes.Equal(g.Payload, want.Payload) || g.Src.Port != uint16(want.SrcPort) || g.Dst.Port != uint16(want.DstPort) ||
			g.Src.IP().String() != src.String() || g.Dst.IP().String() != dst.String() {
			t.Fatalf("got %v, gopacket %v", str(g), p)
		}
	}
}

// A datagram says how far it had come, and in which VLAN: the tag nearest to it.
func TestTTLAndVLAN(t *testing.T) {
	vlans := map[string]uint16{"ethernet/padded": 0, "ethernet/802.1q": 5, "ethernet/qinq": 6, "ethernet/three tags": 7, "ethernet/vlan snap": 5, "sll/vlan": 5}
	seen := 0
	for _, s := range samples(t) {
		vlan, held := vlans[s.name]
		if !held {
			continue
		}
		seen++
		got, _ := run(Options{}, s.f)
		if len(got) != 1 || got[0].VLAN != vlan || got[0].TTL != 64 {
			t.Errorf("%s: VLAN %d TTL %d, want %d and 64", s.name, got[0].VLAN, got[0].TTL, vlan)
		}
	}
	if seen != len(vlans) {
		t.Errorf("%d of %d samples are there", seen, len(vlans))
	}
}
