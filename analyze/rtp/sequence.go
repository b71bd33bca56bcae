package rtp

// Bounds of RFC 3550 appendix A.1.
const (
	maxDropout  = 3000 // further ahead is another sequence, not loss
	maxMisorder = 100  // further behind is another sequence, not a late packet
)

// Event is what a packet was to the sequence it belongs to.
type Event uint8

const (
	First     Event = iota + 1 // the first packet of all
	InOrder                    // the one that was due
	Gap                        // ahead: packets are missing in front of it
	Late                       // behind the highest, and not seen before
	Duplicate                  // seen before
	Jump                       // far off: a stray, or the first of a new sequence
	Restart                    // follows a Jump: a new sequence has begun
)

var eventNames = [...]string{"none", "first", "in order", "gap", "late", "duplicate", "jump", "restart"}

func (e Event) String() string {
	if int(e) < len(eventNames) {
		return eventNames[e]
	}
	return "none"
}

// Advances tells whether the packet became the highest of its sequence.
func (e Event) Advances() bool {
	return e == First || e == InOrder || e == Gap || e == Restart
}

// Unwrapper turns 16-bit sequence numbers into 64-bit ones that do not wrap, as
// RFC 3550 appendix A.1 does with its cycles. The low 16 bits are always those
// of the packet. Numbers begin in the second cycle, so that packets which
// overtook the first one still have positive numbers.
//
// A jump of maxDropout or more is not believed at once. The packet gets a
// number in the cycle behind the highest; the next one in sequence confirms it
// (Restart), and the new numbers go on from there, above all old ones. What
// lies between the two sequences was never sent and counts nowhere. A jump that
// nobody confirms is one stray packet.
//
// The zero value is ready.
type Unwrapper struct {
	ExtFirst, ExtHighest int64

	// seen has a bit for the highest number (bit 0 of the first word) and each
	// of the 127 before it.
	seen [2]uint64

	// skipped is how many numbers from first to highest belong to no packet
	// that was ever due, less the strays, which are due but not between them.
	// Only differences modulo 2^32 matter.
	skipped uint32

	bad    uint16 // the number that would confirm a jump
	state  uint8
	lastPT uint8 // kept for Stats, where it would cost eight bytes
}

// States of an Unwrapper.
const (
	fresh   uint8 = iota
	running       // one sequence
	jumped        // and a packet of perhaps another: bad is due next
)

// Step is what a sequence number was. Its size matters: with four words a Result
// travels in registers.
type Step struct {
	Ext     int64  // the unwrapped number
	Highest int64  // the highest one before this packet; Ext itself for the first
	Missing uint32 // Gap: packets missing in front of this one
	Event   Event
}

// Ahead tells whether a sequence number goes on from the highest, if perhaps
// behind a gap: such a packet was not seen before.
func (u *Unwrapper) Ahead(seq uint16) bool { return seq-uint16(u.ExtHighest)-1 < maxDropout-1 }

// Next takes the next packet's sequence number.
func (u *Unwrapper) Next(seq uint16) Step {
	if u.state == fresh {
		return u.start(seq)
	}
	prev := u.ExtHighest
	ahead := seq - uint16(prev)
	if ahead-1 < maxDropout-1 { // 1 .. maxDropout-1
		return u.advance(prev, int64(ahead))
	}
	if behind := -ahead; behind <= maxMisorder {
		return u.late(prev, int64(behind))
	}
	return u.jump(prev, seq)
}

func (u *Unwrapper) jump(prev int64, seq uint16) Step {
	ext := (prev>>16+1)<<16 | int64(seq)
	if u.state == jumped {
		if seq == u.bad {
			return u.restart(prev, seq)
		}
		if seq+1 == u.bad {
			return Step{Event: Duplicate, Ext: ext, Highest: prev}
		}
	}
	u.state, u.bad = jumped, seq+1
	u.skipped-- // it was sent, hence due, though not within the sequence
	return Step{Event: Jump, Ext: ext, Highest: prev}
}

// believe makes the Jump just reported a Gap after all.
func (u *Unwrapper) believe(seq uint16) Step {
	u.skipped++
	return u.advance(u.ExtHighest, int64(seq-uint16(u.ExtHighest)))
}

func (u *Unwrapper) start(seq uint16) Step {
	ext := 1<<16 + int64(seq)
	u.ExtFirst, u.ExtHighest = ext, ext
	u.seen = [2]uint64{1, 0}
	u.state = running
	return Step{Event: First, Ext: ext, Highest: ext}
}

func (u *Unwrapper) advance(prev, ahead int64) Step {
	u.ExtHighest = prev + ahead
	u.state = running
	if ahead == 1 {
		u.seen[1] = u.seen[1]<<1 | u.seen[0]>>63
		u.seen[0] = u.seen[0]<<1 | 1
		return Step{Event: InOrder, Ext: prev + 1, Highest: prev}
	}
	u.shift(uint64(ahead))
	return Step{Event: Gap, Ext: prev + ahead, Highest: prev, Missing: uint32(ahead - 1)}
}

// shift moves the window of seen numbers up by n and marks the new highest.
// Shifts of 64 and more yield 0 in Go.
func (u *Unwrapper) shift(n uint64) {
	if n < 64 {
		u.seen[1] = u.seen[1]<<n | u.seen[0]>>(64-n)
	} else {
		u.seen[1] = u.seen[0] << (n - 64)
	}
	u.seen[0] = u.seen[0]<<n | 1
}

func (u *Unwrapper) late(prev, behind int64) Step {
	ext := prev - behind
	word, bit := &u.seen[behind>>6], uint64(1)<<(behind&63)
	if *word&bit != 0 {
		return Step{Event: Duplicate, Ext: ext, Highest: prev}
	}
	*word |= bit
	if ext < u.ExtFirst {
		u.ExtFirst = ext // the capture began with a packet that had overtaken this one
	}
	return Step{Event: Late, Ext: ext, Highest: prev}
}

func (u *Unwrapper) restart(prev int64, seq uint16) Step {
	// One above the number that the jump was given, which matters where the
	// jump stood at 65535.
	ext := (prev>>16+1)<<16 | int64(seq-1) + 1
	u.skipped += uint32(ext - prev - 1)
	u.ExtHighest = ext
	u.seen = [2]uint64{3, 0} // this one, and the jump
	u.state = running
	return Step{Event: Restart, Ext: ext, Highest: prev}
}

// due is how many packets must have been sent.
func (u *Unwrapper) due() uint32 {
	if u.state == fresh {
		return 0
	}
	return uint32(u.ExtHighest-u.ExtFirst+1) - u.skipped
}

// TimestampUnwrapper does the same for 32-bit RTP timestamps: the number nearest
// to the last one. The zero value is ready.
type TimestampUnwrapper struct {
	last    int64
	started bool
}

// Next takes the next packet's timestamp.
func (u *TimestampUnwrapper) Next(ts uint32) int64 {
	if !u.started {
		u.started = true
		u.last = 1<<32 + int64(ts)
		return u.last
	}
	u.last = unwrapTS(u.last, ts)
	return u.last
}

// unwrapTS is ts in the cycle that brings it nearest to near.
func unwrapTS(near int64, ts uint32) int64 {
	return near + int64(int32(ts-uint32(near)))
}
