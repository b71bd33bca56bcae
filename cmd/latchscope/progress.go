package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress shows on a terminal what is being done and how far it has come. It
// keeps silent for the first half second: most captures are done by then. A nil
// progress shows nothing.
type progress struct {
	w     io.Writer
	begun time.Time
	end   chan struct{} // closed when there is no more to show
	gone  chan struct{} // closed when the line is wiped
	once  sync.Once

	mu    sync.Mutex
	step  string // what is being done; "" for the reading
	bytes int64  // read
	total int64  // of all captures
}

const (
	progressDelay = 500 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

// bar is the progress of a command, nil where nobody would see it.
func (r *readFlags) bar(t *terminal) *progress {
	if t.quiet && r.progress.value != "always" {
		return nil
	}
	if r.progress.value == "always" || r.progress.value == "auto" && interactive(t.err) {
		return newProgress(t.err)
	}
	return nil
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, begun: time.Now(), end: make(chan struct{}), gone: make(chan struct{})}
	go p.show()
	return p
}

// show draws the line anew ten times a second, until the end.
func (p *progress) show() {
	defer close(p.gone)
	select {
	case <-time.After(progressDelay):
	case <-p.end:
		return
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		fmt.Fprintf(p.w, "\r\x1b[K%s", p.line())
		select {
		case <-tick.C:
		case <-p.end:
			fmt.Fprint(p.w, "\r\x1b[K")
			return
		}
	}
}

func (p *progress) line() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.step != "" {
		return p.step
	}
	return progressLine(p.bytes, p.total, time.Since(p.begun))
}

// of sets how many bytes there are in all.
func (p *progress) of(total int64) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.total = total
	}
}

// read notes that so many bytes have been read.
func (p *progress) read(n int64) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.bytes = n
	}
}

// now says what is being done, in place of the bytes read.
func (p *progress) now(format string, a ...any) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.step = fmt.Sprintf(format, a...)
	}
}

// done wipes the line, for good.
func (p *progress) done() {
	if p != nil {
		p.once.Do(func() { close(p.end) })
		<-p.gone
	}
}

func progressLine(n, total int64, spent time.Duration) string {
	const mb = 1e6
	rate := float64(n) / spent.Seconds()
	if total <= 0 {
		return fmt.Sprintf("reading %.1f MB, %.1f MB/s", float64(n)/mb, rate/mb) // from a pipe, which may be live
	}
	left := time.Duration(float64(total-n) / max(rate, 1) * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("reading %.0f of %.0f MB (%.0f%%), %.0f MB/s, %v left",
		float64(n)/mb, float64(total)/mb, 100*float64(n)/float64(total), rate/mb, max(left, 0))
}
