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
