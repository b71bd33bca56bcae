// Package tracked is what the collector keeps of a stream while its packets
// come in, beside what the stream says afterwards. It stands in the stream
// itself, and not in a table of its own, because every packet touches it: a busy
// trunk has more streams than a processor's cache has room for, and what stands
// together costs one wait for memory.
package tracked

import "github.com/latchscope/latchscope/analyze/rtp"

// Stream is the collector's own part of an RTP stream. It takes 56 bytes. The
// zero value is that of a stream without a packet.
type Stream struct {
	Sketch    *rtp.Sketch // of its payload; nil until the stream is long enough to need one, and after correlation
	SketchEnd uint64      // fingerprints from here on do not get into the sketch; 0: none yet
	Owner     uint32      // stands for the Call-ID of the dialog that had announced an end of it when it began, 0 if none had
	Recent    Duplicates
	LastPT    uint8
	Candidate bool     // few packets, and nothing announced it
	Types     [6]uint8 // payload types beside the first, plus 128; less those that came when there were six
}

// AddType notes a payload type that is not the first packet's.
func (s *Stream) AddType(pt uint8) {
	for i, t := range s.Types {
		if t == 0 {
			s.Types[i] = pt | 128
		}
		if t == 0 || t == pt|128 {
			return
		}
	}
}
