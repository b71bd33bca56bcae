package detect

import (
	"math"
	"sort"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Estimated is what a capture lets one say of the engine that latched; nil
// where it cannot tell.
type Estimated struct {
	LockPackets *int     // packets of one source it needed to lock, at most
	Timeout     *float64 // seconds without the locked source after which it let go
	Opened      trace.Moment

	late trace.Moment // the packet from there that came after the move, from which Timeout counts; zero: none did
}

// estimate says what the engine around a moved talker did: after how many
// packets it locked, after how long it let go.
func (s *sides) estimate() Estimated {
	var est Estimated
	if s.k.Call == nil {
		return est
	}
	refusals := refusalsAt(s.k)
	s.firstLock(&est, refusals)
	released, relocked := s.silenceEnds()
	switch {
	case !released.IsZero():
		s.nextLock(&est, refusals, released, relocked)
		est.Timeout = pointer(tenth(s.held(&est, released, relocked), s.pace()))
	case !relocked.IsZero() && s.up.State == unseen:
		n := 1.0
		if est.LockPackets != nil {
			n = float64(*est.LockPackets)
		}
		est.Timeout = pointer(tenth(s.lastHeard(relocked).Seconds(relocked)-(n-1)*s.pace(), s.pace()))
	}
	at := max(released.Time, relocked.Time)
	if est.Timeout != nil && (reoffered(s.k.Call, at) || reoffered(s.k.Call, released.Time) || s.cameBack(released) || s.cameBack(relocked)) {
		est.Timeout = nil
	}
	if est.Timeout != nil {
		if released.IsZero() {
			released = relocked
		}
		if last := s.lastHeard(released); last != s.move.Before {
			est.late = last
		}
	}
	return est
}

// lock takes a number of packets for the most that a lock needs, if it is less than
// what is known.
func (e *Estimated) lock(n int64) {
	if n > 0 && n <= 64 && (e.LockPackets == nil || int(n) < *e.LockPackets) {
		e.LockPackets = pointer(int(n))
	}
}

// pace is the time between two packets of the talker, in seconds.
func (s *sides) pace() float64 { return float64(s.move.To.Interval()) / 1e9 }

// firstLock says after how many packets of the old source the engine had locked.
func (s *sides) firstLock(est *Estimated, refusals []int64) {
	m := *s.move
	first := firstBack(s.w, m)
	accepted := acceptedBefore(s.t, s.k, m, refusals)
	soon := accepted <= 10 && (first != nil || value(s.up.Silence) >= hardSilence)
	// Packets that reached the open port before the move: it had locked by then,
	// or it would not have held on to that source.
	if soon {
		est.lock(accepted)
	}
	// It had locked when it first sent to the old source, unless SDP had named
	// that. Where media for it had been waiting, this tells exactly; else it is
	// a bound, of use only where the move came soon after.
	if first != nil && m.From.Place.Own == nil && (waited(s.w, first) || soon) {
		est.lock(arrived(s.t, s.k, refusals, first.First.Time))
	}
}

// silenceEnds is when the engine let go, by what it passed on again, and when it
// locked anew, by where it sent; zero where a silence has no end of its own.
func (s *sides) silenceEnds() (released, relocked trace.Moment) {
	if value(s.up.Silence) >= hardSilence && !s.up.end.IsZero() && s.up.end.Time < s.end.Time {
		released = s.up.end
	}
	if value(s.down.Silence) >= hardSilence && s.down.end.Time < s.end.Time {
		relocked = s.down.end
	}
	return released, relocked
}

// nextLock says after how many packets of the new source the engine, which had let
// go, locked again.
func (s *sides) nextLock(est *Estimated, refusals []int64, released, relocked trace.Moment) {
	relearned := false // it passed packets on while it learned anew
	if !relocked.IsZero() && relocked.Seconds(released) < -s.pace()/2 && busyFar(s.w, released.Time, relocked.Time) {
		// The packet that broke the silence counts: it arrived just before
		// it was passed on.
		to := s.move.To
		again := s.t.Sent([]*trace.Stream{to}, released.Time-to.Interval()/2, relocked.Time)
		// A single packet tells nothing: it passed on at once, or it passed
		// nothing on before it had learned.
		relearned = again > 1
		if relearned && (est.LockPackets == nil || int(again) <= *est.LockPackets+1) {
			est.lock(again)
		}
	}
	// Where it passed nothing on until it had locked, the first packet that
	// it did pass on tells exactly. (One or two it may miss for other
	// reasons: its other side was not answered yet.)
	if n := unpassed(s.t, s.k, s.w, refusals); n > 2 && !relearned {
		est.LockPackets = nil
		est.lock(n)
	}
}

// held is for how long, in seconds, the engine held on to the old source.
func (s *sides) held(est *Estimated, released, relocked trace.Moment) float64 {
	held := s.lastHeard(released).Seconds(released)
	if n := est.LockPackets; n != nil && *n > 1 && !relocked.IsZero() && relocked.Seconds(released) > -1.1*s.pace() {
		// Both directions came back at once: it passed nothing on while it
		// learned anew, so it had let go some packets before.
		held -= float64(*n-1) * s.pace()
	}
	return held
}

// fewLate is how many packets may be late on their way at a move.
const fewLate = 5

// lastHeard is the last packet of the old source that the engine took before it
// let go: a packet that was late on its way starts the lock's timer anew, and is
// told by its being passed on. Where all that the talker sends shows beyond the
// server, as behind a NAT that changes both addresses, nothing tells it.
func (s *sides) lastHeard(released trace.Moment) trace.Moment {
	last, pace := s.move.Before, s.move.To.Interval()
	for _, o := range s.w.Out {
		if p := s.t.Closeup.Between(o, last.Time+pace, released.Time-pace/2); len(p) > 0 && len(p) <= fewLate && p[len(p)-1].Time > last.Time {
			last = p[len(p)-1].Moment()
		}
	}
	return last
}

// cameBack reports whether the old source sends again about when a silence ends:
// then nothing timed out.
func (s *sides) cameBack(end trace.Moment) bool {
	if end.IsZero() {
		return false
	}
	n := s.t.Sent([]*trace.Stream{s.move.From}, end.Time-int64(softSilence*1e9), end.Time+int64(softSilence*1e9))
	return n > 1
}

// reoffered tells whether signalling, and no timer, may have made a latch let
// go at a time: an offer was answered about then. (Some do at the offer.)
func reoffered(c *trace.Call, at int64) bool {
	for _, l := range c.Legs {
		for _, r := range l.Refresh {
			if d := at - r.Time; d > -int64(1e9) && d < int64(1e9) {
				return true
			}
		}
	}
	return false
}

// tenth rounds to what the pace of the packets allows: the release is seen with
// the next packet only, so the true value is at most one packet less.
func tenth(s, pace float64) float64 {
	for _, step := range []float64{1, 0.5, 0.1} {
		if r := math.Floor(s/step+1e-6) * step; s-r <= 3.5*pace+0.005 {
			return math.Round(r*10) / 10
		}
	}
	return math.Round(s*100) / 100
}

// acceptedBefore counts the packets from the old source that came to the open
// port: those after the last refusal, and not before the answer where nothing
// says that the port was open.
func acceptedBefore(t *trace.Trace, k *trace.Talker, m trace.Move, refusals []int64) int64 {
	from := lastBefore(refusals, m.After.Time, m.From.First.Time-1)
	return t.Sent([]*trace.Stream{m.From}, from, m.After.Time)
}

// refusalsAt are the times at which packets to a talker's receiver were refused.
func refusalsAt(k *trace.Talker) []int64 {
	var out []int64
	for _, e := range k.Call.Errors {
		if e.Unreachable() && !e.Toward && !e.RTCP && e.Stream != nil && e.Stream.Dst == k.Receiver() {
			out = append(out, e.Time)
		}
	}
	return out
}

// lastBefore is the last of some times, which are in order, before another one,
// or a default that is later.
func lastBefore(times []int64, end, from int64) int64 {
	if n := sort.Search(len(times), func(i int) bool { return times[i] >= end }); n > 0 {
		return max(from, times[n-1])
	}
	return from
}

// firstBack is the first stream that the server sent to the old source.
func firstBack(w trace.Ways, m trace.Move) *trace.Stream {
	var first *trace.Stream
	for _, b := range w.Back {
		if b.Dst == m.From.Src && (first == nil || b.First.Time < first.First.Time) {
			first = b
		}
	}
	return first
}

// waited tells whether the other party sent before the server began to send
// back: then it was the lock that it waited for.
func waited(w trace.Ways, first *trace.Stream) bool {
	for _, f := range w.Far {
		if f.First.Time < first.First.Time-int64(5e6) && f.Last.Time > first.First.Time {
			return true
		}
	}
	return false
}

// arrived counts the talker's packets that came to the open port up to a time.
func arrived(t *trace.Trace, k *trace.Talker, refusals []int64, until int64) int64 {
	from := lastBefore(refusals, until, k.Streams[0].First.Time-1)
	return t.Sent(k.Streams, from, until)
}

// unpassed counts the talker's packets after the answer up to the first that was
// passed on, that one included.
func unpassed(t *trace.Trace, k *trace.Talker, w trace.Ways, refusals []int64) int64 {
	first := trace.Moment{}
	for _, o := range w.Out {
		if first.IsZero() || o.First.Time < first.Time {
			first = o.Start()
		}
	}
	if first.IsZero() || first.Time > k.Moves[0].Before.Time {
		return 0
	}
	from := lastBefore(refusals, first.Time, k.Streams[0].First.Time-1)
	if a := k.Call.Answer; !a.IsZero() {
		from = max(from, a.Time)
	}
	return t.Sent(k.Streams, from, first.Time)
}

func busyFar(w trace.Ways, from, to int64) bool {
	for _, f := range w.Far {
		if f.First.Time < from && f.Last.Time > to {
			return true
		}
	}
	return false
}
