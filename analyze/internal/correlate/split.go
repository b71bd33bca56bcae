package correlate

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// splitTalkers makes several of a talker whose streams turned out to belong to
// several calls. One SSRC whose numbers go on at a port that another call uses
// by now is a chance, or a damaged capture, and no source that moved.
func (t *correlation) splitTalkers() {
	var c iceChecks
	var more []*trace.Talker
	for _, k := range t.Talkers {
		call := k.Streams[0].Call
		if !slices.ContainsFunc(k.Streams, func(s *trace.Stream) bool { return s.Call != call }) {
			continue
		}
		if c == nil {
			c = indexICEChecks(t.Flows)
		}
		parts := map[*trace.Call]*trace.Talker{call: k}
		order := []*trace.Talker{k}
		streams, copied := k.Streams, k.Copies
		k.Streams, k.Travels = nil, &trace.Travels{Inside: k.Inside}
		for _, s := range streams {
			p := parts[s.Call]
			if p == nil {
				p = &trace.Talker{Travels: &trace.Travels{Inside: k.Inside}}
				parts[s.Call] = p
				order = append(order, p)
			}
			p.Streams = append(p.Streams, s)
			s.Talker = p
		}
		for _, s := range copied {
			if p := s.CopyOf.Talker; p != nil && slices.Contains(order, p) {
				v := travels(p)
				v.Copies = append(v.Copies, s)
			}
		}
		for _, p := range order {
			findMoves(p, c)
		}
		more = append(more, order[1:]...)
	}
	for _, s := range t.Streams {
		if n := s.Next; n != nil && n.Call != s.Call {
			s.Next, n.Prev = nil, nil
		}
	}
	if len(more) == 0 {
		return
	}
	t.Talkers = append(t.Talkers, more...)
	slices.SortStableFunc(t.Talkers, func(a, b *trace.Talker) int {
		return cmp.Or(a.Streams[0].Start().Compare(b.Streams[0].Start()), cmp.Compare(a.Streams[0].ID, b.Streams[0].ID))
	})
	for i, k := range t.Talkers {
		k.ID = i + 1
	}
}
