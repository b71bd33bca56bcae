package detect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Two live mappings. A router that uses two uplinks packet by packet, or in bursts,
// moves a talker hundreds of times, more than are kept; a latch that takes one of the
// sources drops what comes from the other. Then the counts of each source tell what
// the moves, one by one, no longer do.

// oftenMoved is from how many moves on a talker is taken to send by several ways in
// turns, and not to have been moved.
const oftenMoved = 16

// inTurns is the talker of a row that sends by several ways in turns, where most of
// what the row lost at a relay came by the ways that the latch did not take; nil else.
func inTurns(r *ledger.Row) *trace.Talker {
	if len(r.Hops) < 2 {
		return nil
	}
	var k *trace.Talker
	for _, s := range r.Hops[0].Streams {
		if s.Talker != nil && len(s.Talker.Moves) >= oftenMoved && len(unannounced(s.Talker)) >= oftenMoved {
			k = s.Talker
			break
		}
	}
	if k == nil {
		return nil
	}
	var dropped, most int64
	for _, s := range bySource(r) {
		dropped += s.Lost
		most = max(most, s.Lost)
	}
	lost := r.Quality.Lost
	for i := range r.Spans {
		if s := &r.Spans[i]; s.State == ledger.Stopped {
			lost += s.Packets
		}
	}
	if most == 0 || dropped*10 < lost*8 {
		return nil
	}
	return k
}

// keptSource is the source that the latch took of a talker that sends by several.
func keptSource(r *ledger.Row) string {
	best := SourceLoss{Lost: 1}
	for _, s := range bySource(r) {
		if s.Packets-s.Lost > best.Packets-best.Lost {
			best = s
		}
	}
	return best.Source
}

// manyGaps reports whether a talker's streams break off more often than is kept.
func manyGaps(k *trace.Talker) bool {
	return slices.ContainsFunc(k.Streams, func(s *trace.Stream) bool { return s.GapsDropped() > 0 })
}
