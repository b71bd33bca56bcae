package detect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// A stranger is a rival while the port is the call's own talker's: of one whom the call knows,
// of one that sends more, or that was there before. Not in the seconds around an offer, when a
// party may show from elsewhere for a moment, and not what continues the talker's own SSRC.
func TestRival(t *testing.T) {
	when := func(s int64) trace.Mark { return trace.Mark{Time: s * 1e9, Frame: uint32(s + 1)} }
	stream := func(src string, from, to int64, packets uint32) *trace.Stream {
		s := &trace.Stream{Src: at(src), Dst: at("203.0.113.1:6000"), SSRC: packets, First: when(from), Last: when(to)}
		s.Stats.Packets = packets
		return s
	}
	const known, nat, stranger = "192.0.2.1:4000", "198.51.100.7:4000", "192.0.2.99:5000"
	for _, c := range []struct {
		name   string
		others []*trace.Stream
		own    *trace.Stream
		offer  int64 // s
		want   bool
	}{
		{"beside a known host that sends less, and later", []*trace.Stream{stream(known, 12, 30, 500)}, stream(stranger, 10, 30, 1000), 0, true},
		{"beside one behind a NAT that sends less, and later", []*trace.Stream{stream(nat, 12, 30, 500)}, stream(stranger, 10, 30, 1000), 0, false},
		{"that sends more", []*trace.Stream{stream(nat, 12, 60, 2400)}, stream(stranger, 10, 30, 1000), 0, true},
		{"that was there before", []*trace.Stream{stream(nat, 5, 30, 900)}, stream(stranger, 10, 30, 1000), 0, true},
		{"after it", []*trace.Stream{stream(known, 5, 10, 250)}, stream(stranger, 10, 30, 1000), 0, false},
		{"before it", []*trace.Stream{stream(known, 30, 40, 500)}, stream(stranger, 10, 30, 1000), 0, false},
		{"of its own SSRC", []*trace.Stream{stream(known, 5, 30, 1000)}, stream(stranger, 10, 30, 1000), 0, false},
		{"known itself", []*trace.Stream{stream(nat, 5, 30, 900)}, stream("192.0.2.1:4002", 10, 30, 1000), 0, false},
		{"for a moment, around an offer", []*trace.Stream{stream(known, 5, 30, 900)}, stream(stranger, 10, 13, 150), 12, false},
		{"for a moment", []*trace.Stream{stream(known, 5, 30, 900)}, stream(stranger, 10, 13, 150), 20, true},
		{"for longer, around an offer", []*trace.Stream{stream(known, 5, 30, 900)}, stream(stranger, 10, 15, 250), 12, true},
		{"alone", nil, stream(stranger, 10, 30, 1000), 0, false},
	} {
		port := &trace.Port{Media: &trace.Media{Addr: at(known)}}
		l := &trace.Leg{Ports: []*trace.Port{port}}
		if c.offer > 0 {
			l.Refresh = []trace.Moment{when(c.offer).Moment()}
		}
		call := &trace.Call{Legs: []*trace.Leg{l}, Streams: append(c.others, c.own)}
		if c.own.First.Time < call.Streams[0].First.Time {
			call.Streams = append([]*trace.Stream{c.own}, c.others...)
		}
		if got := partiesOf(call).rival(c.own); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// What keeps a stranger out depends on whether this one got in, and its cost on what it is.
func TestStrangerActions(t *testing.T) {
	none, some := int64(0), int64(7)
	for _, c := range []struct {
		name   string
		passed *int64
		back   int64
		late   bool
		cost   string
		proof  Confidence
		first  string // whose part is told first
	}{
		{"passed on", &some, 0, false, "A party whose NAT changes its public address is cut off with the stranger; SRTP has to be supported on both sides.", Confirmed, "media-server"},
		{"the latch followed", &none, 3, false, "A party whose NAT changes its public address is cut off with the stranger; SRTP has to be supported on both sides.", Confirmed, "media-server"},
		{"it followed, the rest is not in view", nil, 3, false, "A party whose NAT changes its public address is cut off with the stranger; SRTP has to be supported on both sides.", Confirmed, "media-server"},
		{"not in view", nil, 0, false, "A party whose NAT changes its public address is cut off with the stranger; SRTP has to be supported on both sides.", Possible, "unknown"},
		{"kept out", &none, 0, false, "A party whose port changes waits until the latch lets go.", Likely, "unknown"},
		{"kept out, and late", &none, 0, true, "A test call. Strict source cuts off a party whose public address changes; SRTP has to be supported on both sides.", Likely, "unknown"},
	} {
		list := strangerActions("192.0.2.99", c.passed, c.back, c.late)
		if list[0].Owner != c.first {
			t.Errorf("%s: %q comes first", c.name, list[0].Owner)
		}
		for _, a := range list {
			if a.Owner == "media-server" && (a.Cost != c.cost || a.Proof != c.proof) {
				t.Errorf("%s: %v, at the cost of %q", c.name, a.Proof, a.Cost)
			}
		}
	}
}
