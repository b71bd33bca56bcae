package capture

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// orders runs f for either byte order.
func orders(t *testing.T, f func(t *testing.T, order binary.AppendByteOrder)) {
	t.Run("little-endian", func(t *testing.T) { f(t, le) })
	t.Run("big-endian", func(t *testing.T) { f(t, be) })
}

const µs2023 = 1_700_000_000_000_000

func TestPcapngBlocks(t *testing.T) {
	orders(t, func(t *testing.T, order binary.AppendByteOrder) {
		w := newNG(order)
		w.section(w.option(optComment, []byte("made by hand")), w.option(2, []byte("a board")),
			w.option(3, []byte("an OS")), w.option(4, []byte("a program\x00")))
		w.iface(1, 96, w.option(2, []byte("eth0")), w.option(3, []byte("uplink")), w.option(9, []byte{9}),
			w.option(11, append([]byte{0}, "udp"...)), w.option(13, []byte{4}), w.option(0, nil))
		w.iface(276, 0, w.option(2, []byte("any")), w.option(optComment, []byte("x")))
		w.enhanced(0, µs2023*1000+7, payload(1, 61), 61)
		w.block(blockNames, w.option(1, payload(0, 8)))
		w.enhanced(1, µs2023+1, payload(2, 40), 1500, w.option(optComment, []byte("look here")), w.option(4, w.u64(3)))
		w.packet(0, 2, µs2023*1000+2000, payload(3, 20))
		w.simple(payload(4, 96), 1000)
		w.stats(0, w.option(4, w.u64(1000)), w.option(5, w.u64(3)), w.option(7, w.u64(4)))
		w.stats(0, w.option(4, w.u64(1001)), w.option(5, w.u64(5)), w.option(optComment, []byte("last")))
		w.stats(1, w.option(4, w.u64(0)))
		g := read(t, w.b, Options{})
		want := []Frame{
			{Data: payload(1, 61), Time: µs2023*1000 + 7, No: 1, Len: 61, Link: Ethernet},
			{Data: payload(2, 40), Time: µs2023*1000 + 1000, No: 2, Len: 1500, Link: LinuxSLL2, Iface: 1},
			{Data: payload(3, 20), Time: µs2023*1000 + 2000, No: 3, Len: 20, Link: Ethernet},
			{Data: payload(4, 96), Time: µs2023*1000 + 2000, No: 4, Len: 1000, Link: Ethernet},
		}
		if len(g.frames) != len(want) {
			t.Fatalf("%d frames; %+v", len(g.frames), g.info.Warnings)
		}
		for i := range want {
			if !sameFrame(g.frames[i], want[i]) {
				t.Errorf("frame %d:\n%v\n%v", i+1, g.frames[i], want[i])
			}
		}
		ifaces := []Interface{
			{Name: "eth0", Description: "uplink", Filter: "udp", Link: Ethernet, Snaplen: 96, FCSLen: 4, Resolution: Resolution{10, 9}, Packets: 3,
				Received: Counter{1001, true}, Dropped: Counter{5, true}, OSDropped: Counter{4, true}},
			{Name: "any", Link: LinuxSLL2, Resolution: Resolution{10, 6}, Packets: 1, Received: Counter{0, true}},
		}
		if !slices.Equal(g.info.Interfaces, ifaces) {
			t.Errorf("interfaces\n%+v\n%+v", g.info.Interfaces, ifaces)
		}
		if i := g.info; i.Hardware != "a board" || i.OS != "an OS" || i.Application != "a program" || i.Sections != 1 ||
			i.Comments != 4 || i.Format != "pcapng" || !slices.Equal(i.LinkTypes, []LinkType{Ethernet, LinuxSLL2}) {
			t.Errorf("%+v", i)
		}
		if codes := g.codes(); !slices.Equal(codes, []string{"no-time", "interface-drops", "snaplen-cut"}) || g.warning("interface-drops").Count != 9 {
			t.Errorf("%+v", g.info.Warnings)
		}
	})
}

func sameFrame(a, b Frame) bool {
	return bytes.Equal(a.Data, b.Data) && a.Time == b.Time && a.No == b.No && a.Len == b.Len && a.Link == b.Link && a.Iface == b.Iface
}

// Every section has its own byte order and interfaces; those of the file are
// counted through.
func TestPcapngSections(t *testing.T) {
	w := newNG(le).section().iface(1, 0).enhanced(0, µs2023, payload(1, 10), 10)
	w.order = be
	w.section().iface(113, 0, w.option(9, []byte{3})).iface(101, 0).enhanced(1, µs2023, payload(2, 10), 10).enhanced(0, µs2023/1000, payload(3, 10), 10)
	w.order = le
	w.section().enhanced(0, 1, payload(4, 10), 10).iface(1, 0).enhanced(0, µs2023, payload(5, 10), 10)
	g := read(t, w.b, Options{})
	want := []Frame{
		{Data: payload(1, 10), Time: µs2023 * 1000, No: 1, Len: 10, Link: Ethernet},
		{Data: payload(2, 10), Time: µs2023 * 1000, No: 2, Len: 10, Link: Raw, Iface: 2},
		{Data: payload(3, 10), Time: µs2023 * 1000, No: 3, Len: 10, Link: LinuxSLL, Iface: 1},
		{Data: payload(5, 10), Time: µs2023 * 1000, No: 5, Len: 10, Link: Ethernet, Iface: 3},
	}
	if !slices.EqualFunc(g.frames, want, sameFrame) {
		t.Errorf("%+v", g.frames)
	}
	if w := g.warning("unknown-interface"); w.Frame != 4 || g.info.Sections != 3 || g.info.LastFrame != 5 || g.info.Packets != 4 {
		t.Errorf("%+v", g.info)
	}
}

