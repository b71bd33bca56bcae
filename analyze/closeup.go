package analyze

import (
	"cmp"
	"context"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
)

// Closeup is the second look: the packets of suspicious calls near the events
// that made them so.
type Closeup struct {
	Packets map[*Stream][]Packet // in order of time, recorded-twice ones left out
	Full    bool                 // no packet was left out for want of room
}

// Packet is one RTP packet of a Closeup.
type Packet struct {
	Mark
	IPID        uint32
	Size        int32  // of the payload
	Fingerprint uint64 // of the payload, 0 where it is not distinctive
}

// Window is a stretch of time of which packets are wanted.
type Window struct{ From, To int64 }

// lookAgain reads the captures a second time if anything in them deserves it.
func (t *Trace) lookAgain(ctx context.Context, set *capture.Set, opt Options) error {
	want := map[*Stream][]Window{}
	for _, c := range t.Calls {
		w := t.suspicion(c)
		if len(w) == 0 {
			continue
		}
		for _, s := range c.Streams {
			want[s] = w
		}
	}
	if len(want) == 0 || ctx.Err() != nil {
		return nil
	}
	closeup, err := t.Look(ctx, set, opt, want)
	if err != nil {
		return err
	}
	t.Closeup = closeup
	if !closeup.Full {
		t.bound("closeup", t.First, 1, "not all packets near the events were kept: some times are estimates from the stream's edges")
	}
	t.findQuoted()
	return nil
}

// suspicion says which stretches of a call deserve a second look.
func (t *Trace) suspicion(c *Call) []Window {
	var w []Window
	near := func(from, to, margin int64) { w = append(w, Window{from - margin, to + margin}) }
	for _, k := range c.Talkers {
		for _, m := range k.Moves {
			near(m.Before.Time, m.After.Time, 2*second)
		}
	}
	for _, e := range c.Errors {
		if e.Media && !e.Dropped {
			near(e.Time, e.Time, second)
		}
	}
	for _, s := range c.Streams {
		if at := t.Awaited(s); !at.IsZero() && s.First.Time < at.Time {
			near(s.First.Time, at.Time, second)
		}
	}
	if len(w) == 0 {
		return nil
	}
	if !c.Answer.IsZero() {
		near(c.Answer.Time, c.Answer.Time, 2*second)
	}
	for _, s := range c.Streams {
		near(s.First.Time, s.First.Time, second/2)
		near(s.Last.Time, s.Last.Time, second/2)
		for _, g := range s.Gaps() {
			if g.Duration() >= GapFloor {
				near(g.Before.Time, g.Before.Time, second/2)
				near(g.After.Time, g.After.Time, second/2)
			}
		}
	}
	return merge(w)
}

