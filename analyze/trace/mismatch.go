package trace

// Mismatch is a stretch of an SRTP stream that its receiver cannot use, by the
// authentication tags of its packets (RFC 3711 section 3.3) and the keys that the
// session descriptions of its time agree on (RFC 4568).
type Mismatch struct {
	From, To   Mark          // first and last packet
	Kind       MismatchKind  // what is wrong
	Why        MismatchCause // what the packets were protected with instead
	Off        int64         // MismatchRollover: by how much the counter differs from the receiver's
	Packets    int64
	Suite      string // that was agreed on
	Sent       string // the suite that fits, where it is another one
	Negotiated Moment // the answer that completed the agreement in force
}

// Shift moves the numbers of its packets.
func (m *Mismatch) Shift(seq, ts int64) {
	for _, mark := range []*Mark{&m.From, &m.To} {
		mark.Seq += seq
		mark.TS += ts
	}
}

// MismatchKind is what is wrong with SRTP packets.
type MismatchKind uint8

const (
	MismatchKey      MismatchKind = iota + 1 // the tag is not of the key that was agreed on
	MismatchRollover                         // it is, with another rollover counter than the receiver's
	MismatchReplay                           // it is, and the packet is older than what the receiver has had
)

// String is the kind in the words of the report.
func (k MismatchKind) String() string {
	return [...]string{"", "key", "rollover", "replay"}[k]
}

// MismatchCause is what was found in place of the key that was agreed on.
type MismatchCause uint8

const (
	CauseUnknown   MismatchCause = iota // none of the keys in view fits
	CauseOldKey                         // one that the sender had announced before
	CauseOtherSide                      // that of the other side
	CauseOtherTag                       // the right key, in a suite with another length of tag
	CauseNotChosen                      // one that was offered and not chosen
	CausePlain                          // the packets look as if nothing protected them
)

// String is the cause in the words of the report, "" where it is not known.
func (c MismatchCause) String() string {
	return [...]string{"", "old-key", "other-side", "other-tag", "not-chosen", "not-encrypted"}[c]
}

// MismatchesOf are the stretches of a stream that its receiver cannot use, in
// order; those of a copy are its original's.
func (t *Trace) MismatchesOf(s *Stream) []Mismatch {
	if len(t.Mismatches) == 0 {
		return nil
	}
	if s.CopyOf != nil {
		s = s.CopyOf
	}
	return t.Mismatches[s]
}
