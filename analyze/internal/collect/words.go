package collect

// words are what the first message of a Call-ID says of itself, in one string: its
// Call-ID, the tag and URIs of its parties. They live as long as each other, and a
// capture may have a million of them. The zero value holds none.
type words struct {
	said [7]string
	n    int
}

// wordsOf are those of a message, the Call-ID first.
func wordsOf(m *heardNow, kept *texts) (w words) {
	places := [len(w.said)]place{m.callID, m.fromTag, m.fromURI, m.toURI, m.fromName, m.toName, m.asserted}
	var parts [len(places)][]byte
	n := 2
	if m.worthHead() {
		n = len(parts)
	}
	for i, p := range places[:n] {
		parts[i] = p.in(m.raw)
	}
	var room [512]byte
	all := room[:0]
	for _, b := range parts[:n] {
		all = append(all, atMost(b)...)
	}
	text := kept.keep(all)
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
