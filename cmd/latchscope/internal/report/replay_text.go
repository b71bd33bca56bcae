package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/replay"
)

// How much of a replay the text tells; the JSON has all of it.
const (
	mostTold  = 4  // runs with their timeline and events
	mostSteps = 24 // of one run
	mostFits  = 6  // engines that explain a capture less well
)

// ReplayText writes replays for people: what was observed, what each run makes
// of it, and what happened in the first few.
func ReplayText(w io.Writer, list []*Replay, opt TextOptions) error {
	t := &replayText{Page: page.New(w, opt.page())}
	t.summary(list)
	for i, r := range list {
		if i > 0 {
			t.Gap()
		}
		t.replay(r)
	}
	return t.Close()
}

type replayText struct{ *page.Page }

// summary is a line for each call where there are several.
func (t *replayText) summary(list []*Replay) {
	if len(list) < 2 {
		return
	}
	tab := page.Table{Head: []string{"call", "uplink", "downlink", "engine", "verdict", "what mends it"}, Right: []string{"call", "uplink", "downlink"}}
	for _, r := range list {
		row := []string{fmt.Sprint(r.Call), "-", "-", "-", "nothing to replay", ""}
		for i, d := range r.Observed.Directions {
			if d.Silence != nil && i < 2 {
				row[1+i] = "none"
				if *d.Silence > 0 {
					row[1+i] = seconds(*d.Silence)
				}
			}
		}
		if len(r.Runs) > 0 {
			row[3], row[4] = r.Runs[0].Engine, verdictWord(&r.Runs[0])
		}
		if len(r.Remedies) > 0 {
			m := &r.Remedies[0]
			words := append([]string{}, m.Changes...)
			for _, s := range m.sets {
				words = append(words, s.Name+"="+s.Value)
			}
			row[5] = strings.Join(words, " ")
		}
		tab.Rows = append(tab.Rows, row)
	}
	t.table(&tab, "what mends it", "engine")
	t.Gap()
}

func (t *replayText) replay(r *Replay) {
	t.Sides(page.As("latchscope "+r.Tool.Version, page.Bold), page.Piece{}, page.As("replay", page.Faint))
	title := fmt.Sprintf("CALL %d", r.Call)
	if r.from != "" || r.to != "" {
		title += fmt.Sprintf("    %s → %s", r.from, r.to)
	}
	t.Line(page.As(title, page.Bold))
	t.Gap()
	t.observed(r)
	t.fit(r)
	t.runs(r)
	t.sweep(r)
	t.remedies(r)
	for i := range r.Runs {
		if i < mostTold && r.Sweep == nil && (len(r.Runs) <= mostTold || i == 0) {
			t.run(r, &r.Runs[i])
		}
	}
	t.limits(r)
}

func (t *replayText) observed(r *Replay) {
	tab := page.Table{Head: []string{"", "", "", "", ""}}
	for _, d := range r.Observed.Directions {
		tab.Rows = append(tab.Rows, []string{d.Direction, d.From, "→", d.To, stateWords(d.State, d.Silence)})
	}
	for i, l := range tab.Body(t.Width - 10) {
		head := label("")
		if i == 0 {
			head = heading("Observed")
		}
		t.Line(head, page.As(l, page.Plain))
	}
	if r.kase != nil && r.kase.Controlled {
		t.Para(label(""), "The media server is "+r.Agent+": its control protocol (NG) was recorded.", page.Plain)
	} else if r.Agent != "" {
		t.Para(label(""), "The media server calls itself "+r.Agent+" in SIP.", page.Plain)
	}
	t.Gap()
}

func stateWords(state string, silence *float64) string {
	switch {
	case silence == nil || state == "unseen":
		return "not in this capture"
	case *silence > 0:
		return seconds(*silence) + " of silence"
	}
	return "no silence"
}

