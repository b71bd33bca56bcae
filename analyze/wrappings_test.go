package analyze_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/trace"
)

// wrapped is a call with a flip, as its packets look without any link layer. The
// refusals come from the router, so that there is ICMP in it.
const wrapped = `
nat    router 198.51.100.7 ports=lowest base=36716 drop-on-icmp delay=35ms
host   phone  192.168.1.50 behind=router user=2001
host   gw     192.0.2.50 user=+15550100
server sbc    203.0.113.10 media=203.0.113.20 engine=lock:3:4 open=answer
call   c1     gw:20550 -> phone:4000 via sbc:34660/34662
capture server at sbc link=raw
0.000  c1 invite
0.150  c1 180
1.000  c1 phone talks ssrc=0x35bf992d
1.315  c1 200
1.368  router takes 36716
1.355  c1 gw talks
9.00   c1 gw bye
`

// record is a packet of a pcap.
type record struct {
	head []byte // time and lengths
	data []byte
}

// records takes a little-endian pcap apart.
func records(file []byte) (list []record) {
	for b := file[24:]; len(b) >= 16; {
		n := binary.LittleEndian.Uint32(b[8:])
		list = append(list, record{b[:8], b[16 : 16+n]})
		b = b[16+n:]
	}
	return list
}

// rewritten is the capture with every packet put into something else.
func rewritten(file []byte, link capture.LinkType, wrap func(ip []byte) []byte) []byte {
	out := slices.Clone(file[:24])
	binary.LittleEndian.PutUint32(out[20:], uint32(link))
	for _, r := range records(file) {
		data := wrap(r.data)
		out = append(out, r.head...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
		out = append(out, data...)
	}
	return out
}

// ipPacket is an IPv4 packet between two routers.
func ipPacket(proto byte, payload []byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	b[0], b[8], b[9] = 0x45, 64, proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	copy(b[12:], []byte{10, 9, 0, 1, 10, 9, 0, 2})
	return append(b, payload...)
}

func udpPacket(port uint16, payload ...[]byte) []byte {
	body := slices.Concat(payload...)
	b := make([]byte, 8, 8+len(body))
	binary.BigEndian.PutUint16(b, 40000)
	binary.BigEndian.PutUint16(b[2:], port)
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(body)))
	return ipPacket(17, append(b, body...))
}

func etherFrame(ip []byte) []byte {
	return slices.Concat([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}, ip)
}

func dot11Frame(ip []byte) []byte {
	head := make([]byte, 24)
	head[0], head[1], head[4], head[10], head[16] = 0x08, 0x02, 2, 2, 2
	return slices.Concat(head, []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, ip)
}

// esp puts what an IP packet carries into ESP with NULL encryption.
func esp(ip []byte) []byte {
	b := slices.Concat([]byte{0, 0, 16, 0, 0, 0, 0, 1}, ip[20:])
	n := byte(0)
	for ; len(b)%4 != 2; n++ {
		b = append(b, n+1)
	}
	b = append(b, n, ip[9])
	b = append(b, "twelve bytes"...)
	head := slices.Clone(ip[:20])
	head[9] = 50
	binary.BigEndian.PutUint16(head[2:], uint16(20+len(b)))
	return append(head, b...)
}

// hep is what an agent of Homer's makes of a UDP packet; others pass as they are.
func hep(ip []byte) []byte {
	if ip[9] != 17 {
		return ip
	}
	var b []byte
	chunk := func(kind uint16, v []byte) {
		b = binary.BigEndian.AppendUint16(append(b, 0, 0), kind)
		b = append(binary.BigEndian.AppendUint16(b, uint16(6+len(v))), v...)
	}
	chunk(1, []byte{2})
	chunk(2, []byte{17})
	chunk(3, ip[12:16])
	chunk(4, ip[16:20])
	chunk(7, ip[20:22])
	chunk(8, ip[22:24])
	chunk(11, []byte{1})
	chunk(15, ip[28:])
	return udpPacket(9060, binary.BigEndian.AppendUint16([]byte("HEP3"), uint16(6+len(b))), b)
}

func pktap(dlt byte, frame []byte) []byte {
	b := make([]byte, 108)
	b[0], b[4], b[8] = 108, 1, dlt
	copy(b[12:], "en0")
	return append(b, frame...)
}

var (
	vxlan = func(ip []byte) []byte { return udpPacket(8472, []byte{8, 0, 0, 0, 0, 0, 1, 0}, etherFrame(ip)) }
	tzsp  = func(ip []byte) []byte { return udpPacket(37008, []byte{1, 0, 0, 18, 10, 1, 0xc3, 1}, dot11Frame(ip)) }
	l2tp  = func(ip []byte) []byte { return udpPacket(1701, []byte{0, 2, 0, 1, 0, 2, 0xff, 3, 0, 0x21}, ip) }
	gre   = func(ip []byte) []byte { return ipPacket(47, append([]byte{0, 0, 8, 0}, ip...)) }
	espIP = func(ip []byte) []byte { return esp(ipPacket(4, ip)) }
)

