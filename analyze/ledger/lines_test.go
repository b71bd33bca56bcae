package ledger

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Where lines share an address (RFC 9143) a stream's payload type tells whose it is: the
// line it was sent to if that names the type, else another one at that address. A line at
// an address of its own takes nothing of another's.
func TestLineOfAStream(t *testing.T) {
	at := func(n uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), n))
	}
	leg := new(trace.Leg)
	port := func(index int32, kind string, addr endpoint.Endpoint, mux bool, pt uint8) *trace.Port {
		terms := &trace.Terms{Kind: kind, Formats: []trace.Format{{PT: pt}}, Mux: mux}
		p := &trace.Port{Leg: leg, Line: index, Media: &trace.Media{Addr: addr, Terms: terms}}
		leg.Ports = append(leg.Ports, p)
		return p
	}
	voice := port(0, "audio", at(4000), false, 0)
	port(1, "video", at(4000), false, 96)
	port(2, "video", at(4002), false, 97)
	port(3, "audio", endpoint.Endpoint{}, false, 8) // bundled: it names no port
	lone := port(4, "audio", at(4004), false, 18)
	bundle := port(5, "video", at(4006), true, 98)
	own := port(6, "audio", at(5000), false, 96)
	port(7, "audio", at(4008), false, 18)
	ls := (&rower{}).linesOf(leg)
	for _, c := range []struct {
		name  string
		place trace.Place
		pt    uint8
		want  int32
	}{
		{"of the line it is sent to", trace.Place{Port: voice}, 0, 0},
		{"of another at the same address", trace.Place{Port: voice}, 96, 1},
		{"of a bundle's that names no port", trace.Place{Port: voice}, 8, 3},
		{"of one elsewhere", trace.Place{Port: voice}, 97, 0},
		{"of nobody's", trace.Place{Port: voice}, 77, 0},
		{"to a line that shares nothing", trace.Place{Port: lone, Line: 4}, 96, 4},
		{"to a line that shares nothing, of a bundle's", trace.Place{Port: lone, Line: 4}, 8, 3},
		{"to a bundle of several addresses", trace.Place{Port: bundle, Line: 5}, 96, 1},
		{"from a line that names it", trace.Place{Port: voice, Own: own}, 96, 6},
		{"of two lines' that name it", trace.Place{Line: 7}, 18, 7},
		{"to where nothing was announced", trace.Place{}, 97, 2},
		{"to where nothing was announced, of nobody's", trace.Place{Line: 2}, 77, 2},
	} {
		c.place.Leg = leg
		if got, want := ls.stream(&trace.Stream{PT: c.pt, Place: c.place}), ls.of[c.want]; got != want {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
	alone := &trace.Leg{Ports: []*trace.Port{voice}}
	if got := (&rower{}).linesOf(alone).stream(&trace.Stream{PT: 77, Place: trace.Place{Leg: alone, Line: 3}}); got != (line{"audio", 0}) {
		t.Errorf("of the only line there is: %v", got)
	}
}
