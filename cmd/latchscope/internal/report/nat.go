package report

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/detect"
)

// NATJSON is how the NAT at an address behaves, in the words of RFC 4787, as far as
// the capture shows.
type NATJSON struct {
	Address    string         `json:"address"`
	Mappings   int            `json:"mappings"`   // seen
	BothSides  bool           `json:"both_sides"` // some of them from both sides; else SDP names what is inside
	Mapping    TraitJSON      `json:"mapping"`    // endpoint-independent, address-dependent, address-and-port-dependent, unknown
	Assignment AssignmentJSON `json:"port_assignment"`
	Parity     TraitJSON      `json:"port_parity"` // preserved, not-preserved, unknown
	Lifetime   LifetimeJSON   `json:"mapping_lifetime"`
	Hairpin    TraitJSON      `json:"hairpinning"` // seen, unknown
	Errors     ErrorsJSON     `json:"icmp_errors"`
}

// TraitJSON is one trait and how many observations it rests on.
type TraitJSON struct {
	Behaviour    string `json:"behaviour"`
	Observations int    `json:"observations"`
}

// AssignmentJSON is how outer ports are picked: preserving, in-order, random, unknown.
type AssignmentJSON struct {
	TraitJSON
	Preserved int              `json:"preserved"`
	ByTime    *CorrelationJSON `json:"order_by_time"`
	ByCall    *CorrelationJSON `json:"order_by_call"`
}

// CorrelationJSON is Kendall's tau and its two-sided p-value.
type CorrelationJSON struct {
	Tau Seconds `json:"tau"`
	P   Seconds `json:"p"`
}

// LifetimeJSON bounds the life of a mapping that nothing passes outwards.
type LifetimeJSON struct {
	Longer       *Seconds `json:"longer_than_s"`
	Shorter      *Seconds `json:"shorter_than_s"`
	Outlived     int      `json:"pauses_outlived"`
	Expired      int      `json:"pauses_not_outlived"`
	Contradicted bool     `json:"contradicted"`
}

// ErrorsJSON is what became of mappings to whose outer side ICMP errors went.
type ErrorsJSON struct {
	Moved  int `json:"moved"`
	Stayed int `json:"stayed"`
}

// NATs of the report's captures, in order of their address.
func (r *Report) NATs() iter.Seq[NATJSON] {
	return func(yield func(NATJSON) bool) {
		for i := range r.result.NATs {
			if !yield(r.natJSON(&r.result.NATs[i])) {
				return
			}
		}
	}
}

func (r *Report) natJSON(n *detect.NAT) NATJSON {
	trait := func(b detect.Behaviour) TraitJSON { return TraitJSON{b.Is, b.Observations} }
	bound := func(s float64) *Seconds {
		if s == 0 {
			return nil
		}
		x := Seconds(s)
		return &x
	}
	rank := func(c *detect.Correlation) *CorrelationJSON {
		if c == nil {
			return nil
		}
		return &CorrelationJSON{Seconds(c.Tau), Seconds(c.P)}
	}
	a, l := n.Assignment, n.Lifetime
	return NATJSON{
		Address: r.as(Address, n.Address.String()), Mappings: n.Maps, BothSides: n.Inside, Mapping: trait(n.Mapping),
		Assignment: AssignmentJSON{trait(a.Behaviour), a.Preserved, rank(a.ByTime), rank(a.ByCall)}, Parity: trait(n.Parity),
		Lifetime: LifetimeJSON{bound(l.Longer), bound(l.Shorter), l.Outlived, l.Expired, l.Contradicted},
		Hairpin:  trait(n.Hairpin), Errors: ErrorsJSON{n.Errors.Moved, n.Errors.Stayed},
	}
}

// expiryWeighed reports whether an incident weighs that a mapping ended in a pause: it
// says that more closely, and how sure it is.
func (r *Report) expiryWeighed() bool {
	return slices.ContainsFunc(r.incidents, func(inc detect.Incident) bool {
		return slices.ContainsFunc(inc.Hypotheses, func(h detect.Hypothesis) bool { return h.Claim == "nat-mapping-expired" })
	})
}

// natWords says in a sentence what is known of the NAT at an address that moved a
// talker; "" where nothing is.
func (r *Report) natWords(n *detect.NAT) string {
	moved := slices.ContainsFunc(r.result.Findings, func(f detect.Finding) bool {
		d, flip := f.Data.(detect.Flip)
		return flip && d.Trigger != "failover" && f.Party == n.Address.String() // which device it was then is weighed
	})
	if !moved {
		return ""
	}
	var parts []string
	add := func(format string, a ...any) { parts = append(parts, fmt.Sprintf(format, a...)) }
	if n.Mapping.Is != "unknown" {
		add("its mapping is %s (%s)", n.Mapping.Is, plural(n.Mapping.Observations, "comparison", "comparisons"))
	}
	switch n.Assignment.Is {
	case "preserving":
		add("ports are preserved (%d of %d)", n.Assignment.Preserved, n.Assignment.Observations)
	case "in-order":
		add("new ports follow in order (%s)", plural(n.Assignment.Observations, "mapping", "mappings"))
	case "random":
		add("new ports look random, neither in the order of time nor in that of calls (%s)", plural(n.Assignment.Observations, "mapping", "mappings"))
	}
	if n.Parity.Is == "preserved" {
		add("their parity is preserved (%d)", n.Parity.Observations)
	}
	if l := n.Lifetime; l.Longer > 0 && !l.Contradicted {
		add("a mapping was still there after a pause of %s", seconds(l.Longer))
	}
	if l := n.Lifetime; l.Shorter > 0 && !l.Contradicted && !r.expiryWeighed() {
		add("a mapping ended within a pause of %s (REQ-5 asks for 120 s)", seconds(l.Shorter))
	}
	if n.Hairpin.Is == "seen" {
		add("it sends packets between two of its own inner hosts back inside")
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("The NAT at %s, by the traits of RFC 4787: %s.", r.as(Address, n.Address.String()), strings.Join(parts, "; "))
}
