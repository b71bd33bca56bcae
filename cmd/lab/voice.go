//go:build linux

package main

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// A voice never repeats itself: noise in the rhythm of syllables, so that each
// payload can be told from every other. Two voices of one seed are equal.
type voice struct {
	dice *rand.Rand
	t    int     // samples so far
	low  float64 // a one-pole filter: less hiss
	c    codec
}

func newVoice(seed uint32, c codec) *voice {
	return &voice{dice: rand.New(rand.NewPCG(uint64(seed), 8000)), c: c}
}

// frame is the next 20 ms.
func (v *voice) frame() []byte {
	b := make([]byte, v.c.bytes)
	if v.c != pcmu {
		// Not decodable as speech, but as unlike its neighbours as speech is.
		for i := range b {
			b[i] = byte(v.dice.Uint32())
		}
		return b
	}
	for i := range b {
		b[i] = ulaw(v.sample())
	}
	return b
}

// sample is the next of 8000 a second.
func (v *voice) sample() int16 {
	s := float64(v.t) / 8000
	v.t++
	syllables := 0.15 + math.Abs(math.Sin(2*math.Pi*1.7*s))*math.Abs(math.Sin(2*math.Pi*0.31*s))
	v.low += 0.4 * (v.dice.NormFloat64() - v.low)
	hum := 0.3 * math.Sin(2*math.Pi*(140+30*math.Sin(2*math.Pi*0.5*s))*s)
	return int16(max(-30000, min(30000, 7000*syllables*(v.low+hum))))
}

// ulaw encodes a sample by G.711.
func ulaw(s int16) byte {
	x, sign := int(s), byte(0)
	if x < 0 {
		x, sign = -x, 0x80
	}
	x = min(x, 32635) + 132
	exponent := 7
	for m := 0x4000; x&m == 0 && exponent > 0; m >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent<<4) | byte(x>>(exponent+3)&15))
}

// wav is so many seconds of a voice as a WAV file of 16 bit samples.
func wav(seed uint32, seconds int) []byte {
	v := newVoice(seed, pcmu)
	data := make([]byte, 0, seconds*16000)
	for range seconds * 8000 {
		data = binary.LittleEndian.AppendUint16(data, uint16(v.sample()))
	}
	return append(wavHead(len(data), 1, 16), data...)
}

func wavHead(length int, format, bits uint16) []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF"), le.AppendUint32(nil, uint32(36+length))...)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, format)
	b = le.AppendUint16(b, 1) // channels
	b = le.AppendUint32(b, 8000)
	b = le.AppendUint32(b, 8000*uint32(bits)/8)
	b = le.AppendUint16(b, bits/8)
	b = le.AppendUint16(b, bits)
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(length))
}
