package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress shows on a terminal how far the reading has come. It keeps silent
// for the first half second: most captures are done by then.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	total int64
	begun time.Time
	drawn time.Time
	shown bool
}

const (
	progressDelay = 500 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

func newProgress(w io.Writer) *progress { return &progress{w: w, begun: time.Now()} }

// of sets how many bytes there are in all.
func (p *progress) of(total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = total
}

// read notes that so many bytes have been read.
func (p *progress) read(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.begun) < progressDelay || now.Sub(p.drawn) < progressEvery {
		return
	}
	p.drawn, p.shown = now, true
	fmt.Fprintf(p.w, "\r\x1b[K%s", progressLine(n, p.total, now.Sub(p.begun)))
}

// done wipes the line.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

func progressLine(n, total int64, spent time.Duration) string {
	const mb = 1e6
	rate := float64(n) / spent.Seconds()
	if total <= 0 {
		return fmt.Sprintf("reading %.0f MB, %.0f MB/s", float64(n)/mb, rate/mb)
	}
	left := time.Duration(float64(total-n) / max(rate, 1) * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("reading %.0f of %.0f MB (%.0f%%), %.0f MB/s, %v left",
		float64(n)/mb, float64(total)/mb, 100*float64(n)/float64(total), rate/mb, max(left, 0))
}
