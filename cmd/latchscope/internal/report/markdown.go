package report

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// Markdown writes the report for ticket systems, in the dialect that GitHub,
// GitLab and their kin share. Tables stand where there are figures, sentences
// elsewhere.
func Markdown(w io.Writer, r *Report) error {
	m := &markdown{Report: r, w: bufio.NewWriter(w)}
	m.document()
	if m.err != nil {
		return m.err
	}
	return m.w.Flush()
}

type markdown struct {
	*Report
	w   *bufio.Writer
	err error
}

// f prints one block. Everything foreign in args has gone through md, mdCell
// or mdCode.
func (m *markdown) f(format string, args ...any) {
	if m.err == nil {
		_, m.err = fmt.Fprintf(m.w, format, args...)
	}
}

func (m *markdown) document() {
	d := m.Document()
	m.f("## latchscope %s: %s\n\n", d.Tool.Version, md(d.About))
	for i := range d.Sections {
		s := &d.Sections[i]
		level := "###"
		if s.Kind == SectionIncident {
			m.f("---\n\n")
		}
		m.f("%s %s\n\n", level, md(s.Title))
		if s.Aside != "" {
			m.f("%s\n\n", md(s.Aside))
		}
		for j := range s.Blocks {
			m.block(&s.Blocks[j])
		}
	}
}

func (m *markdown) block(b *Block) {
	if b.Deep {
		return
	}
	if b.Title != "" {
		m.f("**%s**\n\n", md(b.Title))
	}
	switch {
	case b.Table != nil:
		m.table(b.Table)
	case b.Steps != nil:
		for _, s := range b.Steps {
			m.f("%d. %s", s.No, md(s.Text))
			if s.Sure != "" {
				m.f(" *%s*", s.Sure)
			}
			if s.Frames != "" {
				word := "frames"
				if !strings.ContainsAny(s.Frames, ",-") {
					word = "frame"
				}
				m.f(" (%s %s)", word, md(s.Frames))
			}
			for _, more := range s.More {
				m.f("<br>%s", md(more))
			}
			m.f("\n")
		}
		m.f("\n")
	case b.Pairs != nil:
		m.pairs(b.Pairs)
	case b.Picture != nil:
		m.picture(b.Picture)
	case b.Ladder != nil:
		m.ladder(b.Ladder)
	case b.Filters != nil:
		for _, f := range b.Filters {
			m.f("- %s: %s\n", md(f.Name), mdCode(f.Text, false))
		}
		m.f("\n")
	case b.Loud:
		m.f("**%s**\n\n", md(b.Text))
	case b.Text != "":
		m.f("%s\n\n", md(b.Text))
	}
}

func (m *markdown) table(t *Table) {
	rule := ""
	for _, c := range t.Columns {
		m.f("| %s ", mdCell(c.Head))
		if c.Kind == Figure {
			rule += "| ---: "
		} else {
			rule += "| --- "
		}
	}
	m.f("|\n%s|\n", rule)
	for _, row := range t.Rows {
		for j, cell := range row {
			if t.Columns[j].Kind == Code {
				m.f("| %s ", mdCode(cell, true))
			} else {
				m.f("| %s ", mdCell(cell))
			}
		}
		m.f("|\n")
	}
	m.f("\n")
	if t.More != "" {
		m.f("%s\n\n", md(capital(t.More)))
	}
}

// pairs are list items, what goes on with one before stands below it.
func (m *markdown) pairs(list []Pair) {
	before := ""
	for _, p := range list {
		if p.Sub && p.Term == "" { // one more of the same
			p.Term = before
		}
		before = p.Term
		text := make([]string, len(p.Text))
		for i := range p.Text {
			text[i] = md(p.Text[i])
		}
		if p.Sure != "" && len(text) > 0 {
			text[0] += " *" + p.Sure + "*"
		}
		body := strings.Join(text, "<br>")
		switch term := md(p.Term); {
		case strings.Contains(term, "`"):
			m.f("- %s: %s\n", term, body)
		case term != "":
			m.f("- **%s**: %s\n", term, body)
		default:
			m.f("- %s\n", body)
		}
	}
	m.f("\n")
}

