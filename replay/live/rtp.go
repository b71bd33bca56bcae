package live

import (
	"encoding/binary"

	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// A packet that is played has the captured header and, as payload, the number
// of its event, by which it is known again wherever it comes out; the rest is
// filled up to the captured size.
const (
	headerLen = 12
	markLen   = 8
	mark      = 0x4c734c76
	mostSize  = 1400
)

// datagram is what is sent for an event that arrives at the server. One without
// media is not known again, for nothing is to come out of it.
func datagram(buf []byte, i int, ev *latch.Event, f *replay.Fact) []byte {
	switch {
	case ev.Kind == latch.KindKeepalive:
		return append(buf[:0], '\r', '\n')
	case ev.Empty:
		return marked(buf, i, ev, f)[:headerLen]
	}
	return marked(buf, i, ev, f)
}

func marked(buf []byte, i int, ev *latch.Event, f *replay.Fact) []byte {
	n := headerLen + min(max(int(f.Size), markLen), mostSize)
	b := buf[:n]
	clear(b)
	b[0] = 0x80
	b[1] = ev.PT & 0x7f
	if ev.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], ev.Seq)
	binary.BigEndian.PutUint32(b[4:], f.Stamp)
	binary.BigEndian.PutUint32(b[8:], ev.SSRC)
	binary.BigEndian.PutUint32(b[12:], mark)
	binary.BigEndian.PutUint32(b[16:], uint32(i))
	return b
}

// known is the number of the event that a packet belongs to.
func known(b []byte, events int) (int, bool) {
	if len(b) < headerLen+markLen || b[0]>>6 != 2 || binary.BigEndian.Uint32(b[12:]) != mark {
		return 0, false
	}
	i := binary.BigEndian.Uint32(b[16:])
	return int(i), int64(i) < int64(events)
}
