package packet

import (
	"bytes"
	"cmp"
	"container/list"
	"slices"
	"sort"
)

// fragKey tells datagrams that are being put together apart: RFC 791 section
// 3.2 for IPv4. In IPv6 the protocol is not part of it (RFC 8200 section 4.5).
// The tap is, so that a packet seen at two interfaces completes at both.
type fragKey struct {
	src, dst [16]byte
	id, tap  uint32
	proto    uint8
	v6       bool
}

// fragments puts IP datagrams together, within bounds.
type fragments struct {
	waiting map[fragKey]*list.Element // of *assembly
	oldest  list.List                 // unfinished ones, by age
	done    list.List                 // lately finished ones, by age
	heads   []head                    // of those that were given up
	bytes   int
}

// head is what there is of a datagram that was given up. It waits until the
// frame at hand is done: what it carries may be a fragment again.
type head struct {
	header header
	proto  uint8
	body   span
	at     place
}

// assembly is one datagram with its pieces in order of their offset, none
// overlapping another.
type assembly struct {
	key    fragKey
	header header
	proto  uint8 // what the datagram begins with
	pieces []piece
	have   int // bytes of all pieces, on the wire
	total  int // the datagram's length; -1 until the last fragment is there
	bytes  int // what it counts in fragments.bytes
	at     place
	begun  int64
	ended  int64 // when it was completed
	done   bool
	again  bool // begun shortly after the same datagram was completed: a second recording of it
}

type piece struct {
	off, wire int
	b         []byte // what was recorded of it
}

func (p piece) end() int { return p.off + p.wire }

const (
	maxDatagram   = 65535 // RFC 791; jumbograms are not fragmented (RFC 2675 section 3)
	pieceOverhead = 96    // what a piece costs besides its bytes
	againWithin   = 1e9   // ns
)

// fragment takes one fragment of a datagram and goes on with the datagram when
// it is complete.
func (d *Decoder) fragment(h header, proto uint8, offset int, more bool, s span, p place) {
	if offset+s.wire > maxDatagram {
		d.warn.add(warnIP, p.frame)
		return
	}
	key := fragKey{src: h.src, dst: h.dst, id: h.id, tap: p.tap, v6: h.v6}
	if !h.v6 {
		key.proto = proto
	}
	d.expireFragments(p.time)
	a := d.assembly(key, p)
	if offset == 0 && (len(a.pieces) == 0 || a.pieces[0].off != 0) {
		a.header, a.proto, a.at = h, proto, p
	}
	before := a.bytes
	differ := a.add(offset, s)
	if !more {
		switch {
		case a.total < 0:
			a.total = offset + s.wire
		case a.total != offset+s.wire:
			differ = true
		}
	}
	if differ {
		d.warn.add(warnFragOverlap, p.frame)
	}
	d.frags.bytes += a.bytes - before
	if a.complete() {
		whole := a.join()
		d.finish(a, p.time)
		p.flags |= Fragmented
		d.resume(a.proto, a.header, whole, p)
	}
	for d.frags.bytes > d.lim.FragmentBytes {
		d.giveUpOldest(p.frame)
	}
}

// resume decodes what the fragments carried.
func (d *Decoder) resume(proto uint8, h header, s span, p place) {
	if h.v6 {
		d.ipv6Payload(proto, h, s, p)
	} else {
		d.transport(proto, h, s, p)
	}
}

// assembly finds the datagram that a fragment belongs to, or begins one.
func (d *Decoder) assembly(key fragKey, p place) *assembly {
	f := &d.frags
	if f.waiting == nil {
		f.waiting = make(map[fragKey]*list.Element)
	}
	again := false
	if e, ok := f.waiting[key]; ok {
		a := e.Value.(*assembly)
		switch {
		case a.done:
			again = p.time-a.ended < againWithin
			f.done.Remove(e)
		case a.stale(p.time, d.lim.FragmentTimeout):
			d.giveUp(e)
		default:
			return a
		}
	}
	for f.oldest.Len() >= d.lim.Fragments {
		d.giveUpOldest(p.frame)
	}
	a := &assembly{key: key, total: -1, begun: p.time, at: p, again: again}
	f.waiting[key] = f.oldest.PushBack(a)
	return a
}

// finish keeps only that the datagram was there.
func (d *Decoder) finish(a *assembly, now int64) {
	f := &d.frags
	f.bytes -= a.bytes
	a.pieces, a.bytes, a.done, a.ended = nil, 0, true, now
	f.oldest.Remove(f.waiting[a.key])
	f.waiting[a.key] = f.done.PushBack(a)
	if f.done.Len() > d.lim.Fragments {
		e := f.done.Front()
		delete(f.waiting, f.done.Remove(e).(*assembly).key)
	}
}

