package analyze

// twins remembers the last packets of a stream, to tell those that its tap
// recorded twice.
type twins struct {
	keys  [4]uint32 // sequence number and IP identification
	times [4]uint16 // in units of 2^22 ns: 4.6 minutes until they begin anew
	next  uint8     // how many were remembered; begins anew at len(keys), since from there on no slot is empty
}

// twinsApart is how far the two recordings of a packet may be apart: 50 ms.
const twinsApart = uint16(50 * millisecond >> 22)

// seen tells whether a packet is one that was just recorded: the same sequence
// number and IP identification within 50 ms.
func (t *twins) seen(seq, ipid uint16, time int64) bool {
	key, at := uint32(seq)<<16|uint32(ipid), uint16(time>>22)
	for i, k := range t.keys {
		if k == key && at-t.times[i]+twinsApart <= 2*twinsApart && i < int(t.next) {
			return true
		}
	}
	return false
}

// add remembers a packet.
func (t *twins) add(seq, ipid uint16, time int64) {
	slot := t.next % uint8(len(t.keys))
	t.keys[slot], t.times[slot] = uint32(seq)<<16|uint32(ipid), uint16(time>>22)
	if t.next++; t.next == 2*uint8(len(t.keys)) {
		t.next = uint8(len(t.keys))
	}
}
