package collect

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/arena"
	"github.com/latchscope/latchscope/analyze/trace"
)

// streamTable finds the stream of a packet. It is an open-addressing table of
// 8-byte slots: the streams themselves stay where they are, and a probe touches
// one cache line of the table and the stream it finds.
type streamTable struct {
	slots arena.Slots // of a stream's index in list, plus one
	used  int
	list  []*trace.Stream
	gone  int // how many times streams were taken out
}

func hashKey(src, dst *endpoint.Endpoint, ssrc, tap uint32) uint64 {
	const k = 0x9e3779b97f4a7c15
	a := binary.LittleEndian.Uint64(src.Addr[8:]) ^ binary.LittleEndian.Uint64(src.Addr[:])*k
	b := binary.LittleEndian.Uint64(dst.Addr[8:]) ^ binary.LittleEndian.Uint64(dst.Addr[:])*k
	c := uint64(src.Port)<<48 | uint64(dst.Port)<<32 | uint64(ssrc)
	hi, lo := bits.Mul64(a^k, b^0xd6e8feb86659fd93)
	hi2, lo2 := bits.Mul64(c^hi^lo^uint64(tap)<<13, k)
	return max(hi2^lo2, 1) // 0 stands for none
}

// find returns the stream of the key, or nil and the slot where it belongs.
func (t *streamTable) find(h uint64, src, dst *endpoint.Endpoint, ssrc, tap uint32) (*trace.Stream, int) {
	if len(t.slots) == 0 {
		t.slots = arena.NewSlots(1024)
	}
	mask := len(t.slots) - 1
	tag := uint32(h >> 32)
	for i := int(tag) & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.Number == 0 {
			return nil, i
		}
		if s.Tag == tag {
			st := t.list[s.Number-1]
			if st.SSRC == ssrc && st.Tap == tap && st.Src == *src && st.Dst == *dst {
				return st, i
			}
		}
	}
}

// insert puts a stream into the slot that find named.
func (t *streamTable) insert(h uint64, at int, s *trace.Stream) {
	t.list = append(arena.Doubled(t.list), s)
	t.slots[at] = arena.Slot{Tag: uint32(h >> 32), Number: uint32(len(t.list))}
	t.used++
	if t.used*4 > len(t.slots)*3 {
		t.slots = t.slots.Grown()
	}
}

// replace puts a stream in the place of one with the same key, which stays in
// the list.
func (t *streamTable) replace(at int, s *trace.Stream) {
	t.list = append(arena.Doubled(t.list), s)
	t.slots[at].Number = uint32(len(t.list))
}

// rebuild places the streams of the list anew, of a key the latest one alone: no other is
// ever found, and a key that is used again for every call would fill all slots.
func (t *streamTable) rebuild() {
	clear(t.slots)
	t.used = 0
	for n, s := range slices.Backward(t.list) {
		h := hashKey(&s.Src, &s.Dst, s.SSRC, s.Tap)
		if known, at := t.find(h, &s.Src, &s.Dst, s.SSRC, s.Tap); known == nil {
			t.slots[at] = arena.Slot{Tag: uint32(h >> 32), Number: uint32(n + 1)}
			t.used++
		}
	}
}

// evict takes out the streams that keep refuses.
func (t *streamTable) evict(keep func(*trace.Stream) bool) (dropped int) {
	kept := t.list[:0]
	for _, s := range t.list {
		if keep(s) {
			kept = append(kept, s)
		}
	}
	dropped = len(t.list) - len(kept)
	clear(t.list[len(kept):])
	t.list = kept
	t.gone++
	t.rebuild()
	return dropped
}
