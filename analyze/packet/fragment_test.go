package packet

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/gopacket"

	"github.com/latchscope/latchscope/analyze/capture"
)

// part is one fragment: n bytes from off of a datagram's payload.
type part struct{ off, n int }

// fragment4 cuts an IPv4 packet without options; its last byte makes the last
// fragment.
func fragment4(packet []byte, id uint16, p part) *capture.Frame {
	body := packet[20:]
	b := append(bytes.Clone(packet[:20]), body[p.off:p.off+p.n]...)
	field := uint16(p.off / 8)
	if p.off+p.n < len(body) {
		field |= 0x2000
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], field)
	return frame(capture.Raw, b)
}

// fragment6 does the same to an IPv6 packet without extension headers.
func fragment6(packet []byte, id uint32, p part) *capture.Frame {
	body := packet[40:]
	field := uint16(p.off)
	if p.off+p.n < len(body) {
		field |= 1
	}
	h := []byte{packet[6], 0}
	h = binary.BigEndian.AppendUint16(h, field)
	h = binary.BigEndian.AppendUint32(h, id)
	b := append(append(bytes.Clone(packet[:40]), h...), body[p.off:p.off+p.n]...)
	b[6] = 44
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
	return frame(capture.Raw, b)
}

// evenly cuts n bytes into pieces of step bytes.
func evenly(n, step int) (out []part) {
	for off := 0; off < n; off += step {
		out = append(out, part{off, min(step, n-off)})
	}
	return out
}

// noise is n bytes that repeat nowhere.
func noise(n int) gopacket.Payload {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestFragmentsAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for round := range 3000 {
		payload := noise(1 + r.IntN(4000))
		p4, p6 := build(t, ipv4(17), udp(), payload), build(t, ipv6(17), udp(), payload)
		n := len(payload) + 8
		parts := evenly(n, 8*(1+r.IntN(60)))
		if len(parts) < 2 {
			continue
		}
		for range r.IntN(4) { // some again, some across the others' edges
			off := 8 * r.IntN(n/8+1)
			if off < n {
				size := min(n-off, 8*(1+r.IntN(60)))
				if size == n {
					continue
				}
				parts = append(parts, part{off, size})
			}
		}
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		var fs []*capture.Frame
		for _, p := range parts {
			fs = append(fs, fragment4(p4, 77, p), fragment6(p6, 77, p))
		}
		got, d := run(Options{}, fs...)
		if len(got) < 2 || got[0].Frame+1 != got[1].Frame {
			t.Fatalf("round %d: %d datagrams of %v: %v", round, len(got), parts, codes(d))
		}
		for i, g := range got {
			if g.Kind != UDP || !bytes.Equal(g.Payload, payload) || g.Flags != Fragmented || int(g.Len) != len(payload) || g.IPID != 77 {
				t.Fatalf("round %d: %v", round, str(g))
			}
			if i > 1 {
				continue // the repeated ones made up another
			}
			// It carries the frame that completed it, and no other.
			whole := func(fs []*capture.Frame) bool {
				have := make([]bool, n)
				for i := range fs {
					p := parts[i]
					for j := p.off; j < p.off+p.n; j++ {
						have[j] = true
					}
				}
				return !slices.Contains(have, false)
			}
			at := int(g.Frame-1)/2 + 1
			if !whole(make([]*capture.Frame, at)) || whole(make([]*capture.Frame, at-1)) {
				t.Fatalf("round %d: frame %d did not complete %v", round, g.Frame, parts)
			}
		}
		if d.frags.bytes != 0 && len(codes(d)) > 0 {
			t.Fatalf("round %d: %d bytes held after the end, %v", round, d.frags.bytes, codes(d))
		}
	}
}

