// Package level measures how loud G.711 is, second by second, where a stream seems
// to carry nothing but digital silence. It keeps one number for each second while
// it looks, and two for each stream afterwards; no sample outlives its packet.
package level

import (
	"math"
	"strings"

	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

const second = int64(1e9)

// Look measures the streams of a trace that deserve it.
type Look struct {
	trace *trace.Trace
	of    map[*trace.Stream]*meter
}

// shortest is how long, in nanoseconds, a stream must be for its silence to mean
// something.
const shortest = 10 * second

// New prepares a look at the streams in which the first pass heard nothing.
func New(t *trace.Trace) *Look { return look(t, Worth) }

// All prepares a look at all that is silent, however short it is here, and whether
// its call is known: other captures may have the rest of it.
func All(t *trace.Trace) *Look { return look(t, func(s *trace.Stream) bool { return s.Flat }) }

// Worth reports whether the silence of a stream means something: what a relay passes
// on is its talker's.
func Worth(s *trace.Stream) bool {
	return s.Flat && s.CopyOf == nil && s.RelayOf == nil && s.Call != nil && s.Call.State != trace.MediaOnly && s.Last.Time-s.First.Time >= shortest
}

func look(t *trace.Trace, worth func(*trace.Stream) bool) *Look {
	l := &Look{trace: t, of: map[*trace.Stream]*meter{}}
	for _, s := range t.Streams {
		if !worth(s) {
			continue
		}
		if table := tableOf(s.Codec()); table != nil {
			l.of[s] = &meter{pt: s.PT, table: table, loudest: trace.DigitalSilence}
		}
	}
	return l
}

// Want says which packets to show: all of these streams.
func (l *Look) Want() map[*trace.Stream][]trace.Window {
	want := map[*trace.Stream][]trace.Window{}
	for s := range l.of {
		want[s] = []trace.Window{{From: s.First.Time, To: s.Last.Time}}
	}
	return want
}

// Take measures one packet.
func (l *Look) Take(s *trace.Stream, p *collect.RawPacket) {
	m := l.of[s]
	if m == nil {
		return
	}
	switch {
	case p.PT == 13 || p.PT == 19:
		m.noise = true
	case p.PT == m.pt:
		m.add((p.Time-s.First.Time)/second, p.Header.Payload(p.Bytes))
	}
}

// Levels are what was measured.
func (l *Look) Levels() map[*trace.Stream]trace.Level {
	out := map[*trace.Stream]trace.Level{}
	for s, m := range l.of {
		m.close()
		out[s] = trace.Level{Seconds: m.seconds, Loudest: m.loudest, Noise: m.noise}
	}
	return out
}

// meter sums one second after the other.
type meter struct {
	pt      uint8
	table   *[256]int16
	second  int64
	n       float64 // samples of the second, their sum and the sum of their squares
	sum     float64
	squares float64

	seconds int64
	loudest float64
	noise   bool
}

func (m *meter) add(at int64, payload []byte) {
	if at != m.second {
		m.close()
		m.second = at
	}
	for _, b := range payload {
		x := float64(m.table[b])
		m.sum += x
		m.squares += x * x
	}
	m.n += float64(len(payload))
}

// close ends a second. A level that never changes, as that of A-law's smallest
// number, is none.
func (m *meter) close() {
	if m.n == 0 {
		return
	}
	mean := m.sum / m.n
	if power := m.squares/m.n - mean*mean; power > 1e-6 {
		m.loudest = max(m.loudest, m.dBm0(power))
	}
	m.seconds++
	m.n, m.sum, m.squares = 0, 0, 0
}

// dBm0 is the level of a mean square. A sine that just fits into the code has 3.14
// dBm0 in A-law and 3.17 in μ-law (ITU-T G.711 section 5), at a peak of 4096 steps
// of 13 bits and 8159 of 14.
func (m *meter) dBm0(power float64) float64 {
	peak, level := 4096.0*8, 3.14
	if m.table == &muLaw {
		peak, level = 8159.0*4, 3.17
	}
	return 10*math.Log10(2*power/(peak*peak)) + level
}

// tableOf is what the codes of an encoding stand for, nil where it is not G.711.
func tableOf(codec string) *[256]int16 {
	switch strings.ToUpper(codec) {
	case "PCMU":
		return &muLaw
	case "PCMA":
		return &aLaw
	}
	return nil
}

// The tables of ITU-T G.711, in 16 bits.
var muLaw, aLaw = func() (mu, a [256]int16) {
	for i := range 256 {
		mu[i], a[i] = expandMu(byte(i)), expandA(byte(i))
	}
	return mu, a
}()

// expandMu is the value of a μ-law code (table 2a of G.711).
func expandMu(c byte) int16 {
	c = ^c
	x := (int16(c&0x0f)<<3+0x84)<<(c>>4&7) - 0x84
	if c&0x80 != 0 {
		return -x
	}
	return x
}

// expandA is the value of an A-law code (table 1a of G.711).
func expandA(c byte) int16 {
	c ^= 0x55
	x := int16(c&0x0f)<<4 + 8
	if e := c >> 4 & 7; e > 0 {
		x = (x + 0x100) << (e - 1)
	}
	if c&0x80 == 0 {
		return -x
	}
	return x
}
