package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// callSections tell of one call in full: its account where no incident has told
// it, its legs, its media and what happened.
func (w *writer) callSections(c *trace.Call, list []detect.Incident) []Section {
	var out []Section
	d := w.Of(c)
	told := false
	for i := range list {
		for _, o := range w.callsOf(&list[i]) {
			told = told || o == c && i < mostIncidents && len(w.callsOf(&list[i])) == 1
		}
	}
	if !told {
		who := w.who([]*trace.Call{c}, c)
		who.Title = fmt.Sprintf("Call %d: who is who", c.ID)
		out = append(out, who)
		out = append(out, w.lossSections(c)...)
		if s, ok := w.checked(c); ok && !w.nothingJudged(c) {
			out = append(out, s)
		}
		if s, ok := w.pictures(c, false); ok && !w.nothingJudged(c) {
			out = append(out, s)
		}
	}
	ladder := w.ladder(c, &d)
	short := false // the signalling is told in a line of the evidence
	if s, ok := w.soundEvidence(c, "Evidence, with filters for Wireshark"); ok && !told && len(w.about[c]) == 0 {
		if p, few := signalling(ladder); few && w.chosen == nil {
			s.Blocks[0].Pairs, short = append(s.Blocks[0].Pairs, p), true
		}
		out = append(out, s)
	}
	s := Section{Kind: SectionCall, Title: fmt.Sprintf("Call %d", c.ID), Aside: w.course(c)}
	var legs []Pair
	const mostLegs = 6
	for i, l := range d.Legs {
		if i == mostLegs {
			legs = append(legs, Pair{Text: []string{fmt.Sprintf("and %d more", len(d.Legs)-i)}})
			break
		}
		head := strings.TrimSuffix(l.From, sipPort) + " to " + strings.TrimSuffix(l.To, sipPort)
		if l.Outcome != "" {
			head += ", " + l.Outcome
		}
		for _, n := range l.Notes {
			if !strings.HasPrefix(n, "SDP says") { // stands in who is who
				head += ", " + n
			}
		}
		p := Pair{Term: "leg " + l.Letter, Text: []string{head + ", Call-ID " + l.CallID}}
		legs = append(legs, p)
	}
	legs = append(legs, w.enginePairs(c)...)
	if len(legs) > 0 {
		s.Blocks = append(s.Blocks, Block{Pairs: legs})
	}
	if b, ok := w.sights(c); ok {
		b.Deep = w.chosen == nil
		s.Blocks = append(s.Blocks, b)
	}
	if b := w.notes(c); len(b.Steps) > 0 && !told {
		s.Blocks = append(s.Blocks, b)
	}
	if ladder != nil {
		s.Blocks = append(s.Blocks, Block{Deep: short, Title: "What happened", Ladder: ladder})
	}
	if t := w.mediaTable(&d); t != nil {
		s.Blocks = append(s.Blocks, Block{Deep: w.chosen == nil, Title: "Media streams", Table: t})
	}
	return append(out, s)
}

// nothingJudged reports whether none of a call's audio is in view: there is nothing to
// draw then, and nothing was checked.
func (w *writer) nothingJudged(c *trace.Call) bool {
	rows := w.rows(c)
	return !slices.ContainsFunc(rows, func(r ledger.Row) bool {
		return r.Media == "audio" && r.Verdict != ledger.Unjudged && r.Verdict != ledger.NoVerdict
	})
}

// ladder is what happened in a call, nil where there is nothing to show.
func (w *writer) ladder(c *trace.Call, d *Detail) *Ladder {
	if len(d.Events) == 0 {
		return nil
	}
	main := w.mainLeg(c)
	shown := 0
	for i := range d.Events {
		e := &d.Events[i]
		e.Clock = clock(e.Time, w.loc)
		if e.Kind == Signal {
			e.Message = w.messages[e.moment.Ref]
		}
		e.Frames = w.frameName1(trace.Ref{File: e.First.File, Frame: e.First.No})
		if e.Last != e.First {
			e.Frames += "-" + fmt.Sprint(e.Last.No)
		}
		ends := e.Kind == Signal && e.moment == c.End && len(c.Legs) > 1 // the BYE that the title tells of, whichever leg it is on
		again := e.hangsUp && len(c.Legs) > 1 && e.moment != c.End ||    // the BYE of another leg, a moment later
			e.reply && len(w.about[c]) == 0 // what was asked for was granted
		e.Deep = w.chosen == nil && e.Finding == 0 && !ends && !(e.turn && !again && (main == "" || e.Leg == main))
		if !e.Deep {
			shown++
		}
	}
	for i := range d.Events[:min(mostUntold, len(d.Events))] {
		d.Events[i].Deep = d.Events[i].Deep && shown > 0
	}
	return &Ladder{Call: c.ID, Hosts: d.Hosts, Events: d.Events, Hidden: d.Hidden}
}

