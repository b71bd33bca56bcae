package rtp

import "math"

// Stats are the statistics of one RTP stream: one SSRC with one sequence on one
// path. They follow RFC 3550 appendix A.1 (sequence), A.3 (loss) and A.8
// (jitter), and where the RFC leaves a choice they do as Wireshark's stream
// analysis does, so that two people with two tools see the same numbers:
//
//   - late packets and duplicates move the jitter like any other;
//   - packets with the marker, comfort noise and what follows it move the jitter,
//     but count neither for its mean nor for its maximum;
//   - packets without a clock (telephone events) leave the jitter alone, but the
//     next packet's arrival is compared with theirs, which makes the jitter jump
//     behind each digit.
//
// Unlike Wireshark, duplicates never make the loss negative, loss is counted up
// to the highest packet instead of the last, a new sequence on the same SSRC
// neither counts as loss nor freezes the jitter, timestamps that begin anew are
// not taken for jitter, and clocks that are no multiple of 1 kHz are not
// rounded.
//
// The zero value is ready. A Stats holds no pointer, and is 96 bytes because a
// capture may have a hundred thousand of them.
type Stats struct {
	Unwrapper

	arrival   int64   // ns, of the last packet that the jitter took notice of
	ts        int64   // unwrapped timestamp of the last packet with a clock
	jitter    float64 // ms
	jitterSum float64 // ms; over Packets-1, with the mean standing in for what is left out

	jitterMax float32 // ms
	firstTS   uint32  // where the clock began, or began anew

	Packets    uint32 // all of them
	Reordered  uint32 // Late
	Duplicates uint32
	Restarts   uint16 // stays at 65535
	clocked    bool   // some packet had a clock
}

// Result is what one packet was to its stream.
type Result struct {
	Step
	TS int64 // unwrapped timestamp
}

// A sender's timestamps began anew where they differ from our clock by more than
// any network or pause explains, or stepped back although the sequence went on
// (by more than the frames that video codecs send out of order).
const (
	resyncApart = 60_000 // ms
	resyncBack  = 1      // s
)

// Update takes the stream's next packet. clockHz is the clock of its payload
// type, 0 where that is unknown or where timestamps do not follow the clock
// (telephone events); such packets do not take part in the jitter.
func (s *Stats) Update(arrivalNS int64, h Stamp, clockHz uint32) Result {
	s.Packets++
	step := s.Next(h.Seq)
	switch step.Event {
	case InOrder, Gap:
	case First:
		return s.begin(arrivalNS, h, clockHz, step)
	case Late:
		s.Reordered++
		if s.due() < s.Packets-s.Duplicates {
			s.skipped-- // from before a restart's first packet
		}
	case Duplicate:
		s.Duplicates++
	case Jump:
		if !s.outage(arrivalNS, h, clockHz) {
			s.lastPT = h.PT
			return Result{Step: step, TS: unwrapTS(s.ts, h.TS)}
		}
		step = s.believe(h.Seq)
	case Restart:
		if s.Restarts < math.MaxUint16 {
			s.Restarts++
		}
		return s.resume(arrivalNS, h, clockHz, step)
	}
	ts := unwrapTS(s.ts, h.TS)
	s.clock(arrivalNS, ts, h, clockHz, step.Event)
	s.lastPT = h.PT
	return Result{Step: step, TS: ts}
}

// begin puts the clocks at the stream's first packet. Timestamps begin in their
// second cycle, like sequence numbers.
func (s *Stats) begin(arrivalNS int64, h Stamp, clockHz uint32, step Step) Result {
	s.arrival, s.ts, s.firstTS, s.lastPT = arrivalNS, 1<<32+int64(h.TS), h.TS, h.PT
	s.clocked = clockHz != 0
	return Result{Step: step, TS: s.ts}
}

// resume puts both clocks at this packet; what lies between says nothing about
// the network.
func (s *Stats) resume(arrivalNS int64, h Stamp, clockHz uint32, step Step) Result {
	s.leaveOut()
	s.arrival, s.ts, s.firstTS, s.lastPT = arrivalNS, unwrapTS(s.ts, h.TS), h.TS, h.PT
	s.clocked = clockHz != 0
	return Result{Step: step, TS: s.ts}
}

// outage tells a hole in one sequence from the beginning of another, where the
// sequence number alone cannot (a minute without packets is 3000 of them): the
// sender's clock and ours agree on how long it lasted, and the packets that are
// missing would have been of an ordinary length.
func (s *Stats) outage(arrivalNS int64, h Stamp, clockHz uint32) bool {
	elapsed := arrivalNS - s.arrival
	each := elapsed / int64(h.Seq-uint16(s.ExtHighest))
	if each < 2_500_000 || each > 200_000_000 {
		return false
	}
	ticks := int64(int32(h.TS - uint32(s.ts)))
	if clockHz == 0 {
		_, ok := GuessClock(ticks, elapsed)
		return ok && !s.clocked
	}
	apart := float64(ticks)*1000/float64(clockHz) - float64(elapsed)/1e6
	return math.Abs(apart) < 1000+float64(elapsed)/1e6/100
}

// clock accounts for the two clocks (RFC 3550 appendix A.8).
func (s *Stats) clock(arrivalNS, ts int64, h Stamp, clockHz uint32, e Event) {
	if int32(h.TS-s.firstTS) < 0 && !e.Advances() {
		// Overtaken by the stream's first packet. Nothing to compare it with.
		s.leaveOut()
		return
	}
	if clockHz == 0 {
		s.leaveOut()
		s.arrival = arrivalNS
		// Within a clocked stream the last clock stands, as long as it is near
		// enough to unwrap the next timestamp.
		if d := ts - s.ts; !s.clocked || d > 1<<30 || d < -1<<30 {
			s.ts = ts
		}
		return
	}
	s.clocked = true
	ticks := ts - s.ts
	d := math.Abs(float64(arrivalNS-s.arrival)/1e6 - float64(ticks)*1000/float64(clockHz))
	s.arrival, s.ts = arrivalNS, ts
	if d > resyncApart || ticks < -resyncBack*int64(clockHz) && e.Advances() {
		s.firstTS = h.TS
		s.leaveOut()
		return
	}
	s.jitter += (d - s.jitter) / 16
	if h.Marker || isNoise(h.PT) || isNoise(s.lastPT) {
		s.leaveOut()
		return
	}
	s.jitterSum += s.jitter
	if j := float32(s.jitter); j > s.jitterMax {
		s.jitterMax = j
	}
}

// leaveOut keeps the mean as it is although Packets has grown.
func (s *Stats) leaveOut() {
	if n := float64(s.Packets); n > 2 {
		s.jitterSum *= (n - 1) / (n - 2)
	}
}

// Expected is how many packets the sender sent, as far as the sequence tells.
func (s *Stats) Expected() uint32 { return s.due() }

// Lost is how many of them were not seen. A packet seen twice is seen once.
func (s *Stats) Lost() uint32 { return s.due() - (s.Packets - s.Duplicates) }

// Jitter is the interarrival jitter after the last packet, in milliseconds.
func (s *Stats) Jitter() float64 { return s.jitter }

// MeanJitter is the mean of the jitter over the packets, in milliseconds.
func (s *Stats) MeanJitter() float64 {
	if s.Packets < 2 {
		return 0
	}
	return s.jitterSum / float64(s.Packets-1)
}

// MaxJitter is the highest value the jitter took, in milliseconds.
func (s *Stats) MaxJitter() float64 { return float64(s.jitterMax) }
