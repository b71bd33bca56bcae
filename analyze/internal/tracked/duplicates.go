package tracked

import "time"

// Duplicates remembers the last packets of a stream, to know those that its tap
// recorded twice. The zero value is ready.
type Duplicates struct {
	keys  [4]uint32 // sequence number and IP identification
	times [4]uint16 // in units of 2^22 ns: 4.6 minutes until they begin anew
	next  uint8     // how many were remembered; begins anew at len(keys), since from there on no slot is empty
}

// apart is how far the two recordings of a packet may be apart: 50 ms.
const apart = uint16(50 * time.Millisecond >> 22)

// Seen reports whether a packet is one that was just recorded: the same sequence
// number and IP identification within 50 ms. Time is in nanoseconds.
func (d *Duplicates) Seen(seq, ipid uint16, time int64) bool {
	key, at := uint32(seq)<<16|uint32(ipid), uint16(time>>22)
	for i, k := range d.keys {
		if k == key && at-d.times[i]+apart <= 2*apart && i < int(d.next) {
			return true
		}
	}
	return false
}

// Add remembers a packet.
func (d *Duplicates) Add(seq, ipid uint16, time int64) {
	slot := d.next % uint8(len(d.keys))
	d.keys[slot], d.times[slot] = uint32(seq)<<16|uint32(ipid), uint16(time>>22)
	if d.next++; d.next == 2*uint8(len(d.keys)) {
		d.next = uint8(len(d.keys))
	}
}
