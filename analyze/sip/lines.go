package sip

import "bytes"

// ending is how a line ends.
type ending uint8

const (
	cut  ending = iota // the input ends first
	crlf               // as RFC 3261 section 7 wants it
	lf                 // a bare LF
	cr                 // a lone CR
)

// lines walks over the lines of a text, whatever they end in.
type lines struct {
	b   []byte
	pos int // where the next line begins
	lf  int // the first LF at or behind pos, len(b) where there is none; found once, or CR-only input would cost its square
}

func linesOf(b []byte, pos int) lines {
	return lines{b: b, pos: pos, lf: -1}
}

// next is the next line without its end. At the end of the input, start is
// len(b) and how is cut.
func (s *lines) next() (start, end int, how ending) {
	start = s.pos
	if s.lf < start {
		s.lf = len(s.b)
		if n := bytes.IndexByte(s.b[start:], '\n'); n >= 0 {
			s.lf = start + n
		}
	}
	end = s.lf
	if n := bytes.IndexByte(s.b[start:end], '\r'); n >= 0 {
		if start+n != end-1 || end == len(s.b) {
			s.pos = start + n + 1
			return start, start + n, cr
		}
		s.pos = end + 1
		return start, end - 1, crlf
	}
	if end == len(s.b) {
		s.pos = end
		return start, end, cut
	}
	s.pos = end + 1
	return start, end, lf
}

// eol finds the first line of b: where it ends, and where the next one begins;
// ok is false where the input ends first.
func eol(b []byte) (end, next int, ok bool) {
	s := linesOf(b, 0)
	_, end, how := s.next()
	return end, s.pos, how != cut
}
