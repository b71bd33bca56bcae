package report

import (
	"iter"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Stream is one SSRC on one 5-tuple.
type Stream struct {
	ID          int       `json:"id"`
	Call        Number    `json:"call"`
	SSRC        SSRC      `json:"ssrc"`
	Source      StreamEnd `json:"source"`
	Destination StreamEnd `json:"destination"`
	PayloadType uint8     `json:"payload_type"`
	Codec       string    `json:"codec"`
	Packets     int64     `json:"packets"`
	Lost        int64     `json:"lost"`
	Jitter      Millis    `json:"jitter_ms"` // mean, as Wireshark shows it
	JitterMax   Millis    `json:"jitter_max_ms"`
	FirstFile   int32     `json:"first_file"`
	FirstFrame  uint32    `json:"first_frame"`
	LastFile    int32     `json:"last_file"`
	LastFrame   uint32    `json:"last_frame"`
	First       Time      `json:"first_time"`
	Last        Time      `json:"last_time"`
	Continues   Number    `json:"continues"`
	CopyOf      Number    `json:"copy_of"`
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
		Call:        callNumber(s.Call),
		SSRC:        SSRC(s.SSRC),
		Source:      StreamEnd{r.written(s.Src)},
		Destination: StreamEnd{r.written(s.Dst)},
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
		Continues:   streamNumber(s.Prev),
		CopyOf:      streamNumber(s.CopyOf),
	}
}

func callID(c *trace.Call) *int {
	if c == nil {
		return nil
	}
	return &c.ID
}

func callNumber(c *trace.Call) Number {
	if c == nil {
		return 0
	}
	return Number(c.ID)
}

func streamNumber(s *trace.Stream) Number {
	if s == nil {
		return 0
	}
	return Number(s.ID)
}