// runs is the table of all runs. What a run is called may be long: it stands
// last and wraps.
func (t *replayText) runs(r *Replay) {
	if r.Sweep != nil || len(r.Runs) == 0 {
		return
	}
	columns := []column{
		{"verdict", -12, verdictWord},
		{"uplink", 7, func(run *ReplayRun) string { return silenceCell(&run.Directions[0]) }},
		{"downlink", 8, func(run *ReplayRun) string { return silenceCell(&run.Directions[1]) }},
	}
	if t.Width >= 90 {
		columns = append(columns,
			column{"lost up", 7, func(run *ReplayRun) string { return lostCell(&run.Directions[0]) }},
			column{"lost down", 9, func(run *ReplayRun) string { return lostCell(&run.Directions[1]) }},
			column{takesLock, -16, func(run *ReplayRun) string { return exposureWords(run.Exposure) }})
	}
	t.Line(page.As(rowOf(columns, func(c column) string { return c.head })+"run", page.Bold))
	inferred := false
	for i := range r.Runs {
		run := &r.Runs[i]
		inferred = inferred || run.Basis.NAT == "inferred"
		ink := verdictInk(run.Verdict)
		if run.misfit() {
			ink = page.Faint
		}
		t.Para(page.As(rowOf(columns, func(c column) string { return c.cell(run) }), ink), runName(run)+differing(run), page.Plain)
	}
	if inferred {
		t.Para(page.Piece{}, "The latch: replayed. The NAT, with a what-if: inferred.", page.Faint)
	} else {
		t.Para(page.Piece{}, "The latch: replayed, with the packets as captured.", page.Faint)
	}
	t.Gap()
}

// takesLock heads the column that says what a stranger needs to take a locked
// port over.
const takesLock = "to take the lock"

// misfit reports whether a run was meant to be the engine that was there, and is
// not.
func (run *ReplayRun) misfit() bool {
	return run.meant && run.Differ != nil && run.Differ.Packets*20 > run.Differ.Compared
}

// nearly is how far, in seconds, the silence of an engine that fits may be from
// what was observed without being another.
const nearly = 0.1

// inPart reports whether the engine that was there leaves less silence than was
// observed: something else took the rest.
func (run *ReplayRun) inPart() bool {
	return run.meant && !run.misfit() && run.off >= nearly && (run.Verdict == replay.Fixed || run.Verdict == replay.Improved || run.Verdict == replay.Unchanged)
}

// verdictWord is a run's verdict in a table. What an engine that was not there
// makes of a silence says nothing about it, and one that was there neither mends
// nor worsens what it did.
func verdictWord(run *ReplayRun) string {
	switch {
	case run.misfit():
		return "does not fit"
	case !run.meant || run.Verdict == replay.Reproduced || run.Verdict == replay.Inconclusive:
		return string(run.Verdict)
	case run.off < nearly:
		return "nearly so"
	case run.inPart():
		return "in part only"
	}
	return "more than it" // was observed: the profile is not quite what was there
}

// differing says how far a run is from the capture, where it is too far.
func differing(run *ReplayRun) string {
	if d := run.Differ; d != nil && d.Packets*20 > d.Compared {
		return fmt.Sprintf(" (differs from the capture in %s of %s packets)", thousands(int64(d.Packets)), thousands(int64(d.Compared)))
	}
	return ""
}

// column is one of a table whose last column wraps.
type column struct {
	head  string
	width int // negative: flush left
	cell  func(*ReplayRun) string
}

func rowOf(columns []column, cell func(column) string) string {
	var b strings.Builder
	for _, c := range columns {
		if c.width < 0 {
			b.WriteString(page.PadTo(cell(c), -c.width))
		} else {
			b.WriteString(page.PadLeft(cell(c), c.width))
		}
		b.WriteString("  ")
	}
	return b.String()
}

// table prints a table, without the columns named where it would not fit.
func (t *replayText) table(tab *page.Table, optional ...string) {
	lines := tab.Lines(t.Width)
	for _, name := range optional {
		if lines != nil {
			break
		}
		tab.Drop(name)
		lines = tab.Lines(t.Width)
	}
	for i, l := range lines {
		style := page.Plain
		if i == 0 {
			style = page.Bold
		}
		t.Line(page.As(l, style))
	}
	if lines == nil {
		for _, row := range tab.Rows {
			t.Para(page.As("  ", page.Plain), strings.Join(row, " · "), page.Plain)
		}
	}
}

// runName is "session-lock timeout=2s icmp=off", live or not.
func runName(run *ReplayRun) string {
	words := []string{run.Engine}
	for _, s := range run.Parameters.Sets {
		v := s.Value
		if v == "" {
			v = "?"
		}
		words = append(words, s.Name+"="+v)
	}
	for _, c := range run.Changes {
		words = append(words, "· what if "+c)
	}
	if run.Live {
		words = append(words, "· live")
	}
	return strings.Join(words, " ")
}

func silenceCell(d *ReplayDirection) string {
	if d.Silence == nil {
		return "–"
	}
	if *d.Silence == 0 {
		return "none"
	}
	return seconds(float64(*d.Silence))
}

func lostCell(d *ReplayDirection) string {
	return thousands(d.Dropped + d.Misdirected + d.Withheld)
}

