package component

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// How far apart things may be that one analysis puts in relation, with a little to
// spare: see package correlate, whose rules these are the outer bounds of.
const (
	before  = second     // that a port is used before its announcement passed
	after   = 3 * second // that packets come after the end
	setOff  = 2*second + second/10
	answers = second + second/10 // between the answers of two legs
	course  = second / 2         // between answers, and between ends, where names do not tell
	order   = second / 100       // by which an INVITE may seem to be before the one that set it off
	goesOn  = 121 * second       // that a sequence may pause
	sighted = 2 * second         // between two sightings of one packet, at points whose clocks agree
	lost    = 250                // packets that may be missing where a sequence goes on
	family  = 64                 // streams of an SSRC that are compared with a later one
	crowd   = 16                 // streams of one fingerprint that are, and legs of one caller
)

// union is a disjoint-set forest over nodes.
type union []int32

func unionOf(n int) union {
	u := make(union, n)
	for i := range u {
		u[i] = int32(i)
	}
	return u
}

func (u union) find(i int32) int32 {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u union) join(a, b int32) {
	if x, y := u.find(a), u.find(b); x != y {
		u[max(x, y)] = min(x, y)
	}
}

// ties are what joins nodes.
type ties struct {
	media union   // to the streams that their SDP announces, and streams to those of their sequence
	sure  union   // these, and what names the other
	maybe union   // these, and what only looks alike
	moves []event // of talkers
}

// event is something that happened to a node at a host.
type event struct {
	host [16]byte
	at   int64
	node int32
}

func (s *scene) tie() *ties {
	t := &ties{media: unionOf(len(s.nodes))}
	said := calendarOf(s.announced())
	loose := s.tiePorts(t.media, said)
	s.tieSSRC(t)
	t.sure = slices.Clone(t.media)
	s.tieNamed(t.sure)
	s.tieDirect(t.sure, said)
	t.maybe = slices.Clone(t.sure)
	s.tieLoose(t.maybe, loose)
	s.tiePayload(t.maybe)
	s.tieB2BUA(t.maybe)
	return t
}

// tieNamed ties dialogs of which one names the other, or that share what names the
// call on all its legs (RFC 7989).
func (s *scene) tieNamed(u union) {
	keys := map[string]int32{}
	for i := range s.nodes {
		d := s.nodes[i].dialog
		if d == nil {
			continue
		}
		if at := strings.LastIndex(d.id, "_b2b"); at > 0 {
			if o, ok := s.dialogs[d.id[:at]]; ok {
				u.join(o, int32(i))
			}
		}
		for _, v := range d.related {
			if o, ok := s.dialogs[v]; ok {
				u.join(o, int32(i))
			}
		}
		for _, v := range d.keys {
			if o, ok := keys[v]; ok {
				u.join(o, int32(i))
			}
			keys[v] = int32(i)
		}
	}
}

// use of an endpoint by a node.
type use struct {
	ep       endpoint.Endpoint
	from, to int64
	node     int32
}

func (a use) compare(b use) int {
	return cmp.Or(slices.Compare(a.ep.Addr[:], b.ep.Addr[:]), cmp.Compare(a.ep.Port, b.ep.Port), cmp.Compare(a.from, b.from), cmp.Compare(a.node, b.node))
}

// announced is what SDP says of endpoints, in order of these and of time.
func (s *scene) announced() []use {
	var out []use
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.dialog == nil {
			continue
		}
		until := int64(math.MaxInt64)
		if n.dialog.end != 0 || n.dialog.refused && n.dialog.answer == 0 {
			until = n.last + after
		}
		for _, ep := range n.dialog.said {
			out = append(out, use{ep, n.first - before, until, int32(i)})
		}
	}
	slices.SortFunc(out, use.compare)
	return out
}

func (s *scene) ends(i int32) [2]use {
	n := &s.nodes[i]
	return [2]use{{n.stream.Src, n.first - before, n.last + after, i}, {n.stream.Dst, n.first - before, n.last + after, i}}
}

// calendar is what SDP says of each endpoint, in order of time.
type calendar map[endpoint.Endpoint][]entry

type entry struct {
	use
	until int64 // the latest end of it and those before
}

