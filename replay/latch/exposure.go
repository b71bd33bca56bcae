package latch

import "time"

// Exposure says what a stranger needs who sprays a port with packets of his
// own, without knowing SSRC or sequence, to be taken for the party once its
// source is locked (RFC 7362 section 4).
type Exposure struct {
	Never   bool          // he never is, though he may be heard
	Quiet   time.Duration // how long the party must be quiet
	Packets int           // how many of his packets it takes
	Heard   bool          // his packets are passed on anyhow
}

// Exposure is how safe a locked latch of this policy is.
func (p Policy) Exposure() Exposure {
	e := Exposure{Heard: p.LockedMismatch != MismatchDrop, Packets: 1}
	switch {
	case p.LockedMismatch == MismatchFollow, p.MarkerLocks, p.NewSSRCAtOnce && p.LearnPackets > 0 && p.Disarm != DisarmSDPChanged:
	case p.RelatchPackets > 0:
		e.Quiet, e.Packets = p.RelatchSilence, int(p.RelatchPackets)
	case p.NewSSRCPackets > 0 && p.LearnPackets > 0 && p.Disarm != DisarmSDPChanged:
		e.Packets = int(p.NewSSRCPackets) + 1
	case p.RelatchSilence > 0:
		e.Quiet, e.Packets = p.RelatchSilence, max(1, int(p.LearnPackets))
	default:
		e.Never, e.Packets = true, 0
	}
	return e
}
