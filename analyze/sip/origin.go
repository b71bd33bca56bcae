package sip

// Origin is the o= line (RFC 8866 section 5.2), its numbers as spelt: some
// exceed 64 bits.
type Origin struct {
	User, SessionID, Version, Addr []byte
}

// parse reads "jdoe 2890844526 2890842807 IN IP4 10.47.16.5". User names with
// blanks in them exist; the numbers are the two words in front of "IN IP4".
func (o *Origin) parse(v []byte) {
	if o.plain(v) {
		return
	}
	var last [4][]byte // the words so far, the latest at the end
	var at [4]int      // where they begin
	*o = Origin{}
	for rest := v; ; {
		begin := len(v) - len(trimLeft(rest))
		w, after := word(rest)
		if len(w) == 0 {
			break
		}
		copy(last[:], last[1:])
		copy(at[:], at[1:])
		last[3], at[3], rest = w, begin, after
		if last[0] != nil && is(last[2], "in") && hasPrefix(w, "ip") {
			o.User, o.SessionID, o.Version = trim(v[:at[0]]), last[0], last[1]
			o.Addr, _ = word(rest)
			return
		}
	}
	o.User, v = word(v)
	o.SessionID, v = word(v)
	o.Version, v = word(v)
	if v != nil {
		o.Addr = last[3]
	}
}

// plain reads a line of six words with one blank between them, as nearly all
// are.
func (o *Origin) plain(v []byte) bool {
	var w [6][]byte
	for i := range w {
		n := 0
		for n < len(v) && v[n] > ' ' {
			n++
		}
		if n == 0 || n < len(v) && v[n] != ' ' || (n == len(v)) != (i == len(w)-1) {
			return false
		}
		w[i] = v[:n]
		v = v[min(n+1, len(v)):]
	}
	if string(w[3]) != "IN" || string(w[4]) != "IP4" && string(w[4]) != "IP6" {
		return false
	}
	o.User, o.SessionID, o.Version, o.Addr = w[0], w[1], w[2], w[5]
	return true
}
