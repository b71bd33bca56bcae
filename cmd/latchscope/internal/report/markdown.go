package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
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
	g := m.groups()
	m.f("## latchscope: %s\n\n", md(m.headline(g)))
	if m.Interrupted {
		m.f("**Interrupted: this is a partial report.**\n\n")
	}
	shown := worstFirst(m.Report, g.troubled, mostVerdicts)
	for _, c := range shown {
		d := m.Of(c)
		f := d.main()
		m.f("- **%s** call %d: %s\n", f.Severity, c.ID, md(f.Summary))
	}
	if n := len(g.troubled) - len(shown); n > 0 {
		m.f("- … and %s in trouble\n", plural(n, "more call", "more calls"))
	}
	for _, i := range m.about[nil] {
		f := m.finding(&m.result.Findings[i])
		m.f("- **%s** no call: %s\n", f.Severity, md(f.Summary))
	}
	if len(shown)+len(m.about[nil]) > 0 {
		m.f("\n")
	}
	m.captures()
	full := worstFirst(m.Report, g.troubled, mostDetails)
	if m.chosen != nil {
		full = m.asked()
	}
	for _, c := range full {
		d := m.Of(c)
		m.call(&d)
	}
	if m.chosen == nil {
		m.others(g)
	}
	if len(m.about[nil]) > 0 {
		d := m.Of(nil)
		m.f("### Media without signalling\n\n")
		m.findings(&d)
		m.story(&d)
		m.filters(&d)
	}
	if len(m.Coverage.Limits) > 0 {
		m.f("### Limits\n\n")
		for _, l := range m.Coverage.Limits {
			m.f("- %s\n", md(l))
		}
		m.f("\n")
	}
	m.f("latchscope %s\n", m.Tool.Version)
}

func (m *markdown) captures() {
	if len(m.Captures) > 0 {
		m.f("| | capture | format | packets | size | first packet (UTC) |\n| ---: | --- | --- | ---: | ---: | --- |\n")
	}
	for i, c := range m.Captures {
		if i == mostFiles {
			m.f("| | … and %s more | | | | |\n", plural(len(m.Captures)-i, "file", "files"))
			break
		}
		m.f("| %d | %s | %s | %s | %s | %s |\n", i, mdCode(c.Path, true), md(c.Format), thousands(c.Packets), bytesOf(c.Bytes), date(c.First, time.UTC))
	}
	m.f("\n%s → %s\n", md(m.Quality.String()), md(m.Quality.Verdict))
	if m.Vantage != "" {
		m.f("\n%s\n", md(m.Vantage))
	}
	m.f("\n")
	some := false
	for i, c := range m.Captures {
		for _, w := range c.Warnings {
			some = true
			m.f("- capture %d: %s (×%s)\n", i, md(w.Text), thousands(w.Count))
		}
	}
	if some {
		m.f("\n")
	}
}

func (m *markdown) call(d *Detail) {
	c := &d.Call
	m.f("### Call %d\n\n", c.ID)
	if c.From != "" || c.To != "" {
		m.f("%s → %s, ", mdCode(c.From, false), mdCode(c.To, false))
	}
	m.f("%s\n\n", md(course(d, m.End)))
	for _, l := range d.Legs {
		m.f("- %s: %s, %s → %s", l.Letter, mdCode(l.CallID, false), mdCode(l.From, false), mdCode(l.To, false))
		for _, n := range l.Notes {
			m.f(", %s", md(n))
		}
		m.f("\n")
	}
	if len(d.Legs) > 0 {
		m.f("\n")
	}
	if why := d.why(m.Report); why != "" {
		m.f("%s\n\n", md(why))
	}
	if sure := d.sureness(m.Report); sure != "" {
		m.f("%s\n\n", md(sure))
	}
	m.findings(d)
	m.media(d)
	m.story(d)
	m.timeline(d)
	m.filters(d)
	if len(d.Advice) > 0 {
		m.f("**What to do**\n\n")
		for i, a := range numbered(d.Advice) {
			m.f("%d. %s\n", i+1, md(a))
		}
		m.f("\n")
	}
}

func (m *markdown) findings(d *Detail) {
	if len(d.Findings) == 0 {
		return
	}
	m.f("| finding | severity | confidence | what |\n| --- | --- | --- | --- |\n")
	for _, f := range d.Findings {
		m.f("| %s | %s | %s | %s |\n", mdCode(f.Code, true), f.Severity, f.Confidence, mdCell(f.Summary))
	}
	m.f("\n")
}

func (m *markdown) media(d *Detail) {
	if len(d.Media) == 0 {
		return
	}
	m.f("| leg | from | to | codec | packets | lost | jitter | longest gap | |\n| --- | --- | --- | --- | ---: | ---: | ---: | ---: | --- |\n")
	for _, s := range d.Media {
		m.f("| %s | %s | %s | %s | %s | %s | %.1f ms | %s | %s |\n", s.Leg, mdCode(s.Source, true), mdCode(s.Destination, true), mdCell(s.Codec),
			thousands(s.Packets), thousands(s.Lost), float64(s.Jitter), pause(s.Pause), s.Note)
	}
	m.f("\n")
}

func (m *markdown) story(d *Detail) {
	if len(d.Events) == 0 {
		return
	}
	m.f("| time | leg | what happened | frame |\n| ---: | --- | --- | ---: |\n")
	for _, e := range d.Events {
		text := mdCell(e.Text)
		if e.Count > 1 {
			text += " ×" + thousands(e.Count)
		}
		m.f("| %s | %s | %s | %s |\n", relative(e.At), e.Leg, text, m.frames(e.First, e.Last))
	}
	if d.Hidden > 0 {
		m.f("| | | … and %s | |\n", plural(d.Hidden, "more event", "more events"))
	}
	m.f("\n")
}

func (m *markdown) timeline(d *Detail) {
	drawn := d.Timeline.draw(96)
	if len(drawn) == 0 {
		return
	}
	m.f("~~~~text\n")
	for _, pieces := range drawn {
		line := ""
		for _, p := range pieces {
			line += p.Text
		}
		// Four tildes are not in a name that has been through printable and
		// stands behind blanks; to be sure they are taken out.
		m.f("%s\n", strings.TrimRight(strings.ReplaceAll(page.Printable(line), "~", "-"), " "))
	}
	m.f("~~~~\n\n")
}

func (m *markdown) filters(d *Detail) {
	if len(d.Filters) == 0 {
		return
	}
	m.f("**Look yourself (Wireshark)**\n\n")
	for _, f := range d.Filters {
		m.f("- %s: %s\n", md(f.Name), mdCode(f.Text, false))
	}
	m.f("\n")
}

func (m *markdown) others(g groups) {
	if len(g.noted)+len(g.unjudged)+len(g.healthy) == 0 {
		return
	}
	m.f("### Other calls\n\n")
	for i, c := range g.noted {
		if i == mostQuiet {
			m.f("- … and %s worth a note\n", plural(len(g.noted)-i, "more call", "more calls"))
			break
		}
		f := m.finding(m.loudest(c))
		m.f("- call %d: %s (%s)\n", c.ID, md(f.Summary), f.Severity)
	}
	if n := len(g.unjudged); n > 0 {
		m.f("- %s that could not be judged\n", plural(n, "call", "calls"))
	}
	if n := len(g.healthy); n > 0 {
		m.f("- %s without findings\n", plural(n, "call", "calls"))
	}
	m.f("\n")
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
	if strings.HasPrefix(lower, "www.") || strings.HasPrefix(lower, "http") {
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