func calendarOf(list []use) calendar {
	c := calendar{}
	for _, a := range list {
		l, until := c[a.ep], a.to
		if n := len(l); n > 0 {
			until = max(until, l[n-1].until)
		}
		c[a.ep] = append(l, entry{a, until})
	}
	return c
}

// during goes through the announcements that are in force while something uses their
// endpoint, the latest first, and not all of a crowd: a private address may be that of
// any number of telephones.
func (c calendar) during(x use, yield func(use)) (met bool) {
	l := c[x.ep]
	i, _ := slices.BinarySearchFunc(l, x.to, func(a entry, at int64) int {
		if a.from <= at {
			return -1
		}
		return 1
	})
	looked := 0
	for i--; i >= 0 && l[i].until >= x.from && looked < 4*family; i-- {
		if looked++; l[i].to >= x.from {
			yield(l[i].use)
			met = true
		}
	}
	return met
}

// tiePorts ties what uses an endpoint while SDP announces it, and returns the streams
// of which no end is announced.
func (s *scene) tiePorts(u union, said calendar) (loose []int32) {
	during := func(x use) (met bool) {
		return said.during(x, func(a use) { u.join(a.node, x.node) })
	}
	shown := map[[16]byte]bool{}
	for i := range s.nodes {
		if s.nodes[i].stream == nil {
			continue
		}
		e := s.ends(int32(i))
		a, b := during(e[0]), during(e[1])
		if !a && !b {
			loose = append(loose, int32(i))
		}
		shown[e[0].ep.Addr], shown[e[1].ep.Addr] = true, true
	}
	s.tieTranslated(said, loose, shown, during)
	return loose
}

// tieDirect ties dialogs through one host that announce the same endpoint: a B2BUA
// names one party's address to the other, and media goes past it.
func (s *scene) tieDirect(u union, said calendar) {
	for _, l := range said {
		for i, a := range l {
			for _, o := range l[max(0, i-crowd):i] {
				if x, y := s.nodes[o.node].dialog, s.nodes[a.node].dialog; x != y && o.to >= a.from && (through(x, y) || through(y, x)) {
					u.join(o.node, a.node)
				}
			}
		}
	}
}

// tieTranslated ties streams to the announcements of hosts that bear another address
// on the wire than in SDP: no stream shows the one, and ports agree.
func (s *scene) tieTranslated(said calendar, loose []int32, shown map[[16]byte]bool, during func(use) bool) {
	if len(loose) == 0 {
		return
	}
	type pair struct{ said, wire [16]byte }
	absent := map[uint16][]use{}
	for ep, l := range said {
		if shown[ep.Addr] {
			continue
		}
		for _, a := range l {
			absent[ep.Port] = append(absent[ep.Port], a.use)
		}
	}
	for _, l := range absent {
		slices.SortFunc(l, use.compare)
	}
	ports := map[pair]map[uint16]bool{}
	for _, i := range loose {
		for _, x := range s.ends(i) {
			for _, a := range absent[x.ep.Port][:min(len(absent[x.ep.Port]), 4*family)] {
				if p := (pair{a.ep.Addr, x.ep.Addr}); a.from <= x.to && x.from <= a.to && len(ports[p]) < 2 {
					if ports[p] == nil {
						ports[p] = map[uint16]bool{}
					}
					ports[p][x.ep.Port] = true
				}
			}
		}
	}
	names := map[[16]byte][][16]byte{}
	for p, seen := range ports {
		if len(seen) > 1 {
			names[p.wire] = append(names[p.wire], p.said)
		}
	}
	for _, i := range loose {
		for _, x := range s.ends(i) {
			for _, said := range names[x.ep.Addr] {
				x.ep.Addr = said
				during(x)
			}
		}
	}
}

// tieLoose ties unannounced streams to what shares an endpoint with them at the time.
func (s *scene) tieLoose(u union, loose []int32) {
	asked := map[endpoint.Endpoint]bool{}
	for _, i := range loose {
		asked[s.nodes[i].stream.Src], asked[s.nodes[i].stream.Dst] = true, true
	}
	var uses []use
	for i := range s.nodes {
		if s.nodes[i].stream == nil {
			continue
		}
		for _, x := range s.ends(int32(i)) {
			if asked[x.ep] {
				uses = append(uses, x)
			}
		}
	}
	slices.SortFunc(uses, use.compare)
	var last use
	for i, x := range uses {
		if i > 0 && x.ep == last.ep && x.from <= last.to {
			u.join(last.node, x.node)
			last.to = max(last.to, x.to)
			continue
		}
		last = x
	}
}