func TestFragments(t *testing.T) {
	payload := noise(100) // 108 bytes with UDP's header
	p4, p6 := build(t, ipv4(17), udp(), payload), build(t, ipv6(17), udp(), payload)
	f4 := func(off, n int) *capture.Frame { return fragment4(p4, 9, part{off, n}) }
	f6 := func(off, n int) *capture.Frame { return fragment6(p6, 9, part{off, n}) }
	evil := func(f *capture.Frame) *capture.Frame { // other contents
		b := bytes.Clone(f.Data)
		for i := 48; i < len(b); i++ {
			b[i] ^= 0xff
		}
		return frame(f.Link, b)
	}
	snap := func(f *capture.Frame, n int) *capture.Frame {
		g := *f
		g.Data = f.Data[:n]
		return &g
	}
	late := func(f *capture.Frame, s int64) *capture.Frame {
		g := *f
		g.Time += s * 1e9
		return &g
	}
	iface := func(f *capture.Frame, i int32) *capture.Frame {
		g := *f
		g.Iface = i
		return &g
	}
	tcp := frame(capture.Raw, build(t, ipv4(6), gopacket.Payload(make([]byte, 20))))
	const (
		whole  = "udp 192.0.2.1:30002>203.0.113.20:36716 len=100 have=100 fragmented"
		whole6 = "udp [2001:db8::1]:30002>[2001:db8::2]:36716 len=100 have=100 fragmented"
		head   = "udp 192.0.2.1:30002>203.0.113.20:36716 len=100 have=72 truncated fragmented"
	)
	for _, c := range []struct {
		name string
		fs   []*capture.Frame
		want []string
		warn []string
	}{
		{"two", []*capture.Frame{f4(0, 80), f4(80, 28)}, []string{whole}, nil},
		{"two, the other way round", []*capture.Frame{f4(80, 28), f4(0, 80)}, []string{whole}, nil},
		{"a last fragment of 4 bytes", []*capture.Frame{f4(0, 104), f4(104, 4)}, []string{whole}, nil},
		{"each twice in a row", []*capture.Frame{f4(0, 80), f4(0, 80), f4(80, 28), f4(80, 28)}, []string{whole}, nil},
		{"all twice", []*capture.Frame{f4(0, 80), f4(80, 28), f4(0, 80), f4(80, 28)}, []string{whole, whole}, nil},
		{"at two interfaces", []*capture.Frame{f4(0, 80), iface(f4(0, 80), 1), f4(80, 28), iface(f4(80, 28), 1)}, []string{whole, whole}, nil},
		{"ipv6", []*capture.Frame{f6(0, 80), f6(80, 28)}, []string{whole6}, nil},
		{"only the first", []*capture.Frame{f4(0, 80)}, []string{head}, []string{"fragments-incomplete@1*1"}},
		{"only the last", []*capture.Frame{f4(80, 28)}, nil, []string{"fragments-incomplete@1*1"}},
		{"a hole", []*capture.Frame{f4(0, 40), f4(80, 28)}, []string{"udp 192.0.2.1:30002>203.0.113.20:36716 len=100 have=32 truncated fragmented"}, []string{"fragments-incomplete@1*1"}},
		{"too late", []*capture.Frame{f4(0, 80), late(f4(80, 28), 31)}, []string{head}, []string{"fragments-incomplete@1*2"}},
		{"ipv6 waits longer", []*capture.Frame{f6(0, 80), late(f6(80, 28), 59)}, []string{whole6}, nil},
		{"same bytes across the edge", []*capture.Frame{f4(0, 80), f4(40, 68)}, []string{whole}, nil},
		{"other bytes across the edge", []*capture.Frame{f4(0, 80), evil(f4(40, 68))}, []string{whole}, []string{"fragments-overlap@2*1"}},
		{"two different ends", []*capture.Frame{f4(80, 28), fragment4(p4[:20+96], 9, part{80, 16}), f4(0, 80)}, []string{whole}, []string{"fragments-overlap@2*1"}},
		{"the second cut", []*capture.Frame{f4(0, 80), snap(f4(80, 28), 30)}, []string{"udp 192.0.2.1:30002>203.0.113.20:36716 len=100 have=82 truncated fragmented"}, []string{"snaplen-payload@2*1"}},
		{"the first cut", []*capture.Frame{snap(f4(0, 80), 60), f4(80, 28)}, []string{"udp 192.0.2.1:30002>203.0.113.20:36716 len=100 have=32 truncated fragmented"}, []string{"snaplen-payload@2*1"}},
		{"beyond 65535", []*capture.Frame{fragment4(append(bytes.Clone(p4), make([]byte, 65530)...), 9, part{65528, 8})}, nil, []string{"ip-malformed@1*1"}},
		{"other traffic between", []*capture.Frame{f4(0, 80), tcp, f4(80, 28)}, []string{whole}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, d := run(Options{}, c.fs...)
			if s := strs(got); !slices.Equal(s, c.want) && len(s)+len(c.want) > 0 {
				t.Errorf("got %q, want %q", s, c.want)
			}
			if w := codes(d); !slices.Equal(w, c.warn) {
				t.Errorf("warnings %q, want %q", w, c.warn)
			}
			for _, g := range got {
				if n := min(len(g.Payload), 72); !bytes.HasPrefix(payload, g.Payload[:n]) {
					t.Errorf("payload %x is not what came first, %x", g.Payload, payload)
				}
			}
		})
	}
}

