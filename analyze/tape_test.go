package analyze_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A tape is a capture of RTP alone, a run of packets a line:
//
//	a>s 1: 100-149,155-157       numbers of SSRC 1 from a to s
//	s>b 1: 100-149 +30           the same packets, 30 ms later
//	s>b 7: 500-549 as 1:100      SSRC 7 with the payloads of SSRC 1 from number 100 on, at their times
//	a>s 1: 500-549 at 100        from second 100 on; else a number says the time
//
// A packet is due every 20 ms: number 100 at second 0, number 150 at second 1.
// Hosts are letters, with a port behind them where it is not 4000.
func tape(t *testing.T, text string) *trace.Trace {
	t.Helper()
	var list []frame
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, runOf(t, line)...)
		}
	}
	slices.SortStableFunc(list, func(a, b frame) int { return a.at - b.at })
	file := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0} // raw IP
	for _, f := range list {
		at := f.at + 1_000_000_000 // ms since 1970
		for _, v := range []int{at / 1000, at % 1000 * 1000, len(f.data), len(f.data)} {
			file = binary.LittleEndian.AppendUint32(file, uint32(v))
		}
		file = append(file, f.data...)
	}
	return traceOf(t, scenetest.Capture{Name: "tape.pcap", Bytes: file})
}

type frame struct {
	at   int // ms
	data []byte
}

func runOf(t *testing.T, line string) (list []frame) {
	t.Helper()
	head, rest, ok := strings.Cut(line, ":")
	if n := strings.Count(head, ">"); !ok || n != 1 || !strings.Contains(head, " ") {
		head, rest, _ = cutPorts(line)
	}
	var way string
	var ssrc uint32
	if _, err := fmt.Sscanf(head, "%s %d", &way, &ssrc); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	words := strings.Fields(rest)
	shift, as, first, start := 0, ssrc, 0, -1
	for i := 1; i < len(words); i++ {
		var err error
		switch w := words[i]; {
		case w == "as":
			i++
			_, err = fmt.Sscanf(words[i], "%d:%d", &as, &first)
		case w == "at":
			i++
			_, err = fmt.Sscanf(words[i], "%d", &start)
		default:
			_, err = fmt.Sscanf(w, "+%d", &shift)
		}
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	from, to, _ := strings.Cut(way, ">")
	base := -1
	for part := range strings.SplitSeq(words[0], ",") {
		var lo, hi int
		if _, err := fmt.Sscanf(part, "%d-%d", &lo, &hi); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if base < 0 {
			base = lo
		}
		for seq := lo; seq <= hi; seq++ {
			said := seq // the number whose payload and time it has
			if first > 0 {
				said = first + seq - base
			}
			at := (said - 100) * 20
			if start >= 0 {
				at = start*1000 + (seq-base)*20
			}
			list = append(list, frame{at + shift, rtpPacket(from, to, ssrc, seq, speech(as, said))})
		}
	}
	return list
}

// cutPorts cuts a line whose hosts have ports: "a:4001>s 1: 100-199".
func cutPorts(line string) (head, rest string, ok bool) {
	blank := strings.Index(line, " ")
	at := strings.Index(line[blank:], ":")
	return line[:blank+at], line[blank+at+1:], at > 0
}

// speech never repeats.
func speech(ssrc uint32, seq int) []byte {
	h := fnv.New64a()
	fmt.Fprint(h, ssrc, " ", seq)
	x := h.Sum64()
	out := make([]byte, 160)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x)
	}
	return out
}

func rtpPacket(from, to string, ssrc uint32, seq int, payload []byte) []byte {
	src, dst := endpointOf(from), endpointOf(to)
	b := []byte{0x80, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(seq))
	b = binary.BigEndian.AppendUint32(b, uint32(seq)*160)
	b = append(binary.BigEndian.AppendUint32(b, ssrc), payload...)
	udp := binary.BigEndian.AppendUint16(nil, src.Port())
	udp = binary.BigEndian.AppendUint16(udp, dst.Port())
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(b)))
	udp = append(append(udp, 0, 0), b...)
	ip := []byte{0x45, 0}
	ip = binary.BigEndian.AppendUint16(ip, uint16(20+len(udp)))
	ip = append(ip, 0, 0, 0x40, 0, 64, 17, 0, 0)
	ip = append(append(ip, src.Addr().AsSlice()...), dst.Addr().AsSlice()...)
	return append(ip, udp...)
}

func endpointOf(s string) netip.AddrPort {
	port := uint16(4000)
	if _, p, ok := strings.Cut(s, ":"); ok {
		fmt.Sscan(p, &port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, s[0]}), port)
}

// said is what a trace says of how streams belong together, in one line:
// "talker 1 3" lists a talker's streams, "1>3" a move, "2 copies 1" and
// "2 relays 1" what shows the same packets or the same audio.
func said(t *trace.Trace) string {
	var out []string
	for _, k := range t.Talkers {
		out = append(out, "talker "+strings.ReplaceAll(ids(k.Streams), ",", " "))
		for _, m := range k.Moves {
			word := fmt.Sprintf("%d>%d", m.From.ID, m.To.ID)
			if m.Lost > 0 {
				word += fmt.Sprintf(" lost %d", m.Lost)
			}
			if m.Return {
				word += " back"
			}
			out = append(out, word)
		}
	}
	for _, s := range t.Streams {
		if s.CopyOf != nil {
			out = append(out, fmt.Sprintf("%d copies %d", s.ID, s.CopyOf.ID))
		}
		if s.RelayOf != nil {
			out = append(out, fmt.Sprintf("%d relays %d", s.ID, s.RelayOf.ID))
		}
	}
	return strings.Join(out, ", ")
}
