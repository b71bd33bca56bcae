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
	var item T // of all, lest each is put on the heap
	for v := range items {
		if e.err != nil {
			return
		}
		item = v
		e.typed(kind, &item)
	}
}

// typed writes an object with its type in front.
func (e *jsonWriter) typed(kind string, v any) {
	e.raw(`{"type":"` + kind + `",`)
	e.encode(v)
	if e.err == nil {
		_, e.err = e.w.Write(inert(bytes.TrimPrefix(e.out, []byte("{"))))
	}
	e.raw("\n")
}

// encode puts v into e.out, on one line.
func (e *jsonWriter) encode(v any) {
	if e.err != nil {
		return
	}
	if a, ok := v.(appender); ok {
		e.out = a.appendJSON(e.out[:0])
		return
	}
	e.out, e.err = appendAny(e.out[:0], v)
}

// appendAny is encoding/json's. "->" stays legible: nothing here is put into a page.
func appendAny(b []byte, v any) ([]byte, error) {
	buf := bytes.NewBuffer(b)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
