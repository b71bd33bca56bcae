package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/latchscope/latchscope/analyze/scenetest/sharkd"
)

// What pcapgo writes is what we read, and what pcapgo reads of our own
// writing is what we read.
func TestPcapgo(t *testing.T) {
	_, recs := many(300)
	start := time.Unix(1_700_000_000, 123_456_789)
	info := func(i int) gopacket.CaptureInfo {
		n := len(recs[i].data)
		return gopacket.CaptureInfo{Timestamp: start.Add(time.Duration(i) * 1_234_567), CaptureLength: n, Length: n + i%2*50}
	}
	check := func(t *testing.T, g got, unit time.Duration) {
		t.Helper()
		if len(g.frames) != len(recs) || len(g.codes()) > 1 {
			t.Fatalf("%d frames, %v", len(g.frames), g.info.Warnings)
		}
		for i, fr := range g.frames {
			want := info(i)
			if fr.Time != want.Timestamp.Truncate(unit).UnixNano() || int(fr.Len) != want.Length || !bytes.Equal(fr.Data, recs[i].data) {
				t.Fatalf("frame %d differs", fr.No)
			}
		}
	}
	t.Run("pcap", func(t *testing.T) {
		var b bytes.Buffer
		w := pcapgo.NewWriter(&b)
		w.WriteFileHeader(65535, layers.LinkTypeEthernet)
		for i := range recs {
			w.WritePacket(info(i), recs[i].data)
		}
		check(t, read(t, b.Bytes(), Options{}), time.Microsecond)
	})
	t.Run("pcap ns", func(t *testing.T) {
		var b bytes.Buffer
		w := pcapgo.NewWriterNanos(&b)
		w.WriteFileHeader(65535, layers.LinkTypeEthernet)
		for i := range recs {
			w.WritePacket(info(i), recs[i].data)
		}
		check(t, read(t, b.Bytes(), Options{}), 1)
	})
	t.Run("pcapng", func(t *testing.T) {
		var b bytes.Buffer
		w, err := pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet)
		if err != nil {
			t.Fatal(err)
		}
		for i := range recs {
			w.WritePacket(info(i), recs[i].data)
		}
		w.WriteInterfaceStats(0, pcapgo.NgInterfaceStatistics{PacketsReceived: 301, PacketsDropped: 1})
		w.Flush()
		g := read(t, b.Bytes(), Options{})
		if i := g.info.Interfaces[0]; i.Received != (Counter{301, true}) || g.warning("interface-drops").Count != 1 {
			t.Errorf("%+v", i)
		}
		g.info.Warnings = g.info.Warnings[:1]
		check(t, g, 1)
	})
	t.Run("reader", func(t *testing.T) {
		for _, order := range []binary.AppendByteOrder{le, be} {
			file := pcapBytes(order, magicMicro, 65535, 1, recs...)
			g := read(t, file, Options{})
			r, err := pcapgo.NewReader(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			same(t, g, r)
			w := newNG(order).section().iface(1, 0)
			for i, rc := range recs {
				w.enhanced(0, µs2023+uint64(i), rc.data, len(rc.data))
			}
			ngr, err := pcapgo.NewNgReader(bytes.NewReader(w.b), pcapgo.DefaultNgReaderOptions)
			if err != nil {
				t.Fatal(err)
			}
			same(t, read(t, w.b, Options{}), ngr)
		}
	})
}

func same(t *testing.T, g got, r gopacket.PacketDataSource) {
	t.Helper()
	for i := 0; ; i++ {
		data, ci, err := r.ReadPacketData()
		if err == io.EOF {
			if i != len(g.frames) {
				t.Errorf("%d frames, pcapgo has %d", len(g.frames), i)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if fr := g.frames[i]; !bytes.Equal(fr.Data, data) || fr.Time != ci.Timestamp.UnixNano() || int(fr.Len) != ci.Length {
			t.Fatalf("frame %d differs from pcapgo's", fr.No)
		}
	}
}

// tshark is asked for numbers, times and lengths of all frames of all samples.
func TestTshark(t *testing.T) {
	wireshark := sharkd.Start(t, sharkd.Settings{Disabled: []string{"eth"}})
	if wireshark == nil {
		t.Skip("no sharkd here, which comes with tshark, or no time for it")
	}
	dir := t.TempDir()
	files := samples()
	// tshark computes finer resolutions than 2^-32 in too few bits, and stops at
	// packets of unknown interfaces: left to the tests that need no oracle.
	delete(files, "pcapng")
	delete(files, "pcapng, cut")
	delete(files, "zstd")
	delete(files, "xz") // not known to it
	w := newNG(be).section()
	for _, res := range []byte{0, 3, 6, 9, 0x80, 0x80 | 10, 0x80 | 32} {
		w.iface(1, 0, w.option(9, []byte{res}), w.option(14, w.u64(1_000_000)))
	}
	scale := []uint64{1, 1e3, 1e6, 1e9, 1, 1 << 10, 1 << 32}
	for i := range 200 {
		k := i % len(scale)
		data := payload(i, 60+i)
		w.enhanced(uint32(k), 1_000_000*scale[k]+uint64(i)*scale[k]/7, data, len(data))
		if i%50 == 7 {
			// the journal's text, or an end of names, or what nobody looks into
			body := [][]byte{[]byte("__REALTIME_TIMESTAMP=1000000\nMESSAGE=hello\n"), make([]byte, 40), make([]byte, 4), make([]byte, 8)}[i/50]
			w.block([]uint32{blockJournal, blockCustom, blockNames, 0x777}[i/50], body)
		}
	}
	w.order = le
	w.section().iface(113, 0).packet(0, 0, µs2023, payload(1, 70)).enhanced(0, µs2023+1, payload(2, 70), 1000)
	files["resolutions and sections"] = w.b
	files["cut pcapng"] = w.b[:len(w.b)-20]
	files["nanoseconds"] = pcapBytes(be, magicNano, 100, 101, three()...)
	files["2038 and later"] = pcapBytes(le, magicMicro, 100, 1, rec{sec: 1<<31 + 5, data: payload(1, 60)}, rec{sec: 1<<32 - 1, frac: 999_999, data: payload(1, 60)})
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			path := write(t, filepath.Join(dir, "x"), file)
			answer, err := wireshark.Ask(path, sharkd.Question{Fields: []string{"frame.time_epoch", "frame.cap_len", "frame.len"}})
			if err != nil {
				t.Fatal(err)
			}
			byNo := map[int64]string{}
			for no, f := range answer.Frames {
				byNo[no] = strings.Join(f, "\t")
			}
			g := read(t, file, Options{RecordedTimes: true}) // which tshark shows, whatever they are
			if len(byNo) == 0 || int64(len(byNo)) != g.info.LastFrame {
				t.Errorf("tshark has %d frames, we %d", len(byNo), g.info.LastFrame)
			}
			for _, fr := range g.frames {
				want := fmt.Sprintf("%d.%09d\t%d\t%d", fr.Time/second, fr.Time%second, len(fr.Data), fr.Len)
				if byNo[fr.No] != want {
					t.Fatalf("frame %d: %q, tshark says %q", fr.No, want, byNo[fr.No])
				}
			}
		})
	}
}
