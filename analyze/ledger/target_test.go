package ledger

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// An error is about the packets of a stream where it quotes that stream, or another
// sighting of the same packets that is no nearer to the listener; not where it quotes
// what went to where he was before, though behind his NAT both are one stream.
func TestQuotes(t *testing.T) {
	stream := func(dst string, first, last int64) *trace.Stream {
		return &trace.Stream{Dst: endpoint.From(netip.MustParseAddrPort(dst)), SSRC: 1, First: trace.Mark{Seq: first}, Last: trace.Mark{Seq: last}}
	}
	now := stream("198.51.100.7:4001", 200, 500)
	before, inside, again := stream("198.51.100.7:4000", 100, 199), stream("192.168.1.50:4000", 100, 400), stream("198.51.100.7:4001", 210, 480)
	for _, s := range []*trace.Stream{before, inside, again} {
		s.CopyOf = now
	}
	for _, c := range []struct {
		name   string
		quoted *trace.Stream
		about  *trace.Stream
		want   bool
	}{
		{"the stream itself", now, now, true},
		{"another sighting of it", again, now, true},
		{"the way to the port before", before, now, false},
		{"the way to the port after", now, before, false},
		{"in front of the NAT, of what shows behind it", now, inside, false},
		{"behind the NAT, of what shows in front", inside, now, true},
		{"another talker's", stream("198.51.100.7:4001", 200, 500), now, false},
	} {
		if got := quotes(&trace.ICMPError{Stream: c.quoted}, c.about); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
