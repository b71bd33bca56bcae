package trace

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/rtp"
)

// Mark is what is kept of one RTP packet.
type Mark struct {
	Time   int64
	Frame  uint32
	Seq    int64 // unwrapped; streams of one SSRC count alike after Correlate
	TS     int64 // unwrapped, in units of the payload's clock
	File   int32
	PT     uint8
	Marker bool
}

// Moment of the packet.
func (m Mark) Moment() Moment { return Moment{Ref{m.File, m.Frame}, m.Time} }

// Gap is a stretch in which a stream had no packet: sequence numbers were
// missing, or nothing came for longer than GapFloor.
type Gap struct{ Before, After Mark }

// GapFloor is the shortest pause, in nanoseconds, that is held as a gap though
// no sequence number is missing. Silence is reported from 0.1 s on.
const GapFloor = 80 * millisecond

// Duration of the gap in nanoseconds.
func (g Gap) Duration() int64 { return g.After.Time - g.Before.Time }

// Missing sequence numbers within the gap; none when the talker paused.
func (g Gap) Missing() int64 {
	if d := g.After.Seq - g.Before.Seq - 1; d > 0 {
		return d
	}
	return 0
}

// Stream is one SSRC on one 5-tuple, seen at one tap of one file. It holds
// counters, the edges of its longest gaps and a sketch of its payload, and no
// packets, so that a capture of any length costs the same.
type Stream struct {
	// What every packet touches stands in front, in four cache lines: a busy
	// trunk has more streams than a cache has room for.
	Src, Dst   endpoint.Endpoint
	SSRC       uint32
	Tap        uint32 // where it was seen, a number of its capture point
	Clock      uint32 // of the payload type; in a Trace, of the first one
	PT         uint8  // of the first packet
	Duplicate  bool   // CopyOf, and between the same addresses in the same file: recorded twice
	Point      uint16 // capture point
	Duplicates uint32 // packets recorded twice at this tap; counted once
	Stats      rtp.Stats
	Tracked    tracked.Stream
	Last       Mark // the packet with the highest sequence number

	ID     int32  // known after correlation, like what stands behind the breaks
	Flat   bool   // no payload of it departs from silence (of G.711): see rtp.Fingerprint
	TTL    uint8  // of the first packet, as it was recorded; 0 where the capture has no IP header of it
	VLAN   uint16 // of the first packet; 0 where it had no tag
	First  Mark
	Breaks *Breaks // nil where it breaks off nowhere

	Call    *Call
	CopyOf  *Stream // the stream that shows these packets already
	Prev    *Stream // same talker, before its source (or its destination) moved
	Next    *Stream
	Place   Place
	RelayOf *Stream // what a media server made this stream from: the same packets, or the same audio
	Talker  *Talker
}

// Breaks is where a stream breaks off. Most do nowhere, and have none.
type Breaks struct {
	Gaps    []Gap  // the longest
	Dropped uint32 // gaps that were shorter than those held

	// Straggler is the last packet that came long after those with higher numbers,
	// in a pause of the stream; zero mostly.
	Straggler Mark

	// Leap is where the sender's timestamps went on by more than the clock that
	// recorded them, the furthest; zero mostly.
	Leap Gap

	// The streams of other calls that had its SSRC and 5-tuple before and after,
	// nil where there was none.
	Earlier, Later *Stream
}

// Gaps are the longest gaps of the stream.
func (s *Stream) Gaps() []Gap {
	if s.Breaks == nil {
		return nil
	}
	return s.Breaks.Gaps
}

// GapsDropped is how many gaps were shorter than those held.
func (s *Stream) GapsDropped() uint32 {
	if s.Breaks == nil {
		return 0
	}
	return s.Breaks.Dropped
}

// Break adds a gap.
func (s *Stream) Break(g Gap) {
	b := s.Broken()
	b.Gaps = append(b.Gaps, g)
}

// Broken is the stream's breaks, to be added to.
func (s *Stream) Broken() *Breaks {
	if s.Breaks == nil {
		s.Breaks = new(Breaks)
	}
	return s.Breaks
}

// Start and End of the stream as moments.
func (s *Stream) Start() Moment { return s.First.Moment() }
func (s *Stream) End() Moment   { return s.Last.Moment() }
