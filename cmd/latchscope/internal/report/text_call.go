package report

import (
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze"
)

// calls tells of the troubled ones in full and of the others in a line, or in
// a number.
func (t *textReport) calls() {
	g := t.groups()
	full := worstFirst(t.Report, g.troubled, mostDetails)
	if t.chosen != nil {
		full = t.asked()
	}
	for _, c := range full {
		d := t.Of(c)
		t.call(&d)
	}
	if t.chosen == nil {
		if n := len(g.troubled) - len(full); n > 0 {
			t.para(label(""), fmt.Sprintf("%s in trouble left out here: --call N shows one in full.", plural(n, "more call", "more calls")), plain)
			t.gap()
		}
		t.quiet(g.noted)
		t.list("NOT JUDGED", "not judged", g.unjudged)
		t.list("HEALTHY", "all healthy", g.healthy)
	}
	if len(t.about[nil]) > 0 {
		d := t.Of(nil)
		t.line(piece{"MEDIA WITHOUT SIGNALLING", bold})
		t.findings(&d)
		t.story(&d)
		t.look(&d)
	}
}

func (t *textReport) quiet(calls []*analyze.Call) {
	for i, c := range calls {
		if i == mostQuiet {
			t.para(label(""), fmt.Sprintf("… and %s worth a note", plural(len(calls)-i, "more call", "more calls")), plain)
			break
		}
		head := heading("NOTED")
		if i > 0 {
			head = label("")
		}
		f := t.finding(t.loudest(c))
		t.sides(head, piece{fmt.Sprintf("Call %d  %s", c.ID, f.Summary), plain}, piece{f.Severity, plain})
	}
	if len(calls) > 0 {
		t.gap()
	}
}

// list names the first few of the calls that need no words.
func (t *textReport) list(title, what string, calls []*analyze.Call) {
	if len(calls) == 0 {
		return
	}
	tab := table{head: []string{"call", "began", "state", "talked", "media", "lost", "parties"}, right: []string{"call", "talked", "media", "lost"}}
	for _, c := range calls[:min(mostHealthy, len(calls))] {
		tab.rows = append(tab.rows, t.healthyRow(c))
	}
	// Names of strangers get what room the figures leave.
	const parties = 6
	indent := max(10, len(title)+2)
	if over := tab.natural() - (t.width - indent); over > 0 {
		room := tab.wide(parties) - over
		for i, c := range calls[:len(tab.rows)] {
			tab.rows[i][parties] = t.parties(c, max(room, 3))
		}
	}
	for i, l := range tab.lines(t.width - indent) {
		head := piece{padTo(title, indent), bold}
		if i > 0 {
			head = piece{blanks(indent), plain}
		}
		t.line(head, piece{l, plain})
	}
	if more := len(calls) - len(tab.rows); more > 0 {
		t.para(piece{blanks(indent), plain}, fmt.Sprintf("… and %s more, %s", thousands(int64(more)), what), plain)
	}
	t.gap()
}

// parties is who called whom in n cells; of what does not fit, both lose as
// much as they must.
func (t *textReport) parties(c *analyze.Call, n int) string {
	call := t.Report.call(c)
	if call.From == "" && call.To == "" {
		return clip("no signalling", n)
	}
	from, to := printable(bare(call.From)), printable(bare(call.To))
	room := n - len(" > ")
	switch half := room / 2; {
	case cells(from)+cells(to) <= room:
	case cells(from) <= half:
		to = clip(to, room-cells(from))
	case cells(to) <= half:
		from = clip(from, room-cells(to))
	default:
		from, to = clip(from, half), clip(to, room-half)
	}
	return from + " → " + to
}

// bare is a URI without its scheme, which is nearly always the same.
func bare(uri string) string {
	for _, scheme := range []string{"sip:", "sips:", "tel:"} {
		if rest, ok := strings.CutPrefix(uri, scheme); ok {
			return rest
		}
	}
	return uri
}

