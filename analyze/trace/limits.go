package trace

import (
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/packet"
)

// Limits bounds what a hostile or merely huge capture may cost. Every bound that
// was hit is a warning in the report. Zero fields take their value from
// DefaultLimits.
type Limits struct {
	Capture capture.Limits // for whoever opens the files; a pass over an open set leaves them alone
	Packet  packet.Limits

	Streams     int // RTP streams held; later ones are counted, not kept
	Candidates  int // streams of fewer than four packets held for a while, in case they become one
	Messages    int // SIP messages of calls held
	Questions   int // Call-IDs with one message and no answer, until the older ones are dropped
	Connections int // byte streams in which SIP is looked for, those used last; up to twice as many
	Errors      int // ICMP errors held
	Flows       int // UDP flows that are not RTP held
	Reports     int // RTCP reports held for one stream; beyond it every other one is dropped
	Gaps        int // longest gaps held for one stream
	Closeup     int // packets the second look may hold
	MessageLen  int // bytes of one SIP message over a byte stream

	Harvest int64 // bytes of a harvest from elsewhere, unpacked
}

// DefaultLimits suit a machine with a gigabyte to spare.
func DefaultLimits() Limits {
	return Limits{
		Capture:     capture.DefaultLimits(),
		Packet:      packet.DefaultLimits(),
		Streams:     400_000,
		Candidates:  16_384,
		Messages:    1_000_000,
		Questions:   16_384,
		Connections: 4096,
		Errors:      100_000,
		Flows:       65_536,
		Reports:     256,
		Gaps:        64,
		Closeup:     4_000_000,
		MessageLen:  256 << 10,
		Harvest:     2 << 30,
	}
}

// WithDefaults is l with the value of DefaultLimits in every field that is zero.
func (l Limits) WithDefaults() Limits {
	def := DefaultLimits()
	if l.Capture == (capture.Limits{}) {
		l.Capture = def.Capture
	}
	if l.Packet == (packet.Limits{}) {
		l.Packet = def.Packet // whose own zero fields the decoder fills
	}
	for _, f := range []struct {
		value *int
		def   int
	}{
		{&l.Streams, def.Streams}, {&l.Candidates, def.Candidates}, {&l.Messages, def.Messages}, {&l.Questions, def.Questions},
		{&l.Connections, def.Connections}, {&l.Errors, def.Errors}, {&l.Flows, def.Flows}, {&l.Reports, def.Reports},
		{&l.Gaps, def.Gaps}, {&l.Closeup, def.Closeup}, {&l.MessageLen, def.MessageLen},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
	}
	if l.Harvest == 0 {
		l.Harvest = def.Harvest
	}
	return l
}
