package collect

import (
	"context"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Kept are the packets of one capture that a second look may want, for a harvest
// that goes where the capture does not.
type Kept struct{ Streams []KeptStream }

// KeptStream is one stream's part of it.
type KeptStream struct {
	Src, Dst  endpoint.Endpoint
	SSRC, Tap uint32
	Windows   []trace.Window // by the clock of the file; what the stream has in them is here, recorded-twice packets left out
	Packets   []KeptPacket   // in the order of the file
}

// KeptPacket is an RTP packet as it was recorded.
type KeptPacket struct {
	Time  int64
	Frame uint32
	rtp.Stamp
	IPID        uint32
	Size        int32 // of the payload
	Fingerprint uint64
}

// Keep reads the captures again as Look does, and keeps the packets as they were
// recorded, by capture.
func Keep(ctx context.Context, t *trace.Trace, set *capture.Set, opt Options, want map[*trace.Stream][]trace.Window) ([]*Kept, error) {
	opt.Limits = opt.Limits.WithDefaults()
	l := newLooker(t, want, opt)
	for range t.Captures {
		l.keep = append(l.keep, &keeping{at: map[keptKey]int{}})
	}
	for s, windows := range want {
		l.promise(s, windows)
	}
	if err := l.all(ctx, Sources(set), opt); err != nil {
		return nil, err
	}
	out := make([]*Kept, len(l.keep))
	for i, k := range l.keep {
		out[i] = &k.Kept
		if !l.out.Full {
			for j := range k.Streams {
				k.Streams[j].Windows = nil // some of what is in them was left out
			}
		}
		slices.SortFunc(k.Streams, func(a, b KeptStream) int { return a.key().compare(b.key()) })
	}
	return out, nil
}

// keeping is a Kept that is being filled.
type keeping struct {
	Kept
	at map[keptKey]int // places in Streams
}

type keptKey struct {
	src, dst  endpoint.Endpoint
	ssrc, tap uint32
}

func (k *KeptStream) key() keptKey { return keptKey{k.Src, k.Dst, k.SSRC, k.Tap} }

func (k *keeping) stream(key keptKey) *KeptStream {
	i, ok := k.at[key]
	if !ok {
		i = len(k.Streams)
		k.at[key] = i
		k.Streams = append(k.Streams, KeptStream{Src: key.src, Dst: key.dst, SSRC: key.ssrc, Tap: key.tap})
	}
	return &k.Streams[i]
}

func (k *keeping) add(a *rtpPacket) {
	s := k.stream(keptKey{a.src, a.dst, a.ssrc, a.tap})
	s.Packets = append(s.Packets, KeptPacket{Time: a.time, Frame: trace.FrameOf(0, a.frame).Frame, Stamp: a.Stamp, IPID: a.ipid, Size: a.size, Fingerprint: a.print})
}

// promise notes in which windows a stream's packets are kept, in the files of its
// point. A clock that was set back makes two times of one: nothing is promised.
func (l *looker) promise(s *trace.Stream, windows []trace.Window) {
	for i := range l.trace.Captures {
		c := &l.trace.Captures[i]
		if c.Point != int(s.Point) || c.Step.By != 0 || !meets(c, s) {
			continue
		}
		k := l.keep[i].stream(keptKey{s.Src, s.Dst, s.SSRC, s.Tap})
		for _, w := range windows {
			if earlier(s) != nil || later(s) != nil { // beyond its ends it is another call's
				w = trace.Window{From: max(w.From, s.First.Time), To: min(w.To, s.Last.Time)}
			}
			if w.From <= w.To {
				k.Windows = append(k.Windows, trace.Window{From: w.From - c.Offset, To: w.To - c.Offset})
			}
		}
		if len(k.Windows) > 0 {
			k.Windows = trace.MergeWindows(k.Windows)
		}
	}
}

// meets reports whether a stream may have packets in a capture.
func meets(c *trace.Capture, s *trace.Stream) bool {
	return c.First+c.Offset <= s.Last.Time && s.First.Time <= c.Last+c.Offset
}

// recall takes what was kept of a capture as if it were read.
func (l *looker) recall(k *Kept, file int32, tab *streamTable) {
	info := &l.trace.Captures[file]
	at := map[keptKey]*KeptStream{}
	if k != nil {
		for i := range k.Streams {
			s := &k.Streams[i]
			at[s.key()] = s
			l.recallStream(s, file, info, tab)
		}
	}
	for s, windows := range l.want {
		if int(s.Point) == info.Point && meets(info, s) && !at[keptKey{s.Src, s.Dst, s.SSRC, s.Tap}].covers(s, info, windows) {
			l.out.Full, l.out.Away = false, true
		}
	}
}

func (l *looker) recallStream(s *KeptStream, file int32, info *trace.Capture, tab *streamTable) {
	a := rtpPacket{src: s.Src, dst: s.Dst, ssrc: s.SSRC, tap: s.Tap}
	for i := range s.Packets {
		p := &s.Packets[i]
		a.time, a.frame, a.Stamp, a.ipid, a.size, a.print = p.Time, int64(p.Frame), p.Stamp, p.IPID, p.Size, p.Fingerprint
		l.take(&a, file, info, tab)
	}
}

// covers reports whether what was kept holds all of a stream's packets in some
// windows, as far as they lie within the capture and the stream.
func (k *KeptStream) covers(s *trace.Stream, c *trace.Capture, windows []trace.Window) bool {
	begin, end := max(c.First, s.First.Time-c.Offset), min(c.Last, s.Last.Time-c.Offset)
	for _, w := range windows {
		from, to := max(w.From-c.Offset, begin), min(w.To-c.Offset, end)
		if from > to {
			continue
		}
		if k == nil || !slices.ContainsFunc(k.Windows, func(o trace.Window) bool { return o.From <= from && to <= o.To }) {
			return false
		}
	}
	return true
}

// compare orders keys in some way that is always the same.
func (k keptKey) compare(o keptKey) int {
	for _, c := range [...]int{
		slices.Compare(k.src.Addr[:], o.src.Addr[:]), int(k.src.Port) - int(o.src.Port),
		slices.Compare(k.dst.Addr[:], o.dst.Addr[:]), int(k.dst.Port) - int(o.dst.Port),
		int(int64(k.ssrc) - int64(o.ssrc)), int(k.tap) - int(o.tap),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}

// keep takes over what was kept of a part's captures.
func (m *merger) keep(h *Harvest, v *moved) {
	for i := range h.Captures {
		var kept *Kept
		if i < len(h.Kept) {
			kept = h.Kept[i]
		}
		if kept != nil {
			for j := range kept.Streams {
				kept.Streams[j].Tap = v.tapOf(int32(i), kept.Streams[j].Tap)
			}
		}
		m.out.Kept = append(m.out.Kept, kept)
	}
}
