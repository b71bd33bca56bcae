package redact

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/latchscope/latchscope/analyze/rtp"
)

// rtcp keeps reports and feedback, which are numbers, and replaces what is text:
// CNAME and its like by pseudonyms of the same length, the rest by zeros. What
// is encrypted becomes noise behind the one header that is in the clear.
func (p *Pseudonyms) rtcp(b []byte) []byte {
	out := append([]byte{}, b...)
	at := 0
	for at+4 <= len(out) && out[at]>>6 == 2 {
		kind := out[at+1]
		size := 4 * (int(binary.BigEndian.Uint16(out[at+2:])) + 1)
		if kind < 192 || kind > 223 {
			break
		}
		end := min(at+size, len(out))
		pkt := out[at:end]
		switch kind {
		case rtp.SenderReport, rtp.ReceiverReport, rtp.TransportFeedback, rtp.PayloadFeedback, rtp.ExtendedReport:
			if kind <= rtp.ReceiverReport {
				p.profileExtension(pkt)
			}
		case rtp.SourceDescription:
			p.description(pkt)
		case rtp.Goodbye:
			if n := 4 + 4*int(pkt[0]&31); n < len(pkt) {
				p.sameLength(pkt[min(n+1, len(pkt)):])
			}
		default: // applications' own
			if len(pkt) > 8 {
				clear(pkt[8:])
			}
		}
		at = end
	}
	if at < len(out) {
		rest := out[max(at, min(8, len(out))):]
		noise := rand.NewChaCha8(p.digest(useNoise, rest))
		_, _ = noise.Read(rest)
	}
	return out
}

// profileExtension zeroes what follows the reports (RFC 3550 section 6.4.3).
func (p *Pseudonyms) profileExtension(pkt []byte) {
	n := 8 + 24*int(pkt[0]&31)
	if pkt[1] == rtp.SenderReport {
		n += 20
	}
	if n < len(pkt) {
		clear(pkt[n:])
	}
}

// description rewrites the items of SDES (RFC 3550 section 6.5).
func (p *Pseudonyms) description(pkt []byte) {
	at := 4
	for range int(pkt[0] & 31) {
		at += 4
		for at < len(pkt) && pkt[at] != 0 {
			if at+2 > len(pkt) {
				return
			}
			end := min(at+2+int(pkt[at+1]), len(pkt))
			p.sameLength(pkt[at+2 : end])
			at = end
		}
		at = at&^3 + 4 // the terminating zero and padding
	}
	if at < len(pkt) {
		clear(pkt[at:])
	}
}

// sameLength writes a pseudonym over a text.
func (p *Pseudonyms) sameLength(b []byte) {
	for i, c := range []byte(p.Word(string(b))) {
		if i < len(b) {
			b[i] = c
		}
	}
}
