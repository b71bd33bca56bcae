package collect

import (
	"cmp"
	"context"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/timeindex"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Source is where the packets of a capture of a trace are: in its file, or, of one
// that was harvested elsewhere, those that were kept.
type Source struct {
	Input *capture.Input
	Kept  *Kept
}

// Sources are the files of a set.
func Sources(set *capture.Set) (out []Source) {
	for _, in := range set.Files {
		out = append(out, Source{Input: in})
	}
	return out
}

// Look reads the captures again and keeps the packets of some streams in some
// stretches of time.
func Look(ctx context.Context, t *trace.Trace, from []Source, opt Options, want map[*trace.Stream][]trace.Window) (*trace.Closeup, error) {
	opt.Limits = opt.Limits.WithDefaults()
	l := newLooker(t, want, opt)
	if err := l.all(ctx, from, opt); err != nil {
		return nil, err
	}
	return l.out, nil
}

func (l *looker) all(ctx context.Context, from []Source, opt Options) error {
	tables := l.tables()
	for i := range from[:min(len(from), len(l.trace.Captures))] {
		tab := tables[l.trace.Captures[i].Point]
		switch {
		case tab == nil:
		case from[i].Input != nil:
			if err := l.read(ctx, from[i].Input, int32(i), tab, opt); err != nil {
				return err
			}
		default:
			l.recall(from[i].Kept, int32(i), tab)
		}
	}
	for _, list := range l.out.Packets {
		slices.SortStableFunc(list, func(a, b trace.Packet) int { return a.Moment().Compare(b.Moment()) })
	}
	slices.SortStableFunc(l.out.Keepalives, func(a, b trace.Keepalive) int { return a.Moment.Compare(b.Moment) })
	return nil
}

func newLooker(t *trace.Trace, want map[*trace.Stream][]trace.Window, opt Options) *looker {
	return &looker{
		trace: t, want: want, latest: map[*trace.Stream]*trace.Stream{}, state: map[*trace.Stream]*lookState{},
		ports: map[mediaPort]bool{}, heard: map[sender]bool{},
		out:   &trace.Closeup{Packets: map[*trace.Stream][]trace.Packet{}, Full: true},
		limit: opt.Limits.Closeup, whole: opt.Whole, pipeline: pipeline{serial: opt.Serial},
	}
}

// tables find the wanted streams, by capture point.
func (l *looker) tables() map[int]*streamTable {
	tables := map[int]*streamTable{}
	first := map[*trace.Stream]*trace.Stream{} // of an SSRC and 5-tuple used again
	for _, s := range l.trace.Streams {
		if _, ok := l.want[s]; !ok {
			continue
		}
		tab := tables[int(s.Point)]
		if tab == nil {
			tab = new(streamTable)
			tables[int(s.Point)] = tab
		}
		var way []*trace.Stream
		for earlier(s) != nil && first[s] == nil {
			way = append(way, s)
			s = earlier(s)
		}
		if f := first[s]; f != nil {
			s = f
		}
		for _, w := range way {
			first[w] = s
		}
		l.ports[mediaPort{s.Dst, s.Point, s.Tap}] = true
		l.likely.add(&s.Dst)
		h := hashKey(&s.Src, &s.Dst, s.SSRC, s.Tap)
		if known, at := tab.find(h, &s.Src, &s.Dst, s.SSRC, s.Tap); known == nil {
			tab.insert(h, at, s)
		}
	}
	for _, s := range l.trace.Streams {
		if p := (mediaPort{s.Dst, s.Point, s.Tap}); l.ports[p] {
			l.heard[sender{p, s.Src, s.SSRC}] = true
		}
	}
	return tables
}

type looker struct {
	trace    *trace.Trace
	want     map[*trace.Stream][]trace.Window
	latest   map[*trace.Stream]*trace.Stream // of an SSRC and 5-tuple used again, by the first one
	state    map[*trace.Stream]*lookState
	ports    map[mediaPort]bool // where wanted streams go
	likely   likelyPorts        // of these: most others are left out while they are read
	heard    map[sender]bool    // who sends streams there, wanted or not
	whole    bool               // everything is read
	pipeline pipeline
	limit    int
	held     int
	keep     []*keeping // by file, where the packets are kept to travel; nil else
	out      *trace.Closeup
}

// lookState is what is known of a stream while its packets are read again.
type lookState struct {
	course seqAnchors
	recent tracked.Duplicates
}

func (l *looker) read(ctx context.Context, in *capture.Input, file int32, tab *streamTable, opt Options) error {
	info := &l.trace.Captures[file]
	stretches, ok := l.stretches(info, tab)
	var keys *tls.Secrets
	if info.Carried {
		stretches, ok = []timeindex.Stretch{{Last: true}}, false
		if keys = opt.Secrets; keys == nil {
			keys = new(tls.Secrets)
		}
	}
	dec := packet.NewDecoder(packet.Options{Limits: opt.Limits.Packet, WantTCP: func([]byte) bool { return false }, Relays: info.Relays, Secrets: keys})
	all := slices.Clone(info.Taps)
	taps := tapMap{dec: dec, all: &all}
	var f *capture.File
	for _, st := range stretches {
		var err error
		if f, err = openStretch(in, f, st, ok); err != nil {
			return err
		}
		r := reading{ctx: ctx, file: f, dec: dec, taps: taps, keys: keys, only: &l.likely}
		if !st.Last {
			r.until = &st.Until
		}
		l.pipeline.run(r.fill, func(ld *batch) {
			for i := range ld.packets {
				l.take(&ld.packets[i], file, info, tab)
			}
			for i := range ld.others {
				l.keepalive(&ld.others[i], file, info)
			}
		})
		taps = r.taps
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

// stretches are those of a file to read. It is not indexed where there is but one, the
// whole file.
func (l *looker) stretches(info *trace.Capture, tab *streamTable) (list []timeindex.Stretch, indexed bool) {
	if !l.whole {
		if list, ok := covering(&info.Index, l.windows(tab, info.Offset, info.Step.By)); ok {
			return list, true
		}
	}
	return []timeindex.Stretch{{Last: true}}, false
}

// openStretch opens an input where a stretch begins, or at its beginning where the
// index does not tell. What was opened for the stretch before, nil for the first, goes
// on or is closed.
func openStretch(in *capture.Input, f *capture.File, st timeindex.Stretch, indexed bool) (*capture.File, error) {
	if f != nil {
		if indexed && f.GoOn(st.From) {
			return f, nil
		}
		f.Close()
	}
	if !indexed {
		return in.Open()
	}
	return in.OpenAt(st.From)
}

// windows of all wanted streams of a table together, by the clock of a file.
func (l *looker) windows(tab *streamTable, offset, step int64) []trace.Window {
	var all []trace.Window
	seen := map[*trace.Window]bool{} // the streams of a call share their windows
	for _, s := range tab.list {
		for ; s != nil; s = later(s) {
			list := l.want[s]
			if len(list) == 0 || seen[&list[0]] {
				continue
			}
			seen[&list[0]] = true
			for _, w := range list {
				all = append(all, trace.Window{From: w.From - offset - step, To: w.To - offset})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return trace.MergeWindows(all)
}

// covering are the stretches that hold all packets of some windows, which are in
// order, and of a little before each. ok is false where the index does not tell.
func covering(x *timeindex.Index, windows []trace.Window) (out []timeindex.Stretch, ok bool) {
	return x.Covering(func(c timeindex.Chunk) bool {
		i, _ := slices.BinarySearchFunc(windows, c.From, func(w trace.Window, at int64) int { return cmp.Compare(w.To, at) })
		return i < len(windows) && c.To >= windows[i].From-runUp
	})
}

// runUp is how long before a window reading begins, so that fragments are put
// together and packets recorded twice are known as such.
const runUp = 200 * millisecond

func (l *looker) take(a *rtpPacket, file int32, info *trace.Capture, tab *streamTable) {
	s, m, ok := l.admit(a, info, file, tab)
	if !ok {
		if s == nil {
			l.stray(a, file, info)
		}
		return
	}
	if l.held >= l.limit {
		l.out.Full = false
		return
	}
	l.held++
	if l.keep != nil {
		l.keep[file].add(a)
	}
	l.out.Packets[s] = append(l.out.Packets[s], trace.Packet{Mark: m, IPID: a.ipid, Size: a.size, Fingerprint: a.print})
}

// admit finds the stream of a packet; nil where it is none of the wanted. ok is false
// where nobody wants it at its time, or it was recorded before.
func (l *looker) admit(a *rtpPacket, info *trace.Capture, file int32, tab *streamTable) (s *trace.Stream, m trace.Mark, ok bool) {
	s, _ = tab.find(a.key(), &a.src, &a.dst, a.ssrc, a.tap)
	if s == nil {
		return nil, m, false
	}
	at := info.Step.SinceFrame(a.frame, a.time, nil) + info.Offset
	if later(s) != nil {
		s = l.renewal(s, at)
	}
	st := l.state[s]
	if st == nil {
		st = &lookState{course: anchorsOf(s)}
		l.state[s] = st
	}
	if st.recent.Seen(a.Seq, uint16(a.ipid), a.time) {
		return s, m, false
	}
	st.recent.Add(a.Seq, uint16(a.ipid), a.time)
	if info.Step.By != 0 {
		_, ts := st.course.unwrap(at, a.Stamp)
		due := trace.Timeline{First: s.First, Clock: s.Clock}.At(ts)
		if due != nil {
			*due -= info.Offset
		}
		at = info.Step.SinceFrame(a.frame, a.time, due) + info.Offset
	}
	w := l.want[s]
	i, found := slices.BinarySearchFunc(w, at, func(w trace.Window, t int64) int { return cmp.Compare(w.To, t) })
	if !found && (i == len(w) || at < w[i].From) {
		return s, m, false
	}
	seq, ts := st.course.unwrap(at, a.Stamp)
	return s, trace.Mark{Time: at, Frame: trace.FrameOf(file, a.frame).Frame, Seq: seq, TS: ts, File: file, PT: a.PT, Marker: a.Marker}, true
}

// renewal is the stream of a packet among those of one SSRC and 5-tuple: the
// last that had begun. From one packet to the next it mostly is the same.
func (l *looker) renewal(first *trace.Stream, at int64) *trace.Stream {
	s := l.latest[first]
	if s == nil || at < s.First.Time {
		s = first
	}
	for n := later(s); n != nil && at >= n.First.Time; n = later(s) {
		s = n
	}
	l.latest[first] = s
	return s
}
