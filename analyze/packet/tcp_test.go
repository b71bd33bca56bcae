package packet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/reassembly"

	"github.com/latchscope/latchscope/analyze/capture"
)

// wantInvite is the sniffer of these tests.
func wantInvite(b []byte) bool { return bytes.HasPrefix(b, []byte("INVITE")) }

// seg is a TCP segment in a script: from the client or the server, with
// sequence number, flags as tcpdump writes them (S . F R) and payload.
type seg struct {
	server bool
	seq    uint32
	flags  string
	data   string
	ms     int64 // after the one before; 1 when 0
	ack    uint32
	cut    int // bytes of the payload that the capture lost
	port   uint16
}

func (s seg) frame(t testing.TB) *capture.Frame {
	port := layers.TCPPort(40000 + s.port)
	l := &layers.TCP{SrcPort: port, DstPort: 5060, Seq: s.seq, Ack: s.ack, Window: 65535,
		SYN: strings.Contains(s.flags, "S"), ACK: strings.Contains(s.flags, "."),
		FIN: strings.Contains(s.flags, "F"), RST: strings.Contains(s.flags, "R")}
	ip := ipv4(6)
	if s.server {
		ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
		l.SrcPort, l.DstPort = l.DstPort, l.SrcPort
	}
	f := frame(capture.Raw, build(t, ip, l, gopacket.Payload(s.data)))
	f.Data = f.Data[:len(f.Data)-s.cut]
	return f
}

// play decodes a script and writes what came out: direction, bytes, flags.
func play(t testing.TB, lim Limits, script []seg) (out []string, d *Decoder) {
	d = NewDecoder(Options{Limits: lim, WantTCP: wantInvite})
	now := int64(1e18)
	var got []Datagram
	for i, s := range script {
		f := s.frame(t)
		now += max(s.ms, 1) * 1e6
		f.No, f.Time = int64(i+1), now
		got = d.Decode(f, got)
	}
	got = d.Flush(got)
	for _, g := range got {
		dir := "c"
		if g.Src.Port == 5060 {
			dir = "s"
		}
		if g.Kind != Stream {
			dir = "?"
		}
		out = append(out, fmt.Sprintf("%s%d %s%s", dir, g.Frame, g.Payload, flagStr(g.Flags)))
	}
	if d.tcp.bytes != 0 || d.tcp.holds.Len() != 0 {
		t.Errorf("%d bytes in %d streams held after the end", d.tcp.bytes, d.tcp.holds.Len())
	}
	return out, d
}