// ladder is what happened, a row an event.
func (m *markdown) ladder(l *Ladder) {
	const most = 28
	list, hidden := shallow(l)
	if len(list) > most {
		hidden += len(list) - most
		list = list[:most]
	}
	m.f("| time | what happened | frames |\n| --- | --- | --- |\n")
	for i := range list {
		m.f("| %s | %s | %s |\n", list[i].Clock, mdCell(list[i].line()), mdCell(list[i].Frames))
	}
	m.f("\n")
	if hidden > 0 {
		m.f("%s.\n\n", md(capital(hiddenWords(l, hidden))))
	}
}

// picture is the text's, narrow enough for a column of a ticket system.
func (m *markdown) picture(p *Picture) {
	const width = 68
	var out bytes.Buffer
	t := &textWriter{page.New(&out, page.Options{Width: width, ASCII: true})}
	t.picture(p)
	if err := t.Close(); err != nil && m.err == nil {
		m.err = err
	}
	m.f("~~~~text\n")
	for line := range strings.Lines(out.String()) {
		// Four tildes are not in a name that stands behind blanks; to be sure
		// they are taken out.
		m.f("%s\n", strings.TrimRight(strings.ReplaceAll(line, "~", "-"), " \n"))
	}
	m.f("~~~~\n\n")
}

// md is foreign or mixed text as Markdown. What might be syntax, a mention, a
// reference or a link in any of the dialects is put into code spans word by
// word; they are inert everywhere, and addresses and URIs look well in them.
func md(s string) string { return mdWords(s, false) }

// mdCell is md for a table.
func mdCell(s string) string { return mdWords(s, true) }

func mdWords(s string, cell bool) string {
	var out []string
	var code []string
	flush := func() {
		if len(code) > 0 {
			out = append(out, mdCode(strings.Join(code, " "), cell))
			code = nil
		}
	}
	for word := range strings.FieldsSeq(page.Printable(s)) {
		if harmless(word) {
			flush()
			out = append(out, word)
			continue
		}
		// Punctuation at the end of an address belongs to the sentence.
		core := strings.TrimRight(word, ",.;")
		code = append(code, cmp.Or(core, word))
		if core != "" && core != word {
			flush()
			out[len(out)-1] += word[len(core):]
		}
	}
	flush()
	return strings.Join(out, " ")
}

// harmless tells words that no dialect of Markdown takes for anything else.
func harmless(word string) bool {
	lower := strings.ToLower(word)
	if strings.Contains(lower, "www.") || strings.Contains(lower, "http") {
		return false
	}
	core := strings.TrimRight(word, ",.;:!?)")
	if core == "" { // a lone dash, a number's dot: markers at the head of a line
		return word == "·" || word == "→"
	}
	first := rune(core[0])
	if strings.ContainsRune("-+=", first) && len(core) == 1 {
		return false
	}
	for _, r := range core {
		if unicode.In(r, unicode.L, unicode.Mn, unicode.Mc, unicode.Nd) || strings.ContainsRune(".,'’\"%/+-()–…→×·≥?!;", r) {
			continue
		}
		return false
	}
	return true
}

// mdCode is s in a code span.
func mdCode(s string, cell bool) string {
	s = page.Printable(s)
	if s == "" {
		return ""
	}
	if cell {
		// A table is cut into cells before spans are looked for.
		s = strings.ReplaceAll(s, `\|`, `\\x7c`)
		s = strings.ReplaceAll(s, "|", `\|`)
	}
	longest, run := 0, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", longest+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && strings.TrimSpace(s) != "" && s[len(s)-1] == ' ' {
		s = " " + s + " "
	}
	return fence + s + fence
}
