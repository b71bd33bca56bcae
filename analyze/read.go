package analyze

import (
	"context"
	"math"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
)

// load is a batch of frames and what was decoded from it, on its way from the
// goroutine that reads to the one that collects.
type load struct {
	batch     capture.Batch
	datagrams []packet.Datagram
	hashes    []uint64      // see there
	at        capture.Place // where the batch begins
	placed    bool          // that is known
	from, to  int64         // earliest and latest time
}

// Collect reads a set of captures once, file after file, and gathers what is in
// them. The error is one of the environment.
func Collect(ctx context.Context, set *capture.Set, opt Options) (*Harvest, error) {
	h := &Harvest{}
	var chains []*chain
	loads := pump{serial: opt.Serial}
	for i, in := range set.Files {
		start, ok := in.Start()
		var at *chain
		for _, c := range chains {
			// A ring buffer's files follow each other; one that begins before
			// the last has ended was recorded somewhere else.
			if !ok || start >= c.last {
				at = c
				break
			}
		}
		if at == nil {
			at = &chain{collector: newCollector(len(chains), opt.Limits)}
			chains = append(chains, at)
		}
		if err := at.read(ctx, in, int32(i), opt, &loads, h); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			h.Warnings = append(h.Warnings, Warning{Code: "interrupted", File: int32(i), Text: "reading was interrupted: what was read up to there is analysed"})
			break
		}
	}
	for _, c := range chains {
		c.finish(h)
	}
	for _, w := range set.Warnings {
		h.Warnings = append(h.Warnings, Warning{Code: w.Code, File: -1, Frame: w.Frame, Count: w.Count, Text: w.Text})
	}
	return h, nil
}

// chain is one capture point: the files that continue each other.
type chain struct {
	*collector
	last int64
	taps []packet.Tap // of all its files; Stream.Tap is an index into it
}

func (c *chain) read(ctx context.Context, in *capture.Input, file int32, opt Options, p *pump, h *Harvest) error {
	f, err := in.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	c.file = file
	dec := packet.NewDecoder(packet.Options{Limits: opt.Limits.Packet, WantTCP: sip.Looks})
	var taps tapMap
	var index chunks
	p.run(func(l *load) bool {
		if ctx.Err() != nil || !l.next(f, dec) {
			return false
		}
		index.add(l)
		taps.apply(&c.taps, dec, l.datagrams)
		l.hashes = hashes(l.datagrams, l.hashes[:0])
		return true
	}, func(l *load) { c.takeAll(l.datagrams, l.hashes) })
	if err := f.Err(); err != nil {
		return err
	}
	rest := dec.Flush(nil)
	taps.apply(&c.taps, dec, rest)
	c.takeAll(rest, hashes(rest, nil))
	info := f.Info()
	c.last = max(c.last, info.Last)
	cp := Capture{Info: info, Point: c.point, Taps: c.taps, index: index}
	for _, w := range info.Warnings {
		cp.Warnings = append(cp.Warnings, Warning{Code: w.Code, File: file, Frame: w.Frame, Count: w.Count, Text: w.Text})
	}
	for _, w := range dec.Warnings() {
		cp.Warnings = append(cp.Warnings, Warning{Code: w.Code, File: file, Frame: w.Frame, Count: int64(w.Count), Text: w.Text})
	}
	h.Captures = append(h.Captures, cp)
	return nil
}

// next reads and decodes the next batch.
func (l *load) next(f *capture.File, dec *packet.Decoder) bool {
	l.at, l.placed = f.Place()
	if !f.Next(&l.batch) {
		return false
	}
	l.datagrams = l.datagrams[:0]
	l.from, l.to = math.MaxInt64, math.MinInt64
	for i := range l.batch.Frames {
		frame := &l.batch.Frames[i]
		l.from, l.to = min(l.from, frame.Time), max(l.to, frame.Time)
		l.datagrams = dec.Decode(frame, l.datagrams)
	}
	return true
}

// tapMap turns the tap numbers of one file into those of its capture point.
type tapMap struct {
	to    []uint32
	plain bool // so far both count alike
}

func (m *tapMap) apply(all *[]packet.Tap, dec *packet.Decoder, list []packet.Datagram) {
	own := dec.Taps()
	if len(m.to) == 0 {
		m.plain = true
	}
	for n := len(m.to); n < len(own); n++ {
		at := -1
		for i, t := range *all {
			if t == own[n] {
				at = i
				break
			}
		}
		if at < 0 {
			at = len(*all)
			*all = append(*all, own[n])
		}
		m.to = append(m.to, uint32(at))
		m.plain = m.plain && at == n
	}
	if m.plain {
		return
	}
	for i := range list {
		list[i].Tap = m.to[list[i].Tap]
	}
}

// finish hands over what the collector gathered.
func (c *chain) finish(h *Harvest) {
	out := &c.out
	h.Messages = append(h.Messages, out.Messages...)
	h.Errors = append(h.Errors, out.Errors...)
	h.Streams = append(h.Streams, c.streams.list...)
	h.Reports = append(h.Reports, out.Reports...)
	h.Flows = append(h.Flows, out.Flows...)
	h.SIP += out.SIP
	for _, code := range sortedKeys(c.bounds) {
		h.Warnings = append(h.Warnings, *c.bounds[code])
	}
}
