package report

import (
	"iter"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Stream is one SSRC on one 5-tuple.
type Stream struct {
	ID          int    `json:"id"`
	Call        *int   `json:"call"`
	SSRC        string `json:"ssrc"`
	Source      string `json:"source"`
	Destination string `json:"destination"`
	PayloadType uint8  `json:"payload_type"`
	Codec       string `json:"codec"`
	Packets     int64  `json:"packets"`
	Lost        int64  `json:"lost"`
	Jitter      Millis `json:"jitter_ms"` // mean, as Wireshark shows it
	JitterMax   Millis `json:"jitter_max_ms"`
	FirstFile   int32  `json:"first_file"`
	FirstFrame  uint32 `json:"first_frame"`
	LastFile    int32  `json:"last_file"`
	LastFrame   uint32 `json:"last_frame"`
	First       Time   `json:"first_time"`
	Last        Time   `json:"last_time"`
	Continues   *int   `json:"continues"`
	CopyOf      *int   `json:"copy_of"`
}

// Streams of the report, in order.
func (r *Report) Streams() iter.Seq[Stream] { return r.streams(0, len(r.trace.Streams)) }

func (r *Report) streams(from, to int) iter.Seq[Stream] {
	return func(yield func(Stream) bool) {
		for _, s := range r.trace.Streams[from:to] {
			if r.has(s.Call) && !yield(r.stream(s)) {
				return
			}
		}
	}
}

func (r *Report) stream(s *trace.Stream) Stream {
	return Stream{
		ID:          int(s.ID),
		Call:        callID(s.Call),
		SSRC:        ssrc(s.SSRC),
		Source:      r.endpoint(s.Src),
		Destination: r.endpoint(s.Dst),
		PayloadType: s.PT,
		Codec:       r.as(Codec, s.Codec()),
		Packets:     int64(s.Stats.Packets),
		Lost:        int64(s.Stats.Lost()),
		Jitter:      Millis(s.Stats.MeanJitter()),
		JitterMax:   Millis(s.Stats.MaxJitter()),
		FirstFile:   s.First.File,
		FirstFrame:  s.First.Frame,
		LastFile:    s.Last.File,
		LastFrame:   s.Last.Frame,
		First:       moment(s.Start()),
		Last:        moment(s.End()),
		Continues:   streamID(s.Prev),
		CopyOf:      streamID(s.CopyOf),
	}
}

func callID(c *trace.Call) *int {
	if c == nil {
		return nil
	}
	return &c.ID
}

func streamID(s *trace.Stream) *int {
	if s == nil {
		return nil
	}
	id := int(s.ID)
	return &id
}
