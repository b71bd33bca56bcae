package collect

import (
	"context"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// RawPacket is an RTP packet with its bytes, which are good until the next one.
type RawPacket struct {
	trace.Mark
	Bytes  []byte // from the RTP header on
	Header rtp.Header
	Cut    bool // the recording holds a part of it
}

// Payloads reads the captures again and shows the packets of some streams in some
// stretches of time, file by file and in the order of each, to whoever wants to
// see their bytes. Nothing of them is kept.
func Payloads(ctx context.Context, t *trace.Trace, set *capture.Set, opt Options, want map[*trace.Stream][]trace.Window, show func(*trace.Stream, *RawPacket)) error {
	opt.Limits = opt.Limits.WithDefaults()
	l := newLooker(t, want, opt)
	tables := l.tables()
	for i, in := range set.Files {
		if i >= len(t.Captures) || ctx.Err() != nil {
			break
		}
		if tab := tables[t.Captures[i].Point]; tab != nil {
			if err := l.readBytes(ctx, in, int32(i), tab, opt, show); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *looker) readBytes(ctx context.Context, in *capture.Input, file int32, tab *streamTable, opt Options, show func(*trace.Stream, *RawPacket)) error {
	info := &l.trace.Captures[file]
	stretches, ok := l.stretches(info, tab)
	dec := packet.NewDecoder(packet.Options{Limits: opt.Limits.Packet, WantTCP: func([]byte) bool { return false }, Relays: info.Relays})
	all := slices.Clone(info.Taps)
	taps := tapMap{dec: dec, all: &all}
	var one batch
	var raw RawPacket
	take := func(d *packet.Datagram) {
		d.Tap = taps.of(d.Tap)
		one.packets = one.packets[:0]
		if !one.addRTP(d) {
			return
		}
		p := &one.packets[0]
		s, mark, ok := l.admit(p, info, file, tab)
		if !ok || !rtp.Parse(d.Payload, &raw.Header) {
			return
		}
		raw.Mark, raw.Bytes, raw.Cut = mark, d.Payload, raw.Header.Cut || d.Flags&packet.Truncated != 0
		show(s, &raw)
	}
	var others []packet.Datagram
	var frames capture.Batch
	var f *capture.File
	for _, st := range stretches {
		var err error
		if f, err = openStretch(in, f, st, ok); err != nil {
			return err
		}
		for ctx.Err() == nil {
			at, _ := f.Place()
			if !st.Last && !at.Before(st.Until) || !f.Next(&frames) {
				break
			}
			for i := range frames.Frames {
				if d, plain := dec.Plain(&frames.Frames[i]); plain {
					take(d)
					continue
				}
				others = dec.Decode(&frames.Frames[i], others[:0])
				for j := range others {
					take(&others[j])
				}
			}
		}
		if err := f.Err(); err != nil {
			f.Close()
			return err
		}
	}
	if f != nil {
		f.Close()
	}
	return nil
}
