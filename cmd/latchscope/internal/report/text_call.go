package report

import (
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
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
			t.Para(label(""), fmt.Sprintf("%s in trouble left out here: --call N shows one in full.", plural(n, "more call", "more calls")), page.Plain)
			t.Gap()
		}
		t.quiet(g.noted)
		t.list("NOT JUDGED", "not judged", g.unjudged)
		t.list("HEALTHY", "all healthy", g.healthy)
	}
	if len(t.about[nil]) > 0 {
		d := t.Of(nil)
		t.Line(page.As("MEDIA WITHOUT SIGNALLING", page.Bold))
		t.findings(&d)
		t.story(&d)
		t.look(&d)
	}
}

func (t *textReport) quiet(calls []*trace.Call) {
	for i, c := range calls {
		if i == mostQuiet {
			t.Para(label(""), fmt.Sprintf("… and %s worth a note", plural(len(calls)-i, "more call", "more calls")), page.Plain)
			break
		}
		head := heading("NOTED")
		if i > 0 {
			head = label("")
		}
		f := t.finding(t.loudest(c))
		t.Sides(head, page.As(fmt.Sprintf("Call %d  %s", c.ID, f.Summary), page.Plain), page.As(f.Severity, page.Plain))
	}
	if len(calls) > 0 {
		t.Gap()
	}
}

// list names the first few of the calls that need no words.
func (t *textReport) list(title, what string, calls []*trace.Call) {
	if len(calls) == 0 {
		return
	}
	tab := page.Table{Head: []string{"call", "began", "state", "talked", "media", "lost", "parties"}, Right: []string{"call", "talked", "media", "lost"}}
	for _, c := range calls[:min(mostHealthy, len(calls))] {
		tab.Rows = append(tab.Rows, t.healthyRow(c))
	}
	// Names of strangers get what room the figures leave.
	const parties = 6
	indent := max(10, len(title)+2)
	if over := tab.Natural() - (t.Width - indent); over > 0 {
		room := tab.Wide(parties) - over
		for i, c := range calls[:len(tab.Rows)] {
			tab.Rows[i][parties] = t.parties(c, max(room, 3))
		}
	}
	for i, l := range tab.Lines(t.Width - indent) {
		head := page.As(page.PadTo(title, indent), page.Bold)
		if i > 0 {
			head = page.As(page.Blanks(indent), page.Plain)
		}
		t.Line(head, page.As(l, page.Plain))
	}
	if more := len(calls) - len(tab.Rows); more > 0 {
		t.Para(page.As(page.Blanks(indent), page.Plain), fmt.Sprintf("… and %s more, %s", thousands(int64(more)), what), page.Plain)
	}
	t.Gap()
}

