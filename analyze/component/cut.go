package component

import (
	"slices"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Assignment says to which groups what is in a file's harvest goes.
type Assignment struct {
	Messages, Errors, Streams, Reports, Flows, Controls Places
}

// Places are the groups of each element of a list.
type Places struct {
	First []int32           // of each: one group, -1 for none
	More  map[int32][]int32 // of those with several: the others
}

func (p *Places) put(groups []int32) {
	if len(groups) == 0 {
		p.First = append(p.First, -1)
		return
	}
	if len(groups) > 1 {
		if p.More == nil {
			p.More = map[int32][]int32{}
		}
		p.More[int32(len(p.First))] = groups[1:]
	}
	p.First = append(p.First, groups[0])
}

// each goes through the groups of the n-th element.
func (p *Places) each(n int, yield func(group int32)) {
	if n >= len(p.First) || p.First[n] < 0 {
		return
	}
	yield(p.First[n])
	for _, g := range p.More[int32(n)] {
		yield(g)
	}
}

// For is the assignment of a file, nil of one that is not in the plan.
func (p *Plan) For(path string) *Assignment { return p.places[path] }

// span of a group.
type span struct{ first, last int64 }

// assign says where everything goes: what is a node, or has its Call-ID, with it; what
// is between endpoints to the groups that use these at the time.
func (s *scene) assign(of [][]int32, groups int) map[string]*Assignment {
	spans := make([]span, groups)
	for i := range spans {
		spans[i] = span{1<<63 - 1, -1 << 63}
	}
	for n, list := range of {
		for _, g := range list {
			o := &spans[g]
			o.first, o.last = min(o.first, s.nodes[n].first), max(o.last, s.nodes[n].last)
		}
	}
	ix := s.index(of)
	out := map[string]*Assignment{}
	for p := range s.parts {
		h, a := s.parts[p].Harvest, new(Assignment)
		at := func(m trace.Moment) int64 { return s.at(p, m) }
		during := func(from, to int64, eps ...endpoint.Endpoint) (found []int32) {
			for _, ep := range eps {
				for _, g := range ix.endpoints[ep] {
					if spans[g].first-margin <= to && from <= spans[g].last+margin {
						found = append(found, g)
					}
				}
			}
			slices.Sort(found)
			return slices.Compact(found)
		}
		for _, m := range h.Messages.All() {
			a.Messages.put(of[s.dialogs[m.CallID]])
		}
		for _, x := range h.Controls {
			a.Controls.put(of[s.dialogs[x.CallID]])
		}
		for i := range h.Streams {
			a.Streams.put(of[s.streams[p][i]])
		}
		for _, e := range h.Errors {
			r := refused(e)
			a.Errors.put(during(at(e.Moment), at(e.Moment), r[:]...))
		}
		for _, f := range h.Flows {
			x, y := f.Src, f.Dst
			x.Port--
			y.Port--
			found := during(at(f.First), at(f.Last), f.Src, f.Dst, x, y)
			if len(found) == 0 { // then it says that packets pass between its hosts
				for _, g := range ix.ways[way{f.Src.Addr, f.Dst.Addr}] {
					if spans[g].first-margin <= at(f.Last) && at(f.First) <= spans[g].last+margin {
						found = append(found, g)
					}
				}
			}
			a.Flows.put(found)
		}
		for _, t := range h.Reports {
			found := slices.Concat(ix.sources[t.SSRC], ix.sources[t.Sender])
			slices.Sort(found)
			a.Reports.put(slices.Compact(found))
		}
		out[s.parts[p].Path] = a
	}
	return out
}

// margin is how long before and after a group's calls something may concern them.
const margin = 60 * second

type way struct{ from, to [16]byte }

// index finds the groups by what errors, flows and reports have of them.
type index struct {
	endpoints map[endpoint.Endpoint][]int32
	ways      map[way][]int32
	sources   map[uint32][]int32
}

func (s *scene) index(of [][]int32) index {
	ix := index{map[endpoint.Endpoint][]int32{}, map[way][]int32{}, map[uint32][]int32{}}
	for _, p := range s.parts {
		for _, e := range p.Harvest.Errors {
			for _, ep := range refused(e) {
				ix.endpoints[ep] = nil
			}
		}
		for _, f := range p.Harvest.Flows {
			for _, ep := range []endpoint.Endpoint{f.Src, f.Dst} {
				ix.endpoints[ep] = nil
				ep.Port--
				ix.endpoints[ep] = nil
			}
			ix.ways[way{f.Src.Addr, f.Dst.Addr}] = nil
		}
		for _, t := range p.Harvest.Reports {
			ix.sources[t.SSRC], ix.sources[t.Sender] = nil, nil
		}
	}
	use := func(ep endpoint.Endpoint, n int32) { put(ix.endpoints, ep, of[n]) }
	if len(ix.endpoints) > 0 {
		s.users(use)
	}
	for i := range s.nodes {
		if st := s.nodes[i].stream; st != nil {
			put(ix.sources, st.SSRC, of[i])
			put(ix.ways, way{st.Src.Addr, st.Dst.Addr}, of[i])
			put(ix.ways, way{st.Dst.Addr, st.Src.Addr}, of[i])
		}
	}
	for p := range s.parts {
		for _, m := range s.parts[p].Harvest.Messages.All() {
			n := s.dialogs[m.CallID]
			use(m.Src, n)
			use(m.Dst, n)
			put(ix.ways, way{m.Src.Addr, m.Dst.Addr}, of[n])
			put(ix.ways, way{m.Dst.Addr, m.Src.Addr}, of[n])
		}
	}
	return ix
}

// put adds groups to those of a key that somebody asks for.
func put[K comparable](to map[K][]int32, key K, groups []int32) {
	l, asked := to[key]
	if !asked {
		return
	}
	for _, g := range groups {
		if !slices.Contains(l[max(0, len(l)-recently):], g) {
			l = append(l, g)
		}
	}
	to[key] = l
}

// recently is among how many groups one is looked for: they come in order of time.
const recently = 64

// head is a harvest of the same files without what is in them.
func head(h *collect.Harvest) *collect.Harvest {
	return &collect.Harvest{Captures: h.Captures, SIP: h.SIP, Others: h.Others, Warnings: h.Warnings}
}

// Cut makes of a file's harvest the pieces of groups, in order of these: none where
// nothing of the file is in a group. What is in several groups is shared by their
// pieces, which are there to be written down.
func (a *Assignment) Cut(whole *analyze.Harvest, yield func(group int, piece *analyze.Harvest) error) error {
	h := whole.Collected()
	pieces := map[int32]*collect.Harvest{}
	of := func(g int32) *collect.Harvest {
		p := pieces[g]
		if p == nil {
			p = head(h)
			p.Messages.Store = h.Messages.Store
			pieces[g] = p
		}
		return p
	}
	each(h.Messages.Numbers, &a.Messages, of, func(p *collect.Harvest) *[]uint32 { return &p.Messages.Numbers })
	each(h.Errors, &a.Errors, of, func(p *collect.Harvest) *[]*trace.ICMPError { return &p.Errors })
	each(h.Streams, &a.Streams, of, func(p *collect.Harvest) *[]*trace.Stream { return &p.Streams })
	each(h.Reports, &a.Reports, of, func(p *collect.Harvest) *[]*trace.ReportTrack { return &p.Reports })
	each(h.Flows, &a.Flows, of, func(p *collect.Harvest) *[]*trace.Flow { return &p.Flows })
	each(h.Controls, &a.Controls, of, func(p *collect.Harvest) *[]*trace.Control { return &p.Controls })
	var groups []int32
	for g := range pieces {
		groups = append(groups, g)
	}
	slices.Sort(groups)
	for _, g := range groups {
		looked(pieces[g], h)
		keep(pieces[g], h)
		if err := yield(int(g), analyze.HarvestOf(pieces[g])); err != nil {
			return err
		}
	}
	return nil
}

func each[T any](list []T, places *Places, of func(int32) *collect.Harvest, field func(*collect.Harvest) *[]T) {
	for i, v := range list {
		places.each(i, func(g int32) {
			l := field(of(g))
			*l = append(*l, v)
		})
	}
}

// looked takes over what was said of the payloads of a piece's streams, and parts
// these from streams that are elsewhere.
func looked(p, h *collect.Harvest) {
	here := map[*trace.Stream]bool{nil: true}
	for _, s := range p.Streams {
		here[s] = true
	}
	for i, s := range p.Streams {
		l, there := h.Looked[s]
		if b := s.Breaks; b != nil && (!here[b.Later] || !here[b.Earlier]) {
			alone, own := *s, *b
			own.Earlier, own.Later = nil, nil
			alone.Breaks = &own
			p.Streams[i] = &alone
		}
		if there {
			if p.Looked == nil {
				p.Looked = map[*trace.Stream]collect.Looked{}
			}
			p.Looked[p.Streams[i]] = l
		}
	}
}

// keep takes over what was kept of a piece's streams.
func keep(p, h *collect.Harvest) {
	own := map[keptKey]bool{}
	for _, s := range p.Streams {
		own[keptKey{s.Src, s.Dst, s.SSRC, s.Tap}] = true
	}
	for _, k := range h.Kept {
		some := new(collect.Kept)
		if k != nil {
			for _, s := range k.Streams {
				if own[keptKey{s.Src, s.Dst, s.SSRC, s.Tap}] {
					some.Streams = append(some.Streams, s)
				}
			}
		}
		p.Kept = append(p.Kept, some)
	}
}

type keptKey struct {
	src, dst  endpoint.Endpoint
	ssrc, tap uint32
}
