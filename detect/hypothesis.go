package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Refuted is the confidence of a hypothesis that a fact excludes.
const Refuted Confidence = 0

// Claims that a hypothesis makes.
const (
	natDroppedOnICMP = "nat-dropped-mapping-on-icmp"
	mappingExpired   = "nat-mapping-expired"
	deviceFailover   = "device-failover"
	cgnatReallocated = "cgnat-reallocated"
	sipALG           = "sip-alg"
	phoneRebound     = "phone-rebound"
	twoUplinks       = "two-uplinks"
	portClosed       = "port-closed"
	firewallRefused  = "firewall-refused"
)

// weighing is a hypothesis while its facts are gathered.
type weighing struct {
	Hypothesis
	weight   int // of what speaks for it, less what speaks against it
	excluded bool
}

// How much a fact weighs.
const (
	hint   = 1 // other claims would lead one to expect it, too
	sign   = 3 // the claim explains it, and little else does
	strong = 5 // hardly anything else explains it
)

// enough is the weight from which a claim is likely, if no other has as much.
const enough = 2

func claimThat(claim, decidedBy string) *weighing {
	return &weighing{Hypothesis: Hypothesis{Claim: claim, DecidedBy: decidedBy}}
}

// pro notes a fact that speaks for the claim.
func (w *weighing) pro(weight int, ev []Evidence, format string, a ...any) {
	w.weight += weight
	w.For = append(w.For, Reason{fmt.Sprintf(format, a...), ev})
}

// con notes a fact that speaks against it.
func (w *weighing) con(weight int, ev []Evidence, format string, a ...any) {
	w.weight -= weight
	w.Against = append(w.Against, Reason{fmt.Sprintf(format, a...), ev})
}

// excludes notes a fact that the claim cannot be true beside.
func (w *weighing) excludes(ev []Evidence, format string, a ...any) {
	w.con(0, ev, format, a...)
	w.excluded = true
}

// onlyBeside drops what speaks for the claim unless there are so many reasons:
// some mean something only beside another one.
func (w *weighing) onlyBeside(n int) {
	if len(w.For) < n {
		w.For = nil
	}
}

// decide says how each claim stands beside its rivals: refuted where a fact
// excludes it; likely where enough speaks for it, and more than for any other;
// else possible. Claims that nothing speaks for are left out, unless something
// excludes them.
func decide(list ...*weighing) []Hypothesis {
	best, ties := enough-1, 0
	for _, w := range list {
		switch {
		case w.excluded || len(w.For) == 0 || w.weight < enough:
		case w.weight > best:
			best, ties = w.weight, 1
		case w.weight == best:
			ties++
		}
	}
	var out []Hypothesis
	for _, w := range list {
		switch {
		case w.excluded:
			w.Confidence = Refuted
		case len(w.For) == 0:
			continue
		case w.weight == best && ties == 1:
			w.Confidence = Likely
		default:
			w.Confidence = Possible
		}
		out = append(out, w.Hypothesis)
	}
	return out
}

// refuted reports whether a finding's own weighing excludes a claim.
func (f *Finding) refuted(claim string) bool {
	for _, h := range f.Hypotheses {
		if h.Claim == claim {
			return h.Confidence == Refuted
		}
	}
	return false
}

// roundTrip is the shortest time, in nanoseconds, between a request that was
// sent towards one side of a leg and that side's response; 0 where none is
// seen. Whoever answers late makes it longer, so it is an upper bound.
func roundTrip(l *trace.Leg, side trace.Side) (ns int64, ev []Evidence) {
	if l == nil {
		return 0, nil
	}
	var open [8]trace.Message
	n := 0
	for _, m := range l.Messages.All() {
		if m.Copy || m.Repeat || m.Transport == trace.NG {
			continue // of NG it is not known when a party got it
		}
		if m.Request() {
			if m.Method != "ACK" && isOf(&l.Parties[side], m.Dst.Addr) {
				open[n%len(open)] = m
				n++
			}
			continue
		}
		if !isOf(&l.Parties[side], m.Src.Addr) {
			continue
		}
		for i := range open[:min(n, len(open))] {
			q := &open[i]
			if q.CSeq != m.CSeq || q.Method != m.Method || q.Src.Addr != m.Dst.Addr {
				continue
			}
			if d := m.Time - q.Time; d > 0 && (ns == 0 || d < ns) {
				ns = d
				ev = []Evidence{{q.Moment, q.Method}, {m.Moment, fmt.Sprintf("%d to it", m.Status)}}
			}
		}
	}
	return ns, ev
}

func isOf(p *trace.Party, host address) bool {
	for _, h := range p.Hosts {
		if h.Addr == host {
			return true
		}
	}
	return false
}