func (t *textReport) healthyRow(c *analyze.Call) []string {
	var packets, lost int64
	for _, s := range c.Streams {
		if s.CopyOf == nil {
			packets += int64(s.Stats.Packets)
			lost += int64(s.Stats.Lost())
		}
	}
	call := t.Report.call(c)
	const whole = 1 << 16
	return []string{fmt.Sprint(c.ID), clock(moment(c.Start()), t.loc), string(c.State), talked(&call, t.End),
		thousands(packets), thousands(lost), t.parties(c, whole)}
}

// talked is how long the call lasted from its answer; to the capture's end
// where its own was not seen.
func talked(c *Call, end Time) string {
	switch {
	case !c.Answer.Seen:
		return "–"
	case c.End.Seen:
		return seconds(c.End.Since(c.Answer))
	}
	return "≥ " + seconds(end.Since(c.Answer))
}

// call tells of one call in full.
func (t *textReport) call(d *Detail) {
	c := &d.Call
	parties := c.From + " → " + c.To
	if c.From == "" && c.To == "" {
		parties = "no signalling in this capture"
	}
	t.sides(piece{padTo(fmt.Sprintf("CALL %d", c.ID), 10), bold}, piece{parties, bold}, piece{course(d, t.End), plain})
	t.legs(d)
	t.gap()
	t.findings(d)
	t.mediaTable(d)
	t.story(d)
	t.timeline(d)
	t.look(d)
}

// course is what became of the call, in a few words.
func course(d *Detail, end Time) string {
	c := &d.Call
	if !c.Answer.Seen {
		return string(c.State)
	}
	s := "talked " + talked(c, end)
	if c.Invite.Seen {
		s = "answered after " + seconds(c.Answer.Since(c.Invite)) + ", " + s
	}
	switch c.State {
	case analyze.Completed:
		return s
	case analyze.Established:
		return s + ", no end seen"
	}
	return s + ", " + string(c.State)
}

