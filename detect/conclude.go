package detect

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// conclude orders the findings, links causes and passes the verdicts.
func (known registry) conclude(t *trace.Trace, l *ledger.Ledger, found []Finding) Result {
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(callID(a.Call), callID(b.Call)), cmp.Compare(known.order(a.Code), known.order(b.Code)), a.Start.Compare(b.Start))
	})
	prints := map[string]int{}
	for i := range found {
		f := &found[i]
		f.ID = i + 1
		if !f.End.IsZero() && f.End.Time < f.Start.Time {
			f.End = f.Start // a stream's highest number may have come before its lowest
		}
		f.Evidence = slices.DeleteFunc(f.Evidence, func(e Evidence) bool { return e.Frame == 0 })
		f.advise()
		f.Fingerprint = known.fingerprint(f)
		prints[f.Fingerprint]++
		if n := prints[f.Fingerprint]; n > 1 {
			f.Fingerprint = fmt.Sprintf("%s-%d", f.Fingerprint, n)
		}
	}
	known.link(found)
	r := Result{Findings: found, Coverage: cover(t), Verdicts: make([]Verdict, 0, len(t.Calls)), Ledger: l, claims: map[Claim][]int{}}
	for i := range found {
		for _, c := range found[i].Claims {
			r.claims[c] = append(r.claims[c], found[i].ID)
		}
		r.mute = append(r.mute, found[i].Mute...)
	}
	about, lost := byCall(found), timeless(t)
	for _, c := range t.Calls {
		r.Verdicts = append(r.Verdicts, known.judge(lost, l, c, found, about[c]))
	}
	r.Incidents = known.incidents(found)
	r.Coverage.Vantage = vantage(t)
	r.Coverage.Recording = recordingOf(t, func(c *trace.Call) bool {
		for _, f := range about[c] {
			if f.Severity == Critical {
				return true
			}
		}
		return false
	})
	return r
}

func callID(c *trace.Call) int {
	if c == nil {
		return 1 << 30
	}
	return c.ID
}

// registry is the detectors by code.
type registry map[string]Detector

// order of a code's findings within a call: by rank, those beside the chains
// last.
func (r registry) order(code string) int {
	if d := r[code]; d.Rank != 0 {
		return d.Rank
	}
	return math.MaxInt
}

// byCall are the findings about each call. Those about media without signalling
// name no call; their streams do.
func byCall(found []Finding) map[*trace.Call][]*Finding {
	about := map[*trace.Call][]*Finding{}
	for i := range found {
		f := &found[i]
		if f.Call != nil {
			about[f.Call] = append(about[f.Call], f)
			continue
		}
		for _, s := range f.Streams {
			c := s.Call
			if n := len(about[c]); c != nil && c.State == trace.MediaOnly && (n == 0 || about[c][n-1] != f) {
				about[c] = append(about[c], f)
			}
		}
	}
	return about
}

// fingerprint is stable across runs and versions: the code, the call, and what
// the finding is about, nothing that is measured.
func (r registry) fingerprint(f *Finding) string {
	parts := []string{f.Code}
	if f.Leg != nil {
		parts = append(parts, f.Leg.CallID)
	}
	if key := r[f.Code].Key; key != nil {
		parts = append(parts, key(f)...)
	}
	if len(f.Streams) > 0 {
		parts = append(parts, fmt.Sprintf("%08x", f.Streams[0].SSRC))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}
