package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// TextOptions are the matters of taste in which two text reports may differ.
type TextOptions struct {
	Width int
	Color bool
	ASCII bool // write only ASCII
}

func (o TextOptions) page() page.Options {
	return page.Options{Width: o.Width, Color: o.Color, ASCII: o.ASCII}
}

// Text writes the document for people at a terminal and for tickets: plain
// lines that never exceed their width.
func Text(w io.Writer, r *Report, opt TextOptions) error {
	t := &textWriter{Page: page.New(w, opt.page())}
	d := r.Document()
	t.Sides(page.As("latchscope "+d.Tool.Version, page.Bold), page.Piece{}, page.As(d.About, page.Faint))
	for i := range d.Sections {
		t.section(d, &d.Sections[i])
	}
	return t.Close()
}

type textWriter struct{ *page.Page }

// in is what blocks are indented by.
func in(n int) page.Piece { return page.As(page.Blanks(n), page.Plain) }

func (t *textWriter) section(d *Document, s *Section) {
	t.Gap()
	title := strings.ToUpper(s.Title)
	if s.Kind == SectionIncident {
		t.Line(page.As(strings.Repeat("-", t.Width), page.Faint))
	}
	if aside := s.Aside; aside != "" {
		t.Para(page.As(title+"   ", page.Bold), aside, page.Plain)
	} else if len(s.Blocks) > 0 && s.Blocks[0].Steps != nil && s.Kind != SectionToDo {
		head := page.PadTo("frames", framesWide(s.Blocks[0].Steps)) + "how sure"
		t.Line(page.As(t.PadTo(title, t.Width-len(head)), page.Bold), page.As(head, page.Faint))
	} else {
		t.Line(page.As(title, page.Bold))
	}
	for i := range s.Blocks {
		t.block(d, s, &s.Blocks[i], i)
	}
}

func (t *textWriter) block(d *Document, s *Section, b *Block, i int) {
	if b.Deep {
		return
	}
	if b.Title != "" {
		if i > 0 && s.Kind != SectionToDo && (s.Kind != SectionWhy || i == 1) {
			t.Gap()
		}
		t.Para(in(2), b.Title, page.Bold)
	}
	switch {
	case b.Table != nil:
		if b.Title == "" && i > 0 && s.Kind != SectionEvidence {
			t.Gap()
		}
		t.table(b.Table)
	case b.Steps != nil:
		t.steps(b.Steps)
	case b.Pairs != nil:
		t.pairs(b.Pairs)
	case b.Picture != nil:
		t.picture(b.Picture)
	case b.Ladder != nil:
		t.ladder(b.Ladder)
	case b.Filters != nil:
		if i > 0 && s.Kind != SectionEvidence {
			t.Gap()
		}
		t.filters(b.Filters)
	case b.Text != "":
		style := page.Plain
		if b.Loud {
			style = page.Bold
			if d.Level == "critical" && s.Kind == SectionSummary {
				style = page.Red
			}
		}
		t.Para(in(2), b.Text, style)
	}
}

// table prints a table, without its optional columns where it would not fit,
// its words wrapped where it still does not.
func (t *textWriter) table(tab *Table) {
	const indent = 3
	room := t.Width - indent
	p := page.Table{}
	var optional []string
	for _, c := range tab.Columns {
		p.Head = append(p.Head, c.Head)
		switch {
		case c.Kind == Figure:
			p.Right = append(p.Right, c.Head)
		case c.Kind == Words:
			p.Wrap = append(p.Wrap, c.Head)
		}
		if c.Optional {
			optional = append(optional, c.Head)
		}
	}
	for _, row := range tab.Rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, t.Text(cell))
		}
		p.Rows = append(p.Rows, cells)
	}
	lines := p.Lines(room)
	for i := len(optional) - 1; i >= 0 && lines == nil; i-- {
		p.Drop(optional[i])
		lines = p.Lines(room)
	}
	if lines == nil {
		lines = p.Wrapped(room)
	}
	for i, l := range lines {
		style := page.Plain
		if i == 0 {
			style = page.Faint
		}
		t.Line(in(indent), page.As(l, style))
	}
	if lines == nil {
		for _, row := range tab.Rows {
			var parts []string
			for j, cell := range row {
				if cell != "" {
					parts = append(parts, tab.Columns[j].Head+" "+cell)
				}
			}
			t.Para(in(indent), strings.Join(parts, "; "), page.Plain)
		}
	}
	if tab.More != "" {
		t.Para(in(indent), "... "+tab.More, page.Faint)
	}
}

// framesWide is how wide the column of frames is: as wide as its longest run, within
// reason, and two blanks.
func framesWide(list []Step) int {
	wide := len("frames  ")
	for _, s := range list {
		for _, run := range strings.Split(s.Frames, ", ") {
			wide = max(wide, page.Cells(run))
		}
	}
	return min(wide, 16) + 2
}

