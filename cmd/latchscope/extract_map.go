package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// mapping is the file of --map, latchscope.map/1.
type mapping struct {
	Schema   string          `json:"schema"`
	Files    []string        `json:"files"` // the originals; frames name them by index
	Captures []mappedCapture `json:"captures"`
	Names    []redact.Named  `json:"names"`
}

type mappedCapture struct {
	Path   string        `json:"path"`
	Point  int           `json:"point"`
	Frames []mappedFrame `json:"frames"`
}

type mappedFrame struct {
	Frame    int     `json:"frame"` // in the extract, from 1
	File     int32   `json:"file"`
	Original []int64 `json:"original"` // several where a packet was put together
}

func (e *extracted) writeMapping(w io.Writer) error {
	m := mapping{Schema: "latchscope.map/1", Names: []redact.Named{}}
	for _, p := range e.parts {
		m.Files = p.Paths
		c := mappedCapture{Path: p.output, Point: p.Point}
		for i := range p.Packets {
			c.Frames = append(c.Frames, mappedFrame{i + 1, p.Packets[i].File, p.Packets[i].Frames})
		}
		m.Captures = append(m.Captures, c)
	}
	if e.names != nil {
		m.Names = e.names.Named()
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(m)
}

// summarize says what was written and where its frames were.
func (e *extracted) summarize(w io.Writer, want *chosen) error {
	var total int64
	for _, c := range want.trace.Captures {
		total += c.Packets
	}
	p := &printer{w: w}
	for _, part := range e.parts {
		p.line("%s: %d of %d packets, %s", part.output, len(part.Packets), total, callNumbers(want.calls))
		for _, n := range part.Notes {
			p.line("  note: %s", n)
		}
	}
	for _, o := range append(want.others(), e.strangers(want)...) {
		p.line("  %s", o)
	}
	for _, l := range want.left {
		p.line("  note: %s", l)
	}
	for i := range e.result.Findings {
		f := &e.result.Findings[i]
		p.line("  %s, %s: %s", f.Severity, f.Code, page.Printable(f.Summary))
		for _, ev := range f.Evidence {
			if was := e.was(ev.Moment); was != "" {
				p.line("    %s: %s", was, page.Printable(ev.Note))
			}
		}
	}
	return p.err
}

// strangers says which further calls show in an extract: messages of others that
// came in the same frames, as they do over TCP.
func (e *extracted) strangers(want *chosen) []string {
	known := map[string]bool{}
	for _, c := range append(slices.Clone(want.calls), want.companions()...) {
		for _, id := range c.CallIDs() {
			if e.names != nil {
				id = e.names.Text(id)
			}
			known[id] = true
		}
	}
	n := 0
	for _, c := range e.trace.Calls {
		if ids := c.CallIDs(); len(ids) > 0 && !slices.ContainsFunc(ids, func(id string) bool { return known[id] }) {
			n++
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return []string{"with parts of another call, whose messages came in the same frames; --redact takes them apart"}
	}
	return []string{fmt.Sprintf("with parts of %d other calls, whose messages came in the same frames; --redact takes them apart", n)}
}

// was names a frame of the extract and the one that it was.
func (e *extracted) was(m trace.Moment) string {
	if int(m.File) >= len(e.trace.Captures) {
		return ""
	}
	for _, p := range e.parts {
		i := int64(m.Frame) - 1
		if p.written != e.trace.Captures[m.File].Path || i < 0 || i >= int64(len(p.Packets)) {
			continue
		}
		k := &p.Packets[i]
		text := fmt.Sprintf("frame %d, was frame %d", m.Frame, k.Frames[0])
		if len(p.Paths) > 1 && int(k.File) < len(p.Paths) {
			text += " of " + page.Printable(p.Paths[k.File])
		}
		return text
	}
	return ""
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, a ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", a...)
	}
}
