package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var (
	le = binary.AppendByteOrder(binary.LittleEndian)
	be = binary.AppendByteOrder(binary.BigEndian)
)

// three packets, the second cut by the snap length.
func three() []rec {
	return []rec{
		{sec: 1_700_000_000, frac: 1, data: payload(1, 60)},
		{sec: 1_700_000_000, frac: 250_000, data: payload(2, 96), size: 1514},
		{sec: 1_700_000_001, frac: 999_999, data: payload(3, 214)},
	}
}

// holds fails unless g has the frames that recs say, with frac in units of ns.
func holds(t *testing.T, g got, unit int64, recs []rec) {
	t.Helper()
	if len(g.frames) != len(recs) {
		t.Fatalf("%d frames, want %d", len(g.frames), len(recs))
	}
	for i, fr := range g.frames {
		r := recs[i]
		want := int64(r.sec)*second + int64(r.frac)*unit
		if fr.No != int64(i+1) || fr.Time != want || fr.Len != r.wire() || !bytes.Equal(fr.Data, r.data) {
			t.Errorf("frame %d: no %d time %d len %d data %d bytes, want time %d len %d data %d bytes",
				i+1, fr.No, fr.Time, fr.Len, len(fr.Data), want, r.wire(), len(r.data))
		}
	}
}

func TestPcapForms(t *testing.T) {
	nokia := le.AppendUint32(nil, 0x9fbfb602)
	modified := append(le.AppendUint32(nil, 2), 0x00, 0x08, 0, 0)
	modifiedBE := append(be.AppendUint32(nil, 2), 0x08, 0x00, 0, 0)
	for _, c := range []struct {
		name  string
		file  []byte
		unit  int64
		iface Interface
	}{
		{"little-endian", pcapBytes(le, magicMicro, 65535, 1, three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 6}}},
		{"big-endian", pcapBytes(be, magicMicro, 65535, 276, three()...), 1000,
			Interface{Link: LinuxSLL2, Snaplen: 65535, Resolution: Resolution{10, 6}}},
		{"nanoseconds", pcapBytes(le, magicNano, 0, 101, three()...), 1,
			Interface{Link: Raw, Resolution: Resolution{10, 9}}},
		{"big-endian nanoseconds", pcapBytes(be, magicNano, 96, 113, three()...), 1,
			Interface{Link: LinuxSLL, Snaplen: 96, Resolution: Resolution{10, 9}}},
		{"FCS length", pcapBytes(le, magicMicro, 65535, 0x24000001, three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, FCSLen: 4, Resolution: Resolution{10, 6}}},
		{"FCS bits without their flag", pcapBytes(le, magicMicro, 65535, 0x20000001, three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 6}}},
		{"Kuznetzov 1999-10-29", appendRecords(pcapBytes(le, magicModified, 65535, 1), le, modified, three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 6}}},
		{"the same, big-endian", appendRecords(pcapBytes(be, magicModified, 65535, 1), be, modifiedBE, three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 6}}},
		{"Kuznetzov 1999-09-15", appendRecords(pcapBytes(le, magicModified, 65535, 1), le, append(slices.Clone(modified), 0, 0, 0, 0), three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 6}}},
		{"Red Hat 6.1", appendRecords(pcapBytes(le, magicMicro, 65535, 1), le, modified, three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 6}}},
		{"Nokia", appendRecords(pcapBytes(le, magicMicro, 65535, 1), le, nokia, three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 6}}},
		{"Ixia hardware", appendRecords(append(pcapBytes(le, magicIxiaHW, 65535, 1), 0, 0, 0, 0), le, nil, three()...), 1,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 9}}},
		{"Ixia software", appendRecords(append(pcapBytes(le, magicIxiaSW, 65535, 1), 0, 0, 0, 0), le, nil, three()...), 1000,
			Interface{Link: Ethernet, Snaplen: 65535, Resolution: Resolution{10, 6}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := read(t, c.file, Options{})
			holds(t, g, c.unit, three())
			c.iface.Packets = 3
			if g.info.Interfaces[0] != c.iface {
				t.Errorf("interface %+v, want %+v", g.info.Interfaces[0], c.iface)
			}
			if len(g.info.LinkTypes) != 1 || g.info.LinkTypes[0] != c.iface.Link || g.frames[0].Link != c.iface.Link {
				t.Errorf("link types %v", g.info.LinkTypes)
			}
			if g.info.Format != "pcap" || g.info.Packets != 3 || g.info.LastFrame != 3 || g.info.Truncated ||
				g.info.Bytes != int64(len(c.file)) || g.info.First != g.frames[0].Time || g.info.Last != g.frames[2].Time {
				t.Errorf("info %+v", g.info)
			}
			if w := g.warning("snaplen-cut"); w.Frame != 2 || w.Count != 1 || len(g.info.Warnings) != 1 {
				t.Errorf("warnings %+v", g.info.Warnings)
			}
		})
	}
}

