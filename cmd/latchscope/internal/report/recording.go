package report

import (
	"fmt"
	"strings"
	"time"
)

// capture says what was read, whole enough to be evidence.
func (w *writer) capture() Section {
	s := Section{Kind: SectionCapture, Title: "Capture"}
	var pairs []Pair
	for i := range w.Captures {
		if i == mostFiles {
			pairs = append(pairs, Pair{Text: []string{fmt.Sprintf("and %s more", plural(len(w.Captures)-i, "file", "files"))}})
			break
		}
		c := &w.Captures[i]
		parts := []string{c.Format}
		if c.Compression != nil {
			parts[0] += " in " + *c.Compression
		}
		if len(c.LinkTypes) > 0 {
			parts = append(parts, strings.Join(c.LinkTypes, ", "))
		}
		parts = append(parts, plural(int(c.Packets), "packet", "packets"), bytesOf(c.Bytes))
		if c.Point > 0 {
			parts = append(parts, fmt.Sprintf("point %d", c.Point))
		}
		name := w.base(i)
		if len(w.Captures) > 1 {
			name = fmt.Sprintf("%d: %s", i, name)
		}
		p := Pair{Term: name, Text: []string{strings.Join(parts, ", ")}}
		if c.SHA256 != nil {
			p.Text = append(p.Text, "sha256 "+*c.SHA256)
		} else if c.Bytes > 0 {
			p.Text = append(p.Text, "sha256 not taken of a large file")
		}
		for _, warn := range c.Warnings {
			p.Text = append(p.Text, warningWords(warn))
		}
		pairs = append(pairs, p)
	}
	for i := range pairs { // a digest does not fit beside a name
		pairs[i].Own = true
	}
	if len(pairs) > 0 {
		s.Blocks = append(s.Blocks, Block{Pairs: pairs})
	}
	if w.Start.Seen {
		s.text(fmt.Sprintf("%s to %s %s (%s).", date(w.Start, w.loc), endOf(w.Start, w.End, w.loc), w.zone(), seconds(w.End.Since(w.Start))))
	}
	if text := w.Coverage.Recording.sentence(); text != "" {
		if len(w.sound) > 0 && !w.trusted() {
			verb := " shows"
			if len(w.sound) > 1 {
				verb = " show"
			}
			text = strings.TrimSuffix(text, ".") + ", except where " + joined(w.sound[:min(len(w.sound), 4)]) + verb + " otherwise."
		}
		s.text(text)
	}
	return s
}

// trusted reports whether the recording counted what it dropped, and that was nothing:
// there is no exception to make then.
func (w *writer) trusted() bool {
	for i := range w.Captures {
		if d := w.Captures[i].Dropped; d == nil || *d > 0 {
			return false
		}
	}
	return true
}

// endOf is the end of the capture, without its day where that is the same.
func endOf(start, end Time, loc *time.Location) string {
	a, b := date(start, loc), date(end, loc)
	if len(b) > 10 && a[:10] == b[:10] {
		return b[11:]
	}
	return b
}

func warningWords(w Warning) string {
	s := "Note: "
	if w.Frame != nil {
		s += "frame " + fmt.Sprint(*w.Frame) + ": "
	}
	s += w.Text
	if w.Count > 1 {
		s += " (" + thousands(w.Count) + " times)"
	}
	return s
}

// sentence is what the recording itself allows to conclude about loss.
func (r Recording) sentence() string {
	return strings.TrimSpace(sentenceOf(strings.Join(r.Notes, "; ")) + " " + sentenceOf(r.Verdict))
}