// tieSSRC ties streams of one SSRC of which one goes on where the other ends, or that
// show the same packets.
func (s *scene) tieSSRC(t *ties) {
	var list []int32
	for i := range s.nodes {
		if s.nodes[i].stream != nil {
			list = append(list, int32(i))
		}
	}
	slices.SortFunc(list, func(a, b int32) int {
		x, y := &s.nodes[a], &s.nodes[b]
		return cmp.Or(cmp.Compare(x.stream.SSRC, y.stream.SSRC), cmp.Compare(x.first, y.first), cmp.Compare(a, b))
	})
	type path struct {
		src, dst endpoint.Endpoint
	}
	var latest map[path]int32
	begin := 0
	for i, b := range list {
		y := &s.nodes[b]
		if i == 0 || s.nodes[list[i-1]].stream.SSRC != y.stream.SSRC {
			begin = i
			latest = nil
			if i+1 == len(list) || s.nodes[list[i+1]].stream.SSRC != y.stream.SSRC {
				continue // alone, as most are
			}
			latest = map[path]int32{}
		}
		way := path{y.stream.Src, y.stream.Dst}
		if o, ok := latest[way]; ok {
			t.media.join(o, b) // whether it is one stream, merging has to tell
		}
		latest[way] = b
		for _, a := range list[max(begin, i-family):i] {
			x := &s.nodes[a]
			r := related(x, y)
			if r == apart {
				continue
			}
			t.media.join(a, b)
			if r == succeeds && x.stream.Dst == y.stream.Dst && x.stream.Src != y.stream.Src {
				t.moves = append(t.moves, event{x.stream.Src.Addr, y.first, b})
				if x.stream.Src.Addr != y.stream.Src.Addr {
					t.moves = append(t.moves, event{y.stream.Src.Addr, y.first, b})
				}
			}
		}
	}
}

type relation uint8

const (
	apart    relation = iota
	same              // packets
	succeeds          // the sequence of the earlier one
)

// related says what two streams of one SSRC have in common, the earlier one first.
func related(x, y *node) relation {
	a, b := x.stream, y.stream
	gap := y.first - x.last
	if gap > goesOn {
		return apart
	}
	// Of b's sequence the cycle that lies nearest where a would be at the time.
	due := a.First.Seq + (y.first-x.first)/max(a.Interval(), 1)
	if y.first >= x.last {
		due = a.Last.Seq + min(gap/max(a.Interval(), 1), 1<<15-1)
	}
	cycles := (due - b.First.Seq + 1<<15) >> 16 << 16
	first, last := b.First.Seq+cycles, b.Last.Seq+cycles
	if lo, hi := max(a.First.Seq, first), min(a.Last.Seq, last); lo <= hi {
		for _, seq := range []int64{lo, hi} {
			d := (b.TimeAt(seq-cycles) - b.First.Time + y.first) - (a.TimeAt(seq) - a.First.Time + x.first)
			if d > -sighted && d < sighted {
				if last > a.Last.Seq && gap > -second {
					return succeeds
				}
				return same
			}
		}
	}
	if (a.Src == b.Src || a.Dst == b.Dst) && first > a.First.Seq && first-a.Last.Seq < lost {
		return succeeds
	}
	return apart
}

// tiePayload ties streams whose payloads may be the same: the two sides of a relay
// that rewrites SSRC, sequence and timestamps.
func (s *scene) tiePayload(u union) {
	type print struct {
		key  uint32
		node int32
	}
	var prints []print
	for i := range s.nodes {
		if st := s.nodes[i].stream; st != nil && st.Tracked.Sketch != nil {
			for _, k := range st.Tracked.Sketch.Smallest(sought) {
				prints = append(prints, print{k, int32(i)})
			}
		}
	}
	slices.SortFunc(prints, func(a, b print) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(s.nodes[a.node].first, s.nodes[b.node].first), cmp.Compare(a.node, b.node))
	})
	for i := range prints {
		for j := i - 1; j >= max(0, i-crowd) && prints[j].key == prints[i].key; j-- {
			x, y := &s.nodes[prints[j].node], &s.nodes[prints[i].node]
			if y.first <= x.last+after && x.stream.Src.Addr != y.stream.Src.Addr && x.stream.Dst.Addr != y.stream.Dst.Addr {
				u.join(prints[j].node, prints[i].node)
			}
		}
	}
}

