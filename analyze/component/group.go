package component

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/internal/collect"
)

// Options bound what one group is.
type Options struct {
	Calls  int // of a group of several components; 0: 500
	Most   int // of a component, that is of a group of one; 0: 4,000
	Beside int // calls of others that stand beside them; 0: half as many as Calls
}

func (o Options) withDefaults() Options {
	if o.Calls <= 0 {
		o.Calls = 500
	}
	if o.Most <= 0 {
		o.Most = 4000
	}
	if o.Beside <= 0 {
		o.Beside = max(1, o.Calls/2)
	}
	return o
}

// Plan is how some harvests are cut.
type Plan struct {
	Clocks *collect.Clocks // of all files, which a group alone could not know
	Groups []Group
	Bounds []string // that were met, a line each

	places map[string]*Assignment
	common Frame
}

// Group is some calls that are judged together.
type Group struct {
	Calls  int // of its own: Call-IDs, or streams without any that belong together
	Beside Beside
}

// Of finds how harvests are to be cut of which these are the outlines. Parts are those
// of one set: what analyze would read as one.
func Of(parts []Part, opt Options) (*Plan, error) {
	opt = opt.withDefaults()
	s, err := sceneOf(parts)
	if err != nil {
		return nil, err
	}
	t := s.tie()
	p := &Plan{Clocks: s.clocks}
	blocks := s.blocks(t, opt.Most, p)
	groups := pack(blocks, opt.Calls)
	c := s.contextOf(t, blocks)
	of := make([][]int32, len(s.nodes)) // groups, by node
	for g, own := range groups {
		beside := c.beside(own, opt.Beside)
		calls := 0
		for i := own.from; i < own.to; i++ {
			calls += blocks[i].calls
			for _, n := range blocks[i].nodes {
				of[n] = append(of[n], int32(g))
			}
		}
		var b Beside
		for _, i := range beside {
			for _, n := range blocks[i].nodes {
				of[n] = append(of[n], int32(g))
				b.add(&s.nodes[n])
			}
		}
		b.sort()
		p.Groups = append(p.Groups, Group{Calls: calls, Beside: b})
	}
	p.places = s.assign(of, len(groups))
	p.common, err = s.frame(p.Clocks)
	return p, err
}

// block is a component, or a part of one that was too large: what is in one group.
type block struct {
	nodes       []int32
	first, last int64
	calls       int
	cut         int32 // stands for the component of which it is a part; -1 for a whole one
}

// blocks are the components in order of time. One that is too large is cut where the
// least speaks for it, and by time if nothing is left to tell.
func (s *scene) blocks(t *ties, most int, p *Plan) (out []block) {
	for _, nodes := range s.classes(t.maybe, nil) {
		whole := s.block(nodes, -1)
		if whole.calls <= most {
			out = append(out, whole)
			continue
		}
		p.Bounds = append(p.Bounds, fmt.Sprintf("%d calls seem to belong together (the first is %s), %d at most are judged at once: they were cut apart", whole.calls, s.name(nodes), most))
		s.cut(nodes, []union{t.sure, t.media}, most, func(nodes []int32) { out = append(out, s.block(nodes, whole.nodes[0])) })
	}
	slices.SortFunc(out, func(a, b block) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.nodes[0], b.nodes[0]))
	})
	return out
}

func (s *scene) cut(nodes []int32, by []union, most int, yield func([]int32)) {
	if len(by) == 0 {
		for part := range slices.Chunk(s.byTime(nodes), most) {
			yield(part)
		}
		return
	}
	for _, part := range s.classes(by[0], nodes) {
		if s.block(part, -1).calls > most {
			s.cut(part, by[1:], most, yield)
		} else {
			yield(part)
		}
	}
}

// classes are the sets of a forest, in order of their first node: of all nodes, or of some.
func (s *scene) classes(u union, of []int32) [][]int32 {
	place := map[int32]int{}
	var out [][]int32
	put := func(n int32) {
		root := u.find(n)
		i, ok := place[root]
		if !ok {
			i = len(out)
			place[root] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], n)
	}
	if of == nil {
		for n := range s.nodes {
			put(int32(n))
		}
	}
	for _, n := range of {
		put(n)
	}
	return out
}

func (s *scene) block(nodes []int32, cut int32) block {
	b := block{nodes: nodes, cut: cut, first: s.nodes[nodes[0]].first}
	for _, n := range nodes {
		o := &s.nodes[n]
		b.first, b.last = min(b.first, o.first), max(b.last, o.last)
		if o.dialog != nil {
			b.calls++
		}
	}
	if b.calls == 0 {
		b.calls = (len(nodes) + streamsOfCall - 1) / streamsOfCall
	}
	return b
}

// streamsOfCall is how many streams without signalling count as a call.
const streamsOfCall = 4

func (s *scene) byTime(nodes []int32) []int32 {
	nodes = slices.Clone(nodes)
	slices.SortFunc(nodes, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.nodes[a].first, s.nodes[b].first), cmp.Compare(a, b))
	})
	return nodes
}

// name is what a component is called: its first Call-ID, or SSRC.
func (s *scene) name(nodes []int32) string {
	nodes = s.byTime(nodes)
	for _, n := range nodes {
		if d := s.nodes[n].dialog; d != nil {
			return d.id
		}
	}
	return fmt.Sprintf("SSRC 0x%08x", s.nodes[nodes[0]].stream.SSRC)
}

// stretchOf is a range of blocks.
type stretchOf struct{ from, to int }

// pack makes groups of blocks, as they come.
func pack(blocks []block, most int) (out []stretchOf) {
	calls := 0
	for i, b := range blocks {
		if n := len(out); n == 0 || calls+b.calls > most {
			out = append(out, stretchOf{i, i})
			calls = 0
		}
		out[len(out)-1].to = i + 1
		calls += b.calls
	}
	return out
}
