package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/markup"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// pageFilled is parsed once.
var pageFilled = sync.OnceValues(func() (*markup.Page, error) { return markup.Parse(pageSource, pageFunctions()) })

// pageFunctions are those that page.html calls.
func pageFunctions() map[string]any {
	return map[string]any{
		"percent":  func(f float64) string { return fmt.Sprintf("%.3f", f) },
		"bits":     func(p *htmlPage, frames string) []frameBit { return p.bits(frames) },
		"drawn":    func(p *htmlPage, pic *Picture) []htmlPicture { return p.drawn(pic) },
		"words":    func(p *htmlPage, text string) []frameBit { return p.words(text) },
		"row":      func(p *htmlPage, c []Column, row []string) string { return p.callMark(c, row) },
		"told":     func(p *htmlPage, s Section) string { return p.callSection(s) },
		"dotlink":  func(p *htmlPage, d Dot) string { return p.dotLink(d) },
		"mark":     func(p *htmlPage, frames string) string { return p.mark(frames) },
		"overview": func(list []Dot) htmlOverview { return overviewOf(list) },
		"ladder":   func(p *htmlPage, l *Ladder) htmlLadder { return p.ladder(l) },
		"framed":   func(c Column) bool { return c.Kind == Framed },
		"figure":   func(c Column) bool { return c.Kind == Figure },
		"code":     func(c Column) bool { return c.Kind == Code },
		"on":       func(p *htmlPage, b *Block) htmlBlock { return htmlBlock{p, b} },
		"rows":     func(t *Table, list [][]string) *Block { return &Block{Table: &Table{Columns: t.Columns, Rows: list}} },
		"at":       func(list []Column, i int) Column { return list[i] },
	}
}

// HTML writes the document as one page that needs no network: to attach to a
// ticket, to print, to read on a phone. What it holds is there without script;
// the script, the only one that its policy lets run, sorts and filters tables.
func HTML(w io.Writer, r *Report) error {
	p, err := pageFilled()
	if err != nil {
		return err
	}
	out := &visible{w: bufio.NewWriterSize(w, 64<<10)}
	if err := p.Execute(out, htmlPageOf(r.Document())); err != nil {
		return err
	}
	return out.close()
}

// visible is the sanitising function of this format, behind the page,
// which escapes what is markup: it writes out what a browser would act on
// instead of showing it, marks of direction above all. The page's own source
// holds no such thing, so nothing is lost on it.
type visible struct {
	w    *bufio.Writer
	rest []byte // of a line that is not yet complete
}

