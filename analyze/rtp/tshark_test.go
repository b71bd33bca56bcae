package rtp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// take is one packet of a scene: when it arrives, and what its header says.
type take struct {
	at     time.Duration
	seq    uint16
	ts     uint32
	pt     uint8
	marker bool
}

// talk is n packets of 20 ms each at 8 kHz, in order and on time.
func talk(n int, seq uint16, ts uint32) []take {
	takes := make([]take, n)
	for i := range takes {
		takes[i] = take{at: time.Duration(i) * 20 * time.Millisecond, seq: seq + uint16(i), ts: ts + 160*uint32(i)}
	}
	return takes
}

// shake delays each packet a little, without changing the order.
func shake(takes []take, seed uint64) []take {
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range takes {
		takes[i].at += time.Duration(r.IntN(15_000)) * time.Microsecond
	}
	return takes
}

// The scenes in which Wireshark's figures and ours must be the same. The last
// packet of each is the highest, since Wireshark counts loss up to the last one.
func sharedScenes() map[string][]take {
	scenes := map[string][]take{
		"clean":           talk(200, 1000, 5000),
		"jitter":          shake(talk(500, 1000, 5000), 1),
		"sequence wraps":  shake(talk(300, 65400, 5000), 2),
		"timestamp wraps": shake(talk(300, 1000, 0xffff_f000), 3),
		"starts at 0":     shake(talk(300, 0, 0), 4),
		"wraps, lossy":    slices.Delete(shake(talk(300, 65400, 0xffff_8000), 5), 130, 142),
		"long wrap":       shake(talk(70_000, 17, 99), 6),
		"one packet":      talk(1, 5, 5),
		"two packets":     shake(talk(2, 5, 5), 7),
		"outage of 2 min": slices.Delete(shake(talk(7000, 60_000, 9), 13), 100, 6100),
	}

	loss := shake(talk(1000, 65000, 7), 8)
	r := rand.New(rand.NewPCG(9, 1))
	scenes["loss"] = slices.Concat(slices.DeleteFunc(loss[:990:990], func(take) bool { return r.IntN(10) == 0 }), loss[990:])

	reordered := shake(talk(1000, 65000, 7), 10)
	for i := 5; i < 990; i += 7 {
		a, b := &reordered[i], &reordered[i+r.IntN(3)+1]
		a.at, b.at = b.at, a.at
		*a, *b = *b, *a
	}
	scenes["reordering"] = reordered

	first := shake(talk(100, 1000, 5000), 11)
	first[0].at, first[1].at = first[1].at, first[0].at
	first[0], first[1] = first[1], first[0]
	// Wireshark counts from the first it saw; what is before makes it less.
	scenes["late first"] = first

	var talkspurts []take
	seq := uint16(100)
	for spurt := range uint32(6) {
		for i, t := range shake(talk(80, seq, 3000+spurt*40_000), uint64(spurt)) {
			t.at += time.Duration(spurt) * 5 * time.Second
			t.marker = i == 0
			talkspurts = append(talkspurts, t)
		}
		seq += 80
	}
	scenes["silence"] = talkspurts

	cn := slices.Clone(talkspurts)
	for i := range cn {
		cn[i].marker = false
		if i%80 >= 60 {
			cn[i].pt = 13
		}
	}
	scenes["comfort noise"] = cn

	dtmf := shake(talk(400, 1, 160), 12)
	for i := range dtmf {
		if k := i % 100; k >= 50 && k < 62 {
			dtmf[i].ts = dtmf[i-k+50].ts
			dtmf[i].pt = 101
			dtmf[i].marker = k == 50
		}
	}
	scenes["telephone events"] = dtmf

	drift := talk(2000, 1, 1)
	for i := range drift {
		drift[i].at += time.Duration(i) * 3 * time.Microsecond
	}
	scenes["talker drifts"] = drift

	mixed := shake(talk(300, 1, 1), 14)
	for i := range mixed {
		mixed[i].pt = []uint8{9, 8}[i/150]
	}
	scenes["G.722 and PCMA"] = mixed

	unknown := shake(talk(300, 1, 1), 15)
	for i := range unknown {
		unknown[i].pt = 96
	}
	scenes["unknown clock"] = unknown

	hole := slices.Delete(shake(talk(7000, 60_000, 9), 17), 100, 6100)
	for i := range hole {
		hole[i].pt = 96
	}
	scenes["outage, unknown clock"] = hole

	big := talk(300, 1, 1)
	for i := range big {
		big[i].at += time.Duration(i%7*i%11) * 9 * time.Millisecond
	}
	slices.SortStableFunc(big, func(a, b take) int { return int(a.at - b.at) })
	scenes["big jitter"] = append(big, take{at: 10 * time.Second, seq: 301, ts: 1 + 160*300})

	twice := shake(talk(300, 1, 1), 16)
	for i := 250; i > 0; i -= 10 {
		again := twice[i]
		again.at += time.Millisecond
		twice = slices.Insert(twice, i+1, again)
	}
	slices.SortStableFunc(twice, func(a, b take) int { return int(a.at - b.at) })
	scenes["duplicates' clock"] = twice
	return scenes
}