// sought is by how many fingerprints streams find each other.
const sought = 8

// tieB2BUA ties dialogs of which one's INVITE may have set off the other's: all that
// correlation weighs against each other must be there.
func (s *scene) tieB2BUA(u union) {
	var list []int32
	for i := range s.nodes {
		if d := s.nodes[i].dialog; d != nil && d.invite != 0 {
			list = append(list, int32(i))
		}
	}
	slices.SortFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.nodes[a].dialog.invite, s.nodes[b].dialog.invite), cmp.Compare(a, b))
	})
	type names struct {
		caller, other string
		host          [16]byte
		sort          uint8
	}
	recent := map[names][]int32{} // the latest of each
	named := map[int32]bool{}     // those whose names tell
	many := 1 << 16
	for _, n := range list {
		d := s.nodes[n].dialog
		look := func(k names) {
			l := recent[k]
			for i := len(l) - 1; i >= 0; i-- {
				o := s.nodes[l[i]].dialog
				if d.invite-o.invite > setOff {
					break
				}
				if l[i] != n && (d.answer == 0) == (o.answer == 0) && (d.answer == 0 || near(d.answer, o.answer, answers)) {
					u.join(l[i], n)
					if k.sort < 2 && through(o, d) {
						named[n] = true
					}
				}
			}
		}
		put := func(k names) {
			l := recent[k]
			if len(l) > 0 && l[len(l)-1] == n {
				return
			}
			if len(l) >= 4*crowd {
				l = append(l[:0:0], l[len(l)-2*crowd:]...)
			}
			recent[k] = append(l, n)
		}
		if d.caller != "" {
			if d.answer != 0 {
				for _, k := range []names{{d.caller, d.callee, [16]byte{}, 0}, {d.caller, d.target, [16]byte{}, 1}} {
					look(k)
					put(k)
				}
			}
			for _, p := range d.hops {
				look(names{d.caller, "", p.from, 2})
			}
			for _, p := range d.hops {
				put(names{d.caller, "", p.to, 2})
			}
		}
		if len(recent) > many { // what is old sets nothing off
			for k, l := range recent {
				if d.invite-s.nodes[l[len(l)-1]].dialog.invite > setOff {
					delete(recent, k)
				}
			}
			many = max(1<<16, 2*len(recent))
		}
	}
	s.tieCourse(u, list, named)
}

// tieCourse ties dialogs through one host that were answered and ended together, where
// names do not tell.
func (s *scene) tieCourse(u union, list []int32, named map[int32]bool) {
	list = slices.DeleteFunc(list, func(n int32) bool { return s.nodes[n].dialog.answer == 0 })
	slices.SortFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.nodes[a].dialog.answer, s.nodes[b].dialog.answer), cmp.Compare(a, b))
	})
	lo := 0
	for i, n := range list {
		d := s.nodes[n].dialog
		for ; s.nodes[list[lo]].dialog.answer < d.answer-course; lo++ {
		}
		for _, m := range list[max(lo, i-4*family):i] {
			o := s.nodes[m].dialog
			if sets := func(x, y *dialog, later int32) bool {
				return !named[later] && x.invite <= y.invite+order && through(x, y)
			}; near(d.invite, o.invite, setOff) && (d.end == 0) == (o.end == 0) && near(d.end, o.end, course) && (sets(o, d, n) || sets(d, o, m)) {
				u.join(m, n)
			}
		}
	}
}

// through reports whether a host that was called on one dialog calls on the other.
func through(o, d *dialog) bool {
	return slices.ContainsFunc(o.hops, func(p hop) bool {
		return slices.ContainsFunc(d.hops, func(q hop) bool { return p.to == q.from && p != q })
	})
}

func near(a, b, within int64) bool { return a-b < within && b-a < within }

// longestPause of a stream without a packet missing, in nanoseconds.
func longestPause(st *trace.Stream) int64 {
	most := int64(0)
	for _, g := range st.Gaps() {
		if g.Missing() == 0 {
			most = max(most, g.Duration())
		}
	}
	return most
}
