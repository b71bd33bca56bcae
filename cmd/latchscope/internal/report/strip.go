package report

import (
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// PictureSlice is how a voice came in one of equal stretches of a row, in seconds
// since the picture's Began.
type PictureSlice struct {
	From, To  float64
	Due, Lost int64
	Jitter    float64 // ms, the highest
}

// mostSlices is how finely a row is cut, where packets are not rarer than that.
const (
	mostSlices    = 600
	shortestSlice = int64(100e6) // ns
)

// Pictured are the calls that a page draws, in order: what it would like to have
// packets of (see Closer).
func (r *Report) Pictured() []*trace.Call {
	var out []*trace.Call
	byID := map[int]*trace.Call{}
	for _, c := range r.trace.Calls {
		byID[c.ID] = c
	}
	for _, s := range r.Document().Sections {
		for i := range s.Blocks {
			if p := s.Blocks[i].Picture; p != nil && byID[p.Call] != nil {
				out = append(out, byID[p.Call])
				delete(byID, p.Call)
			}
		}
	}
	return out
}

// Voices are the streams that carry the audio of a call, and when it did: what Closer
// needs packets of to draw them.
func (r *Report) Voices(c *trace.Call) map[*trace.Stream]trace.Window {
	out := map[*trace.Stream]trace.Window{}
	rows := r.rows(c)
	for i := range rows {
		row := &rows[i]
		if row.Media != "audio" {
			continue
		}
		for _, s := range row.Streams() {
			w := trace.Window{From: row.Start.Time, To: row.End.Time}
			if o, ok := out[s]; ok { // a stream may be of two rows
				w = trace.Window{From: min(w.From, o.From), To: max(w.To, o.To)}
			}
			out[s] = w
		}
	}
	return out
}

// Closer gives the report packets of the calls that it draws, so that loss and jitter
// stand in the picture where they were.
func (r *Report) Closer(packets *trace.Closeup) { r.packets = packets }

// strip is a row in slices, nil where its packets are not at hand.
func (w *writer) strip(r *ledger.Row, at func(trace.Moment) float64) []PictureSlice {
	if w.packets == nil {
		return nil
	}
	for _, s := range r.Streams() {
		if s.Stats.Packets > 0 && len(w.packets.Packets[s]) == 0 && s.First.Time <= r.End.Time && s.Last.Time >= r.Start.Time {
			return nil // there was no room for all of them
		}
	}
	n := int(min(max((r.End.Time-r.Start.Time)/shortestSlice, 1), mostSlices))
	list := r.Strip(w.packets, n)
	if list == nil {
		return nil
	}
	from, to := at(r.Start), at(r.End)
	out := make([]PictureSlice, n)
	for k := range list {
		edge := func(k int) float64 { return from + (to-from)*float64(k)/float64(n) }
		out[k] = PictureSlice{From: edge(k), To: edge(k + 1), Due: list[k].Due, Lost: list[k].Lost, Jitter: list[k].Jitter}
	}
	return out
}
