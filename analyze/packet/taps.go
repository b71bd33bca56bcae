package packet

// tapTable numbers the places where packets are seen. A packet mostly comes from
// where the one before it did, which costs one compare; where a few places take
// turns (the directions of a cooked capture), the small cache in front of the map
// knows them.
type tapTable struct {
	list   []Tap
	index  map[Tap]uint32
	last   Tap // that was asked for and has a number of its own
	lastNo uint32
	cache  [64]struct {
		tap Tap
		no  uint32 // number + 1; 0 is an empty slot
	}
	max int
}

// newTapTable is one for so many taps at most.
func newTapTable(most int) tapTable {
	return tapTable{max: most, last: Tap{Iface: -1}} // which no packet has
}

// number is the index of t in list. full tells that the table had no room and
// that the last number stands for t.
func (t *tapTable) number(tap Tap) (no uint32, full bool) {
	if tap == t.last {
		return t.lastNo, false
	}
	return t.find(tap)
}

// isLast reports whether a tap that is neither in a tunnel nor relayed is the last one. Its
// parts come one by one: a Tap that was just built would be loaded before they have left the
// processor, which waits then.
func (t *tapTable) isLast(iface, ifIndex int32, dir Direction) bool {
	l := &t.last
	return l.Iface == iface && l.IfIndex == ifIndex && l.Dir == dir && !l.Tunnel && !l.Relayed
}

func (t *tapTable) find(tap Tap) (no uint32, full bool) {
	h := uint32(tap.Iface)*31 + uint32(tap.IfIndex)*4 + uint32(tap.Dir)
	if tap.Tunnel {
		h += 32
	}
	if tap.Relayed {
		h += 16
	}
	slot := &t.cache[h%uint32(len(t.cache))]
	if slot.no != 0 && slot.tap == tap {
		t.last, t.lastNo = tap, slot.no-1
		return slot.no - 1, false
	}
	no, ok := t.index[tap]
	if !ok {
		if len(t.list) >= t.max {
			return uint32(len(t.list) - 1), true
		}
		no = uint32(len(t.list))
		t.list = append(t.list, tap)
		if t.index == nil {
			t.index = make(map[Tap]uint32)
		}
		t.index[tap] = no
	}
	slot.tap, slot.no = tap, no+1
	t.last, t.lastNo = tap, no
	return no, false
}
