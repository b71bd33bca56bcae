package rtp

import "math"

const sketchSize = 32

// Sketch remembers the 32 smallest distinct fingerprints of a stream (a bottom-k
// sketch). Which ones those are does not depend on order, holes or repetition,
// so two streams that carry the same payloads remember the same ones, however
// late one of them begins. The zero value is empty.
type Sketch struct {
	hashes [sketchSize]uint64 // ascending, n of them
	n      int32
}

// Add puts a fingerprint in.
func (s *Sketch) Add(hash uint64) {
	if s.n == sketchSize && hash >= s.hashes[sketchSize-1] {
		return
	}
	s.insert(hash)
}

func (s *Sketch) insert(hash uint64) {
	i := int(s.n)
	for i > 0 && s.hashes[i-1] > hash {
		i--
	}
	if i > 0 && s.hashes[i-1] == hash {
		return
	}
	if s.n < sketchSize {
		s.n++
	}
	copy(s.hashes[i+1:s.n], s.hashes[i:])
	s.hashes[i] = hash
}

// Len is how many fingerprints are remembered, 32 at most.
func (s *Sketch) Len() int { return int(s.n) }

// Smallest are the n smallest fingerprints, or as many as there are: keys under
// which streams that may share payloads find each other.
func (s *Sketch) Smallest(n int) []uint64 { return s.hashes[:min(n, int(s.n))] }

// Full tells, once the sketch holds all it can, from which fingerprint on Add
// changes nothing. That end only ever comes down.
func (s *Sketch) Full() (end uint64, ok bool) { return s.hashes[sketchSize-1], s.n == sketchSize }

// limit is up to where the sketch is complete.
func (s *Sketch) limit() uint64 {
	if s.n < sketchSize {
		return math.MaxUint64
	}
	return s.hashes[sketchSize-1]
}

// Distinct estimates how many different fingerprints were added; up to 32 it
// knows.
func (s *Sketch) Distinct() int {
	if s.n < sketchSize {
		return int(s.n)
	}
	span := float64(s.limit()) / (1 << 64)
	return int(math.Round((sketchSize - 1) / span))
}

// Shared compares two sketches. comparable is how many fingerprints the one
// with fewer has in the range where both are complete; shared of them the other
// has too. Where one stream carries all that the other does, the two are equal;
// streams that have nothing to do with each other share none.
//
// Of streams of very different length few are comparable: the longer one's
// sketch is complete over a shorter range.
func Shared(a, b *Sketch) (shared, comparable int) {
	limit := min(a.limit(), b.limit())
	var i, j int
	for i < int(a.n) && a.hashes[i] <= limit && j < int(b.n) && b.hashes[j] <= limit {
		switch x, y := a.hashes[i], b.hashes[j]; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			shared++
			i++
			j++
		}
	}
	for i < int(a.n) && a.hashes[i] <= limit {
		i++
	}
	for j < int(b.n) && b.hashes[j] <= limit {
		j++
	}
	return shared, min(i, j)
}