func TestTCP(t *testing.T) {
	hello := []seg{{seq: 99, flags: "S"}, {server: true, seq: 499, flags: "S.", ack: 100}, {seq: 100, flags: ".", ack: 500}}
	after := func(s ...seg) []seg { return append(slices.Clone(hello), s...) }
	for _, c := range []struct {
		name string
		in   []seg
		lim  Limits
		want []string
		warn []string
	}{
		{"in order", after(seg{seq: 100, data: "INVITE "}, seg{seq: 107, data: "sip"}, seg{server: true, seq: 500, data: "SIP/2.0"}), Limits{},
			[]string{"c4 INVITE ", "c5 sip", "s6 SIP/2.0"}, nil},
		{"nobody wants it", after(seg{seq: 100, data: "GET /"}, seg{server: true, seq: 500, data: "HTTP"}), Limits{}, nil, nil},
		{"retransmitted", after(seg{seq: 100, data: "INVITE "}, seg{seq: 100, data: "INVITE "}, seg{seq: 107, data: "sip"}, seg{seq: 100, data: "INVITE sip"}), Limits{},
			[]string{"c4 INVITE ", "c6 sip"}, nil},
		{"retransmitted with more", after(seg{seq: 100, data: "INVITE "}, seg{seq: 100, data: "INVITE sip"}), Limits{},
			[]string{"c4 INVITE ", "c5 sip"}, nil},
		{"out of order", after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, data: ":bob"}, seg{seq: 107, data: "sip"}), Limits{},
			[]string{"c4 INVITE ", "c6 sip", "c5 :bob"}, nil},
		{"out of order before it is wanted", after(seg{seq: 107, data: "sip"}, seg{seq: 100, data: "INVITE "}), Limits{},
			[]string{"c5 INVITE ", "c4 sip"}, nil},
		{"out of order, overlapping", after(seg{seq: 100, data: "INVITE "}, seg{seq: 109, data: "p:bob"}, seg{seq: 105, data: "E sip:b"}), Limits{},
			[]string{"c4 INVITE ", "c6 sip:b", "c5 ob"}, nil},
		{"lost", after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, data: ":bob"}), Limits{},
			[]string{"c4 INVITE ", "c5 :bob gap"}, []string{"tcp-hole@5*1"}},
		{"lost, and the wait is over", after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, data: ":bob"}, seg{seq: 114, data: "@x", ms: 20000}), Limits{},
			[]string{"c4 INVITE ", "c5 :bob gap", "c6 @x"}, []string{"tcp-hole@5*1"}},
		{"lost by the capture, acknowledged", after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, data: ":bob"},
			seg{server: true, seq: 500, flags: ".", ack: 114, ms: 600}, seg{seq: 107, data: "sip"}), Limits{},
			[]string{"c4 INVITE ", "c5 :bob gap"}, []string{"tcp-hole@5*1"}},
		{"mid-stream", []seg{{seq: 100, data: "x"}, {seq: 101, data: "INVITE "}, {seq: 108, data: "sip"}, {server: true, seq: 500, data: "SIP/2.0"}, {server: true, seq: 507, data: " 200"}}, Limits{},
			[]string{"c2 INVITE ", "c3 sip", "s4 SIP/2.0 gap", "s5  200"}, nil},
		{"after something else", after(seg{seq: 100, data: "\r\n\r\n"}, seg{seq: 104, data: "INVITE "}, seg{seq: 100, data: "\r\n\r\n"}), Limits{},
			[]string{"c5 INVITE "}, nil},
		{"after something else that was lost", after(seg{seq: 100, data: "ab"}, seg{seq: 104, data: "INVITE "}, seg{seq: 111, data: "x"}), Limits{},
			[]string{"c5 INVITE  gap", "c6 x"}, nil},
		{"the other direction is wanted", after(seg{seq: 100, data: "abc"}, seg{server: true, seq: 500, data: "INVITE "}, seg{seq: 103, data: "def"}), Limits{},
			[]string{"s5 INVITE ", "c6 def gap"}, nil},
		{"fin", after(seg{seq: 100, data: "INVITE ", flags: "F"}, seg{seq: 100, data: "INVITE ", flags: "F"}, seg{server: true, seq: 500, flags: "F.", ack: 108}, seg{seq: 108, flags: ".", ack: 501}), Limits{},
			[]string{"c4 INVITE  closed", "s6  closed"}, nil},
		{"fin before the last data", after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, flags: "F"}, seg{seq: 107, data: "sip"}), Limits{},
			[]string{"c4 INVITE ", "c6 sip", "c5  closed"}, nil},
		{"fin after retransmission", after(seg{seq: 100, data: "INVITE "}, seg{seq: 100, data: "INVITE ", flags: "F"}), Limits{},
			[]string{"c4 INVITE ", "c5  closed"}, nil},
		{"reset", after(seg{seq: 100, data: "INVITE "}, seg{server: true, seq: 500, flags: "R"}, seg{server: true, seq: 500, flags: "R"}), Limits{},
			[]string{"c4 INVITE ", "c5  closed", "s5  closed"}, nil},
		{"reset hands out what is held", after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, data: ":bob"}, seg{server: true, seq: 500, flags: "R"}), Limits{},
			[]string{"c4 INVITE ", "c5 :bob gap", "c6  closed", "s6  closed"}, []string{"tcp-hole@5*1"}},
		{"a reset from nowhere", after(seg{seq: 100, data: "INVITE "}, seg{seq: 3e9, flags: "R"}, seg{seq: 107, data: "sip"}), Limits{},
			[]string{"c4 INVITE ", "c6 sip"}, nil},
		{"ports used again after a one-sided fin", append(after(seg{seq: 100, data: "INVITE ", flags: "F"}),
			seg{seq: 7999, flags: "S"}, seg{server: true, seq: 8999, flags: "S."}, seg{seq: 8000, data: "INVITE 2"}, seg{server: true, seq: 9000, data: "SIP/2.0"}), Limits{},
			[]string{"c4 INVITE  closed", "c7 INVITE 2", "s8 SIP/2.0"}, nil},
		{"ports used again with data waiting", append(after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, data: "b"}),
			seg{seq: 79999, flags: "S"}, seg{server: true, seq: 89999, flags: "S."}, seg{seq: 80000, data: "INVITE 2"}), Limits{},
			[]string{"c4 INVITE ", "c5 b gap", "c8 INVITE 2"}, []string{"tcp-hole@5*1"}},
		{"ports used again, by something else", append(after(seg{seq: 100, data: "INVITE "}),
			seg{seq: 79999, flags: "S"}, seg{seq: 80000, data: "GET /"}), Limits{},
			[]string{"c4 INVITE "}, nil},
		{"ports used again, the handshake not seen", after(seg{seq: 100, data: "INVITE ", flags: "F"}, seg{seq: 3e9, data: "INVITE 2"}, seg{seq: 3e9 + 8, data: "x"}), Limits{},
			[]string{"c4 INVITE  closed", "c5 INVITE 2 gap", "c6 x"}, []string{"tcp-hole@5*1"}},
		{"the same syn again", append(slices.Clone(hello), seg{seq: 100, data: "INVITE "}, seg{seq: 99, flags: "S"}, seg{seq: 107, data: "sip"}), Limits{},
			[]string{"c4 INVITE ", "c6 sip"}, nil},
		{"data in the syn", []seg{{seq: 99, flags: "S", data: "INVITE "}, {server: true, seq: 499, flags: "S."}, {seq: 107, data: "sip"}}, Limits{},
			[]string{"c1 INVITE ", "c3 sip"}, nil},
		{"keep-alive", after(seg{seq: 100, data: "INVITE "}, seg{seq: 106, flags: "."}, seg{seq: 106, data: " "}, seg{seq: 107, data: "sip"}), Limits{},
			[]string{"c4 INVITE ", "c7 sip"}, nil},
		{"sequence numbers wrap", []seg{{seq: 0xfffffffb, flags: "S"}, {seq: 0xfffffffc, data: "INVITE "}, {seq: 6, data: ":"}, {seq: 3, data: "sip"}}, Limits{},
			[]string{"c2 INVITE ", "c4 sip", "c3 :"}, nil},
		{"cut by the capture", after(seg{seq: 100, data: "INVITE sip", cut: 4}, seg{seq: 110, data: ":bob"}), Limits{},
			[]string{"c4 INVITE truncated", "c5 :bob gap"}, []string{"snaplen-payload@4*1"}},
		{"too much waits", after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, data: ":bob"}, seg{seq: 120, data: "xyz"}), Limits{TCPConnBytes: 300},
			[]string{"c4 INVITE ", "c5 :bob gap", "c6 xyz gap"}, []string{"tcp-hole@5*2", "tcp-buffer-limit@6*1"}},
		{"too much waits, all together", after(seg{seq: 100, data: "INVITE "}, seg{seq: 110, data: ":bob"}, seg{seq: 100, data: "INVITE ", port: 1}, seg{seq: 120, data: "xyz", port: 1}), Limits{TCPBytes: 300},
			[]string{"c4 INVITE ", "c6 INVITE ", "c5 :bob gap", "c7 xyz gap"}, []string{"tcp-hole@5*2", "tcp-buffer-limit@7*1"}},
		{"too many connections", []seg{{seq: 1, data: "INVITE a"}, {seq: 19, data: "c"}, {seq: 1, data: "INVITE b", port: 1}, {seq: 1, data: "INVITE c", port: 2}}, Limits{TCPConns: 1},
			[]string{"c1 INVITE a", "c2 c gap", "c3 INVITE b", "c4 INVITE c"}, []string{"tcp-hole@2*1", "tcp-connections-limit@3*2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, d := play(t, c.lim, c.in)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if w := codes(d); !slices.Equal(w, c.warn) {
				t.Errorf("warnings %q, want %q", w, c.warn)
			}
		})
	}
}

