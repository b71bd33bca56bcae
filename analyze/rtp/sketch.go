package rtp

import "math"

const sketchSize = 32

// Sketch remembers the 32 smallest distinct fingerprints of a stream (a bottom-k
// sketch). Which ones those are does not depend on order, holes or repetition,
// so two streams that carry the same payloads remember the same ones, however
// late one of them begins. The zero value is empty.
//
// Of each fingerprint the upper half is kept: among millions of packets two that
// agree in it by chance are rare, and it takes twenty to make a likeness. What is
// kept is the complement, so that the array needs no count beside it: 0 is none.
type Sketch struct {
	kept [sketchSize]uint32 // descending
}

// key is what is kept of a fingerprint.
func key(hash uint64) uint32 { return ^uint32(hash >> 32) }

// Add puts a fingerprint in.
func (s *Sketch) Add(hash uint64) {
	k := key(hash)
	if k <= s.kept[sketchSize-1] {
		return
	}
	i := min(s.Len(), sketchSize-1)
	for i > 0 && s.kept[i-1] < k {
		i--
	}
	if i > 0 && s.kept[i-1] == k {
		return
	}
	copy(s.kept[i+1:], s.kept[i:])
	s.kept[i] = k
}

// Len is how many fingerprints are remembered, 32 at most.
func (s *Sketch) Len() int {
	if s.kept[sketchSize-1] != 0 {
		return sketchSize
	}
	lo, hi := 0, sketchSize-1
	for lo < hi {
		if mid := (lo + hi) / 2; s.kept[mid] != 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Smallest stand for the n smallest fingerprints, or for as many as there are:
// keys under which streams that may share payloads find each other.
func (s *Sketch) Smallest(n int) []uint32 { return s.kept[:min(n, s.Len())] }

// Head is a sketch of the n smallest fingerprints alone.
func (s *Sketch) Head(n int) *Sketch {
	out := new(Sketch)
	copy(out.kept[:], s.Smallest(n))
	return out
}

// Full tells, once the sketch holds all it can, from which fingerprint on Add
// changes nothing. That end only ever comes down.
func (s *Sketch) Full() (end uint64, ok bool) {
	least := s.kept[sketchSize-1]
	return uint64(^least) << 32, least != 0
}

// Distinct estimates how many different fingerprints were added; up to 32 it
// knows.
func (s *Sketch) Distinct() int {
	if n := s.Len(); n < sketchSize {
		return n
	}
	span := (float64(^s.kept[sketchSize-1]) + 0.5) / (1 << 32)
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
	limit := max(a.kept[sketchSize-1], b.kept[sketchSize-1], 1)
	var i, j int
	for i < sketchSize && a.kept[i] >= limit && j < sketchSize && b.kept[j] >= limit {
		switch x, y := a.kept[i], b.kept[j]; {
		case x > y:
			i++
		case x < y:
			j++
		default:
			shared++
			i++
			j++
		}
	}
	for i < sketchSize && a.kept[i] >= limit {
		i++
	}
	for j < sketchSize && b.kept[j] >= limit {
		j++
	}
	return shared, min(i, j)
}
