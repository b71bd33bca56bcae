package sip

import "bytes"

// ending is how a line ends.
type ending uint8

const (
	cut  ending = iota // the input ends first
	crlf               // as RFC 3261 section 7 wants it, or with more than one CR
	lf                 // a bare LF
	cr                 // a lone CR
)

// lines walks over the lines of a text.
type lines struct {
	b    []byte
	pos  int  // where the next line begins
	cr   bool // a lone CR ends a line, too
	noLF bool // behind pos; remembered, or CR-only input would cost its square
}

// linesOf walks over a text that is complete. To look for lone CRs in every
// line would cost more than all else; they are looked for where the text has
// more CR than LF.
func linesOf(b []byte, pos int) lines {
	rest := b[pos:]
	return lines{b: b, pos: pos, cr: bytes.Count(rest, []byte{'\r'}) > bytes.Count(rest, []byte{'\n'})}
}

// streamLines walks over a text that may go on behind its end, so that a CR
// there says nothing yet. Its lines end in LF, with or without CR.
func streamLines(b []byte, pos int) lines {
	return lines{b: b, pos: pos}
}

// next is the next line without its end. At the end of the input, start is
// len(b) and how is cut.
func (s *lines) next() (start, end int, how ending) {
	start, end = s.pos, len(s.b)
	how = cut
	if !s.noLF {
		b := s.b[start:]
		n := bytes.IndexByte(b, '\n')
		switch {
		case n < 0:
			s.noLF = true
		case n > 1 && b[n-1] == '\r' && b[n-2] != '\r' && !s.cr: // as nearly all are
			s.pos = start + n + 1
			return start, start + n - 1, crlf
		default:
			end, how = start+n, lf
		}
	}
	s.pos = end
	if how == lf {
		s.pos++
		for end > start && s.b[end-1] == '\r' {
			end--
			how = crlf
		}
	}
	if s.cr {
		if n := bytes.IndexByte(s.b[start:end], '\r'); n >= 0 {
			s.pos = start + n + 1
			return start, start + n, cr
		}
	}
	return start, end, how
}