// TestWrappings puts the packets of a call into what the field puts them into,
// also into one thing inside another: the trace is the same to the last frame.
func TestWrappings(t *testing.T) {
	s, err := scenetest.Parse("wrapped", []byte(wrapped))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	file := r.Captures[0].Bytes
	trace := func(t *testing.T, file []byte) string {
		var text strings.Builder
		tell(&text, "wrapped", traceOf(t, scenetest.Capture{Name: "wrapped.pcap", Bytes: file}))
		return text.String()
	}
	want := trace(t, file)
	for _, part := range []string{"0x35bf992d", "icmp"} {
		if !strings.Contains(strings.ToLower(want), part) {
			t.Fatalf("there is no %s in\n%s", part, want)
		}
	}
	for _, w := range []struct {
		name string
		link capture.LinkType
		wrap func(ip []byte) []byte
	}{
		{"ethernet", capture.Ethernet, etherFrame},
		{"esp null", capture.Raw, esp},
		{"esp null, tunnel mode", capture.Raw, espIP},
		{"tzsp", capture.Raw, tzsp},
		{"vxlan on 8472", capture.Raw, vxlan},
		{"l2tp", capture.Raw, l2tp},
		{"hep3", capture.Raw, hep},
		{"802.11", capture.WiFi, dot11Frame},
		{"radiotap", capture.WiFiRadiotap, func(ip []byte) []byte { return append([]byte{0, 0, 8, 0, 0, 0, 0, 0}, dot11Frame(ip)...) }},
		{"ppi", capture.PPI, func(ip []byte) []byte { return append([]byte{0, 0, 8, 0, 105, 0, 0, 0}, dot11Frame(ip)...) }},
		{"pktap", capture.PKTAP, func(ip []byte) []byte { return pktap(12, ip) }},
		{"juniper", capture.JuniperEther, func(ip []byte) []byte { return append([]byte{0x4d, 0x47, 0x43, 1}, etherFrame(ip)...) }},
		{"esp in vxlan in gre", capture.Raw, func(ip []byte) []byte { return gre(vxlan(esp(ip))) }},
		{"hep in vxlan in a vlan", capture.Ethernet, func(ip []byte) []byte {
			return slices.Concat([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 42, 8, 0}, vxlan(hep(ip)))
		}},
		{"hep in l2tp in radiotap in tzsp", capture.Raw, func(ip []byte) []byte { return tzsp(l2tp(hep(ip))) }},
		{"vxlan in esp on juniper's link", capture.JuniperEther, func(ip []byte) []byte {
			return append([]byte{0x4d, 0x47, 0x43, 0x81, 0, 3, 1, 1, 1}, etherFrame(espIP(vxlan(ip)))...)
		}},
	} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			if got := trace(t, rewritten(file, w.link, w.wrap)); got != want {
				t.Errorf("the trace differs\n%s", changes(want, got))
			}
		})
	}
}

