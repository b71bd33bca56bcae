package collect

import (
	"maps"
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/trace"
)

// What SDP says of addresses is the same whether it was asked for before the first
// message, in the middle or after the last: of an address what was said last.
func TestAnnouncedWhenAsked(t *testing.T) {
	texts := slices.Concat(dialogue(5), dialogue(7), dialogue(20_005), dialogue(7)[:4]) // the first and the third use the same ports
	told := func(ask int) map[endpoint.Endpoint]string {
		c := bounded(func(*trace.Limits) {})
		for i, text := range texts {
			if i == ask {
				c.announced(at(1, 1))
			}
			d := packet.Datagram{Kind: packet.UDP, Src: at(1, 5060), Dst: at(2, 5060), Payload: []byte(text)}
			d.Frame, d.Time = int64(i+1), int64(i)*second
			c.take(&d)
		}
		c.announced(at(1, 1))
		out := map[endpoint.Endpoint]string{}
		for n := range int32(c.said.ends.Len()) {
			ep := c.said.ends.Key(n)
			out[ep] = c.said.of(ep).by.id
		}
		return out
	}
	want := told(0)
	if len(want) != 4 {
		t.Fatalf("%d addresses are announced, want 4: %v", len(want), want)
	}
	for ask := range len(texts) + 1 {
		if got := told(ask); !maps.Equal(got, want) {
			t.Errorf("asked before message %d: %v, want %v", ask, got, want)
		}
	}
}

// Of an address what was said last counts, and what is left without some is as it was.
func TestAnnouncements(t *testing.T) {
	a, b := &callIDState{id: "a"}, &callIDState{id: "b"}
	var said announcements
	for _, n := range []struct {
		port uint16
		by   *callIDState
	}{{4000, a}, {4002, a}, {4004, b}, {4000, b}, {4006, a}, {4004, a}} {
		said.note(at(1, n.port), announcement{by: n.by})
	}
	left := said.without(func(an announcement) bool { return an.by == a })
	for _, c := range []struct {
		name string
		in   *announcements
		by   map[uint16]*callIDState
	}{
		{"all", &said, map[uint16]*callIDState{4000: b, 4002: a, 4004: a, 4006: a}},
		{"without one's", left, map[uint16]*callIDState{4000: b}},
	} {
		for port := uint16(3998); port <= 4008; port += 2 {
			if got := c.in.of(at(1, port)).by; got != c.by[port] {
				t.Errorf("%s: port %d is said by %v, want %v", c.name, port, got, c.by[port])
			}
		}
		if n := c.in.ends.Len(); n != len(c.by) {
			t.Errorf("%s: %d addresses, want %d", c.name, n, len(c.by))
		}
	}
}

// No more addresses are held than a bound allows.
func TestMostAnnouncements(t *testing.T) {
	c := bounded(func(l *trace.Limits) { l.Flows = 1 })
	c.said = new(announcements)
	var s trace.SDP
	for port := range uint16(9) {
		s.Media = append(s.Media, trace.Media{Addr: at(1, 4000+2*port)})
	}
	c.announce(&s, nil)
	if n := c.said.ends.Len(); n != 4 {
		t.Errorf("%d addresses are held, want 4", n)
	}
}

// A port that was added is likely, and next to none of the others.
func TestLikelyPorts(t *testing.T) {
	var ports likelyPorts
	for host := range byte(10) {
		for port := uint16(4000); port < 4020; port += 2 {
			ports.add(new(at(host, port)))
		}
	}
	others := 0
	for host := range byte(10) {
		for port := uint16(4000); port < 6000; port++ {
			ep := at(host, port)
			switch has := ports.has(&ep); {
			case port < 4020 && port%2 == 0 && !has:
				t.Fatalf("%v was added, and is not likely", ep)
			case has:
				others++
			}
		}
	}
	if others -= 100; others > 1000 { // of 20,000
		t.Errorf("%d others are likely, too", others)
	}
}