// exposureWords say what a stranger needs who does not know the call's SSRC and
// sequence, in a table's cell.
func exposureWords(e *ReplayExposure) string {
	switch {
	case e == nil:
		return ""
	case e.Quiet == nil && e.signalling:
		return "new signalling"
	case e.Quiet == nil && e.stream:
		return "SSRC + sequence"
	case e.Quiet == nil:
		return "impossible"
	case *e.Quiet == 0 && e.Packets <= 1:
		return "any packet"
	case *e.Quiet == 0:
		return fmt.Sprintf("%d packets", e.Packets)
	}
	return seconds(float64(*e.Quiet)) + " of quiet"
}

// run tells one run: its timeline, and what happened.
func (t *replayText) run(r *Replay, run *ReplayRun) {
	t.Sides(page.Piece{}, page.As(runName(run), page.Bold), page.As(verdictWord(run), verdictInk(run.Verdict)))
	if run.Evidence != "" {
		t.Para(page.As("  ", page.Plain), "The profile: "+run.Evidence+".", page.Faint)
	}
	for _, n := range run.Notes {
		t.Para(page.As("  ", page.Plain), n, page.Faint)
	}
	if run.Differ != nil {
		t.Para(page.As("  ", page.Plain), differWords(*run.Differ), page.Plain)
	}
	drawn := Picture{Rows: run.rows}
	for _, row := range run.rows {
		for _, s := range row.Spans {
			drawn.End = max(drawn.End, s.To)
		}
	}
	if drawn.End > 0 {
		drawn.Legend = legend(&drawn)
		(&textWriter{t.Page}).picture(&drawn)
	}
	for i := range run.Events {
		if i == mostSteps {
			t.Para(page.As("   ", page.Plain), fmt.Sprintf("… and %s more (see --format json)", plural(len(run.Events)-i, "event", "events")), page.Faint)
			break
		}
		e := &run.Events[i]
		frame := ""
		if e.Frame > 0 {
			frame = thousands(int64(e.Frame))
		}
		t.Sides(page.As(page.PadLeft(relative(float64(e.Time)-float64(r.zero-r.kase.Zero)/1e9), 11)+"  ", page.Plain), page.As(eventWords(e), page.Plain), page.As(frame, page.Faint))
	}
	t.Gap()
}

// eventWords is one event as a sentence.
func eventWords(e *ReplayEvent) string {
	n := plural(int(e.Packets), "packet", "packets")
	switch e.Event {
	case "locked", "relocked":
		return fmt.Sprintf("%s: latch %s on %s", e.Direction, e.Event, e.Source)
	case "released":
		return fmt.Sprintf("%s: the locked source was silent long enough: released by %s", e.Direction, e.Source)
	case "reopened":
		return e.Direction + ": learning anew"
	case "moved":
		return fmt.Sprintf("%s: now sent to %s", e.Direction, e.Source)
	case "dropped":
		return fmt.Sprintf("%s: %s from %s dropped", e.Direction, n, e.Source)
	case "misdirected":
		return fmt.Sprintf("%s: %s sent to %s, where nobody is", e.Direction, n, e.Destination)
	case "withheld":
		return fmt.Sprintf("%s: %s not sent on (%s)", e.Direction, n, e.Reason)
	case "refused":
		return fmt.Sprintf("%s: %s from %s refused, the port is closed", e.Direction, n, e.Source)
	case "relayed":
		return fmt.Sprintf("%s: %s passed on to %s", e.Direction, n, e.Destination)
	}
	return e.Direction + ": " + e.Event
}

func verdictInk(j replay.Judgement) page.Ink {
	switch j {
	case replay.Fixed:
		return page.Green
	case replay.Worse:
		return page.Red
	case replay.Improved, replay.Unchanged:
		return page.Yellow
	}
	return page.Plain
}

func differWords(d ReplayDiffer) string {
	if d.Compared == 0 {
		return "Nothing can be compared packet by packet."
	}
	return fmt.Sprintf("Differs from the capture in %s of %s packets.", thousands(int64(d.Packets)), thousands(int64(d.Compared)))
}

func (t *replayText) limits(r *Replay) {
	for i, l := range r.Limits {
		head := label("")
		if i == 0 {
			head = heading("LIMITS")
		}
		t.Para(head, l, page.Plain)
	}
}

// label is the narrow column on the left.
func label(s string) page.Piece { return page.As(page.PadTo(s, 10), page.Plain) }

func heading(s string) page.Piece { return page.As(page.PadTo(s, 10), page.Bold) }