// TestTURNTrace sends one party's media through a TURN server: its SDP names the
// relayed address. With the allocation and the channel in the capture the trace is
// that of the same packets without TURN.
func TestTURNTrace(t *testing.T) {
	client, server := netip.MustParseAddrPort("198.51.100.10:50000"), netip.MustParseAddrPort("203.0.113.200:3478")
	relay, peer := netip.MustParseAddrPort("203.0.113.200:49999"), netip.MustParseAddrPort("203.0.113.20:20000")
	invite, ok := callMessages(relay, peer)
	var plain, turn []frame
	both := func(at int, src, dst netip.AddrPort, payload []byte) {
		f := frame{at, udpDatagram(src, dst, payload)}
		plain, turn = append(plain, f), append(turn, f)
	}
	both(0, client, peer, stun(0x0103)) // something in the place of the STUN messages
	both(1, client, peer, stun(0x0103))
	turn[0].data = udpDatagram(server, client, stun(0x0103, 0x0016, xorOf(relay)))
	turn[1].data = udpDatagram(client, server, stun(0x0009, 0x000c, []byte{0x40, 1, 0, 0}, 0x0012, xorOf(peer)))
	proxy := netip.MustParseAddrPort("203.0.113.20:5060")
	both(10, client, proxy, []byte(invite))
	both(20, proxy, client, []byte(ok))
	for i := range 260 {
		if i >= 80 && i < 140 {
			continue // a hole, at which a second look is taken
		}
		out, back := rtpOf(1, i), rtpOf(2, i)
		at := 100 + 20*i
		plain = append(plain, frame{at, udpDatagram(relay, peer, out)}, frame{at + 1, udpDatagram(peer, relay, back)})
		channel := func(b []byte) []byte {
			return slices.Concat([]byte{0x40, 1, byte(len(b) >> 8), byte(len(b))}, b)
		}
		if i%3 == 0 {
			turn = append(turn, frame{at, udpDatagram(client, server, stun(0x0016, 0x0012, xorOf(peer), 0x0013, out))},
				frame{at + 1, udpDatagram(server, client, stun(0x0017, 0x0012, xorOf(peer), 0x0013, back))})
		} else {
			turn = append(turn, frame{at, udpDatagram(client, server, channel(out))}, frame{at + 1, udpDatagram(server, client, channel(back))})
		}
	}
	text := func(list []frame) string {
		var b strings.Builder
		tell(&b, "turn", traceOf(t, scenetest.Capture{Name: "turn.pcap", Bytes: pcapOf(list)}))
		return b.String()
	}
	looked := func(list []frame) (n int) {
		tr := traceOf(t, scenetest.Capture{Name: "turn.pcap", Bytes: pcapOf(list)})
		for _, p := range tr.Closeup.Packets {
			n += len(p)
		}
		return n
	}
	want, got := text(plain), text(turn)
	// Without the allocation and the binding SDP tells the same, and says so.
	turn[0].data, turn[1].data = plain[0].data, plain[1].data
	for i := range turn { // what indications tell by themselves
		if payload := turn[i].data[28:]; len(payload) > 20 && payload[0] == 0 && (payload[1] == 0x16 || payload[1] == 0x17) {
			media := payload[len(payload)-172:]
			head := append([]byte{0x40, 1}, byte(len(media)>>8), byte(len(media)))
			src, dst := client, server
			if payload[1] == 0x17 {
				src, dst = server, client
			}
			turn[i].data = udpDatagram(src, dst, append(head, media...))
		}
	}
	const told = "warning turn-by-sdp 400 packets in TURN channels whose binding is not in the capture: relayed address and peer are those that SDP names\n"
	if sdp := text(turn); strings.Replace(sdp, told, "", 1) != want || !strings.Contains(sdp, told) {
		t.Errorf("by SDP the trace differs\n%s", changes(want, sdp))
	}
	if n, seen := looked(plain), looked(turn); n == 0 || seen != n {
		t.Errorf("by SDP a second look finds %d packets, of the bare ones %d", seen, n)
	}
	if got != want {
		t.Errorf("the trace differs\n%s", changes(want, got))
	}
	if !strings.Contains(got, "49999") {
		t.Errorf("the relayed address is not there:\n%s", got)
	}
}

// TestTURNOverTCP sends media to a TURN server over TCP: what a second look finds of
// its end, where no segment begins with a STUN message, is what there is.
func TestTURNOverTCP(t *testing.T) {
	client, server := netip.MustParseAddrPort("198.51.100.10:50000"), netip.MustParseAddrPort("203.0.113.200:3478")
	relay, peer := netip.MustParseAddrPort("203.0.113.200:49999"), netip.MustParseAddrPort("203.0.113.20:20000")
	var list []frame
	seq := map[netip.AddrPort]uint32{}
	segment := func(at int, src, dst netip.AddrPort, flags byte, payload []byte) {
		h := make([]byte, 20)
		binary.BigEndian.PutUint16(h, src.Port())
		binary.BigEndian.PutUint16(h[2:], dst.Port())
		binary.BigEndian.PutUint32(h[4:], seq[src])
		h[12], h[13] = 0x50, flags
		seq[src] += uint32(len(payload)) + uint32(flags>>1&1)
		ip := ipPacket(6, append(h, payload...))
		copy(ip[12:], src.Addr().AsSlice())
		copy(ip[16:], dst.Addr().AsSlice())
		list = append(list, frame{at, ip})
	}
	segment(0, client, server, 0x02, nil)
	segment(1, server, client, 0x12, nil)
	segment(2, client, server, 0x18, stun(0x0009, 0x000c, []byte{0x40, 1, 0, 0}, 0x0012, xorOf(peer)))
	segment(3, server, client, 0x18, stun(0x0103, 0x0016, xorOf(relay)))
	const packets = 3000
	for i := range packets {
		b := rtpOf(1, i)
		segment(100+20*i, client, server, 0x18, slices.Concat([]byte{0x40, 1, byte(len(b) >> 8), byte(len(b))}, b))
	}
	path := filepath.Join(t.TempDir(), "turn.pcap")
	if err := os.WriteFile(path, pcapOf(list), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(t.Context(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.Streams) != 1 || tr.Streams[0].Stats.Packets != packets || tr.Streams[0].Dst.AddrPort() != peer {
		t.Fatalf("%d streams", len(tr.Streams))
	}
	s := tr.Streams[0]
	late := []trace.Window{{From: s.Last.Time - 1e9, To: s.Last.Time}}
	look, err := analyze.Look(t.Context(), tr, set, analyze.Options{}, map[*trace.Stream][]trace.Window{s: late})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(look.Packets[s]); got != 51 {
		t.Errorf("%d packets in the last second, there are 51", got)
	}
}
