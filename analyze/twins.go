package analyze

// twins remembers the last packets of a stream, to tell those that its tap
// recorded twice.
type twins struct {
	keys  [4]uint32 // sequence number and IP identification
	times [4]int64
}

// seen tells whether a packet is one that was just recorded: the same sequence
// number and IP identification within 50 ms. If not, it is remembered.
func (t *twins) seen(seq, ipid uint16, time int64) bool {
	key := uint32(seq)<<16 | uint32(ipid)
	for i, k := range t.keys {
		if k == key && t.times[i] != 0 && time-t.times[i] < 50*millisecond && t.times[i]-time < 50*millisecond {
			return true
		}
	}
	oldest := 0
	for i := 1; i < len(t.times); i++ {
		if t.times[i] < t.times[oldest] {
			oldest = i
		}
	}
	t.keys[oldest], t.times[oldest] = key, time
	return false
}
