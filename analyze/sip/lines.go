package sip

import "bytes"

// ending is how a line ends.
type ending uint8

const (
	cut  ending = iota // the input ends first
	crlf               // as RFC 3261 section 7 wants it, or with more than one CR
	lf                 // a bare LF
	cr                 // a lone CR, with no LF in what follows
)

// lines walks over the lines of a text. They end in LF, with or without CR;
// only where no LF is left do they end in CR.
type lines struct {
	b    []byte
	pos  int  // where the next line begins
	noLF bool // behind pos; remembered, or CR-only input would cost its square
}

func linesOf(b []byte, pos int) lines {
	return lines{b: b, pos: pos}
}

// next is the next line without its end. At the end of the input, start is
// len(b) and how is cut.
func (s *lines) next() (start, end int, how ending) {
	start = s.pos
	if !s.noLF {
		if n := bytes.IndexByte(s.b[start:], '\n'); n >= 0 {
			end = start + n
			s.pos = end + 1
			if n == 0 || s.b[end-1] != '\r' {
				return start, end, lf
			}
			for end--; end > start && s.b[end-1] == '\r'; end-- {
			}
			return start, end, crlf
		}
		s.noLF = true
	}
	if n := bytes.IndexByte(s.b[start:], '\r'); n >= 0 {
		s.pos = start + n + 1
		return start, start + n, cr
	}
	s.pos = len(s.b)
	return start, s.pos, cut
}
