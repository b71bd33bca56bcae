package srtp

import "github.com/latchscope/latchscope/analyze/trace"

// mostDescriptions is how many of them a Keyring holds keys of: a few
// megabytes.
const mostDescriptions = 65_536

// maxPerLine is how many a=crypto attributes of one m= line are read.
const maxPerLine = 8

// Keyring holds the keys of session descriptions from the time that they are read
// until the tags have been looked at. The zero value is ready; a nil Keyring takes
// nothing.
type Keyring struct {
	of   map[*trace.SDP][]Line
	full bool
}

// Line is the attributes of one m= line.
type Line struct {
	Line   int32 // from 0
	Crypto []Crypto
}

// Add takes the values of the a=crypto attributes of an m= line.
func (r *Keyring) Add(s *trace.SDP, line int32, values [][]byte) {
	if r == nil {
		return
	}
	if _, known := r.of[s]; !known && len(r.of) >= mostDescriptions {
		r.full = true
		return
	}
	l := Line{Line: line}
	for _, v := range values[:min(len(values), maxPerLine)] {
		if c, ok := ParseCrypto(v); ok {
			l.Crypto = append(l.Crypto, c)
		}
	}
	if len(l.Crypto) == 0 {
		return
	}
	if r.of == nil {
		r.of = map[*trace.SDP][]Line{}
	}
	r.of[s] = append(r.of[s], l)
}

// Forget lets go of what a description said, which is not kept after all.
func (r *Keyring) Forget(s *trace.SDP) {
	if r != nil {
		delete(r.of, s)
	}
}

// Of is what a description says of an m= line, nil where it names no key.
func (r *Keyring) Of(s *trace.SDP, line int32) []Crypto {
	if r == nil {
		return nil
	}
	for _, l := range r.of[s] {
		if l.Line == line {
			return l.Crypto
		}
	}
	return nil
}

// Empty reports whether there are no keys.
func (r *Keyring) Empty() bool { return r == nil || len(r.of) == 0 }

// Full reports whether keys were left out for want of room.
func (r *Keyring) Full() bool { return r != nil && r.full }

// Wipe overwrites all keys and forgets them.
func (r *Keyring) Wipe() {
	if r == nil {
		return
	}
	for _, lines := range r.of {
		for i := range lines {
			for j := range lines[i].Crypto {
				lines[i].Crypto[j].wipe()
			}
		}
	}
	r.of = nil
}

// String hides the keys.
func (r *Keyring) String() string { return "keyring" }

// GoString hides them, too.
func (r *Keyring) GoString() string { return r.String() }
