package report

import (
	"bufio"
	"bytes"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
)

// partSize is how many things are made into JSON in one go: a hundred kilobytes.
const partSize = 64

// oneByOne reports whether things must be told one after the other: what is rewritten
// may be numbered by its first appearance.
func (r *Report) oneByOne() bool { return r.rewrite != nil || runtime.GOMAXPROCS(0) == 1 }

// parts writes a list as list does, of what n things have to say. Stretches of them
// are encoded on all processors, a few ahead of the one that is written.
func parts[T any](e *jsonWriter, name string, n int, of func(from, to int) iter.Seq[T], oneByOne bool) {
	if oneByOne || n <= partSize {
		list(e, name, of(0, n))
		return
	}
	type part struct {
		out []byte
		err error
	}
	workers := runtime.GOMAXPROCS(0)
	done := make([]chan part, (n+partSize-1)/partSize)
	for i := range done {
		done[i] = make(chan part, 1)
	}
	rooms := make(chan []byte, 2*workers) // for the parts that are not written yet
	for range cap(rooms) {
		rooms <- nil
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			p := &jsonWriter{w: bufio.NewWriterSize(nil, 4<<10)}
			for room := range rooms {
				i := int(next.Add(1)) - 1
				if i >= len(done) {
					return
				}
				w := bytes.NewBuffer(room[:0])
				p.w.Reset(w)
				p.err = nil
				items(p, of(i*partSize, min(n, (i+1)*partSize)), ",\n    ")
				if p.err == nil {
					p.err = p.w.Flush()
				}
				done[i] <- part{w.Bytes(), p.err}
			}
		})
	}
	e.raw(",\n  \"" + name + "\": [")
	some := false
	for _, from := range done {
		p := <-from
		if e.err == nil {
			e.err = p.err
		}
		if e.err != nil {
			break
		}
		out := p.out
		if !some {
			out = bytes.TrimPrefix(out, []byte(","))
		}
		some = some || len(out) > 0
		_, e.err = e.w.Write(out)
		rooms <- p.out
	}
	next.Store(int64(len(done)))
	close(rooms)
	wait.Wait()
	if some {
		e.raw("\n  ")
	}
	e.raw("]")
}
