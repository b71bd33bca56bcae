package component

import (
	"cmp"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Beside is what stands in a group and is judged in another one.
type Beside struct {
	CallIDs []string
	Streams []trace.Ref // first packets of streams, by the number of the file among all
}

func (b *Beside) add(n *node) {
	if n.dialog != nil {
		b.CallIDs = append(b.CallIDs, n.dialog.id)
	} else {
		b.Streams = append(b.Streams, trace.Ref{File: n.file, Frame: n.stream.First.Frame})
	}
}

func (b *Beside) sort() {
	slices.Sort(b.CallIDs)
	slices.SortFunc(b.Streams, compareRefs)
}

func compareRefs(a, b trace.Ref) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Frame, b.Frame))
}

// Has reports whether a call is judged in another group: that in which it begins.
func (b *Beside) Has(c *trace.Call) bool {
	if len(c.Legs) > 0 {
		_, there := slices.BinarySearch(b.CallIDs, c.Legs[0].CallID)
		return there
	}
	if len(c.Streams) > 0 {
		_, there := slices.BinarySearchFunc(b.Streams, c.Streams[0].First.Moment().Ref, compareRefs)
		return there
	}
	return false
}

// surroundings find which other calls a group has to have beside it, so that what is asked
// of a host is answered as if all calls were there.
type surroundings struct {
	blocks []block
	hosts  map[[16]byte]*host
	of     [][]*host // by block
	events [][]hostEvent
	media  []int // blocks with streams
}

// host is what is known of an address, in order of time.
type host struct {
	addr   [16]byte
	blocks []int32 // in which it takes part
	media  []int32 // of these the first that have streams
	events []hostEvent
	pause  int64 // the longest of who sends from there
	paused int32 // and whose it was
	seen   int   // by how many pauses
}

type hostEvent struct {
	at    int64
	block int32
	host  *host
}

// How many of a host's other calls stand beside a group.
const (
	besideNear   = 3 // before, and after it
	besideEvents = 8 // that moved or were refused, before and after each move
	besideMedia  = 2 // the first with media, for calls that have none
	besideCut    = 16
	mostEvents   = 64 // of a group at one host that are looked at
)

func (s *scene) contextOf(t *ties, blocks []block) *surroundings {
	c := &surroundings{blocks: blocks, hosts: map[[16]byte]*host{}, of: make([][]*host, len(blocks)), events: make([][]hostEvent, len(blocks))}
	blockOf := make([]int32, len(s.nodes))
	for i := range blocks {
		streams := 0
		for _, n := range blocks[i].nodes {
			blockOf[n] = int32(i)
			o := &s.nodes[n]
			if o.stream != nil {
				streams++
				c.meet(int32(i), o.stream.Src.Addr)
				c.meet(int32(i), o.stream.Dst.Addr)
				continue
			}
			for _, p := range o.dialog.hops {
				c.meet(int32(i), p.from)
				c.meet(int32(i), p.to)
			}
			for _, ep := range o.dialog.said {
				c.meet(int32(i), ep.Addr)
			}
		}
		if streams > 0 {
			c.media = append(c.media, i)
			for _, h := range c.of[i] {
				if len(h.media) < besideMedia {
					h.media = append(h.media, int32(i))
				}
			}
		}
		for _, n := range blocks[i].nodes {
			if st := s.nodes[n].stream; st != nil {
				if h := c.hosts[st.Src.Addr]; longestPause(st) > h.pause {
					h.pause, h.paused = longestPause(st), int32(i)
					h.seen++
				}
			}
		}
	}
	for _, e := range t.moves {
		c.happened(e.host, e.at, blockOf[e.node])
	}
	s.refusals(c, blockOf)
	for _, h := range c.hosts {
		slices.SortFunc(h.events, func(a, b hostEvent) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.block, b.block)) })
	}
	return c
}

func (c *surroundings) meet(block int32, addr [16]byte) {
	h := c.hosts[addr]
	if h == nil {
		h = &host{addr: addr}
		c.hosts[addr] = h
	}
	if n := len(h.blocks); n == 0 || h.blocks[n-1] != block {
		h.blocks = append(h.blocks, block)
		c.of[block] = append(c.of[block], h)
	}
}

func (c *surroundings) happened(addr [16]byte, at int64, block int32) {
	h := c.hosts[addr]
	if h == nil {
		return
	}
	if n := len(h.events); n > 0 && h.events[n-1].block == block && h.events[n-1].at == at {
		return
	}
	e := hostEvent{at, block, h}
	h.events = append(h.events, e)
	if len(c.events[block]) < mostEvents {
		c.events[block] = append(c.events[block], e)
	}
}

