package page

import (
	"bufio"
	"io"
	"strings"
)

// MinWidth is the narrowest page that text can be laid out on, in columns.
const MinWidth = 60

// Page writes lines of text that never exceed its width. Everything printed
// passes through it, so it is here that foreign text is made harmless and that
// colour goes in, after the measuring.
type Page struct {
	Width int  // columns
	ASCII bool // nothing but ASCII is written
	w     *bufio.Writer
	color bool
	err   error
}

// Options of a page that are matters of taste, or of where it is read.
type Options struct {
	Width int // columns, at least MinWidth
	Color bool
	ASCII bool // write only ASCII, for places that wreck anything else
}

// New returns a page that writes to w. Close must be called at the end.
func New(w io.Writer, opt Options) *Page {
	return &Page{Width: max(opt.Width, MinWidth), ASCII: opt.ASCII, w: bufio.NewWriterSize(w, 32<<10), color: opt.Color}
}

// Ink is how a piece of a line is set off on a terminal.
type Ink string

// The inks, as parameters of the terminal's SGR sequence.
const (
	Plain  Ink = ""
	Bold   Ink = "1"
	Faint  Ink = "2"
	Red    Ink = "1;31"
	Yellow Ink = "33"
	Green  Ink = "32"
)

// Piece is a part of a line in one ink.
type Piece struct {
	Text string
	Ink  Ink
}

// Text is s as the page will print it: harmless, and in ASCII where that is
// asked for. Its width is that of what is printed.
func (p *Page) Text(s string) string {
	s = Printable(s)
	if p.ASCII {
		return ascii(s)
	}
	return s
}

// Line prints pieces one after another, cut at the width, without blanks at
// the end.
func (p *Page) Line(pieces ...Piece) {
	left := p.Width
	for i := range pieces {
		pieces[i].Text = p.clip(p.Text(pieces[i].Text), left)
		left -= Cells(pieces[i].Text)
	}
	for i := len(pieces) - 1; i >= 0; i-- {
		pieces[i].Text = strings.TrimRight(pieces[i].Text, " ")
		if pieces[i].Text != "" {
			break
		}
	}
	for _, s := range pieces {
		if s.Text == "" {
			continue
		}
		if p.color && s.Ink != Plain {
			p.put("\x1b[" + string(s.Ink) + "m" + s.Text + "\x1b[0m")
		} else {
			p.put(s.Text)
		}
	}
	p.put("\n")
}

func (p *Page) put(s string) {
	if p.err == nil {
		_, p.err = p.w.WriteString(s)
	}
}

// Gap prints an empty line.
func (p *Page) Gap() { p.put("\n") }

// Close writes out what is left and returns the first error.
func (p *Page) Close() error {
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

// Para prints text after a head that stands in the first line only, wrapped
// and indented to where it began.
func (p *Page) Para(head Piece, text string, style Ink) {
	head.Text = p.Text(head.Text)
	indent := Cells(head.Text)
	for i, l := range Wrap(p.Text(text), p.Width-indent) {
		if i > 0 {
			head = Piece{Blanks(indent), Plain}
		}
		p.Line(head, Piece{l, style})
	}
}

// Items prints a list behind a head, wrapped between the items only, as far as
// they fit on a line.
func (p *Page) Items(head Piece, list []string, between string, style Ink) {
	head.Text, between = p.Text(head.Text), p.Text(between)
	indent := Cells(head.Text)
	out := make([]string, len(list))
	for i := range list {
		out[i] = p.Text(list[i])
	}
	for i, l := range WrapItems(out, between, p.Width-indent) {
		if i > 0 {
			head = Piece{Blanks(indent), Plain}
		}
		p.Para(head, l, style)
	}
}

// Sides prints a text and, flush right in its first line, another. Where the
// two do not fit the text is wrapped.
func (p *Page) Sides(head, text, right Piece) {
	head.Text, right.Text = p.Text(head.Text), p.Text(right.Text)
	indent := Cells(head.Text)
	room := p.Width - indent
	if right.Text != "" {
		room -= Cells(right.Text) + 2
	}
	if room < 16 { // a right side out of all proportion goes below
		p.Para(head, text.Text, text.Ink)
		p.Para(Piece{Blanks(indent), Plain}, right.Text, right.Ink)
		return
	}
	for i, l := range Wrap(p.Text(text.Text), room) {
		if i > 0 {
			p.Line(Piece{Blanks(indent), Plain}, Piece{l, text.Ink})
			continue
		}
		p.Line(head, Piece{l, text.Ink}, Piece{Blanks(p.Width - indent - Cells(l) - Cells(right.Text)), Plain}, right)
	}
}

// As is text in an ink.
func As(text string, ink Ink) Piece { return Piece{text, ink} }
