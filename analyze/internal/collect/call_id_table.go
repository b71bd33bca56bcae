package collect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/internal/arena"
)

// callIDTable finds what is known of a Call-ID by its hash, under a secret seed with
// which no two will meet. Like the table of streams it is one of 8-byte slots, which
// holds nothing that a collector of garbage would have to look at.
type callIDTable struct {
	slots arena.Slots // of a state's index in list, plus one
	list  []*callIDState

	touched uint64 // keeps the compiler from leaving the touching out
}

// find is what is known, or nil and the slot where it belongs.
func (t *callIDTable) find(key uint64) (*callIDState, int) {
	if len(t.slots) == 0 {
		t.slots = arena.NewSlots(1024)
	}
	mask := len(t.slots) - 1
	tag := uint32(key >> 32)
	for i := int(tag) & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.Number == 0 {
			return nil, i
		}
		if n := t.list[s.Number-1]; s.Tag == tag && n.key == key {
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
		if s := t.slots[int(messages[i].said.key>>32)&mask]; s.Number != 0 {
			t.touched += t.list[s.Number-1].key
		}
	}
}

// insert puts a state into the slot that find named.
func (t *callIDTable) insert(at int, n *callIDState) {
	t.list = append(arena.Doubled(t.list), n)
	t.slots[at] = arena.Slot{Tag: uint32(n.key >> 32), Number: uint32(len(t.list))}
	if len(t.list)*4 > len(t.slots)*3 {
		t.slots = t.slots.Grown()
	}
}

// evict takes out what drop is true of.
func (t *callIDTable) evict(drop func(*callIDState) bool) {
	t.list = slices.DeleteFunc(t.list, drop)
	clear(t.slots)
	for i, n := range t.list {
		t.slots.Put(arena.Slot{Tag: uint32(n.key >> 32), Number: uint32(i + 1)})
	}
}
