package correlate

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A source that an address translation gives two names did not move between two
// capture points that each know it by one of them.
func TestTranslatedTo(t *testing.T) {
	from := func(addr string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(addr)) }
	inner, outer, moved := from("10.9.0.20:30000"), from("203.0.113.20:30000"), from("203.0.113.21:30000")
	seen := func(point uint16, src endpoint.Endpoint, copyOf *trace.Stream) *trace.Stream {
		return &trace.Stream{Point: point, Src: src, CopyOf: copyOf}
	}
	first := seen(0, inner, nil)
	onHost := seen(0, outer, first) // the same packets, behind the translation
	inside := seen(0, inner, nil)
	for _, c := range []struct {
		name string
		s, o *trace.Stream
		want bool
	}{
		{"what the phone shows is the tap's", seen(1, outer, inside), seen(0, inner, nil), true},
		{"the tap knows both names", first, seen(1, outer, nil), true},
		{"the tap knows it by another", first, seen(1, moved, nil), false},
		{"at one point it moved", first, seen(0, outer, nil), false},
		{"no other sighting", seen(0, inner, nil), seen(1, outer, nil), false},
	} {
		k := &trace.Talker{Streams: []*trace.Stream{c.s, c.o}, Travels: &trace.Travels{Copies: []*trace.Stream{onHost}}}
		if got := translatedTo(k, c.s, c.o); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