// parties is who called whom in n cells; of what does not fit, both lose as
// much as they must.
func (t *textReport) parties(c *trace.Call, n int) string {
	call := t.Report.call(c)
	if call.From == "" && call.To == "" {
		return page.Clip("no signalling", n)
	}
	from, to := page.Printable(bare(call.From)), page.Printable(bare(call.To))
	room := n - len(" > ")
	switch half := room / 2; {
	case page.Cells(from)+page.Cells(to) <= room:
	case page.Cells(from) <= half:
		to = page.Clip(to, room-page.Cells(from))
	case page.Cells(to) <= half:
		from = page.Clip(from, room-page.Cells(to))
	default:
		from, to = page.Clip(from, half), page.Clip(to, room-half)
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

func (t *textReport) healthyRow(c *trace.Call) []string {
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
	t.Sides(page.As(page.PadTo(fmt.Sprintf("CALL %d", c.ID), 10), page.Bold), page.As(parties, page.Bold), page.As(course(d, t.End), page.Plain))
	t.legs(d)
	t.Gap()
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
	case trace.Completed:
		return s
	case trace.Established:
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
			t.Para(label(""), fmt.Sprintf("… and %d more", len(d.Legs)-i), page.Plain)
			break
		}
		// A long Call-ID is of use only if whole; it is in the JSON.
		id := page.Clip(page.Printable(l.CallID), 32)
		way := l.From + " → " + l.To
		notes := l.Notes
		if l.Outcome != "" {
			notes = append([]string{l.Outcome}, notes...)
		}
		who, note := id+" · "+way, strings.Join(notes, ", ")
		if page.Cells(who)+page.Cells(page.Printable(note))+15 <= t.Width {
			t.Sides(page.As(page.PadTo(head, 10)+l.Letter+"  ", page.Plain), page.As(who, page.Plain), page.As(note, page.Faint))
		} else {
			t.Items(page.As(page.PadTo(head, 10)+l.Letter+"  ", page.Plain), []string{id, way}, " · ", page.Plain)
			if note != "" {
				t.Para(page.As(page.Blanks(13), page.Plain), note, page.Faint)
			}
		}
		if l.Agents[0] != "" || l.Agents[1] != "" {
			t.Para(page.As(page.Blanks(13), page.Plain), fmt.Sprintf("%s → %s", orDash(l.Agents[0]), orDash(l.Agents[1])), page.Faint)
		}
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return page.Clip(page.Printable(s), 40)
}

// findings says each in a line, and in detail where there is one.
func (t *textReport) findings(d *Detail) {
	const most = 12
	if len(d.Findings) == 0 {
		return
	}
	t.Line(page.As("  Findings", page.Bold))
	for i := range d.Findings {
		if i == most {
			t.Para(page.As("   ", page.Plain), fmt.Sprintf("… and %d more", len(d.Findings)-i), page.Plain)
			break
		}
		f := &d.Findings[i]
		t.Sides(page.As("   ", page.Plain), page.As(f.Code+": "+f.Summary, page.Plain),
			page.As(f.Severity+", "+f.Confidence, t.severityInk(f.level)))
		if f.Detail != "" && f.Detail != f.Summary {
			t.Para(page.As("     ", page.Plain), f.Detail, page.Plain)
		}
	}
	t.Gap()
}

func (t *textReport) mediaTable(d *Detail) {
	const most = 24
	if len(d.Media) == 0 {
		return
	}
	rows := d.Media[:min(most, len(d.Media))]
	tab := page.Table{
		Head:  []string{"leg", "from", "to", "codec", "packets", "lost", "jitter", "longest gap", ""},
		Right: []string{"packets", "lost", "jitter", "longest gap"},
	}
	for _, m := range rows {
		tab.Rows = append(tab.Rows, []string{m.Leg, m.Source, m.Destination, m.Codec, thousands(m.Packets), thousands(m.Lost),
			fmt.Sprintf("%.1f ms", float64(m.Jitter)), pause(m.Pause), m.Note})
	}
	lines := tab.Lines(t.Width - 3)
	for _, spare := range []string{"codec", "jitter"} { // what a narrow page can do without
		if lines == nil {
			tab.Drop(spare)
			lines = tab.Lines(t.Width - 3)
		}
	}
	t.Line(page.As("  Media", page.Bold))
	for _, l := range lines {
		t.Line(page.As("   ", page.Plain), page.As(l, page.Plain))
	}
	if lines == nil {
		for _, m := range rows {
			t.Para(page.As("   "+page.PadTo(m.Leg, 3), page.Plain), m.Source+" → "+m.Destination, page.Plain)
			figures := fmt.Sprintf("%s %s, %s lost, jitter %.1f ms", thousands(m.Packets), m.Codec, thousands(m.Lost), float64(m.Jitter))
			if m.Pause > 0 {
				figures += ", longest gap " + pause(m.Pause)
			}
			if m.Note != "" {
				figures += "; " + m.Note
			}
			t.Para(page.As(page.Blanks(8), page.Plain), figures, page.Plain)
		}
	}
	if n := len(d.Media) - len(rows); n > 0 {
		t.Para(page.As("   ", page.Plain), fmt.Sprintf("… and %s", plural(n, "more stream", "more streams")), page.Plain)
	}
	if d.Copies > 0 {
		t.Para(page.As("   ", page.Plain), fmt.Sprintf("(%s of the same packets on other interfaces or at other points left out)",
			plural(d.Copies, "further sighting", "further sightings")), page.Faint)
	}
	t.Gap()
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
	t.Sides(page.As("  What happened", page.Bold), page.Piece{}, page.As("frame", page.Plain))
	wide := 0
	for _, e := range d.Events {
		wide = max(wide, len(relative(e.At)))
	}
	letters := 0
	for _, l := range d.Legs {
		letters = max(letters, len(l.Letter))
	}
	for _, e := range d.Events {
		text, style := e.Text, page.Plain
		if e.Count > 1 {
			text += " ×" + thousands(e.Count)
		}
		if e.Finding > 0 {
			style = page.Bold
		}
		leg := ""
		if letters > 0 {
			leg = page.PadTo(e.Leg, letters) + "  "
		}
		t.Sides(page.As("   "+page.PadLeft(relative(e.At), wide)+"  "+leg, page.Plain), page.As(text, style),
			page.As(t.frames(e.First, e.Last), page.Plain))
	}
	if d.Hidden > 0 {
		t.Para(page.As("   ", page.Plain), fmt.Sprintf("… and %s less", plural(d.Hidden, "event that matters", "events that matter")), page.Plain)
	}
	t.Gap()
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
	t.Line(page.As("  Look yourself (Wireshark)", page.Bold))
	wide := 0
	for _, f := range d.Filters {
		wide = max(wide, page.Cells(f.Name))
	}
	for _, f := range d.Filters {
		t.Para(page.As("   "+page.PadTo(f.Name, min(wide, 18))+"  ", page.Plain), f.Text, page.Plain)
	}
	t.Gap()
}