// shuffled is a conversation of client data in segments: handshake, then
// segments up to a few places out of order, some again, some larger.
func shuffled(r *rand.Rand, data []byte, isn uint32) []seg {
	var body []seg
	for off := 0; off < len(data); {
		n := min(7+r.IntN(400), len(data)-off)
		body = append(body, seg{seq: isn + 1 + uint32(off), data: string(data[off : off+n]), flags: "."})
		if r.IntN(5) == 0 { // again, with other edges
			lo := max(0, off-r.IntN(300))
			hi := min(len(data), off+n+r.IntN(300))
			body = append(body, seg{seq: isn + 1 + uint32(lo), data: string(data[lo:hi]), flags: "."})
		}
		off += n
	}
	body = append(body, seg{seq: isn + 1 + uint32(len(data)), flags: "F."})
	for i := range body {
		if r.IntN(3) == 0 {
			j := min(len(body)-1, i+r.IntN(6))
			body[i], body[j] = body[j], body[i]
		}
	}
	return append([]seg{{seq: isn, flags: "S"}, {server: true, seq: 5000, flags: "S."}}, body...)
}

// TestTCPEachByteOnce: whatever the order, the stream comes out as it was sent,
// and again the same in a second run.
func TestTCPEachByteOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for round := range 400 {
		data := append([]byte("INVITE "), noise(r.IntN(6000))...)
		isn := r.Uint32()
		if round%3 == 0 {
			isn = -uint32(r.IntN(6000)) // wraps on the way
		}
		var fs []*capture.Frame
		for _, s := range shuffled(r, data, isn) {
			fs = append(fs, s.frame(t))
		}
		got, d := run(Options{WantTCP: wantInvite}, fs...)
		var all []byte
		for i, g := range got {
			all = append(all, g.Payload...)
			last := i == len(got)-1
			if g.Flags&Gap != 0 || (g.Flags&Closed != 0) != last {
				t.Fatalf("round %d: datagram %d of %d: %v", round, i, len(got), flagStr(g.Flags))
			}
			if len(g.Payload) > 0 && !bytes.Contains(fs[g.Frame-1].Data, g.Payload) {
				t.Fatalf("round %d: bytes are not of frame %d", round, g.Frame)
			}
		}
		if !bytes.Equal(all, data) || len(codes(d)) > 0 {
			t.Fatalf("round %d: %d bytes of %d, %v", round, len(all), len(data), codes(d))
		}
	}
}