// mostUntold is how many events are told of a call of which none stands out.
const mostUntold = 8

// ratingWords explain the two columns of quality, which are one number.
const ratingWords = "R and MOS (R 93 best, under 70 poor): estimates for where it was measured."

// mostlyUnseen reports whether less than half of a row is in view: too little for
// its quality to stand for the call's.
func mostlyUnseen(r *ledger.Row) bool { return r.In(ledger.Unseen)*2 > r.Due() }

// sipPort is what goes without saying (RFC 3261 section 19.1.2).
const sipPort = ":5060"

// mainLeg is the letter of the leg that the call's loudest finding happened on:
// its signalling tells the story, the other legs' repeats it.
func (w *writer) mainLeg(c *trace.Call) string {
	if f := w.loudest(c); f != nil && f.Leg != nil {
		return w.namesIn(c).Leg(f.Leg)
	}
	if len(w.about[c]) == 0 && len(c.Legs) > 1 && (w.audio(c) == ledger.Clear || w.nothingJudged(c)) {
		return w.namesIn(c).Leg(c.Legs[0]) // of a call that is well one leg tells it all
	}
	return ""
}

// notes are the findings of a call that no incident tells.
func (w *writer) notes(c *trace.Call) Block {
	var steps []Step
	n := w.namesIn(c)
	for _, i := range w.about[c] {
		f := &w.result.Findings[i]
		if slices.Contains(w.notedLoss(c), f) {
			continue // told before
		}
		for _, t := range detect.Tell(f, n.Names) {
			text := w.text(t.Text)
			if slices.ContainsFunc(steps, func(s Step) bool { return s.Text == text }) {
				continue // of several findings
			}
			steps = append(steps, Step{No: len(steps) + 1, Text: text, Frames: w.frameRuns(t.Frames), Sure: sureWord(t.Sure)})
		}
	}
	return Block{Title: "Noted", Steps: steps}
}

// course is what became of the call, by the clock.
func (w *writer) course(c *trace.Call) string {
	if !c.Answered() {
		if len(c.Legs) == 0 {
			return "no signalling in this capture"
		}
		if why := answerUnseen(c); why != "" {
			return why
		}
		return "not answered: " + w.outcome(c)
	}
	answer := c.Answer
	for i, rows := 0, w.rows(c); i < len(rows); i++ {
		// The answer is what a customer's pick-up is: when it has passed on to the
		// other side. The losses of the call count from there.
		if d := rows[i].Start.Time - answer.Time; rows[i].Media == "audio" && d > 0 && d < 1e9 {
			answer = rows[i].Start
			break
		}
	}
	s := "answered " + w.clock(answer)
	switch {
	case c.End.IsZero():
		return s + ", no end seen"
	case w.endedBy(c) != "":
		return s + ", ended " + w.clock(c.End) + " by the " + w.endedBy(c)
	}
	return s + ", ended " + w.clock(c.End)
}

// endedBy is who sent the first BYE.
func (w *writer) endedBy(c *trace.Call) string {
	var first trace.Message // at no time: none
	for _, l := range c.Legs {
		for _, m := range l.Messages.All() {
			if !m.Request() || m.Method != "BYE" || m.Copy {
				continue
			}
			// A proxy deletes the call at the engine while it passes the BYE on.
			told := m.Transport == trace.NG
			if first.IsZero() || first.Transport == trace.NG && !told || m.Moment.Before(first.Moment) && (!told || first.Transport == trace.NG) {
				first = m
			}
		}
	}
	if first.IsZero() {
		return ""
	}
	return w.namesIn(c).host(first.Src.IP())
}

