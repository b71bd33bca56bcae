package report

import (
	"bufio"
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// page writes lines of text that never exceed its width. Everything printed
// passes through it, so it is here that foreign text is made harmless and that
// colour goes in, after the measuring.
type page struct {
	w     *bufio.Writer
	width int
	color bool
	err   error
}

func newPage(w io.Writer, width int, color bool) *page {
	return &page{w: bufio.NewWriterSize(w, 32<<10), width: max(width, MinWidth), color: color}
}

// ink is how a piece of a line is set off on a terminal.
type ink string

const (
	plain  ink = ""
	bold   ink = "1"
	faint  ink = "2"
	red    ink = "1;31"
	yellow ink = "33"
	green  ink = "32"
)

// piece is a part of a line in one ink.
type piece struct {
	text string
	ink  ink
}

// cells is the width of a text on a terminal.
func cells(s string) int { return displaywidth.Options{}.String(s) }

// line prints pieces one after another, cut at the width, without blanks at
// the end.
func (p *page) line(pieces ...piece) {
	left := p.width
	for i := range pieces {
		pieces[i].text = clip(printable(pieces[i].text), left)
		left -= cells(pieces[i].text)
	}
	for i := len(pieces) - 1; i >= 0; i-- {
		pieces[i].text = strings.TrimRight(pieces[i].text, " ")
		if pieces[i].text != "" {
			break
		}
	}
	for _, s := range pieces {
		if s.text == "" {
			continue
		}
		if p.color && s.ink != plain {
			p.put("\x1b[" + string(s.ink) + "m" + s.text + "\x1b[0m")
		} else {
			p.put(s.text)
		}
	}
	p.put("\n")
}

func (p *page) put(s string) {
	if p.err == nil {
		_, p.err = p.w.WriteString(s)
	}
}

func (p *page) gap() { p.put("\n") }

func (p *page) close() error {
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

// para prints text after a head that stands in the first line only, wrapped
// and indented to where it began.
func (p *page) para(head piece, text string, style ink) {
	head.text = printable(head.text)
	indent := cells(head.text)
	for i, l := range wrap(printable(text), p.width-indent) {
		if i > 0 {
			head = piece{blanks(indent), plain}
		}
		p.line(head, piece{l, style})
	}
}

// items prints a list behind a head, wrapped between the items only, as far as
// they fit on a line.
func (p *page) items(head piece, list []string, between string, style ink) {
	indent := cells(head.text)
	for i := range list {
		list[i] = printable(list[i])
	}
	for i, l := range wrapItems(list, between, p.width-indent) {
		if i > 0 {
			head = piece{blanks(indent), plain}
		}
		p.para(head, l, style)
	}
}

// sides prints a text and, flush right in its first line, another. Where the
// two do not fit the text is wrapped.
func (p *page) sides(head piece, text piece, right piece) {
	head.text, right.text = printable(head.text), printable(right.text)
	indent := cells(head.text)
	room := p.width - indent
	if right.text != "" {
		room -= cells(right.text) + 2
	}
	if room < 16 { // a right side out of all proportion goes below
		p.para(head, text.text, text.ink)
		p.para(piece{blanks(indent), plain}, right.text, right.ink)
		return
	}
	for i, l := range wrap(printable(text.text), room) {
		if i > 0 {
			p.line(piece{blanks(indent), plain}, piece{l, text.ink})
			continue
		}
		p.line(head, piece{l, text.ink}, piece{blanks(p.width - indent - cells(l) - cells(right.text)), plain}, right)
	}
}

func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// padTo fills s up to n cells, or cuts it.
func padTo(s string, n int) string {
	s = clip(printable(s), n)
	return s + blanks(n-cells(s))
}

func padLeft(s string, n int) string {
	s = clip(printable(s), n)
	return blanks(n-cells(s)) + s
}

// clip shortens s to n cells; what is missing is taken out of its middle, as
// both ends of a Call-ID or a path tell something.
func clip(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if cells(s) <= n {
		return s
	}
	if n == 1 {
		return "…"
	}
	clusters := graphemes(s)
	head, tail, used := 0, len(clusters), 1
	for head < tail {
		if c := cells(clusters[head]); used+c <= n {
			used += c
			head++
		} else {
			break
		}
		if head < tail && (head+len(clusters)-tail)%2 == 1 {
			if c := cells(clusters[tail-1]); used+c <= n {
				used += c
				tail--
			}
		}
	}
	out := strings.Join(clusters[:head], "") + "…" + strings.Join(clusters[tail:], "")
	for cells(out) > n && head > 0 { // widths of neighbours may not add up
		head--
		out = strings.Join(clusters[:head], "") + "…"
	}
	return out
}

func graphemes(s string) []string {
	var out []string
	g := displaywidth.Options{}.StringGraphemes(s)
	for g.Next() {
		out = append(out, g.Value())
	}
	return out
}

// wrap breaks s at blanks into lines of at most n cells; a word longer than a
// line is broken where it must.
func wrap(s string, n int) []string {
	n = max(n, 1)
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		for {
			switch w := cells(word); {
			case line == "" && w <= n:
				line, word = word, ""
			case line != "" && cells(line)+1+w <= n:
				line, word = line+" "+word, ""
			case line != "":
				lines = append(lines, line)
				line = ""
				continue
			default:
				var head string
				head, word = split(word, n)
				lines = append(lines, head)
				if word != "" {
					continue
				}
			}
			break
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// wrapItems sets items side by side, as many as fit into n cells, and never
// breaks within one.
func wrapItems(items []string, between string, n int) []string {
	var lines []string
	for _, item := range items {
		if i := len(lines) - 1; i >= 0 && cells(lines[i]+between+item) <= n {
			lines[i] += between + item
			continue
		}
		lines = append(lines, item)
	}
	return lines
}

// split takes as many cells off a word as fit, at least one character. Where a
// filter or an address allows it, it breaks after punctuation.
func split(word string, n int) (head, tail string) {
	used, at, soft := 0, 0, 0
	for _, c := range graphemes(word) {
		w := cells(c)
		if used+w > n && at > 0 {
			break
		}
		used += w
		at += len(c)
		if strings.ContainsAny(c, ",;/@") {
			soft = at
		}
	}
	if soft > at/2 && at < len(word) {
		at = soft
	}
	return word[:at], word[at:]
}

// Wrap breaks text at blanks into lines of at most n columns.
func Wrap(text string, n int) []string { return wrap(printable(text), n) }