func (t *textReport) legs(d *Detail) {
	const most = 8
	for i, l := range d.Legs {
		head := "  Legs"
		if i > 0 {
			head = ""
		}
		if i == most {
			t.para(label(""), fmt.Sprintf("… and %d more", len(d.Legs)-i), plain)
			break
		}
		// A long Call-ID is of use only if whole; it is in the JSON.
		id := clip(printable(l.CallID), 32)
		way := l.From + " → " + l.To
		notes := l.Notes
		if l.Outcome != "" {
			notes = append([]string{l.Outcome}, notes...)
		}
		who, note := id+" · "+way, strings.Join(notes, ", ")
		if cells(who)+cells(printable(note))+15 <= t.width {
			t.sides(piece{padTo(head, 10) + l.Letter + "  ", plain}, piece{who, plain}, piece{note, faint})
		} else {
			t.items(piece{padTo(head, 10) + l.Letter + "  ", plain}, []string{id, way}, " · ", plain)
			if note != "" {
				t.para(piece{blanks(13), plain}, note, faint)
			}
		}
		if l.Agents[0] != "" || l.Agents[1] != "" {
			t.para(piece{blanks(13), plain}, fmt.Sprintf("%s → %s", orDash(l.Agents[0]), orDash(l.Agents[1])), faint)
		}
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return clip(printable(s), 40)
}

// findings says each in a line, and in detail where there is one.
func (t *textReport) findings(d *Detail) {
	const most = 12
	if len(d.Findings) == 0 {
		return
	}
	t.line(piece{"  Findings", bold})
	for i := range d.Findings {
		if i == most {
			t.para(piece{"   ", plain}, fmt.Sprintf("… and %d more", len(d.Findings)-i), plain)
			break
		}
		f := &d.Findings[i]
		t.sides(piece{"   ", plain}, piece{f.Code + ": " + f.Summary, plain},
			piece{f.Severity + ", " + f.Confidence, t.severityInk(f.level)})
		if f.Detail != "" && f.Detail != f.Summary {
			t.para(piece{"     ", plain}, f.Detail, plain)
		}
	}
	t.gap()
}

func (t *textReport) mediaTable(d *Detail) {
	const most = 24
	if len(d.Media) == 0 {
		return
	}
	rows := d.Media[:min(most, len(d.Media))]
	tab := table{
		head:  []string{"leg", "from", "to", "codec", "packets", "lost", "jitter", "longest gap", ""},
		right: []string{"packets", "lost", "jitter", "longest gap"},
	}
	for _, m := range rows {
		tab.rows = append(tab.rows, []string{m.Leg, m.Source, m.Destination, m.Codec, thousands(m.Packets), thousands(m.Lost),
			fmt.Sprintf("%.1f ms", float64(m.Jitter)), pause(m.Pause), m.Note})
	}
	lines := tab.lines(t.width - 3)
	for _, spare := range []string{"codec", "jitter"} { // what a narrow page can do without
		if lines == nil {
			tab.drop(spare)
			lines = tab.lines(t.width - 3)
		}
	}
	t.line(piece{"  Media", bold})
	for _, l := range lines {
		t.line(piece{"   ", plain}, piece{l, plain})
	}
	if lines == nil {
		for _, m := range rows {
			t.para(piece{"   " + padTo(m.Leg, 3), plain}, m.Source+" → "+m.Destination, plain)
			figures := fmt.Sprintf("%s %s, %s lost, jitter %.1f ms", thousands(m.Packets), m.Codec, thousands(m.Lost), float64(m.Jitter))
			if m.Pause > 0 {
				figures += ", longest gap " + pause(m.Pause)
			}
			if m.Note != "" {
				figures += "; " + m.Note
			}
			t.para(piece{blanks(8), plain}, figures, plain)
		}
	}
	if n := len(d.Media) - len(rows); n > 0 {
		t.para(piece{"   ", plain}, fmt.Sprintf("… and %s", plural(n, "more stream", "more streams")), plain)
	}
	if d.Copies > 0 {
		t.para(piece{"   ", plain}, fmt.Sprintf("(%s of the same packets on other interfaces or at other points left out)",
			plural(d.Copies, "further sighting", "further sightings")), faint)
	}
	t.gap()
}

func pause(s float64) string {
	if s == 0 {
		return ""
	}
	return seconds(s)
}

// story is "What happened".
func (t *textReport) story(d *Detail) {
	if len(d.Events) == 0 {
		return
	}
	t.sides(piece{"  What happened", bold}, piece{}, piece{"frame", plain})
	wide := 0
	for _, e := range d.Events {
		wide = max(wide, len(relative(e.At)))
	}
	letters := 0
	for _, l := range d.Legs {
		letters = max(letters, len(l.Letter))
	}
	for _, e := range d.Events {
		text, style := e.Text, plain
		if e.Count > 1 {
			text += " ×" + thousands(e.Count)
		}
		if e.Finding > 0 {
			style = bold
		}
		leg := ""
		if letters > 0 {
			leg = padTo(e.Leg, letters) + "  "
		}
		t.sides(piece{"   " + padLeft(relative(e.At), wide) + "  " + leg, plain}, piece{text, style},
			piece{t.frames(e.First, e.Last), plain})
	}
	if d.Hidden > 0 {
		t.para(piece{"   ", plain}, fmt.Sprintf("… and %s less", plural(d.Hidden, "event that matters", "events that matter")), plain)
	}
	t.gap()
}

// frames names a frame or a run of them; the file goes first where there are
// several.
func (r *Report) frames(first, last Frame) string {
	s := fmt.Sprint(first.No)
	if last.No != first.No {
		s += "–" + fmt.Sprint(last.No)
	}
	if len(r.Captures) > 1 {
		s = fmt.Sprintf("[%d] %s", first.File, s)
	}
	return s
}

// look lists filters to paste into Wireshark.
func (t *textReport) look(d *Detail) {
	if len(d.Filters) == 0 {
		return
	}
	t.line(piece{"  Look yourself (Wireshark)", bold})
	wide := 0
	for _, f := range d.Filters {
		wide = max(wide, cells(f.Name))
	}
	for _, f := range d.Filters {
		t.para(piece{"   " + padTo(f.Name, min(wide, 18)) + "  ", plain}, f.Text, plain)
	}
	t.gap()
}
