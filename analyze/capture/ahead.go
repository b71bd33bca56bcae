package capture

import (
	"io"
	"runtime"
	"sync"
)

const (
	aheadPart  = 128 << 10 // decompressed at a time
	aheadParts = 3
	aheadFrom  = 2 * chunkSize // what is shorter is over before it pays
)

// ahead decompresses in a goroutine of its own, a little ahead of who reads: that
// takes as long as all the rest of an analysis, and more.
type ahead struct {
	r      io.Reader
	direct int // bytes that are still read without the goroutine

	parts, free chan part // nil until the goroutine runs
	now         part      // what is handed out
	left        []byte    // of it

	quit chan struct{}
	once sync.Once
	over sync.WaitGroup
}

func newAhead(r io.Reader) *ahead {
	a := &ahead{r: r, direct: aheadFrom, quit: make(chan struct{})}
	if runtime.GOMAXPROCS(0) == 1 {
		a.direct = -1 // to the end
	}
	return a
}

func (a *ahead) Read(p []byte) (int, error) {
	if a.direct != 0 {
		n, err := a.r.Read(p)
		if a.direct > 0 {
			a.direct = max(a.direct-n, 0)
		}
		return n, err
	}
	if a.parts == nil {
		a.start()
	}
	for len(a.left) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.data != nil {
			a.free <- a.now
		}
		a.now = <-a.parts
		a.left = a.now.data
	}
	n := copy(p, a.left)
	a.left = a.left[n:]
	return n, nil
}

// start begins to read ahead. An error is the last that comes, and the goroutine is
// over by then.
func (a *ahead) start() {
	a.parts, a.free = make(chan part, aheadParts), make(chan part, aheadParts)
	for range aheadParts {
		a.free <- part{data: make([]byte, aheadPart)}
	}
	a.over.Go(func() {
		for {
			var p part
			select {
			case p = <-a.free:
			case <-a.quit:
				return
			}
			p.data = p.data[:cap(p.data)]
			n := 0
			for n < len(p.data) && p.err == nil {
				var m int
				m, p.err = a.r.Read(p.data[n:])
				n += m
			}
			p.data = p.data[:n]
			a.parts <- p // there is room for all
			if p.err != nil {
				return
			}
		}
	})
}

// stop ends the goroutine and waits for it.
func (a *ahead) stop() {
	a.once.Do(func() { close(a.quit) })
	a.over.Wait()
}