func merge(w []Window) []Window {
	slices.SortFunc(w, func(a, b Window) int { return cmp.Compare(a.From, b.From) })
	out := w[:1]
	for _, x := range w[1:] {
		if last := &out[len(out)-1]; x.From <= last.To {
			last.To = max(last.To, x.To)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// Look reads the captures again and keeps the packets of some streams in some
// stretches of time.
func (t *Trace) Look(ctx context.Context, set *capture.Set, opt Options, want map[*Stream][]Window) (*Closeup, error) {
	l := looker{trace: t, want: want, latest: map[*Stream]*Stream{}, limit: opt.Limits.Closeup, out: &Closeup{Packets: map[*Stream][]Packet{}, Full: true}, state: map[*Stream]*lookState{}, pump: pump{serial: opt.Serial}}
	tables := map[int]*streamTable{}
	first := map[*Stream]*Stream{} // of an SSRC and 5-tuple used again
	for _, s := range t.Streams {
		if _, ok := want[s]; !ok {
			continue
		}
		tab := tables[int(s.Point)]
		if tab == nil {
			tab = new(streamTable)
			tables[int(s.Point)] = tab
		}
		var way []*Stream
		for s.earlier() != nil && first[s] == nil {
			way = append(way, s)
			s = s.earlier()
		}
		if f := first[s]; f != nil {
			s = f
		}
		for _, w := range way {
			first[w] = s
		}
		h := hashKey(&s.Src, &s.Dst, s.SSRC, s.Tap)
		if known, at := tab.find(h, &s.Src, &s.Dst, s.SSRC, s.Tap); known == nil {
			tab.insert(h, at, s)
		}
	}
	for i, in := range set.Files {
		if i >= len(t.Captures) {
			break
		}
		if tab := tables[t.Captures[i].Point]; tab != nil {
			if err := l.read(ctx, in, int32(i), tab, opt); err != nil {
				return nil, err
			}
		}
	}
	for _, list := range l.out.Packets {
		slices.SortStableFunc(list, func(a, b Packet) int { return a.Moment().Compare(b.Moment()) })
	}
	return l.out, nil
}

type looker struct {
	trace  *Trace
	want   map[*Stream][]Window
	latest map[*Stream]*Stream // of an SSRC and 5-tuple used again, by the first one
	state  map[*Stream]*lookState
	pump   pump
	limit  int
	held   int
	out    *Closeup
}

// lookState is what is known of a stream while its packets are read again.
type lookState struct {
	course course
	twins  twins
}

func (l *looker) read(ctx context.Context, in *capture.Input, file int32, tab *streamTable, opt Options) error {
	info := &l.trace.Captures[file]
	stretches, ok := info.index.covering(l.windows(tab, info.Offset))
	if !ok {
		stretches = []stretch{{last: true}}
	}
	dec := packet.NewDecoder(packet.Options{Limits: opt.Limits.Packet, WantTCP: func([]byte) bool { return false }})
	all := slices.Clone(info.Taps)
	taps := tapMap{dec: dec, all: &all}
	for _, st := range stretches {
		var f *capture.File
		var err error
		if ok {
			f, err = in.OpenAt(st.from)
		} else {
			f, err = in.Open()
		}
		if err != nil {
			return err
		}
		r := reading{ctx: ctx, file: f, dec: dec, taps: taps}
		if !st.last {
			r.until = &st.until
		}
		l.pump.run(r.fill, func(ld *load) {
			for i := range ld.arrivals {
				l.take(&ld.arrivals[i], file, info.Offset, tab)
			}
		})
		taps = r.taps
		err = f.Err()
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// windows of all wanted streams of a table together, by the clock of a file.
func (l *looker) windows(tab *streamTable, offset int64) []Window {
	var all []Window
	seen := map[*Window]bool{} // the streams of a call share their windows
	for _, s := range tab.list {
		for ; s != nil; s = s.later() {
			list := l.want[s]
			if len(list) == 0 || seen[&list[0]] {
				continue
			}
			seen[&list[0]] = true
			for _, w := range list {
				all = append(all, Window{w.From - offset, w.To - offset})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return merge(all)
}

func (l *looker) take(a *arrival, file int32, offset int64, tab *streamTable) {
	s, _ := tab.find(a.key(), &a.src, &a.dst, a.ssrc, a.tap)
	if s == nil {
		return
	}
	at := a.time + offset
	if s.later() != nil {
		s = l.renewal(s, at)
	}
	st := l.state[s]
	if st == nil {
		st = &lookState{course: s.course()}
		l.state[s] = st
	}
	if st.twins.seen(a.Seq, uint16(a.ipid), a.time) {
		return
	}
	st.twins.add(a.Seq, uint16(a.ipid), a.time)
	w := l.want[s]
	i, found := slices.BinarySearchFunc(w, at, func(w Window, t int64) int { return cmp.Compare(w.To, t) })
	if !found && (i == len(w) || at < w[i].From) {
		return
	}
	if l.held >= l.limit {
		l.out.Full = false
		return
	}
	l.held++
	seq, ts := st.course.unwrap(at, a.Stamp)
	l.out.Packets[s] = append(l.out.Packets[s], Packet{
		Mark: Mark{Time: at, Frame: a.frame, Seq: seq, TS: ts, File: file, PT: a.PT, Marker: a.Marker},
		IPID: a.ipid, Size: a.size, Fingerprint: a.print,
	})
}

// renewal is the stream of a packet among those of one SSRC and 5-tuple: the
// last that had begun. From one packet to the next it mostly is the same.
func (l *looker) renewal(first *Stream, at int64) *Stream {
	s := l.latest[first]
	if s == nil || at < s.First.Time {
		s = first
	}
	for n := s.later(); n != nil && at >= n.First.Time; n = s.later() {
		s = n
	}
	l.latest[first] = s
	return s
}

// findQuoted looks for the packets that ICMP errors quote.
func (t *Trace) findQuoted() {
	for _, e := range t.Errors {
		if e.Stream == nil {
			continue
		}
		list := t.Closeup.Packets[e.Stream]
		hi, _ := slices.BinarySearchFunc(list, e.Time, func(p Packet, t int64) int { return cmp.Compare(p.Time, t+1) })
		for _, p := range slices.Backward(list[:hi]) {
			if e.Time-p.Time > 3*second {
				break
			}
			if e.Seq >= 0 && uint16(p.Seq) == uint16(e.Seq) || e.Seq < 0 && e.Quote.IPID != 0 && p.IPID == e.Quote.IPID {
				e.Quoted, e.Seq = p.Moment(), p.Seq
				break
			}
		}
	}
}

// Between are the packets of a stream in a stretch of time, bounds included.
func (c *Closeup) Between(s *Stream, from, to int64) []Packet {
	if c == nil {
		return nil
	}
	list := c.Packets[s]
	lo, _ := slices.BinarySearchFunc(list, from, func(p Packet, t int64) int { return cmp.Compare(p.Time, t) })
	hi, _ := slices.BinarySearchFunc(list, to+1, func(p Packet, t int64) int { return cmp.Compare(p.Time, t) })
	return list[lo:max(lo, hi)]
}
