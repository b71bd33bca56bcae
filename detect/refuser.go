package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// nearer says how many routers nearer to the capture point than a party an error
// about it was sent, by the time to live of the two; known is false where the
// capture does not tell. 0 is as far away as the party itself, which a NAT may be,
// too, if it counts no router.
func nearer(e *trace.ICMPError, s *trace.Stream) (routers int, known bool) {
	if e.TTL == 0 || s.TTL == 0 {
		return 0, false
	}
	from, own := ledger.Sight{TTL: e.TTL}, ledger.Sight{TTL: s.TTL}
	return own.Routers() - from.Routers(), true
}

// refuserWords say who sent an error, in what words, and how far away that is,
// compared with the packets of the party that it is about.
func refuserWords(e *trace.ICMPError, s *trace.Stream, who string) string {
	text := fmt.Sprintf("ICMP %s (code %d) from %s", codeName(e), e.Quote.Code, e.By.IP())
	n, known := nearer(e, s)
	if !known {
		return text
	}
	text += fmt.Sprintf(", TTL %d, where %s's own packets have %d", e.TTL, who, s.TTL)
	switch {
	case n == 1:
		text += ": sent one router nearer, as by a NAT before it"
	case n > 1:
		text += fmt.Sprintf(": sent %d routers nearer, by something on the way", n)
	case n == 0:
		text += ": sent from as far away"
	}
	return text
}

// carrierSide is the address that a talker's party announced, where it is one that
// carriers share among their customers (RFC 6598): a carrier's NAT is in the path
// then.
func carrierSide(k *trace.Talker) (at endpoint.Endpoint, ok bool) {
	p := k.Place()
	if p.Leg == nil {
		return at, false
	}
	for _, x := range p.Leg.Ports {
		if x.Side == p.From && !x.Alias && sharedSpace.Contains(x.Addr.IP()) {
			return x.Addr, true
		}
	}
	return at, false
}
