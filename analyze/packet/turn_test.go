package packet

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/latchscope/latchscope/analyze/capture"
)

// TestTURN follows a client from its allocation to a channel that is bound anew:
// each datagram is between the relayed address and the peer.
func TestTURN(t *testing.T) {
	const client, server = 50000, 3478
	out := func(payload []byte) *capture.Frame { return udpFrom(t, client, server, payload) }
	back := func(payload []byte) *capture.Frame {
		f := udpFrom(t, server, client, payload)
		copy(f.Data[26:], []byte{203, 0, 113, 20, 192, 0, 2, 1})
		return f
	}
	data := raw("4001 00ac", rtpBytes())
	frames := []*capture.Frame{
		out(data),
		back(stunOf(0x0103, 0x0016, xor("203.0.113.99:49999"))),
		out(stunOf(0x0009, 0x000c, raw("40010000"), 0x0012, xor("198.51.100.7:20000"))),
		out(data),
		back(data),
		out(stunOf(0x0009, 0x000c, raw("40010000"), 0x0012, xor("198.51.100.8:20000"))),
		out(data),
		back(stunOf(0x0017, 0x0012, xor("198.51.100.9:4"), 0x0013, raw("80"))),
	}
	got, d := run(Options{}, frames...)
	want := []string{
		"udp 192.0.2.1:50000>203.0.113.20:3478 len=172 have=172",
		"udp 203.0.113.20:3478>192.0.2.1:50000 len=32 have=32",
		"udp 192.0.2.1:50000>203.0.113.20:3478 len=40 have=40",
		"udp 203.0.113.99:49999>198.51.100.7:20000 len=172 have=172",
		"udp 198.51.100.7:20000>203.0.113.99:49999 len=172 have=172",
		"udp 192.0.2.1:50000>203.0.113.20:3478 len=40 have=40",
		"udp 203.0.113.99:49999>198.51.100.8:20000 len=172 have=172",
		"udp 198.51.100.9:4>203.0.113.99:49999 len=1 have=1",
	}
	if !slices.Equal(strs(got), want) {
		t.Fatalf("got %q, want %q", strs(got), want)
	}
	if w := codes(d); !slices.Equal(w, []string{"turn-unbound@1*1"}) {
		t.Errorf("warnings %v", w)
	}
	if !d.Taps()[got[0].Tap].Relayed || d.Taps()[got[3].Tap].Relayed || !d.Taps()[got[3].Tap].Tunnel {
		t.Errorf("taps %+v", d.Taps())
	}

	// A second look that begins later knows what the first one learned.
	again := NewDecoder(Options{Relays: d.relays})
	f := *frames[4]
	f.No, f.Time = 5, f.Time+4e6
	if got := strs(again.Decode(&f, nil)); !slices.Equal(got, want[4:5]) {
		t.Errorf("second look: %q, want %q", got, want[4:5])
	}
	f = *frames[0]
	if got := strs(again.Decode(&f, nil)); !slices.Equal(got, []string{want[3]}) {
		t.Errorf("before the binding: %q, want %q", got, want[3])
	}
}

// TestTURNBounded fills the table of relays beyond its bound.
func TestTURNBounded(t *testing.T) {
	d := NewDecoder(Options{})
	for i := range mostRelays + 100 {
		for _, channel := range []string{"40010000", "40020000"} {
			f := udpFrom(t, layers.UDPPort(10000+i), 3478, stunOf(0x0009, 0x000c, raw(channel), 0x0012, xor("198.51.100.7:20000")))
			d.Decode(f, nil)
		}
	}
	if len(d.relays.all) != mostRelays || len(d.relays.order) != mostRelays {
		t.Errorf("%d relays, %d in order", len(d.relays.all), len(d.relays.order))
	}
	for i := range mostTold * 2 {
		ep := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, 7}), uint16(i+1))
		f := udpFrom(t, 9, 3478, stunOf(0x0009, 0x000c, raw("40010000"), 0x0012, xor(ep.String())))
		f.Time += int64(i)
		d.Decode(f, nil)
	}
	for _, r := range d.relays.all {
		for _, list := range r.channels {
			if len(list) > mostTold {
				t.Fatalf("%d bindings of one channel", len(list))
			}
		}
	}
}

// TestTURNQuoted refuses what goes through a channel and by indication: the quote,
// whole or cut, is about the datagram inside.
func TestTURNQuoted(t *testing.T) {
	const client, server = 50000, 3478
	bind := udpFrom(t, client, server, stunOf(0x0009, 0x000c, raw("40010000"), 0x0012, xor("198.51.100.7:20000")))
	allocate := udpFrom(t, server, client, stunOf(0x0103, 0x0016, xor("203.0.113.99:49999")))
	copy(allocate.Data[26:], []byte{203, 0, 113, 20, 192, 0, 2, 1})
	refusal := func(payload []byte, keep int) *capture.Frame {
		quote := udpFrom(t, client, server, payload).Data[14:]
		ip := ipv4(1)
		ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
		return frame(capture.Ethernet, build(t, ether(0x800), ip, gopacket.Payload(raw("0303 0000 00000000", quote[:min(len(quote), keep)]))))
	}
	channel, indication := raw("4001 00ac", rtpBytes()), stunOf(0x0016, 0x0012, xor("198.51.100.7:20000"), 0x0013, rtpBytes())
	for _, c := range []struct {
		name string
		f    *capture.Frame
		want string
	}{
		{"channel", refusal(channel, 1000), "about 203.0.113.99:49999>198.51.100.7:20000 proto=17 id=4711 len=172 have=172"},
		{"channel, cut", refusal(channel, 60), "about 203.0.113.99:49999>198.51.100.7:20000 proto=17 id=4711 len=172 have=28"},
		{"channel, eight bytes", refusal(channel, 28), "about 192.0.2.1:50000>203.0.113.20:3478 proto=17 id=4711 len=176 have=0"},
		{"another channel", refusal(raw("4002 00ac", rtpBytes()), 1000), "about 192.0.2.1:50000>203.0.113.20:3478 proto=17 id=4711 len=176 have=176"},
		{"indication", refusal(indication, 1000), "about 203.0.113.99:49999>198.51.100.7:20000 proto=17 id=4711 len=172 have=172"},
	} {
		got, _ := run(Options{}, allocate, bind, c.f)
		if s := str(got[len(got)-1]); !strings.Contains(s, c.want) {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}