// stale tells whether a datagram has waited too long: an IPv4 host soon uses
// its 16 bits of identification again.
func (a *assembly) stale(now, timeout int64) bool {
	if a.key.v6 {
		timeout *= 2
	}
	return now-a.begun > timeout
}

// expireFragments gives up what has waited too long. Capture time may go
// backwards; then nothing expires.
func (d *Decoder) expireFragments(now int64) {
	f := &d.frags
	for e := f.oldest.Front(); e != nil; e = f.oldest.Front() {
		if !e.Value.(*assembly).stale(now, d.lim.FragmentTimeout) {
			break
		}
		d.giveUp(e)
	}
}

func (d *Decoder) giveUpOldest(frame int64) {
	if e := d.frags.oldest.Front(); e != nil {
		d.warn.add(warnFragLimit, frame)
		d.giveUp(e)
	}
}

// giveUp ends the wait for a datagram. Its first fragment, with as much as
// follows without a hole, is decoded by itself: captures taken with a filter on
// ports hold nothing but first fragments.
func (d *Decoder) giveUp(e *list.Element) {
	f := &d.frags
	a := f.oldest.Remove(e).(*assembly)
	delete(f.waiting, a.key)
	f.bytes -= a.bytes
	if a.again {
		return
	}
	d.warn.add(warnFragIncomplete, a.at.frame)
	if len(a.pieces) == 0 || a.pieces[0].off != 0 {
		return
	}
	p := a.at
	p.flags |= Fragmented
	p.partial = true
	f.heads = append(f.heads, head{a.header, a.proto, a.join(), p})
}

// decodeHeads goes on with the datagrams that were given up.
func (d *Decoder) decodeHeads() {
	f := &d.frags
	for len(f.heads) > 0 {
		h := f.heads[0]
		f.heads = f.heads[1:]
		d.resume(h.proto, h.header, h.body, h.at)
	}
	f.heads = nil
}

// flushFragments gives up everything, in the order of the first fragments.
func (d *Decoder) flushFragments() {
	f := &d.frags
	for f.oldest.Len() > 0 {
		for e := f.oldest.Front(); e != nil; e = f.oldest.Front() {
			d.giveUp(e)
		}
		slices.SortStableFunc(f.heads, func(x, y head) int { return cmp.Compare(x.at.frame, y.at.frame) })
		d.decodeHeads() // which may bring fragments again, smaller ones
	}
}

// add puts in what of a fragment is new; bytes that are there already stay as
// they are. It tells whether any of them differ from the new ones.
func (a *assembly) add(off int, s span) (differ bool) {
	lo, hi := off, off+s.wire
	i := sort.Search(len(a.pieces), func(i int) bool { return a.pieces[i].end() > lo })
	for lo < hi {
		if i == len(a.pieces) || a.pieces[i].off >= hi {
			a.insert(i, off, lo, hi, s.b)
			break
		}
		q := a.pieces[i]
		if q.off > lo {
			a.insert(i, off, lo, q.off, s.b)
			i++
			lo = q.off
		}
		end := min(hi, q.end())
		differ = differ || !bytes.Equal(
			cut(q.b, lo-q.off, end-q.off),
			cut(s.b, lo-off, lo-off+len(cut(q.b, lo-q.off, end-q.off))))
		lo = end
		i++
	}
	return differ
}

// insert puts the bytes lo to hi of a fragment that begins at off into place i.
func (a *assembly) insert(i, off, lo, hi int, b []byte) {
	p := piece{off: lo, wire: hi - lo, b: bytes.Clone(cut(b, lo-off, hi-off))}
	a.pieces = slices.Insert(a.pieces, i, p)
	a.have += p.wire
	a.bytes += len(p.b) + pieceOverhead
}

// cut is b[lo:hi] as far as b goes.
func cut(b []byte, lo, hi int) []byte {
	return b[min(lo, len(b)):min(hi, len(b))]
}

func (a *assembly) complete() bool {
	if a.total < 0 || a.have < a.total {
		return false
	}
	at := 0
	for _, p := range a.pieces {
		if at >= a.total {
			break
		}
		if p.off != at {
			return false
		}
		at = p.end()
	}
	return at >= a.total
}

// join is the datagram from its beginning to the first byte that is missing.
func (a *assembly) join() span {
	n := 0
	for _, p := range a.pieces {
		n += len(p.b)
	}
	b, at := make([]byte, 0, n), 0
	for _, p := range a.pieces {
		if p.off != at || len(b) != at {
			break
		}
		b = append(b, p.b...)
		at = p.end()
	}
	if a.total >= 0 {
		return span{b, at}.claim(a.total)
	}
	return span{b, at}
}