// Before version 2.3 the length on the wire came first.
func TestPcapOldVersions(t *testing.T) {
	version := func(major, minor byte, recs ...[2]uint32) []byte {
		b := pcapBytes(le, magicMicro, 65535, 1)
		b[4], b[5], b[6] = major, 0, minor
		if major == 255 { // 543
			b[4], b[5] = 0x1f, 0x02
		}
		for _, r := range recs {
			b = le.AppendUint32(b, 1)
			b = le.AppendUint32(b, 0)
			b = le.AppendUint32(b, r[0])
			b = le.AppendUint32(b, r[1])
			b = append(b, payload(1, int(min(r[0], r[1])))...)
		}
		return b
	}
	for name, file := range map[string][]byte{
		"2.2":   version(2, 2, [2]uint32{100, 40}),
		"2.3 a": version(2, 3, [2]uint32{100, 40}),
		"2.3 b": version(2, 3, [2]uint32{40, 100}),
		"543.0": version(255, 0, [2]uint32{100, 40}),
	} {
		g := read(t, file, Options{})
		if len(g.frames) != 1 || len(g.frames[0].Data) != 40 || g.frames[0].Len != 100 {
			t.Errorf("%s: %+v %v", name, g.frames, g.codes())
		}
	}
}

func TestPcapDamage(t *testing.T) {
	whole := pcapBytes(le, magicMicro, 65535, 1, three()...)
	last := len(whole) - 214
	absurd := appendRecords(bytes.Clone(whole), le, nil, rec{sec: 1, data: payload(4, 40)})
	binary.LittleEndian.PutUint32(absurd[len(whole)+8:], 1_000_000_000)
	wide := pcapBytes(le, magicMicro, 1_000_000, 1, rec{sec: 1, data: payload(1, 700_000)}, rec{sec: 2, data: payload(2, 50)})
	for _, c := range []struct {
		name   string
		file   []byte
		frames int
		code   string // the only one beside snaplen-cut; "" for none
		frame  int64
		text   string
		cut    bool
	}{
		{"header only", whole[:24], 0, "", 0, "", false},
		{"cut in a record header", whole[:24+9], 0, "cut-short", 1, "header of record 1, at byte 24", true},
		{"cut behind a record header", whole[:last], 2, "cut-short", 3, "record 3, at byte 212", true},
		{"cut in a record", whole[:len(whole)-1], 2, "cut-short", 3, "record 3, at byte 212", true},
		{"absurd record", absurd, 3, "bad-record", 4, fmt.Sprintf("record 4, at byte %d of the capture, claims 1000000000", len(whole)), true},
		{"large record within the snap length", wide, 2, "", 0, "", false},
		{"large record beyond it", pcapBytes(le, magicMicro, 65535, 1, rec{sec: 1, data: payload(1, 700_000)}), 0, "bad-record", 1, "record 1", true},
		{"more data than length", pcapBytes(le, magicMicro, 65535, 1, rec{sec: 1, data: payload(1, 80), size: 60}), 1, "length-below-data", 1, "", false},
		{"more data than snap length", pcapBytes(le, magicMicro, 10, 1, rec{sec: 1, data: payload(1, 80)}), 1, "", 0, "", false},
		{"time goes back", pcapBytes(le, magicMicro, 0, 1, rec{sec: 5, data: payload(1, 8)}, rec{sec: 3, data: payload(1, 8)}, rec{sec: 4, data: payload(1, 8)}), 3, "time-backwards", 2, "by up to 2s", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := read(t, c.file, Options{})
			if len(g.frames) != c.frames || g.info.Packets != int64(c.frames) || g.info.Truncated != c.cut {
				t.Errorf("%d frames, truncated %v; want %d, %v", len(g.frames), g.info.Truncated, c.frames, c.cut)
			}
			codes := slices.DeleteFunc(g.codes(), func(s string) bool { return s == "snaplen-cut" })
			if want := strings.Fields(c.code); !slices.Equal(codes, want) {
				t.Fatalf("warnings %+v, want %q", g.info.Warnings, want)
			}
			if w := g.warning(c.code); w.Frame != c.frame || !strings.Contains(w.Text, c.text) {
				t.Errorf("warning %+v", w)
			}
			for _, fr := range g.frames {
				if int(fr.Len) < len(fr.Data) {
					t.Errorf("frame %d: length %d below its %d bytes", fr.No, fr.Len, len(fr.Data))
				}
			}
		})
	}
}