// steps are numbered sentences, their frames and how sure they are beside them.
func (t *textWriter) steps(list []Step) {
	frames, sure := 0, 0
	for _, s := range list {
		if s.Frames != "" {
			frames = framesWide(list)
		}
		if s.Sure != "" {
			sure = 8
		}
	}
	for _, s := range list {
		room := t.Width - 5 - 2 - frames - sure
		text := page.Wrap(t.Text(s.Text), room)
		side := page.WrapItems(strings.Split(s.Frames, ", "), ", ", max(frames-1, 0))
		for i := range max(len(text), len(side)) {
			head, a, b, c := "", "", "", ""
			if i == 0 {
				head, c = fmt.Sprintf("%3d", s.No), s.Sure
			}
			if i < len(text) {
				a = text[i]
			}
			if i < len(side) {
				b = side[i]
			}
			t.Line(page.As(t.PadTo(head, 5), page.Plain), page.As(t.PadTo(a, room+2), page.Plain), page.As(t.PadTo(b, frames), page.Plain), page.As(c, page.Plain))
		}
		for _, more := range s.More {
			t.Para(in(5), more, page.Plain)
		}
	}
}

// pairs are terms with what there is to say about them.
func (t *textWriter) pairs(list []Pair) {
	wide := 0
	for _, p := range list {
		if !p.Own {
			wide = max(wide, page.Cells(t.Text(p.Term)))
		}
	}
	wide = min(wide, 18)
	for _, p := range list {
		indent := 2
		if p.Sub {
			indent = 4
		}
		head := page.As(page.Blanks(indent)+t.PadTo(p.Term, wide)+"  ", page.Plain)
		if wide == 0 {
			head = in(indent)
		}
		if p.Own || page.Cells(t.Text(p.Term)) > wide {
			t.Para(in(indent), p.Term, page.Plain)
			head = in(indent + 2)
		}
		for i, text := range p.Text {
			if i > 0 {
				head = in(page.Cells(head.Text))
			}
			if p.Sure != "" && i == 0 {
				t.Sides(head, page.As(text, page.Plain), page.As(p.Sure, page.Faint))
				continue
			}
			t.Para(head, text, page.Plain)
		}
	}
}

// ladder is what happened, a line an event.
func (t *textWriter) ladder(l *Ladder) {
	list, hidden := shallow(l)
	left := leftOut(list)
	for i := range list {
		e := &list[i]
		if left[i] {
			if hidden++; i == 0 || !left[i-1] {
				t.Line(in(3), page.As("...", page.Faint))
			}
			continue
		}
		style := page.Plain
		if e.Finding > 0 {
			style = page.Bold
		}
		t.Sides(page.As("   "+e.Clock+"  ", page.Plain), page.As(e.line(), style), page.As(e.Frames, page.Plain))
	}
	if hidden > 0 {
		t.Para(in(3), fmt.Sprintf("... %s", hiddenWords(l, hidden)), page.Faint)
	}
}

// leftOut are the events that a long story leaves out: what happens again and again
// is told as it began and as it ended. What changes the call stays.
func leftOut(list []Event) map[int]bool {
	const most, first, last, alike = 16, 8, 3, 4
	left := map[int]bool{}
	same := map[string][]int{} // by words, whatever the figures in them
	for i := range list {
		if !list[i].turn {
			words := strings.Join(strings.FieldsFunc(list[i].Text, func(r rune) bool { return r >= '0' && r <= '9' }), "#")
			same[words] = append(same[words], i)
		}
	}
	for _, again := range same {
		if n := len(again); n > alike && len(same) <= 2 { // in turns with others it would leave holes only
			for _, i := range again[2 : n-1] {
				left[i] = true
			}
		}
	}
	if len(list)-len(left) <= most {
		return left
	}
	clear(left)
	var again []int
	for i := range list {
		if !list[i].turn {
			again = append(again, i)
		}
	}
	if len(again) > first+last {
		for _, i := range again[first : len(again)-last] {
			left[i] = true
		}
	}
	return left
}

// shallow are the events of a ladder that a page of text tells, and how many it
// does not.
func shallow(l *Ladder) (list []Event, hidden int) {
	hidden = l.Hidden
	for i := range l.Events {
		if l.Events[i].Deep {
			hidden++
			continue
		}
		list = append(list, l.Events[i])
	}
	return list, hidden
}

// hiddenWords say what kind of events a page of text does not tell, so that nobody
// need fear that one of them matters, and how to see them.
func hiddenWords(l *Ladder, hidden int) string {
	quiet, begin, other, deep := 0, 0, 0, 0
	for i := range l.Events {
		switch e := &l.Events[i]; {
		case !e.Deep:
			continue
		case e.Kind == Signal && !e.turn:
			quiet++
		case e.Kind == Signal:
			other++
		case e.Kind == Audio && e.key == "begin":
			begin++
		}
		deep++
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{other, "of the other leg"}, {quiet, "without SDP"}, {begin, "begin a stream"}, {hidden - other - quiet - begin, "alike"}} {
		if p.n > 0 && deep <= hidden {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return fmt.Sprintf("%s more: %s", thousands(int64(hidden)), strings.Join(parts, ", "))
}

func (t *textWriter) filters(list []Filter) {
	wide := 0
	for _, f := range list {
		wide = max(wide, page.Cells(f.Name))
	}
	for _, f := range list {
		t.Para(page.As("   "+t.PadTo(f.Name, min(wide, 18))+"  ", page.Plain), f.Text, page.Plain)
	}
}
