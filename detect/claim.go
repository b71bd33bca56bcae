package detect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
)

// Claim is a silent span of the ledger that a finding explains: this silence is
// mine.
type Claim struct {
	Row  *ledger.Row
	Span int // index into Row.Spans
}

// span that is claimed.
func (c Claim) span() *ledger.Span { return &c.Row.Spans[c.Span] }

// claimed is how long a finding's claims are, in nanoseconds, in audio only.
func (f *Finding) claimed() int64 {
	var n int64
	for _, c := range f.Claims {
		if c.Row.Media == "audio" {
			n += c.span().Duration()
		}
	}
	return n
}

// settle leaves every silent span to one finding. Of several that claim it the
// one wins that explains its state, which says at which hop the audio vanished;
// where that does not tell, the one of lower rank. A loser is kept, as a cause or
// a consequence, unless it had nothing but its claims to say.
func (r registry) settle(found []Finding) []Finding {
	owner := map[Claim]int{}
	for i := range found {
		for _, c := range found[i].Claims {
			if o, taken := owner[c]; !taken || r.nearer(&found[i], &found[o], hopOf(c.span())) {
				owner[c] = i
			}
		}
	}
	out := found[:0]
	for i := range found {
		f := &found[i]
		had := len(f.Claims) // findings may share a list: what one loses stays the other's
		f.Claims = slices.DeleteFunc(slices.Clone(f.Claims), func(c Claim) bool { return owner[c] != i })
		if had > 0 && len(f.Claims) == 0 && r[f.Code].Yields {
			continue
		}
		out = append(out, *f)
	}
	return out
}

// hopOf is the state that says at which hop a span's audio vanished, for who explains
// it. Where a server stands between two capture points, what is known of the server
// explains more than that the points differ.
func hopOf(s *ledger.Span) ledger.State {
	if s.Across() {
		return ledger.Stopped
	}
	return s.State
}

// nearer reports whether a finding's claim on a span in some state goes before
// another's.
func (r registry) nearer(f, o *Finding, s ledger.State) bool {
	a, b := r[f.Code], r[o.Code]
	if x, y := slices.Contains(a.Explains, s), slices.Contains(b.Explains, s); x != y {
		return x
	}
	return r.order(f.Code) < r.order(o.Code)
}

// unclaimed are the silent spans of a ledger that no finding claims, in order.
func unclaimed(l *ledger.Ledger, found []Finding) []Claim {
	taken := map[Claim]bool{}
	for i := range found {
		for _, c := range found[i].Claims {
			taken[c] = true
		}
	}
	var out []Claim
	for row := range l.Troubled() {
		for i := range row.Spans {
			if c := (Claim{row, i}); row.Spans[i].State.Silent() && !taken[c] {
				out = append(out, c)
			}
		}
	}
	return out
}

// Explaining returns the IDs of the findings that claim a span of a row.
func (r *Result) Explaining(row *ledger.Row, span int) []int { return r.claims[Claim{row, span}] }

// Unexplained returns for how long a row is silent without a reason, in
// nanoseconds.
func (r *Result) Unexplained(row *ledger.Row) int64 {
	var n int64
	for i := range row.Spans {
		if s := &row.Spans[i]; s.State.Silent() {
			ids := r.claims[Claim{row, i}]
			if !slices.ContainsFunc(ids, func(id int) bool { return r.Findings[id-1].Code != audioGap.Code }) {
				n += s.Duration()
			}
		}
	}
	return n
}

// Mute returns for how long a row carries nothing but digital silence, in
// nanoseconds.
func (r *Result) Mute(row *ledger.Row) int64 {
	for _, m := range r.mute {
		if m.Call == row.Call && m.Media == row.Media && m.Line == row.Line && m.Direction() == row.Direction() && m.Start == row.Start {
			return row.Due()
		}
	}
	return 0
}
