package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
)

// NDJSON writes one object a line, for jq, log shippers and databases: a header
// of type "report", then captures, calls, streams, findings and verdicts, the rows of
// the ledger, incidents and NATs. Each says its type in its first field; the others
// are those of the JSON report.
func NDJSON(w io.Writer, r *Report) error {
	e := &jsonWriter{w: bufio.NewWriterSize(w, 64<<10)}
	e.typed("report", struct {
		Schema      string   `json:"schema"`
		Tool        Tool     `json:"tool"`
		Coverage    Coverage `json:"coverage"`
		Interrupted bool     `json:"interrupted"`
	}{Schema, r.Tool, r.Coverage, r.Interrupted})
	lines(e, "capture", each(r.Captures))
	lines(e, "call", r.Calls())
	lines(e, "stream", r.Streams())
	lines(e, "finding", r.Findings())
	lines(e, "verdict", r.Verdicts())
	lines(e, "row", r.Ledger())
	lines(e, "incident", r.Incidents())
	lines(e, "nat", r.NATs())
	if e.err != nil {
		return e.err
	}
	return e.w.Flush()
}

func lines[T any](e *jsonWriter, kind string, items iter.Seq[T]) {
	for v := range items {
		if e.err != nil {
			return
		}
		e.typed(kind, v)
	}
}

// typed writes an object with its type in front.
func (e *jsonWriter) typed(kind string, v any) {
	e.raw(`{"type":"` + kind + `",`)
	e.encode(v)
	if e.err == nil {
		_, e.err = e.w.Write(inert(bytes.TrimPrefix(e.buf.Bytes(), []byte("{"))))
	}
	e.raw("\n")
}

// encode puts v into the buffer, on one line.
func (e *jsonWriter) encode(v any) {
	if e.err != nil {
		return
	}
	e.buf.Reset()
	if e.enc == nil {
		e.enc = json.NewEncoder(&e.buf)
		e.enc.SetEscapeHTML(false) // "->" stays legible; nothing here is put into a page
	}
	e.err = e.enc.Encode(v)
	e.buf.Truncate(max(e.buf.Len()-1, 0)) // the line end
}
