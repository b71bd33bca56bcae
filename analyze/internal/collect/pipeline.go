package collect

// inFlight is how many batches go round between two goroutines.
const inFlight = 3

// pipeline moves batches from whoever fills them to whoever takes what is in them.
// It keeps its batches from file to file.
type pipeline struct {
	serial  bool
	batches []*batch
}

// run lets take have every batch that fill fills, in order. If
// not serial, fill runs in a goroutine of its own, a few batches ahead; memory is
// that of these few.
func (p *pipeline) run(fill func(*batch) bool, take func(*batch)) {
	for n := len(p.batches); n < inFlight && (n == 0 || !p.serial); n++ {
		p.batches = append(p.batches, new(batch))
	}
	if p.serial {
		for l := p.batches[0]; fill(l); {
			take(l)
		}
		return
	}
	full, free := make(chan *batch, inFlight), make(chan *batch, inFlight)
	for _, l := range p.batches {
		free <- l
	}
	go func() {
		defer close(full)
		awaited := false
		for l := range free {
			l.awaited = awaited
			if !fill(l) {
				return
			}
			awaited = len(free) == len(p.batches)-1
			full <- l
		}
	}()
	for l := range full {
		take(l)
		free <- l
	}
}
