package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/latchscope/latchscope/analyze/rewrite"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

// mapping is the file of --map, latchscope.map/1.
type mapping struct {
	Schema  string          `json:"schema"`
	Capture string          `json:"capture"`
	Files   []string        `json:"files"` // the originals; frames name them by index
	Frames  []mappedFrame   `json:"frames"`
	Names   []rewrite.Named `json:"names"`
}

type mappedFrame struct {
	Frame    int     `json:"frame"` // in the extract, from 1
	File     int32   `json:"file"`
	Original []int64 `json:"original"` // several where a packet was put together
}

func writeMapping(w io.Writer, e *extracted, output string) error {
	m := mapping{Schema: "latchscope.map/1", Capture: output, Files: e.Paths, Names: []rewrite.Named{}}
	for i := range e.Packets {
		m.Frames = append(m.Frames, mappedFrame{i + 1, e.Packets[i].File, e.Packets[i].Frames})
	}
	if e.names != nil {
		m.Names = e.names.Named()
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(m)
}

// summarize says what was written and where its frames were.
func (e *extracted) summarize(w io.Writer, output string, want *chosen) error {
	p := &printer{w: w}
	p.line("%s: %d of %d packets, call %d", output, len(e.Packets), e.total, want.call.ID)
	for _, n := range e.Notes {
		p.line("  note: %s", n)
	}
	for i := range e.result.Findings {
		f := &e.result.Findings[i]
		p.line("  %s, %s: %s", f.Severity, f.Code, report.Printable(f.Summary))
		for _, ev := range f.Evidence {
			if at := ev.Frame - 1; at >= 0 && at < int64(len(e.Packets)) {
				p.line("    frame %d, was %s: %s", ev.Frame, e.was(at), report.Printable(ev.Note))
			}
		}
	}
	return p.err
}

func (e *extracted) was(i int64) string {
	p := &e.Packets[i]
	name := fmt.Sprintf("frame %d", p.Frames[0])
	if len(e.Paths) > 1 && int(p.File) < len(e.Paths) {
		name += " of " + report.Printable(e.Paths[p.File])
	}
	return name
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
