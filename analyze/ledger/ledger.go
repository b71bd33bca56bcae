package ledger

import (
	"iter"
	"maps"
	"slices"

	"github.com/latchscope/latchscope/analyze/internal/parts"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Ledger is the account of the audio of every call of a trace. Rows of calls
// that are clear, or of which no media was recorded, are made anew whenever they
// are asked for: a busy trunk has a hundred thousand of them, and nobody looks at
// most.
type Ledger struct {
	trace    *trace.Trace
	verdicts []Verdict             // by Call.ID less one
	kept     map[*trace.Call][]Row // of the other calls
	view     *view
}

// Of accounts for the audio of every call of a trace. The trace must be complete
// (see analyze.Run) and is not changed.
func Of(t *trace.Trace) *Ledger {
	l := &Ledger{trace: t, verdicts: make([]Verdict, len(t.Calls)), kept: map[*trace.Call][]Row{}, view: viewOf(t)}
	for _, kept := range parts.Of(len(t.Calls), l.some) {
		maps.Copy(l.kept, kept)
	}
	return l
}

// some accounts for some of the calls, and returns the rows that are kept.
func (l *Ledger) some(from, to int) map[*trace.Call][]Row {
	kept := map[*trace.Call][]Row{}
	for i, c := range l.trace.Calls[from:to] {
		rows, v := l.verdict(c)
		l.verdicts[from+i] = v
		if worthKeeping(v, c) || slices.ContainsFunc(rows, func(r Row) bool { return r.Verdict == Lost || r.Verdict == Impaired }) {
			kept[c] = rows
		}
	}
	return kept
}

// verdict is that on the audio of a call, with the rows where it takes them.
func (l *Ledger) verdict(c *trace.Call) ([]Row, Verdict) {
	switch {
	case l.plain(c):
		return nil, Clear
	case l.plainlyUnseen(c):
		return nil, Unjudged
	}
	rows := l.Rows(c)
	v := verdictOf(rows)
	if v == NoVerdict && c.Answered() {
		v = Unjudged // no row: no audio was agreed on, or neither an end nor a packet says until when it was due
	}
	return rows, v
}

// worthKeeping reports whether detectors may have to say something about the rows
// of a call with this verdict. Where nothing was in view there is nothing to say.
func worthKeeping(v Verdict, c *trace.Call) bool {
	switch v {
	case Clear, NoVerdict:
		return false
	case Unjudged:
		return len(c.Streams) > 0
	}
	return true
}

// Rows returns the rows of a call, in order of media, line and direction
// (caller-to-callee first). They are the same at every call, and read-only.
func (l *Ledger) Rows(c *trace.Call) []Row {
	if rows, ok := l.kept[c]; ok {
		return rows
	}
	return (&rower{Ledger: l}).account(nil, c)
}

// Reader reads the rows of one call after another, each in the room of the one
// before: what many calls cost is told without a trace of them in memory.
type Reader struct {
	rower
	rows []Row
}

// Reader is a new reader of the account.
func (l *Ledger) Reader() *Reader { return &Reader{rower: rower{Ledger: l}} }

// Audio returns the verdict on the audio of a call: the worst of its audio rows.
// It is NoVerdict where nobody answered.
func (l *Ledger) Audio(c *trace.Call) Verdict { return l.verdicts[c.ID-1] }

// Troubled iterates over the rows of the calls that are not clear, or whose video
// is not, in order. Calls that cannot be judged because no media of theirs was
// recorded are left out.
func (l *Ledger) Troubled() iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		for _, c := range l.trace.Calls {
			rows := l.kept[c]
			for i := range rows {
				if !yield(&rows[i]) {
					return
				}
			}
		}
	}
}

// Rows are the rows of a call, as Ledger.Rows has them. They are good until the
// next call of it.
func (r *Reader) Rows(c *trace.Call) []Row {
	if rows, ok := r.kept[c]; ok {
		return rows
	}
	r.leave()
	r.rows = r.account(r.rows[:0], c)
	return r.rows
}
