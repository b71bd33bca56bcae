package collect

import (
	"hash/maphash"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// announcement is what SDP said of an address last.
type announcement struct {
	terms *trace.Terms
	by    *callIDState // whose Call-ID said so; nil where nobody did
}

// announced is what SDP so far says of an address. Captures of signalling alone never
// ask: until somebody does, it stands in the messages only.
func (c *collector) announced(ep endpoint.Endpoint) announcement {
	if c.said == nil {
		c.said = map[endpoint.Endpoint]announcement{}
		for _, m := range c.out.Messages.All() {
			if m.SDP != nil {
				by, _ := c.callIDs.find(maphash.String(c.seed, m.CallID))
				c.announce(m.SDP, by)
			}
		}
	}
	return c.said[ep]
}

// announce notes what a session description says of addresses, where that is asked for.
func (c *collector) announce(s *trace.SDP, by *callIDState) {
	if c.said == nil || s == nil {
		return
	}
	for i := range s.Media {
		md := &s.Media[i]
		if md.Addr.Port != 0 && len(c.said) < c.limits.Flows*4 {
			c.said[md.Addr] = announcement{md.Terms, by}
		}
	}
}
