package analyze

// inFlight is how many loads go round between two goroutines.
const inFlight = 3

// pump moves loads from whoever fills them to whoever takes what is in them.
// It keeps its loads from file to file.
type pump struct {
	serial bool
	loads  []*load
}

// run lets take have every load that fill fills, in order. If
// not serial, fill runs in a goroutine of its own, a few loads ahead; memory is
// that of these few.
func (p *pump) run(fill func(*load) bool, take func(*load)) {
	for n := len(p.loads); n < inFlight && (n == 0 || !p.serial); n++ {
		p.loads = append(p.loads, new(load))
	}
	if p.serial {
		for l := p.loads[0]; fill(l); {
			take(l)
		}
		return
	}
	full, free := make(chan *load, inFlight), make(chan *load, inFlight)
	for _, l := range p.loads {
		free <- l
	}
	go func() {
		defer close(full)
		for l := range free {
			if !fill(l) {
				return
			}
			full <- l
		}
	}()
	for l := range full {
		take(l)
		free <- l
	}
}
