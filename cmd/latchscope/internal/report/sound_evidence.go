package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// soundEvidence lets a sceptic check a call that is well: for each ear the frames in
// which its audio was seen last, the latest receiver report about it, and a filter.
func (w *writer) soundEvidence(c *trace.Call, title string) (Section, bool) {
	s := Section{Kind: SectionEvidence, Title: title}
	var pairs []Pair
	var filters []Filter
	rows := w.rows(c)
	for i := range rows {
		r := &rows[i]
		x := lastSeen(r)
		if r.Media != "audio" || x == nil || len(filters) == mostEars {
			continue
		}
		text := fmt.Sprintf("audio for the %s, first and last packet", r.To.Name)
		if p := w.lastReport(r, x); p != nil {
			text = fmt.Sprintf("audio for the %s; its last RTCP report %s: %s lost", r.To.Name, w.frameName1(p.Ref), thousands(int64(p.Lost)))
		}
		pairs = append(pairs, Pair{Term: "frames " + w.frameList(x.Start().Ref, x.End().Ref), Text: []string{text}})
		filters = append(filters, Filter{"to the " + r.To.Name, w.text(detect.PassedFilter(x))})
	}
	if len(filters) == 0 {
		return s, false
	}
	s.Blocks = append(s.Blocks, Block{Pairs: pairs}, Block{Filters: filters})
	return s, true
}

// sample is the evidence of one of many calls that are all well, and of those that nobody
// answered; ok is false where calls are told in full, or one does not stand for the others.
func (w *writer) sample(list []detect.Incident) (s Section, ok bool) {
	if len(list) > 0 || w.chosen != nil || len(w.trace.Calls) < 2 || len(w.g.healthy) == 0 || len(w.g.fair)+len(w.g.unread)+len(w.g.noted) > 0 {
		return s, false
	}
	c := w.g.healthy[0]
	if s, ok = w.soundEvidence(c, fmt.Sprintf("Evidence, as call %d shows it", c.ID)); !ok {
		return s, false
	}
	if slices.ContainsFunc(w.g.unanswered, func(c *trace.Call) bool { return w.finalResponse(c) != nil }) {
		s.Blocks = append(s.Blocks, Block{Filters: []Filter{{"not answered", `sip.Status-Code >= 300 && sip.CSeq.method == "INVITE"`}}})
	}
	return s, true
}

// finalResponse is the final response by which a call ended that nobody answered, nil where
// there is none.
func (w *writer) finalResponse(c *trace.Call) *trace.Message {
	for _, l := range slices.Backward(c.Legs) {
		for _, m := range l.Messages.All() {
			if !m.Copy && !m.Request() && m.Method == "INVITE" && m.Status >= 300 && m.Status == l.Status {
				found := m
				return &found
			}
		}
	}
	return nil
}

// signalling is what a ladder shows of a call's signalling in one line, where that is
// its set-up and its end and nothing else is shown.
func signalling(l *Ladder) (p Pair, ok bool) {
	if l == nil {
		return p, false
	}
	var what []string
	for i := range l.Events {
		e := &l.Events[i]
		if e.Deep {
			continue
		}
		text, _, _ := strings.Cut(e.Text, ",")
		if e.Kind != Signal || !e.first || len(what) == mostInLine {
			return p, false
		}
		what = append(what, fmt.Sprintf("%s (%s)", text, e.Frames))
	}
	return Pair{Term: "signalling", Text: []string{strings.Join(what, ", ")}}, len(what) > 0
}

// mostInLine is how many messages one line tells of.
const mostInLine = 5

// mostEars is of how many ears of one call evidence is given.
const mostEars = 4

// lastSeen is the stream that carried most of a row where it is seen last, nil where
// none did.
func lastSeen(r *ledger.Row) *trace.Stream {
	for _, h := range slices.Backward(r.Hops) {
		var best *trace.Stream
		for _, s := range h.Streams {
			if s.CopyOf == nil && (best == nil || s.Stats.Packets > best.Stats.Packets) {
				best = s
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

// lastReport is what a row's listener reported last about a stream, nil where it
// reported nothing.
func (w *writer) lastReport(r *ledger.Row, x *trace.Stream) *trace.Report {
	var last *trace.Report
	for track := range w.trace.ReportsOn([]*trace.Stream{x}) {
		if track.Dst.IP() != x.Src.IP() {
			continue
		}
		for i := range track.Reports {
			if p := &track.Reports[i]; p.Time <= r.End.Time+1e9 && (last == nil || p.Time > last.Time) {
				last = p
			}
		}
	}
	return last
}
