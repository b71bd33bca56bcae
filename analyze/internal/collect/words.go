package collect

import "github.com/latchscope/latchscope/analyze/sip"

// words are what the first message of a Call-ID says of itself, in one string: its
// Call-ID, the tag and URIs of its parties. They live as long as each other, and a
// capture may have a million of them. The zero value holds none.
type words struct {
	said [7]string
	n    int
}

// wordsOf are those of a message with a Call-ID, which comes first.
func wordsOf(id []byte, m *sip.Message) (w words) {
	parts := [len(w.said)][]byte{id, m.From.Tag}
	n := 2
	if worthHead(m) {
		n += copy(parts[n:], [][]byte{m.From.URI, m.To.URI, m.From.Display, m.To.Display, m.Asserted})
	}
	var room [512]byte
	all := room[:0]
	for _, b := range parts[:n] {
		all = append(all, atMost(b)...)
	}
	text := string(all)
	for i, b := range parts[:n] {
		length := len(atMost(b))
		w.said[i], text = text[:length], text[length:]
	}
	w.n = n
	return w
}

// find is the word that b spells, if it is one of them.
func (w *words) find(b []byte) (string, bool) {
	for _, s := range w.said[:w.n] {
		if s == string(b) {
			return s, true
		}
	}
	return "", false
}