// A capture of zeros (a loopback has no addresses) that is cut, or whose records
// are larger than what is looked at, is not taken for a variant.
func TestPcapVariantNotGuessed(t *testing.T) {
	for name, recs := range map[string][]rec{
		"small": {{sec: 5, data: make([]byte, 60)}, {sec: 6, data: make([]byte, 60)}, {sec: 7, data: make([]byte, 60)}},
		"large": {{sec: 5, data: make([]byte, 65_000)}, {sec: 6, data: make([]byte, 65_000)}, {sec: 7, data: make([]byte, 60)}},
	} {
		for _, order := range []binary.AppendByteOrder{le, be} {
			file := pcapBytes(order, magicMicro, 65535, 1, recs...)
			holds(t, read(t, file, Options{}), 1000, recs)
			for cut := 1; cut < 60; cut++ {
				g := read(t, file[:len(file)-cut], Options{})
				holds(t, g, 1000, recs[:2])
				if t.Failed() {
					t.Fatalf("%s, %d bytes cut off", name, cut)
				}
			}
		}
	}
}

// The zeros of a file whose end was never written are numbered, not delivered,
// and must not drag the capture's first time to 1970.
func TestPcapZeroRecords(t *testing.T) {
	file := append(pcapBytes(le, magicMicro, 65535, 1, three()...), make([]byte, 16*100_000)...)
	file = appendRecords(file, le, nil, rec{sec: 1_700_000_002, data: payload(1, 30)})
	g := read(t, file, Options{})
	if len(g.frames) != 4 || g.frames[3].No != 100_004 || g.info.LastFrame != 100_004 || g.info.First != g.frames[0].Time {
		t.Fatalf("%d frames, info %+v", len(g.frames), g.info)
	}
	if w := g.warning("empty-record"); w.Frame != 4 || w.Count != 100_000 || !strings.Contains(w.Text, "zero") {
		t.Errorf("%+v", w)
	}
}

func TestPcapHeaders(t *testing.T) {
	whole := pcapBytes(le, magicMicro, 65535, 1)
	old := bytes.Clone(whole)
	old[4] = 1
	for name, c := range map[string]struct {
		file []byte
		text string
	}{
		"cut in the header": {whole[:17], "test: cannot be read; it is a pcap that was cut short inside its file header, after 17 bytes"},
		"cut in the magic":  {whole[:3], "test: cannot be read; it is a pcap that was cut short after 3 bytes"},
		"version 1":         {old, "test: cannot be read; it is a pcap of the unknown version 1.4"},
	} {
		if _, err := readInput(inMemory(c.file, Options{})); err == nil || err.Error() != c.text {
			t.Errorf("%s: %v", name, err)
		}
	}
}
