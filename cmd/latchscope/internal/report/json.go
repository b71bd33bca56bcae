package report

import (
	"bufio"
	"encoding/binary"
	"io"
	"iter"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// JSON writes the report as one object, latchscope.report/1, an element of its
// lists on a line each. It is encoded element by element: a report may have
// a hundred thousand streams.
func JSON(w io.Writer, r *Report) error {
	e := &jsonWriter{w: bufio.NewWriterSize(w, 64<<10)}
	e.raw("{\n  \"schema\": ")
	e.value(Schema)
	e.field("tool", r.Tool)
	list(e, "captures", each(r.Captures))
	e.field("coverage", r.Coverage)
	e.field("interrupted", r.Interrupted)
	parts(e, "calls", len(r.trace.Calls), r.calls, r.oneByOne())
	parts(e, "streams", len(r.trace.Streams), r.streams, r.oneByOne())
	list(e, "findings", r.Findings())
	list(e, "verdicts", r.Verdicts())
	parts(e, "ledger", r.ledgered(), r.rowsOf(), r.oneByOne())
	list(e, "incidents", r.Incidents())
	list(e, "nats", r.NATs())
	e.raw("\n}\n")
	if e.err != nil {
		return e.err
	}
	return e.w.Flush()
}

func each[T any](s []T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, v := range s {
			if !yield(v) {
				return
			}
		}
	}
}

func list[T any](e *jsonWriter, name string, of iter.Seq[T]) {
	e.raw(",\n  \"" + name + "\": [")
	if items(e, of, "\n    ") > 0 {
		e.raw("\n  ")
	}
	e.raw("]")
}

// items writes what a list has, on a line each, and returns how many there were. In
// front of the first one stands lead.
func items[T any](e *jsonWriter, of iter.Seq[T], lead string) (n int) {
	var item T // of all, lest each is put on the heap
	for v := range of {
		if e.err != nil {
			break
		}
		e.raw(lead)
		lead = ",\n    "
		item = v
		e.value(&item)
		n++
	}
	return n
}

// jsonWriter keeps the first error, which ends the writing.
type jsonWriter struct {
	w   *bufio.Writer
	out []byte // a value, on one line
	err error
}

func (e *jsonWriter) raw(s string) {
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

func (e *jsonWriter) field(name string, v any) {
	e.raw(",\n  \"" + name + "\": ")
	e.value(v)
}

// value writes v on one line.
func (e *jsonWriter) value(v any) {
	e.encode(v)
	if e.err == nil {
		_, e.err = e.w.Write(inert(e.out))
	}
}

// inert writes out, as \uXXXX, what encoding/json leaves standing though a
// terminal that shows the file would act on it: DEL, C1 controls, marks of
// direction, invisible and private characters. In JSON these stand in strings
// only, and there an escape means the same as the character.
func inert(b []byte) []byte {
	i := 0
	for ; i+8 <= len(b) && plain(binary.LittleEndian.Uint64(b[i:])); i += 8 {
	}
	for i < len(b) && b[i] >= ' ' && b[i] < 0x7f {
		i++
	}
	if i == len(b) {
		return b
	}
	out := append(make([]byte, 0, len(b)+64), b[:i]...)
	for i < len(b) {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == '\n': // between values, where a document is indented
			out = append(out, '\n')
		case r != 0x7f && (unicode.IsPrint(r) || r == utf8.RuneError) && !page.Filler(r):
			out = append(out, b[i:i+n]...)
		case r >= 0x10000:
			hi, lo := 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff
			out = append(out, unicodeEscape(hi)+unicodeEscape(lo)...)
		default:
			out = append(out, unicodeEscape(r)...)
		}
		i += n
	}
	return out
}

// plain reports whether all of eight bytes are printable ASCII.
func plain(eight uint64) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	return (eight|(eight+each)|(((eight|high)-' '*each)^high))&high == 0
}

func unicodeEscape(r rune) string {
	return `\u` + strconv.FormatUint(0x10000+uint64(r), 16)[1:]
}