func (v *visible) Write(b []byte) (int, error) {
	v.rest = append(v.rest, b...)
	for {
		i := bytes.IndexByte(v.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		if _, err := v.w.WriteString(page.Printable(string(v.rest[:i])) + "\n"); err != nil {
			return 0, err
		}
		v.rest = v.rest[i+1:]
	}
}

func (v *visible) close() error {
	if _, err := v.w.WriteString(page.Printable(string(v.rest))); err != nil {
		return err
	}
	return v.w.Flush()
}

// htmlPage is what page.html shows.
type htmlPage struct {
	*Document
	Headline string
	Sections []Section // pictures first
	Style    markup.Trusted
	Script   markup.Trusted
	Policy   string
	anchors  map[string]string // of frames: the id of what tells of them
	marked   map[string]bool   // ids that stand on the page already
	calls    map[string]bool   // numbers of calls that have a row, or a section
}

// htmlBlock is a block on its page.
type htmlBlock struct {
	Page *htmlPage
	*Block
}

func htmlPageOf(d *Document) *htmlPage {
	sum := sha256.Sum256([]byte(pageScript))
	p := &htmlPage{
		calls:    map[string]bool{},
		Document: d, Sections: picturesFirst(d.Sections), anchors: map[string]string{}, marked: map[string]bool{},
		Style: markup.Trusted(pageStyle), Script: markup.Trusted(pageScript), // both are ours
		Policy: "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	each := func(f func(s *Section, b *Block)) {
		for i := range d.Sections {
			for j := range d.Sections[i].Blocks {
				f(&d.Sections[i], &d.Sections[i].Blocks[j])
			}
		}
	}
	each(func(_ *Section, b *Block) {
		if b.Loud && p.Headline == "" {
			p.Headline = b.Text
		}
		if b.Ladder != nil {
			for _, e := range b.Ladder.Events {
				p.leads(e.Frames)
			}
		}
	})
	each(func(s *Section, b *Block) {
		if b.Table == nil {
			return
		}
		for _, list := range [][][]string{b.Table.Rows, b.Table.Rest} {
			for _, row := range list {
				if id := callOfRow(b.Table.Columns, row); id != "" {
					p.calls[id] = true
				}
			}
		}
	})
	// What stands in no ladder may stand in a list of frames.
	each(func(s *Section, b *Block) {
		if s.Kind != SectionEvidence {
			return
		}
		for _, pair := range b.Pairs {
			p.leads(pair.Term)
		}
		if b.Table != nil && len(b.Table.Columns) > 0 && b.Table.Columns[0].Kind == Framed {
			for _, row := range b.Table.Rows {
				p.leads(row[0])
			}
		}
	})
	return p
}

// callOfRow is the number of the call that a row of a table is about, "" for others.
func callOfRow(columns []Column, row []string) string {
	if len(columns) == 0 || columns[0].Head != "call" || len(row) == 0 {
		return ""
	}
	return row[0]
}

// callMark is the id of the first row on the page that is about a call.
func (p *htmlPage) callMark(columns []Column, row []string) string {
	id := callOfRow(columns, row)
	if id == "" || p.marked["call-"+id] {
		return ""
	}
	p.marked["call-"+id] = true
	return "call-" + id
}

// callSection is the id of the section that tells of a call in full, where no row does.
func (p *htmlPage) callSection(s Section) string {
	id, ok := strings.CutPrefix(s.Title, "Call ")
	if !ok || s.Kind != SectionCall || p.calls[id] {
		return ""
	}
	return "call-" + id
}

// dotLink leads from a mark of the overview to what the page tells of its call.
func (p *htmlPage) dotLink(d Dot) string {
	id := fmt.Sprint(d.ID)
	if p.calls[id] || slices.ContainsFunc(p.Sections, func(s Section) bool { return s.Kind == SectionCall && s.Title == "Call "+id }) {
		return "#call-" + id
	}
	return ""
}

// leads makes the first and the last of some frames lead to what tells of them, unless
// they lead elsewhere.
func (p *htmlPage) leads(frames string) {
	list := frameNumber.FindAllString(frames, -1)
	if len(list) == 0 {
		return
	}
	id := anchor(list[0])
	file := ""
	if f, _, ok := strings.Cut(list[0], ":"); ok {
		file = f + ":"
	}
	last := list[len(list)-1]
	if !strings.Contains(last, ":") {
		last = file + last
	}
	for _, a := range []string{id, anchor(last)} {
		if p.anchors[a] == "" {
			p.anchors[a] = id
		}
	}
}

// mark is the id of what tells of some frames, "" where the page has it already or
// nothing leads there.
func (p *htmlPage) mark(frames string) string {
	if !framesOnly.MatchString(frames) {
		return ""
	}
	id := anchor(frames)
	if p.anchors[id] != id || p.marked[id] {
		return ""
	}
	// What a ladder tells is marked there, further down.
	for i := range p.Document.Sections {
		for _, b := range p.Document.Sections[i].Blocks {
			if b.Ladder != nil && slices.ContainsFunc(b.Ladder.Events, func(e Event) bool { return anchor(e.Frames) == id }) {
				return ""
			}
		}
	}
	p.marked[id] = true
	return id
}

var framesOnly = regexp.MustCompile(`^(frames? )?(\d+:)?\d+(, (\d+:)?\d+)*$`)

// picturesFirst puts each picture in front of what is told about the same
// incident or call: a page is looked at before it is read.
func picturesFirst(list []Section) []Section {
	out := slices.Clone(list)
	for i := range out {
		if out[i].Kind != SectionPicture {
			continue
		}
		j := i
		for j > 0 && out[j-1].Kind != SectionSummary && out[j-1].Kind != SectionIncident {
			j--
			if out[j].Kind == SectionWho {
				if j > 0 && out[j-1].Kind == SectionCalls { // those that an incident hit
					j--
				}
				break
			}
		}
		pic := out[i]
		copy(out[j+1:i+1], out[j:i])
		out[j] = pic
	}
	return out
}

// frameBit is a part of a list of frames; Href leads to its place in a ladder.
type frameBit struct{ Text, Href string }

var frameNumber = regexp.MustCompile(`(?:\d+:)?\d+`)

// bits cuts "8-80, 93" into what is a link and what is not.
func (p *htmlPage) bits(frames string) []frameBit {
	var out []frameBit
	at, file := 0, ""
	for _, m := range frameNumber.FindAllStringIndex(frames, -1) {
		if m[0] > at {
			out = append(out, frameBit{Text: frames[at:m[0]]})
		}
		b := frameBit{Text: frames[m[0]:m[1]]}
		no := b.Text
		if f, _, ok := strings.Cut(no, ":"); ok {
			file = f + ":"
		} else if m[0] > 0 && frames[m[0]-1] == '-' {
			no = file + no // "1:28-82"
		}
		if id := p.anchors[anchor(no)]; id != "" {
			b.Href = "#" + id
		}
		out = append(out, b)
		at = m[1]
	}
	if at < len(frames) {
		out = append(out, frameBit{Text: frames[at:]})
	}
	return out
}

// framesNamed are frames that a sentence names.
var framesNamed = regexp.MustCompile(`\bframes? (?:\d+:)?\d+(?:-\d+)?(?:(?:, | and )(?:\d+:)?\d+(?:-\d+)?\b)*`)

// words cuts a sentence into what is a link to a frame and what is not.
func (p *htmlPage) words(text string) []frameBit {
	var out []frameBit
	at := 0
	for _, m := range framesNamed.FindAllStringIndex(text, -1) {
		if m[0] > at {
			out = append(out, frameBit{Text: text[at:m[0]]})
		}
		out = append(out, p.bits(text[m[0]:m[1]])...)
		at = m[1]
	}
	if at < len(text) {
		out = append(out, frameBit{Text: text[at:]})
	}
	return out
}

// anchor of a frame, or of the first of a run: "f0-80".
func anchor(frames string) string {
	first := frameNumber.FindString(frames)
	if !strings.Contains(first, ":") {
		first = "0:" + first
	}
	return "f" + strings.ReplaceAll(first, ":", "-")
}
