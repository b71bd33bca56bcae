package level

import (
	"math"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Values of G.711 tables 1a and 2a, in 16 bits.
func TestTables(t *testing.T) {
	for _, c := range []struct {
		code  byte
		table *[256]int16
		want  int16
	}{
		{0xff, &muLaw, 0}, {0x7f, &muLaw, 0}, {0xfe, &muLaw, 8}, {0x7e, &muLaw, -8}, {0x80, &muLaw, 32124}, {0x00, &muLaw, -32124}, {0xef, &muLaw, 132}, {0x8f, &muLaw, 16764},
		{0xd5, &aLaw, 8}, {0x55, &aLaw, -8}, {0xd4, &aLaw, 24}, {0xaa, &aLaw, 32256}, {0x2a, &aLaw, -32256}, {0xc5, &aLaw, 264},
	} {
		if got := c.table[c.code]; got != c.want {
			t.Errorf("%#x: %d, want %d", c.code, got, c.want)
		}
	}
}

// The sequence of G.711 table 5 (μ-law) and 6 (A-law) is a sine of 1 kHz at 0 dBm0.
func TestMilliwatt(t *testing.T) {
	for _, c := range []struct {
		codec string
		codes []byte
		want  float64
	}{
		{"PCMU", []byte{0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e}, 0},
		{"PCMA", []byte{0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4}, 0},
		{"PCMU", []byte{0xff, 0x7f}, trace.DigitalSilence},
		{"PCMA", []byte{0xd5}, trace.DigitalSilence},
		{"PCMA", []byte{0xd5, 0x55}, -66.09},
		{"PCMU", []byte{0xfe, 0x7e}, -66.03},
		{"PCMA", []byte{0xd4, 0x54}, -56.55},
	} {
		m := meter{table: tableOf(c.codec), loudest: trace.DigitalSilence}
		for i := range 8000 {
			m.add(int64(i/8000), c.codes[i%len(c.codes):][:1])
		}
		m.close()
		if math.Abs(m.loudest-c.want) > 0.1 || m.seconds != 1 {
			t.Errorf("%s % x: %.2f dBm0 in %d s, want %.2f", c.codec, c.codes, m.loudest, m.seconds, c.want)
		}
	}
}

// One second that is louder than the others decides.
func TestLoudestSecond(t *testing.T) {
	m := meter{table: &muLaw, loudest: trace.DigitalSilence}
	for s := range 5 {
		b := byte(0xff)
		for i := range 8000 {
			if s == 3 && i%2 == 0 {
				b = 0x9e
			} else {
				b = 0xff
			}
			m.add(int64(s), []byte{b})
		}
	}
	m.close()
	if m.seconds != 5 || m.loudest < -12 {
		t.Errorf("%.1f dBm0 in %d s", m.loudest, m.seconds)
	}
}
