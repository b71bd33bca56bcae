package collect

import "slices"

// callIDTable finds what is known of a Call-ID by its hash, under a secret seed with
// which no two will meet. Like the table of streams it is one of 8-byte slots, which
// holds nothing that a collector of garbage would have to look at.
type callIDTable struct {
	slots []slot
	list  []*callIDState // index is the slot's

	touched uint64 // keeps the compiler from leaving the touching out
}

// find is what is known, or nil and the slot where it belongs.
func (t *callIDTable) find(key uint64) (*callIDState, int) {
	if len(t.slots) == 0 {
		t.slots = newSlots(1024)
	}
	mask := len(t.slots) - 1
	tag := uint32(key >> 32)
	for i := int(tag) & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.index == 0 {
			return nil, i
		}
		if n := t.list[s.index-1]; s.tag == tag && n.key == key {
			return n, i
		}
	}
}

// prefetch looks at what is known of the Call-IDs of messages, so that it is in a
// processor's cache when they are taken: memory answers many questions at a time, and
// taking one message after the other would wait for each.
func (t *callIDTable) prefetch(messages []readMessage) {
	if len(t.slots) == 0 {
		return
	}
	mask := len(t.slots) - 1
	for i := range messages {
		if s := t.slots[int(messages[i].said.key>>32)&mask]; s.index != 0 {
			t.touched += t.list[s.index-1].key
		}
	}
}

// insert puts a state into the slot that find named.
func (t *callIDTable) insert(at int, n *callIDState) {
	t.list = append(doubled(t.list), n)
	t.slots[at] = slot{uint32(n.key >> 32), uint32(len(t.list))}
	if len(t.list)*4 > len(t.slots)*3 {
		t.slots = grown(t.slots)
	}
}

// evict takes out what drop is true of.
func (t *callIDTable) evict(drop func(*callIDState) bool) {
	t.list = slices.DeleteFunc(t.list, drop)
	clear(t.slots)
	mask := len(t.slots) - 1
	for i, n := range t.list {
		tag := uint32(n.key >> 32)
		at := int(tag) & mask
		for t.slots[at].index != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = slot{tag, uint32(i + 1)}
	}
}