// Which blocks take a number was asked of Wireshark.
func TestPcapngNumbering(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   uint32
		body   []byte
		second int64 // number of the packet behind the block
		code   string
	}{
		{"systemd journal", blockJournal, []byte("__REALTIME_TIMESTAMP=1000000\n"), 3, ""},
		{"custom", blockCustom, payload(1, 12), 3, ""},
		{"custom, not to be copied", blockCustomNo, payload(1, 12), 3, ""},
		{"sysdig event", 0x204, payload(1, 40), 3, ""},
		{"names", blockNames, payload(1, 4), 2, ""},
		{"secrets", blockSecrets, payload(1, 8), 2, ""},
		{"unknown", 0x777, payload(1, 8), 2, "unknown-block"},
		{"unknown, local", 0x80000777, payload(1, 8), 2, "unknown-block"},
		{"empty", 0x778, nil, 2, "unknown-block"},
		{"large", 0x779, make([]byte, 3<<20), 2, "unknown-block"},
	} {
		w := newNG(le).section().iface(1, 0).enhanced(0, 1, payload(1, 10), 10).block(c.kind, c.body).enhanced(0, 2, payload(2, 10), 10)
		g := read(t, w.b, Options{})
		if len(g.frames) != 2 || g.frames[1].No != c.second || !slices.Equal(g.codes(), strings.Fields(c.code)) {
			t.Errorf("%s: %+v %+v", c.name, g.frames, g.info.Warnings)
		}
	}
}

