package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// InPause is what went to a talker's old port while it paused and sent nothing that
// kept the NAT's mapping. The mapping was gone when it spoke again; since when, nothing
// in the capture tells (RFC 4787 REQ-5 and REQ-6: packets inwards need not keep it).
type InPause struct {
	From, To trace.Moment // the last packet from the old port, and the first from the new one
	Voice    string       // whose: the name of a party
	Ear      string       // for whom
	Sent     int64        // nanoseconds of it that left for the old port meanwhile

	followed trace.Moment // the first packet to the new port; zero where none is seen
}

// leastInPause is how much of a voice must have gone to the old port to be worth a word.
const leastInPause = int64(5e8)

// pausedAt finds what went to the ports that a talker left in its pauses, where nothing
// shows whether it arrived. It is the longest of several.
func pausedAt(l *ledger.Ledger, k *trace.Talker) *InPause {
	if k.Call == nil {
		return nil
	}
	var most *InPause
	for _, m := range unannounced(k) {
		if !idled(m) {
			continue
		}
		for _, r := range waysOf(l, k).down {
			p := InPause{From: m.Before, To: m.After, Voice: r.From.Name, Ear: r.To.Name, Sent: leftFor(r, &m), followed: firstTo(r, &m)}
			if p.Sent >= leastInPause && (most == nil || p.Sent > most.Sent) {
				most = &p
			}
		}
	}
	return most
}

// leftFor is how long a row's audio left for the old source of a move, between the last
// packet from there and the first from the new one, without a sign of arrival.
func leftFor(r *ledger.Row, m *trace.Move) int64 {
	old := false
	for i := range r.Hops {
		for _, s := range r.Hops[i].Streams {
			old = old || s.Dst == m.From.Src && s.Last.Time > m.Before.Time && s.First.Time < m.After.Time
		}
	}
	if !old {
		return 0
	}
	var sent int64
	for i := range r.Spans {
		if s := &r.Spans[i]; s.State == ledger.Sent {
			sent += max(min(s.To.Time, m.After.Time)-max(s.From.Time, m.Before.Time), 0)
		}
	}
	return sent
}

// firstTo is the first packet of a row to the new source of a move.
func firstTo(r *ledger.Row, m *trace.Move) trace.Moment {
	var first trace.Moment
	for i := range r.Hops {
		for _, s := range r.Hops[i].Streams {
			if s.CopyOf == nil && s.Dst == m.To.Src && !s.Start().Before(m.After) && (first.IsZero() || s.Start().Before(first)) {
				first = s.Start()
			}
		}
	}
	return first
}

// Followed is how long after the first packet from the new port the first one to it left,
// in seconds; ok is false where none is seen.
func (p *InPause) Followed() (after float64, ok bool) {
	return p.To.Seconds(p.followed), !p.followed.IsZero()
}

// steps tell it: what is proven, and what is not in view.
func (p *InPause) steps(old string) []Step {
	out := []Step{
		{
			Text:   fmt.Sprintf("In that pause the %s's voice left for port %s, for %s.", p.Voice, old, seconds(inSeconds(p.Sent))),
			Frames: runOf(p.From.Ref, p.To.Ref), Sure: Confirmed,
		}, {
			Text:   fmt.Sprintf("How much of that arrived is not in view: in the end the port had likely been given up.%s", p.afterTimer()),
			Frames: []Frames{{p.To.Ref, p.To.Ref}}, Sure: Possible,
		},
	}
	if after, ok := p.Followed(); ok {
		out = append(out, Step{
			Text:   fmt.Sprintf("The %s's voice followed: its first packet to the new port left %s after the first from there.", p.Voice, seconds(after)),
			Frames: []Frames{{p.followed.Ref, p.followed.Ref}}, Sure: Confirmed,
		})
	}
	return out
}

// afterTimer is how much was lost with a common timer, where the pause is longer.
func (p *InPause) afterTimer() string {
	if rest := p.From.Seconds(p.To) - shortLife; rest >= 1 {
		return fmt.Sprintf(" With a NAT's timer of %d s the last %s would be lost.", shortLife, seconds(rest))
	}
	return " Up to all of it may be lost."
}

// nothingMissing reports whether no sequence number is missing where a flip's talker moved
// first: in the pause before it sent nothing.
func nothingMissing(f *Finding) bool {
	if len(f.Streams) == 0 || f.Streams[0].Talker == nil {
		return false
	}
	moves := unannounced(f.Streams[0].Talker)
	return len(moves) > 0 && moves[0].Lost == 0
}
