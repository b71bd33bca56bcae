package collect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Looked is what the bytes of a stream's packets said, in a harvest that has
// travelled: numbers are the harvest's own, times by the clock of the file.
type Looked struct {
	Level      *trace.Level // nil where nobody measured, or not all of it
	Mismatches []trace.Mismatch
}

func (l Looked) empty() bool { return l.Level == nil && len(l.Mismatches) == 0 }

func (l *Looked) renumberFiles(v *moved) {
	for i := range l.Mismatches {
		m := &l.Mismatches[i]
		m.From.File += v.file
		m.To.File += v.file
		v.moment(&m.Negotiated)
	}
}

// few packets are not asked for their level.
const few = 50

// join is what is known of a stream of which o is a later part, whose numbers are
// shifted, with so many packets each. Its level is known where that of both parts
// is, or the other part is hardly any.
func (l Looked) join(o Looked, packets [2]uint32, seq, ts int64) Looked {
	out := Looked{Mismatches: slices.Clone(l.Mismatches)}
	switch {
	case o.Level == nil && packets[1] < few:
		out.Level = l.Level
	case l.Level == nil && packets[0] < few:
		out.Level = o.Level
	case l.Level != nil && o.Level != nil:
		out.Level = &trace.Level{
			Seconds: l.Level.Seconds + o.Level.Seconds, Loudest: max(l.Level.Loudest, o.Level.Loudest), Noise: l.Level.Noise || o.Level.Noise,
		}
	}
	for _, m := range o.Mismatches {
		m.Shift(seq, ts)
		out.Mismatches = append(out.Mismatches, m)
	}
	return out
}

// look notes what is known of a stream of the whole.
func (m *merger) look(s *trace.Stream, looked Looked) {
	if looked.empty() {
		delete(m.out.Looked, s)
		return
	}
	if m.out.Looked == nil {
		m.out.Looked = map[*trace.Stream]Looked{}
	}
	m.out.Looked[s] = looked
}