// mediaTable lists the streams of a call.
func (w *writer) mediaTable(d *Detail) *Table {
	const most = 16
	if len(d.Media) == 0 {
		return nil
	}
	t := &Table{Columns: []Column{{Head: "from", Kind: Code}, {Head: "to", Kind: Code}, {Head: "codec", Optional: true}, {Head: "packets", Kind: Figure},
		{Head: "missing", Kind: Figure}, {Head: "jitter", Kind: Figure, Optional: true}, {Head: "longest gap", Kind: Figure, Optional: true}, {Head: "note"}}}
	for i, m := range d.Media {
		if i == most {
			t.More = fmt.Sprintf("and %s", plural(len(d.Media)-i, "more stream", "more streams"))
			break
		}
		t.Rows = append(t.Rows, []string{m.Source.String(), m.Destination.String(), m.Codec, thousands(m.Packets), thousands(m.Lost), fmt.Sprintf("%.1f ms", float64(m.Jitter)), pause(m.Pause), m.Note})
	}
	if d.Copies > 0 {
		more := fmt.Sprintf("%s of the same packets on other interfaces or at other points left out", plural(d.Copies, "further sighting", "further sightings"))
		if t.More != "" {
			more = t.More + "; " + more
		}
		t.More = more
	}
	return t
}

func pause(s float64) string {
	if s == 0 {
		return ""
	}
	return seconds(s)
}

// checked is the account of a call that is well: what was looked at, and what
// was there.
func (w *writer) checked(c *trace.Call) (Section, bool) {
	s := Section{Kind: SectionCalls, Title: "What was checked"}
	t := w.accountTable([]*trace.Call{c})
	if t == nil {
		return s, false
	}
	s.Blocks = append(s.Blocks, Block{Table: t})
	one := []*trace.Call{c}
	text := fmt.Sprintf("Checked each way, %s: %s", w.throughout(one), w.whatIsChecked(one))
	if !w.mediaOnly(one) {
		text += " First audio: from the answer."
	}
	s.text(text + w.unrated(c))
	if slices.ContainsFunc(w.rows(c), func(r ledger.Row) bool {
		return r.Media == "audio" && r.Quality.Rated && !mostlyUnseen(&r) && w.measuredBeyondTalker(c, &r)
	}) {
		s.text(ratingWords)
	}
	return s, true
}

// unrated says of which codecs ITU-T G.113 knows no impairment, so that they have
// no R.
func (w *writer) unrated(c *trace.Call) string {
	var codecs []string
	rows := w.rows(c)
	for i := range rows {
		if q := &rows[i].Quality; rows[i].Media == "audio" && !q.Rated && q.Codec != "" && !slices.Contains(codecs, q.Codec) {
			codecs = append(codecs, w.as(Codec, q.Codec))
		}
	}
	if len(codecs) == 0 {
		return ""
	}
	return " R and MOS are not rated for " + strings.Join(codecs, ", ") + "."
}

// accountTable is one line an ear: packets, loss, jitter, codec, quality and
// when the first audio came after the answer.
func (w *writer) accountTable(calls []*trace.Call) *Table {
	t := &Table{Columns: []Column{{Head: "listener"}, {Head: "measured"}, {Head: "packets", Kind: Figure}, {Head: "lost", Kind: Figure},
		{Head: "worst 10 s", Kind: Figure, Optional: true}, {Head: "jitter", Kind: Figure}, {Head: "codec"}, {Head: "R", Kind: Figure}, {Head: "MOS", Kind: Figure}, {Head: "first audio", Kind: Figure}}}
	for _, c := range calls {
		rows := w.rows(c)
		for i := range rows {
			r := &rows[i]
			if r.Media != "audio" {
				continue
			}
			q := r.Quality
			rate, mos := "-", "-"
			if q.Rated && !mostlyUnseen(r) && w.measuredBeyondTalker(c, r) {
				rate, mos = fmt.Sprintf("%.0f", q.R), fmt.Sprintf("%.1f", q.MOS)
			}
			t.Rows = append(t.Rows, []string{r.To.Name, w.measuredAt(c, r), thousands(q.Due), percent(q.Percent), percent(q.Worst), jitterOf(r.Hops), w.as(Codec, cmpOr(q.Codec, "-")), rate, mos, firstAudio(r)})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}
