package redact

import (
	"cmp"
	"net/netip"
	"slices"
)

// Named is a name that was replaced.
type Named struct {
	Kind      string `json:"kind"` // address, host or word
	Original  string `json:"original"`
	Pseudonym string `json:"pseudonym"`
}

// Named is everything that was replaced so far, in order.
func (p *Pseudonyms) Named() []Named {
	out := []Named{}
	for a, to := range p.addrs {
		if a != to {
			out = append(out, Named{"address", a.String(), to.String()})
		}
	}
	for h, to := range p.hosts {
		out = append(out, Named{"host", h, to})
	}
	for w, to := range p.words {
		if w != to {
			out = append(out, Named{"word", w, to})
		}
	}
	slices.SortFunc(out, func(a, b Named) int {
		if a.Kind == "address" && b.Kind == "address" {
			return netip.MustParseAddr(a.Original).Compare(netip.MustParseAddr(b.Original))
		}
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Original, b.Original))
	})
	return out
}
