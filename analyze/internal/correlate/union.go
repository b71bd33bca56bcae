package correlate

import "github.com/latchscope/latchscope/analyze/trace"

// union is a disjoint-set forest over legs, by their numbers less one; the root
// is the earliest leg.
type union []int32

func unionOf(legs []*trace.Leg) union {
	u := make(union, len(legs))
	for i := range u {
		u[i] = int32(i)
	}
	return u
}

func (u union) find(l *trace.Leg) int32 {
	i := int32(l.ID - 1)
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u union) join(a, b *trace.Leg) {
	if x, y := u.find(a), u.find(b); x != y {
		u[max(x, y)] = min(x, y)
	}
}