func TestPcapngDamage(t *testing.T) {
	start := func() *ng { return newNG(le).section().iface(1, 0).enhanced(0, µs2023, payload(1, 20), 20) }
	trailer := start().enhanced(0, µs2023, payload(2, 20), 20)
	binary.LittleEndian.PutUint32(trailer.b[len(trailer.b)-4:], 99)
	claim := func(n uint32) []byte { // the last packet claims n bytes of data
		w := start().enhanced(0, µs2023, payload(2, 20), 20)
		binary.LittleEndian.PutUint32(w.b[len(w.b)-52+20:], n)
		return w.enhanced(0, µs2023, payload(3, 20), 20).b
	}
	unround := start().enhanced(0, µs2023, payload(2, 18), 18) // writers that forget to count the padding
	binary.LittleEndian.PutUint32(unround.b[len(unround.b)-52+4:], 50)
	binary.LittleEndian.PutUint32(unround.b[len(unround.b)-4:], 50)
	w := newNG(le)
	many := newNG(le).section().iface(1, 0).iface(1, 0).iface(1, 0).enhanced(2, µs2023, payload(1, 20), 20).enhanced(1, µs2023, payload(1, 20), 20)
	big := make([]byte, 2<<20)
	for _, c := range []struct {
		name   string
		file   []byte
		frames int
		code   string
		frame  int64
		cut    bool
	}{
		{"first block only", newNG(le).section().b, 0, "", 0, false},
		{"no interface", newNG(le).section().enhanced(0, 1, payload(1, 8), 8).b, 0, "unknown-interface", 1, false},
		{"simple packet without interface", newNG(le).section().simple(payload(1, 8), 8).b, 0, "unknown-interface", 1, false},
		{"unknown interface", start().enhanced(7, 1, payload(1, 8), 8).enhanced(0, µs2023, payload(1, 8), 8).b, 2, "unknown-interface", 2, false},
		{"interface of four billion", start().enhanced(1<<32-1, 1, payload(1, 8), 8).enhanced(0, µs2023, payload(1, 8), 8).b, 2, "unknown-interface", 2, false},
		{"lengths differ", trailer.enhanced(0, µs2023, payload(3, 20), 20).b, 1, "bad-block", 2, true},
		{"lengths differ behind a large block", start().block(0x777, big).raw().b[:len(start().b)+12+len(big)-4], 1, "cut-short unknown-block", 2, true},
		{"length below the least", start().raw(6, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0).b, 1, "bad-block", 2, true},
		{"length of four billion", start().raw(6, 0, 0, 0, 255, 255, 255, 255, 8, 0, 0, 0).b, 1, "bad-block", 2, true},
		{"length not rounded", unround.enhanced(0, µs2023, payload(3, 20), 20).b, 3, "", 0, false},
		{"packet block too short", start().block(blockEnhanced, payload(1, 12)).b, 1, "bad-block", 2, true},
		{"interface block too short", newNG(le).section().block(blockInterface, payload(1, 4)).b, 0, "bad-block", 1, true},
		{"statistics too short", start().block(blockStats, payload(1, 8)).b, 1, "bad-block", 2, true},
		{"simple packet too short", start().block(blockSimple, nil).b, 1, "bad-block", 2, true},
		{"statistics of an unknown interface", start().stats(9).b, 1, "bad-statistics", 0, false},
		{"packet claims more than its block", claim(40), 3, "bad-packet", 2, false},
		{"packet claims four billion", claim(1<<32 - 1), 3, "bad-packet", 2, false},
		{"option overruns interface", newNG(le).section().iface(1, 0, []byte{2, 0, 200, 0, 'a', 'b', 'c', 'd'}).enhanced(0, µs2023, payload(1, 8), 8).b, 1, "bad-option", 0, false},
		{"option overruns packet", start().enhanced(0, µs2023, payload(1, 8), 8, []byte{1, 0, 255, 255}).b, 2, "bad-option", 0, false},
		{"half an option", start().enhanced(0, µs2023, payload(1, 8), 8, []byte{1, 0, 3, 0, 'a', 'b', 'c'}).b, 2, "", 0, false},
		{"zeros at the end", start().raw(make([]byte, 40)...).b, 1, "bad-block", 2, true},
		{"a few bytes at the end", start().raw(1, 2, 3).b, 1, "cut-short", 2, true},
		{"second section in no byte order", start().raw(10, 13, 13, 10, 28, 0, 0, 0, 1, 2, 3, 4).raw(make([]byte, 16)...).b, 1, "bad-block", 2, true},
		{"second section of version 2", start().block(blockSection, append(le.AppendUint32(nil, orderMagic), 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)).iface(1, 0).enhanced(0, 1, nil, 0).b, 1, "bad-block", 2, true},
		{"more interfaces than are kept", many.b, 1, "limit", 1, false},
		{"time beyond int64", newNG(le).section().iface(1, 0, w.option(9, []byte{0})).enhanced(0, 1<<63, payload(1, 8), 8).b, 1, "time-range", 1, false},
		{"absurd counts of losses", start().stats(0, w.option(5, w.u64(math.MaxUint64)), w.option(7, w.u64(math.MaxUint64))).b, 1, "interface-drops", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := Options{Limits: DefaultLimits()}
			opt.Limits.MaxInterfaces = 2
			g := read(t, c.file, opt)
			if len(g.frames) != c.frames || g.info.Truncated != c.cut {
				t.Errorf("%d frames, truncated %v; want %d, %v", len(g.frames), g.info.Truncated, c.frames, c.cut)
			}
			codes := g.codes()
			slices.Sort(codes)
			if !slices.Equal(codes, strings.Fields(c.code)) {
				t.Fatalf("warnings %+v, want %s", g.info.Warnings, c.code)
			}
			if len(codes) > 0 && g.warning(codes[0]).Frame != c.frame {
				t.Errorf("warning %+v, want frame %d", g.warning(codes[0]), c.frame)
			}
			for _, w := range g.info.Warnings {
				if w.Count < 1 || w.Text == "" {
					t.Errorf("warning %+v", w)
				}
			}
		})
	}
}

func TestPcapngFirstBlock(t *testing.T) {
	good := newNG(le).section().b
	change := func(at int, b ...byte) []byte {
		c := bytes.Clone(good)
		copy(c[at:], b)
		return c
	}
	for name, c := range map[string]struct {
		file []byte
		text string
	}{
		"cut":           {good[:20], "cut short inside its first block, after 20 bytes"},
		"cut early":     {good[:8], "a pcapng that was cut short, or its first block is damaged"},
		"byte order":    {change(8, 1, 2, 3, 4), "a pcapng that was cut short, or its first block is damaged"},
		"version":       {change(12, 7), "unknown version 7.0"},
		"length":        {change(4, 0, 0, 0, 0x70), "claims 1879048192 bytes"},
		"length, small": {change(4, 12), "claims 12 bytes"},
		"trailer":       {change(24, 77), "first block is damaged"},
	} {
		_, err := readInput(inMemory(c.file, Options{}))
		if err == nil || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A packet larger than the buffer is read whole; one larger than is believed
// is passed over.
func TestPcapngLargePackets(t *testing.T) {
	w := newNG(le).section().iface(1, 0)
	for i, n := range []int{10, 600_000, 20, 3_000_000, 30} {
		w.enhanced(0, µs2023, payload(i, n), n)
	}
	opt := Options{Limits: DefaultLimits()}
	opt.Limits.MaxRecord = 1 << 20
	g := read(t, w.b, opt)
	var lens []int
	for _, fr := range g.frames {
		lens = append(lens, len(fr.Data))
	}
	if !slices.Equal(lens, []int{10, 600_000, 20, 30}) || g.frames[3].No != 5 || g.warning("limit").Frame != 4 {
		t.Errorf("%v %+v", lens, g.info.Warnings)
	}
}
