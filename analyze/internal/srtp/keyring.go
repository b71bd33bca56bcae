package srtp

import "github.com/latchscope/latchscope/analyze/trace"

// mostMessages is how many session descriptions a Keyring holds keys of: a few
// megabytes.
const mostMessages = 65_536

// maxPerLine is how many a=crypto attributes of one m= line are read.
const maxPerLine = 8

// Keyring holds the keys of session descriptions from the time that they are read
// until the tags have been looked at. The zero value is ready; a nil Keyring takes
// nothing.
type Keyring struct {
	of   map[*trace.Message][]Line
	full bool
}

// Line is the attributes of one m= line.
type Line struct {
	Line   int32 // from 0
	Crypto []Crypto
}

// Add takes the values of the a=crypto attributes of an m= line.
func (r *Keyring) Add(m *trace.Message, line int32, values [][]byte) {
	if r == nil {
		return
	}
	if _, known := r.of[m]; !known && len(r.of) >= mostMessages {
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
		r.of = map[*trace.Message][]Line{}
	}
	r.of[m] = append(r.of[m], l)
}

// Again says that a message is another one word for word.
func (r *Keyring) Again(m, as *trace.Message) {
	if r == nil || len(r.of[as]) == 0 {
		return
	}
	if len(r.of) >= mostMessages {
		r.full = true
		return
	}
	r.of[m] = r.of[as]
}

// Forget lets go of what a message said, which is not kept after all.
func (r *Keyring) Forget(m *trace.Message) {
	if r != nil {
		delete(r.of, m)
	}
}

// Of is what a message says of an m= line, nil where it names no key.
func (r *Keyring) Of(m *trace.Message, line int32) []Crypto {
	if r == nil {
		return nil
	}
	for _, l := range r.of[m] {
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
