package report

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Media is a stream as the table of a call shows it.
type Media struct {
	Stream
	Leg     string // its letter
	Name    string // "callee → server"
	Percent float64
	Pause   float64 // the longest stretch without a packet, seconds
	Note    string
}

// media lists a call's streams in order of legs and talkers. Copies are only
// counted: their packets are in the table already.
func (r *Report) media(c *trace.Call, n *nameList) (rows []Media, copies int) {
	streams := slices.Clone(c.Streams)
	slices.SortStableFunc(streams, func(a, b *trace.Stream) int {
		if d := order(c, a) - order(c, b); d != 0 {
			return d
		}
		return talkerID(a) - talkerID(b)
	})
	for _, s := range streams {
		if s.CopyOf != nil {
			copies++
			continue
		}
		row := Media{Stream: r.stream(s), Name: r.direction(n, s), Note: mediaNote(s)}
		if s.Place.Leg != nil {
			row.Leg = n.Leg(s.Place.Leg)
		}
		if e := s.Stats.Expected(); e > 0 {
			row.Percent = 100 * float64(row.Lost) / float64(e)
		}
		for _, g := range s.Gaps() {
			row.Pause = max(row.Pause, float64(g.Duration())/1e9)
		}
		rows = append(rows, row)
	}
	return rows, copies
}

func talkerID(s *trace.Stream) int {
	if s.Talker == nil {
		return -1
	}
	return s.Talker.ID
}

// order puts a leg's incoming streams before its outgoing ones.
func order(c *trace.Call, s *trace.Stream) int {
	i := legIndex(c, s.Place.Leg)
	if i < 0 {
		return 2 * len(c.Legs)
	}
	if s.Place.From == trace.Callee {
		return 2*i + 1
	}
	return 2 * i
}

func (r *Report) direction(n *nameList, s *trace.Stream) string {
	return n.host(s.Src.IP()) + " to " + n.host(s.Dst.IP())
}

// mediaNote is a word on where a stream comes from.
func mediaNote(s *trace.Stream) string {
	switch {
	case s.Prev != nil:
		return "moved"
	case s.RelayOf != nil:
		return "relayed"
	}
	return ""
}