func play(takes []take) *Stats {
	s := new(Stats)
	for _, t := range takes {
		s.Update(int64(t.at), Stamp{Seq: t.seq, TS: t.ts, PT: t.pt, Marker: t.marker}, ClockOf(t.pt))
	}
	return s
}

// figures are a stream's as Wireshark prints them.
type figures struct {
	packets, lost       int
	meanJitter, maxJitt string
}

func TestAgainstTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("no tshark")
	}
	scenes := sharedScenes()
	names := make([]string, 0, len(scenes))
	for name := range scenes {
		names = append(names, name)
	}
	slices.Sort(names)

	file := filepath.Join(t.TempDir(), "scenes.pcap")
	writeScenes(t, file, scenes, names)
	got := runTshark(t, tshark, file)

	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			want, ok := got[uint32(i)]
			if !ok {
				t.Fatal("tshark saw no such stream")
			}
			s := play(scenes[name])
			have := figures{int(s.Packets), int(s.Lost()) - int(s.Duplicates),
				fmt.Sprintf("%.3f", s.MeanJitter()), fmt.Sprintf("%.3f", s.MaxJitter())}
			if name == "late first" {
				have.lost-- // Wireshark 4.0 begins at the first packet seen
			}
			if !near(have, want) {
				t.Errorf("have %+v, tshark %+v", have, want)
			}
		})
	}
}

// near allows the last digit to be rounded the other way.
func near(a, b figures) bool {
	return a.packets == b.packets && a.lost == b.lost &&
		close3(a.meanJitter, b.meanJitter) && close3(a.maxJitt, b.maxJitt)
}

func close3(a, b string) bool {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) < 0.0011
}

// writeScenes writes the scenes into one capture, each from its own port pair
// and with its number for an SSRC, behind an INVITE that explains payload 101.
func writeScenes(t *testing.T, file string, scenes map[string][]take, names []string) {
	t.Helper()
	type frame struct {
		at       time.Duration
		src, dst uint16
		payload  []byte
	}
	var frames []frame
	for i, name := range names {
		port := 20_000 + 2*uint16(i)
		sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n"+
			"m=audio %d RTP/AVP 0 8 9 13 101\r\na=rtpmap:101 telephone-event/8000\r\n", port)
		invite := fmt.Sprintf("INVITE sip:b@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK%d\r\n"+
			"From: <sip:a@10.0.0.2>;tag=%d\r\nTo: <sip:b@10.0.0.1>\r\nCall-ID: %d\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"+
			"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", i, i, i, len(sdp), sdp)
		frames = append(frames, frame{-time.Second, 5060, 5060, []byte(invite)})
		for _, k := range scenes[name] {
			b := []byte{0x80, k.pt}
			if k.marker {
				b[1] |= 0x80
			}
			b = binary.BigEndian.AppendUint16(b, k.seq)
			b = binary.BigEndian.AppendUint32(b, k.ts)
			b = append(binary.BigEndian.AppendUint32(b, uint32(i)), make([]byte, 160)...)
			frames = append(frames, frame{k.at, 10_000 + uint16(i), port, b})
		}
	}
	slices.SortStableFunc(frames, func(a, b frame) int { return int(a.at - b.at) })

	var buf bytes.Buffer
	w := pcapgo.NewWriterNanos(&buf)
	if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	start := time.Unix(1_700_000_000, 0)
	for _, f := range frames {
		eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4}
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
		udp := &layers.UDP{SrcPort: layers.UDPPort(f.src), DstPort: layers.UDPPort(f.dst)}
		if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
			t.Fatal(err)
		}
		out := gopacket.NewSerializeBuffer()
		opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
		if err := gopacket.SerializeLayers(out, opts, eth, ip, udp, gopacket.Payload(f.payload)); err != nil {
			t.Fatal(err)
		}
		info := gopacket.CaptureInfo{Timestamp: start.Add(f.at), CaptureLength: len(out.Bytes()), Length: len(out.Bytes())}
		if err := w.WritePacket(info, out.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runTshark reads the table of -z rtp,streams, by SSRC.
func runTshark(t *testing.T, tshark, file string) map[uint32]figures {
	t.Helper()
	out, err := exec.Command(tshark, "-n", "-q", "-r", file, "-z", "rtp,streams").Output()
	if err != nil {
		t.Fatal(err)
	}
	streams := make(map[uint32]figures)
	for sc := bufio.NewScanner(bytes.NewReader(out)); sc.Scan(); {
		line := sc.Text()
		f := strings.Fields(line)
		ssrcAt := slices.IndexFunc(f, func(s string) bool { return strings.HasPrefix(s, "0x") })
		if ssrcAt < 0 { // headings
			continue
		}
		ssrc, err := strconv.ParseUint(f[ssrcAt][2:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		lostAt := slices.IndexFunc(f, func(s string) bool { return strings.HasSuffix(s, "%)") }) - 1
		packets, err1 := strconv.Atoi(f[lostAt-1])
		lost, err2 := strconv.Atoi(f[lostAt])
		if err1 != nil || err2 != nil || len(f) < lostAt+8 {
			t.Fatalf("tshark's table: %q", line)
		}
		// Behind the loss: three deltas, then the jitter's minimum, mean and maximum.
		streams[uint32(ssrc)] = figures{packets, lost, f[lostAt+6], f[lostAt+7]}
	}
	return streams
}