// refusals notes the calls of which packets were refused.
func (s *scene) refusals(c *surroundings, blockOf []int32) {
	asked := map[endpoint.Endpoint][]int32{}
	for _, p := range s.parts {
		for _, e := range p.Harvest.Errors {
			for _, ep := range refused(e) {
				asked[ep] = nil
			}
		}
	}
	if len(asked) == 0 {
		return
	}
	s.users(func(ep endpoint.Endpoint, n int32) {
		if l, ok := asked[ep]; ok && len(l) < family && (len(l) == 0 || l[len(l)-1] != n) {
			asked[ep] = append(l, n)
		}
	})
	for p := range s.parts {
		for _, e := range s.parts[p].Harvest.Errors {
			at := s.at(p, e.Moment)
			for _, ep := range refused(e) {
				for _, n := range asked[ep] {
					if o := &s.nodes[n]; o.first-before <= at && at <= o.last+2*after {
						c.happened(e.Quote.Src.Addr, at, blockOf[n])
					}
				}
			}
		}
	}
}

// refused are the endpoints by which an error finds the call that it is about: those
// that it quotes, and those of the media beside RTCP.
func refused(e *trace.ICMPError) [4]endpoint.Endpoint {
	a, b := e.Quote.Src, e.Quote.Dst
	x, y := a, b
	x.Port--
	y.Port--
	return [4]endpoint.Endpoint{a, b, x, y}
}

// users goes through the media endpoints of all nodes.
func (s *scene) users(yield func(endpoint.Endpoint, int32)) {
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.stream != nil {
			yield(n.stream.Src, int32(i))
			yield(n.stream.Dst, int32(i))
			continue
		}
		for _, ep := range n.dialog.said {
			yield(ep, int32(i))
		}
	}
}

// beside are the blocks of others that a group needs, of most calls together.
func (c *surroundings) beside(own stretchOf, most int) []int {
	var out []int
	taken := map[int]bool{}
	calls := 0
	take := func(i int32) {
		b := int(i)
		if b >= own.from && b < own.to || taken[b] || calls+c.blocks[b].calls > most {
			return
		}
		taken[b] = true
		calls += c.blocks[b].calls
		out = append(out, b)
	}
	c.rest(own, take)
	var hosts []*host
	for i := own.from; i < own.to; i++ {
		hosts = append(hosts, c.of[i]...)
		for _, e := range c.events[i] {
			at, _ := slices.BinarySearchFunc(e.host.events, e.at, func(x hostEvent, at int64) int { return cmp.Compare(x.at, at) })
			for k := range besideEvents {
				if at+k < len(e.host.events) {
					take(e.host.events[at+k].block)
				}
				if at-1-k >= 0 {
					take(e.host.events[at-1-k].block)
				}
			}
			if e.host.pause > 0 {
				take(e.host.paused)
			}
		}
	}
	slices.SortFunc(hosts, func(a, b *host) int { return strings.Compare(string(a.addr[:]), string(b.addr[:])) })
	hosts = slices.Compact(hosts)
	for _, h := range hosts {
		for _, i := range h.media {
			take(i)
		}
	}
	for k := range besideNear {
		for _, h := range hosts {
			lo, _ := slices.BinarySearch(h.blocks, int32(own.from))
			hi, _ := slices.BinarySearch(h.blocks, int32(own.to))
			if lo-1-k >= 0 {
				take(h.blocks[lo-1-k])
			}
			if hi+k < len(h.blocks) {
				take(h.blocks[hi+k])
			}
		}
	}
	slices.Sort(out)
	return out
}

// rest are the neighbours of what was cut off a component, and one block with streams
// where the group has none: a capture without any media is judged otherwise.
func (c *surroundings) rest(own stretchOf, take func(int32)) {
	for i := own.from; i < own.to; i++ {
		if c.blocks[i].cut < 0 {
			continue
		}
		for _, step := range [2]int{-1, 1} {
			left, looked := besideCut, 0
			for j := i + step; j >= 0 && j < len(c.blocks) && left > 0 && looked < 16*besideCut; j += step {
				looked++
				if j >= own.from && j < own.to || c.blocks[j].cut != c.blocks[i].cut {
					continue
				}
				if c.blocks[j].first > c.blocks[i].last+after || c.blocks[j].last < c.blocks[i].first-after {
					break
				}
				take(int32(j))
				left--
			}
		}
	}
	at, _ := slices.BinarySearch(c.media, own.from)
	if at < len(c.media) && c.media[at] < own.to {
		return
	}
	if at < len(c.media) {
		take(int32(c.media[at]))
	} else if at > 0 {
		take(int32(c.media[at-1]))
	}
}