// TestFragmentOwnership: what was put together does not change when the
// frames' memory is used again.
func TestFragmentOwnership(t *testing.T) {
	payload := noise(100)
	p4 := build(t, ipv4(17), udp(), payload)
	a, b := fragment4(p4, 1, part{0, 80}), fragment4(p4, 1, part{80, 28})
	d := NewDecoder(Options{})
	out := d.Decode(a, nil)
	clear(a.Data)
	out = d.Decode(b, out)
	clear(b.Data)
	if len(out) != 1 || !bytes.Equal(out[0].Payload, payload) {
		t.Errorf("got %q", strs(out))
	}
}

func TestFragmentsBounded(t *testing.T) {
	p4 := build(t, ipv4(17), udp(), noise(1400))
	d := NewDecoder(Options{Limits: Limits{Fragments: 10, FragmentBytes: 8000}})
	var out []Datagram
	for i := range 5000 {
		f := fragment4(p4, uint16(i), part{0, 1000})
		f.No = int64(i + 1)
		out = d.Decode(f, out)
		if len(d.frags.waiting) > 20 || d.frags.bytes > 8000 {
			t.Fatalf("frame %d: %d datagrams, %d bytes held", f.No, len(d.frags.waiting), d.frags.bytes)
		}
	}
	out = d.Flush(out)
	if len(out) != 5000 || d.frags.bytes != 0 || len(d.frags.waiting) != 0 {
		t.Errorf("%d heads, %d bytes, %d datagrams left", len(out), d.frags.bytes, len(d.frags.waiting))
	}
	for i, g := range out {
		if g.Frame != int64(i+1) || g.Flags != Fragmented|Truncated || len(g.Payload) != 992 {
			t.Fatalf("head %d: frame %d %v", i, g.Frame, str(g))
		}
	}
	if w := codes(d); !slices.Equal(w, []string{"fragments-incomplete@1*5000", "fragments-limit@8*4993"}) {
		t.Errorf("warnings %v", w)
	}
}

func TestTsharkFragments(t *testing.T) {
	payload := noise(3000)
	n := len(payload) + 8
	p4, p6 := build(t, ipv4(17), udp(), payload), build(t, ipv6(17), udp(), payload)
	var fs []*capture.Frame
	add := func(p *capture.Frame) { fs = append(fs, p) }
	for _, p := range evenly(n, 1000) {
		add(fragment4(p4, 1, p))
	}
	for _, p := range slices.Backward(evenly(n, 1000)) {
		add(fragment4(p4, 2, p))
		add(fragment6(p6, 2, p))
	}
	for _, p := range evenly(n, 3000) { // the last has 8 bytes
		add(fragment4(p4, 3, p))
		add(fragment6(p6, 3, p))
	}
	for _, p := range evenly(n, 200) {
		add(fragment6(p6, 4, p))
	}
	var names []string
	for range fs {
		names = append(names, filepath.Base(t.Name()))
	}
	compareTshark(t, names, fs)
}
