package collect

import (
	"hash/maphash"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/trace"
)

// announcement is what SDP said of an address last.
type announcement struct {
	terms *trace.Terms
	by    *callIDState // whose Call-ID said so; nil where nobody did
}

// announcements are those of all addresses.
type announcements struct {
	ends arena.Numbers[endpoint.Endpoint]
	last arena.Table[announcement] // by the number of the address, plus one
}

// of is what was said of an address; zero where nothing was.
func (s *announcements) of(ep endpoint.Endpoint) announcement {
	if n, ok := s.ends.Of(ep); ok {
		return *s.last.At(uint32(n) + 1)
	}
	return announcement{}
}

func (s *announcements) note(ep endpoint.Endpoint, a announcement) {
	if n := uint32(s.ends.Add(ep)) + 1; int(n) > s.last.Len() {
		s.last.Add(a)
	} else {
		*s.last.At(n) = a
	}
}

// without is what is left without some.
func (s *announcements) without(drop func(announcement) bool) *announcements {
	left := new(announcements)
	for n := range int32(s.ends.Len()) {
		if a := *s.last.At(uint32(n) + 1); !drop(a) {
			left.note(s.ends.Key(n), a)
		}
	}
	return left
}

// announced is what SDP so far says of an address. Captures of signalling alone never
// ask: until somebody does, it stands in the messages only.
func (c *collector) announced(ep endpoint.Endpoint) announcement {
	if c.said == nil {
		c.said = new(announcements)
		for _, m := range c.out.Messages.All() {
			if m.SDP != nil {
				by, _ := c.callIDs.find(maphash.String(c.seed, m.CallID))
				c.announce(m.SDP, by)
			}
		}
	}
	return c.said.of(ep)
}

// announce notes what a session description says of addresses, where that is asked for.
func (c *collector) announce(s *trace.SDP, by *callIDState) {
	if c.said == nil || s == nil {
		return
	}
	for i := range s.Media {
		md := &s.Media[i]
		if md.Addr.Port != 0 && c.said.ends.Len() < c.limits.Flows*4 {
			c.said.note(md.Addr, announcement{md.Terms, by})
		}
	}
}
