package ledger

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// unsignalled makes the rows of media that no signalling explains: one for each
// source that no server made of another one, for as long as it sends. Nothing
// says who called whom, nor when they answered.
func (r *rower) unsignalled() []Row {
	var out []Row
	parties := map[[16]byte]string{}
	name := func(host [16]byte) string {
		if parties[host] == "" {
			parties[host] = fmt.Sprintf("party%d", len(parties)+1)
		}
		return parties[host]
	}
	for _, g := range r.sources() {
		there := g
		var passed []*trace.Stream
		in := map[*trace.Stream]bool{}
		for _, s := range there {
			in[s] = true
		}
		streams := busiest(r.call.Streams)
		var back, far []*trace.Stream
		for _, s := range streams {
			switch {
			case r.again(s):
			case s.RelayOf != nil && in[family(s.RelayOf)]:
				passed = append(passed, s)
			case s.Dst == there[0].Src || s.Src == there[0].Dst || slices.ContainsFunc(there, func(o *trace.Stream) bool { return o.Src == s.Dst || o.Dst == s.Src }):
				back = append(back, s)
			}
		}
		hops := []hop{{there: there, back: back}}
		listener := there[0].Dst.Addr
		if len(passed) > 0 {
			for _, s := range back {
				if o := s.RelayOf; o != nil && !slices.Contains(far, o) {
					far = append(far, talkerStreams(o)...)
				}
			}
			hops = append(hops, hop{there: passed, back: far})
			listener = passed[0].Dst.Addr
		}
		from, to := there[0].Start(), there[0].End()
		for _, s := range there {
			if s.Start().Compare(from) < 0 {
				from = s.Start()
			}
			if s.End().Compare(to) > 0 {
				to = s.End()
			}
		}
		if to.Time-from.Time < second {
			continue
		}
		a, b := Party{Name: name(there[0].Src.Addr)}, Party{Name: name(listener)}
		if a.Name == b.Name {
			b.Name = fmt.Sprintf("party%d", len(parties)+1)
		}
		d := direction{rower: r, line: line{kind: "audio"}, hops: hops, from: from, to: to, talker: a, listener: b}
		out = append(out, Row{})
		d.row(&out[len(out)-1])
	}
	return out
}

// talkerStreams are all streams of the talker of one.
func talkerStreams(s *trace.Stream) []*trace.Stream {
	if s.Talker == nil {
		return []*trace.Stream{s}
	}
	return s.Talker.Streams
}

// sources groups the streams that no server made of others: those of one talker,
// and those of one SSRC from one address, which a server sends after a party
// that moves.
func (r *rower) sources() [][]*trace.Stream {
	type key struct {
		ssrc uint32
		host [16]byte
	}
	var order []key
	groups := map[key][]*trace.Stream{}
	streams := busiest(r.call.Streams)
	for _, s := range streams {
		if s.RelayOf != nil || s.CopyOf != nil {
			continue
		}
		k := key{s.SSRC, s.Src.Addr}
		if s.Talker != nil {
			k.host = s.Talker.Streams[0].Src.Addr
		}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
	}
	var out [][]*trace.Stream
	for _, k := range order {
		out = append(out, groups[k])
	}
	return out
}
