package redact

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/latchscope/latchscope/analyze/rtp"
)

// What people say must go, but what an analysis needs of it must stay: how
// long packets are, which of them are silent, and which carry the same audio
// through a relay. So silence is left alone, and speech becomes noise that is
// drawn from the payload itself: equal payloads become equal noise.

// PayloadTypes are the payload types of a call that SDP gave a meaning. In its
// zero value no SDP was seen.
type PayloadTypes struct {
	events, noise [128]bool
	told          bool // SDP was seen: what it does not call an event is none
}

// Learn notes a format of an SDP: a payload type and its encoding name. Numbers
// above 127 are none.
func (k *PayloadTypes) Learn(pt uint8, name string) {
	if pt > 127 {
		return
	}
	k.told = true
	k.events[pt] = k.events[pt] || rtp.IsTelephoneEvent(name)
	k.noise[pt] = k.noise[pt] || rtp.IsComfortNoise(pt, name)
}

// media redacts a UDP payload by what it is. Nil means that it is nothing whose
// contents are known, and must not be written.
func (p *Pseudonyms) media(b []byte, k *PayloadTypes) []byte {
	switch rtp.Classify(b) {
	case rtp.RTP:
		return p.rtp(b, k)
	case rtp.RTCP:
		return p.rtcp(b)
	case rtp.STUN:
		return p.stun(b)
	case rtp.DTLS:
		return headOnly(b, 13) // the record header: the handshake has certificates in it
	case rtp.ZRTP:
		return headOnly(b, 12)
	case rtp.TURNChannel:
		return headOnly(b, 4)
	case rtp.T38:
		return udptl(b)
	case rtp.Empty:
		return append([]byte{}, b...)
	}
	return nil
}

// headOnly zeroes what follows the first n bytes.
func headOnly(b []byte, n int) []byte {
	out := make([]byte, len(b))
	copy(out, b[:min(n, len(b))])
	return out
}

// udptl keeps the lengths within a UDPTL packet (T.38 section 9.1) and nothing
// of the fax.
func udptl(b []byte) []byte {
	out := udptlLengths(b)
	if rtp.Classify(out) == rtp.Empty {
		// Lengths of 10 and 13 are line ends, and with nothing else left in it the
		// packet would pass for a keepalive: it becomes the indicator of CNG.
		out[3] = 2
	}
	return out
}

func udptlLengths(b []byte) []byte {
	out := headOnly(b, 3)
	at := 3 + int(b[2])
	if b[at] == 0x80 { // parities: their number, not what they are
		copy(out[at:], b[at:at+3])
		return out
	}
	at++
	out[at] = b[at]
	for n := int(b[at]); n > 0 && at+1 < len(b); n-- {
		at++
		out[at] = b[at]
		at += int(b[at])
	}
	return out
}

func (p *Pseudonyms) rtp(b []byte, k *PayloadTypes) []byte {
	out := append([]byte{}, b...)
	var h rtp.Header
	if !rtp.Parse(b, &h) || h.Cut {
		return headOnly(b, rtp.HeaderLen)
	}
	fixed := rtp.HeaderLen + 4*int(h.CSRCs)
	if h.Extension && fixed+4 <= h.PayloadOffset {
		clear(out[fixed+4 : h.PayloadOffset]) // names and levels in header extensions (RFC 8285)
	}
	payload := out[h.PayloadOffset : h.PayloadOffset+h.PayloadLen]
	if pad := out[h.PayloadOffset+h.PayloadLen:]; len(pad) > 0 {
		clear(pad[:len(pad)-1])
	}
	switch {
	case k.events[h.PT] && isEvent(payload), !k.told && h.PT >= 96 && len(payload) == 4:
		for i := 0; i+4 <= len(payload); i += 4 {
			if payload[i] < 16 {
				payload[i] = 0 // which digit is nobody's business (RFC 4733 section 3.2)
			}
		}
	case k.noise[h.PT] || h.PT == 13 || h.PT == 19:
		if len(payload) > 1 {
			clear(payload[1:]) // the level stays, its spectrum does not
		}
	default:
		p.audio(payload, h.PT)
	}
	return out
}

// isEvent tells the shape of telephone events, one or several.
func isEvent(b []byte) bool { return len(b) > 0 && len(b)%4 == 0 && len(b) <= 32 }

// audio replaces a payload by noise.
func (p *Pseudonyms) audio(b []byte, pt uint8) {
	if len(b) == 0 {
		return
	}
	pcm := pt == 0 || pt == 8
	level := byte(7)
	if pcm {
		if level = loudest(b, pt); level == 0 {
			return // nothing is said
		}
	}
	_, distinct := rtp.Fingerprint(b)
	seed := p.digest(useNoise, b)
	noise := rand.NewChaCha8(seed)
	if !distinct && len(b) >= 16 {
		// A steady tone proves nothing to the analysis, and must not begin to.
		c := byte(noise.Uint64())
		if pcm {
			c = sample(c, level, pt)
		}
		for i := range b {
			b[i] = c
		}
		return
	}
	for i := 0; i < len(b); i += 8 {
		var eight [8]byte
		binary.LittleEndian.PutUint64(eight[:], noise.Uint64())
		copy(b[i:], eight[:])
	}
	if pcm {
		for i := range b {
			b[i] = sample(b[i], level, pt)
		}
	}
}

// G.711 holds a sample as sign, segment (the exponent) and four bits within it,
// µ-law inverted, A-law with every other bit inverted.

// loudest is the mean segment of a payload's louder half, 0 where all of it is
// silent: as loud as it sounds, without following a single wave.
func loudest(b []byte, pt uint8) byte {
	sum, n := 0, 0
	for _, c := range b {
		if s := segment(c, pt); s > 0 {
			sum += int(s)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return byte(max((sum+n/2)/n, 1))
}

func segment(c byte, pt uint8) byte {
	if pt == 8 {
		return (c ^ 0x55) >> 4 & 7
	}
	return ^c >> 4 & 7
}

// sample is a random sample of a segment.
func sample(random, level byte, pt uint8) byte {
	v := random&0x8f | level<<4
	if pt == 8 {
		return v ^ 0x55
	}
	return ^v
}
