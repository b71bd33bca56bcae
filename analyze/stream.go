package analyze

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/rtp"
)

// Mark is what is kept of one RTP packet.
type Mark struct {
	Time   int64
	Frame  int64
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
	Src, Dst  endpoint.Endpoint
	SSRC      uint32
	Tap       uint32 // where it was seen, a number of its capture point
	Clock     uint32 // of the payload type; in a Trace, of the first one
	PT        uint8  // of the first packet
	lastPT    uint8
	candidate bool        // few packets, and nothing announced it
	again     bool        // CopyOf, and between the same addresses in the same file
	owner     uint32      // hash of the Call-ID of the dialog that had announced an end of it when it began, 0 if none had
	Sketch    *rtp.Sketch // nil until the stream is long enough to need one, and in a Trace
	sketchEnd uint64      // fingerprints from here on do not get into the sketch; 0: none yet
	Stats     rtp.Stats
	Last      Mark // the packet with the highest sequence number
	recent    twins

	Twice uint32 // packets recorded twice at this tap; counted once
	First Mark
	ID    int32    // known after Correlate, like what stands behind these
	Point uint16   // capture point
	types [6]uint8 // payload types beside PT, plus 128; less those that came when there were six
	*breaks

	// Known after Correlate.
	Call    *Call
	CopyOf  *Stream // the stream that shows these packets already
	Prev    *Stream // same talker, before its source (or its destination) moved
	Next    *Stream
	Place   Place
	RelayOf *Stream // what a media server made this stream from: the same packets, or the same audio
	Talker  *Talker
}

// breaks is where a stream breaks off. Most do nowhere, and have none.
type breaks struct {
	gaps    []Gap
	dropped uint32 // gaps that were shorter than those held

	// The streams of other calls that had its SSRC and 5-tuple before and after.
	before, after *Stream
}

// broken is the stream's breaks, to be added to.
func (s *Stream) broken() *breaks {
	if s.breaks == nil {
		s.breaks = new(breaks)
	}
	return s.breaks
}

// Gaps are the longest gaps of the stream.
func (s *Stream) Gaps() []Gap {
	if s.breaks == nil {
		return nil
	}
	return s.gaps
}

// GapsDropped is how many gaps were shorter than those held.
func (s *Stream) GapsDropped() uint32 {
	if s.breaks == nil {
		return 0
	}
	return s.dropped
}

// Break adds a gap.
func (s *Stream) Break(g Gap) {
	b := s.broken()
	b.gaps = append(b.gaps, g)
}

// earlier is the stream of an earlier call that had the same SSRC and 5-tuple,
// nil if there was none; later is that of a later one.
func (s *Stream) earlier() *Stream {
	if s.breaks == nil {
		return nil
	}
	return s.breaks.before
}

func (s *Stream) later() *Stream {
	if s.breaks == nil {
		return nil
	}
	return s.breaks.after
}

// supersede puts the stream of a later call in the place of old.
func (s *Stream) supersede(old *Stream) {
	old.broken().after, s.broken().before = s, old
}

// Start and End of the stream as moments.
func (s *Stream) Start() Moment { return s.First.Moment() }
func (s *Stream) End() Moment   { return s.Last.Moment() }

// addPT notes a payload type.
func (s *Stream) addPT(pt uint8) {
	if pt == s.PT {
		return
	}
	for i, t := range s.types {
		if t == 0 {
			s.types[i] = pt | 128
		}
		if t == 0 || t == pt|128 {
			return
		}
	}
}

// gap remembers a gap if it is among the longest.
func (s *Stream) gap(g Gap, limit int) {
	b := s.broken()
	if len(b.gaps) < limit {
		b.gaps = append(b.gaps, g)
		return
	}
	b.dropped++
	least := 0
	for i := range b.gaps {
		if b.gaps[i].Duration() < b.gaps[least].Duration() {
			least = i
		}
	}
	if g.Duration() > b.gaps[least].Duration() {
		b.gaps[least] = g
	}
}

// late puts a packet that came out of order where it belongs: its number is not
// missing any more. Frames of a file may be out of order while their times are
// not.
func (s *Stream) late(m Mark) {
	if m.Seq < s.First.Seq {
		if gap := (Gap{m, s.First}); gap.Missing() > 0 {
			s.Break(gap)
		}
		s.First = m
		return
	}
	for i, g := range s.Gaps() {
		if m.Seq <= g.Before.Seq || m.Seq >= g.After.Seq {
			continue
		}
		s.gaps = slices.Delete(s.gaps, i, i+1)
		for _, part := range []Gap{{g.Before, m}, {m, g.After}} {
			if part.Missing() > 0 || part.Duration() > GapFloor {
				s.gaps = append(s.gaps, part)
			}
		}
		return
	}
}