// TestTCPLoss: with segments lost, what comes out are the bytes that are there,
// in order, and every hole is marked.
func TestTCPLoss(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	for round := range 400 {
		data := append([]byte("INVITE "), noise(500+r.IntN(6000))...)
		isn := r.Uint32()
		script := shuffled(r, data, isn)
		have := make([]bool, len(data))
		var fs []*capture.Frame
		for i, s := range script {
			if i > 1 && r.IntN(6) == 0 && !strings.HasPrefix(s.data, "INVITE") {
				continue
			}
			for j := range len(s.data) {
				have[int(s.seq-isn-1)+j] = true
			}
			fs = append(fs, s.frame(t))
		}
		got, _ := run(Options{WantTCP: wantInvite}, fs...)
		at := 0
		for _, g := range got {
			if len(g.Payload) == 0 {
				continue
			}
			hole := false
			for at < len(data) && !have[at] {
				at++
				hole = true
			}
			if hole != (g.Flags&Gap != 0) || !bytes.HasPrefix(data[at:], g.Payload) {
				t.Fatalf("round %d: at %d hole %t, got %v", round, at, hole, str(g))
			}
			at += len(g.Payload)
		}
		for at < len(data) && !have[at] {
			at++
		}
		if at != len(data) {
			t.Fatalf("round %d: ends at %d of %d", round, at, len(data))
		}
	}
}

// collector is gopacket's reassembly, as the oracle.
type collector struct{ b []byte }

func (c *collector) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return c
}
func (c *collector) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, _ reassembly.Sequence, _ *bool, _ reassembly.AssemblerContext) bool {
	return true
}
func (c *collector) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	if n, _ := sg.Lengths(); n > 0 {
		if dir, _, _, _ := sg.Info(); dir == reassembly.TCPDirClientToServer {
			c.b = append(c.b, sg.Fetch(n)...)
		}
	}
}
func (c *collector) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }

type at gopacket.CaptureInfo

func (a at) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo(a) }

func TestGopacketReassemblyAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 13))
	for round := range 50 {
		data := append([]byte("INVITE "), noise(r.IntN(6000))...)
		script := shuffled(r, data, 1000) // where numbers wrap it is off by one
		var fs []*capture.Frame
		var c collector
		a := reassembly.NewAssembler(reassembly.NewStreamPool(&c))
		for i, s := range script {
			f := s.frame(t)
			fs = append(fs, f)
			p := gopacket.NewPacket(f.Data, layers.LayerTypeIPv4, gopacket.Default)
			a.AssembleWithContext(p.NetworkLayer().NetworkFlow(), p.TransportLayer().(*layers.TCP), at{Timestamp: time.Unix(int64(i), 0)})
		}
		a.FlushAll()
		got, _ := run(Options{WantTCP: wantInvite}, fs...)
		var all []byte
		for _, g := range got {
			all = append(all, g.Payload...)
		}
		if !bytes.Equal(all, c.b) {
			t.Fatalf("round %d: ours %d bytes, gopacket %d", round, len(all), len(c.b))
		}
	}
}

// TestTCPTaps: what two interfaces see are two streams.
func TestTCPTaps(t *testing.T) {
	var fs []*capture.Frame
	for _, s := range []seg{{seq: 99, flags: "S"}, {seq: 100, data: "INVITE "}, {seq: 107, data: "sip"}} {
		for i := range int32(2) {
			f := s.frame(t)
			f.Iface = i
			fs = append(fs, f)
		}
	}
	got, _ := run(Options{WantTCP: wantInvite}, fs...)
	var s []string
	for _, g := range got {
		s = append(s, fmt.Sprintf("%d %s", g.Tap, g.Payload))
	}
	if want := []string{"0 INVITE ", "1 INVITE ", "0 sip", "1 sip"}; !slices.Equal(s, want) {
		t.Errorf("got %q, want %q", s, want)
	}
}

// TestTCPEarlyBounded: what is held before anybody wants it obeys the same
// bound.
func TestTCPEarlyBounded(t *testing.T) {
	d := NewDecoder(Options{Limits: Limits{TCPBytes: 3000}, WantTCP: wantInvite})
	for p := range uint16(10) {
		for i, s := range []seg{{seq: 99, flags: "S"}, {seq: 600, data: string(noise(400))}, {seq: 1100, data: string(noise(400))}} {
			s.port = p
			f := s.frame(t)
			f.No = int64(p)*3 + int64(i) + 1
			if out := d.Decode(f, nil); len(out) > 0 || d.tcp.bytes > 3000 {
				t.Fatalf("%d datagrams, %d bytes held", len(out), d.tcp.bytes)
			}
		}
	}
	if out := d.Flush(nil); len(out) > 0 || d.tcp.bytes > 0 {
		t.Fatalf("%d datagrams, %d bytes held at the end", len(out), d.tcp.bytes)
	}
}

func TestTCPBounded(t *testing.T) {
	lim := Limits{TCPConns: 50, TCPBytes: 100_000, TCPConnBytes: 20_000}
	d := NewDecoder(Options{Limits: lim, WantTCP: wantInvite})
	r := rand.New(rand.NewPCG(14, 15))
	var out []Datagram
	for i := range 50_000 {
		s := seg{port: uint16(r.IntN(300)), seq: uint32(r.IntN(200_000)), data: string(noise(r.IntN(200))), flags: "."}
		switch r.IntN(10) {
		case 0:
			s.flags = "S"
		case 1:
			s.data = "INVITE "
		}
		f := s.frame(t)
		f.No, f.Time = int64(i+1), 1e18+int64(i)*1e5
		out = d.Decode(f, out[:0])
		if n := len(d.tcp.conns); n > 2*lim.TCPConns || d.tcp.bytes > lim.TCPBytes || n != d.tcp.seen.Len()+d.tcp.wanted.Len() {
			t.Fatalf("frame %d: %d connections (%d + %d), %d bytes", i, n, d.tcp.seen.Len(), d.tcp.wanted.Len(), d.tcp.bytes)
		}
	}
	d.Flush(nil)
	if d.tcp.bytes != 0 {
		t.Errorf("%d bytes held after the end", d.tcp.bytes)
	}
}
