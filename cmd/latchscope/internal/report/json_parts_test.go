package report

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"testing"
)

// TestParts: a list that is encoded in parts is the list that is encoded one by one,
// however many of its things have nothing to say.
func TestParts(t *testing.T) {
	odd := func(from, to int) iter.Seq[int] {
		return func(yield func(int) bool) {
			for i := from; i < to; i++ {
				if i >= 3*partSize && i%2 == 1 && !yield(i) {
					return
				}
			}
		}
	}
	written := func(w io.Writer, write func(*jsonWriter)) error {
		e := &jsonWriter{w: bufio.NewWriterSize(w, 16)}
		if write(e); e.err == nil {
			e.err = e.w.Flush()
		}
		return e.err
	}
	for _, n := range []int{0, 1, partSize, partSize + 1, 3 * partSize, 3*partSize + 2, 40*partSize + 7} {
		var got, want bytes.Buffer
		if err := written(&got, func(e *jsonWriter) { parts(e, "odd", n, odd, false) }); err != nil {
			t.Fatal(err)
		}
		if err := written(&want, func(e *jsonWriter) { list(e, "odd", odd(0, n)) }); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("of %d: %s, want %s", n, &got, &want)
		}
	}
	full := errors.New("full")
	err := written(failing{full}, func(e *jsonWriter) { parts(e, "odd", 100*partSize, odd, false) })
	if !errors.Is(err, full) {
		t.Errorf("of a full disk: %v", err)
	}
}

// failing is a writer that takes nothing.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
