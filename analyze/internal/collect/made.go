package collect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/trace"
)

// made is where messages and what they lead to come from. They stay to the end by the
// hundred thousand; those of questions without an answer may not, and give their
// places to others then.
type made struct {
	*trace.Store
	heads  arena.Pool[tracked.Head]
	sdps   arena.Pool[description]
	states arena.Pool[callIDState]
	texts
}

// description is a session description, with room for the one m= line that nearly all
// have.
type description struct {
	trace.SDP
	line [1]trace.Media
}

func (d *made) description(list []trace.Media) *description {
	s := d.sdps.One()
	if len(list) != 1 {
		s.Media = slices.Clone(list)
		return s
	}
	s.line[0] = list[0]
	s.Media = s.line[:]
	return s
}

// forget takes back a Call-ID and what its messages lead to, but for what is in the
// Store: see Messages.Sweep.
func (d *made) forget(n *callIDState) {
	for _, v := range n.heads {
		giveBack(&d.heads, v)
	}
	for _, v := range n.sdps {
		giveBack(&d.sdps, v)
	}
	d.states.Free(n)
}

func giveBack[T any](p *arena.Pool[T], v *T) {
	if v != nil {
		p.Free(v)
	}
}
