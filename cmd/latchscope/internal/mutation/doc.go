// Package mutation damages captures for tests: as disks and networks do, and as
// somebody does who means it.
//
// Structure knows what a capture is made of. It takes one apart and puts it
// together again with faults at every level:
//
//  1. whole captures: spliced, repeated, reversed, interleaved, recorded anew
//     with other times;
//  2. packets: VLAN tags, IP options, fragments, ICMP quotes, RTP numbers;
//  3. text: start lines, headers and SDP lines;
//  4. the file: pcap and pcapng headers, options, timestamps, lengths;
//  5. compression: gzip, zstd and xz, in members, cut or damaged.
//
// Bytes knows nothing, and changes bytes. Both give the same for the same random
// numbers, so that a seed repeats what it found.
package mutation

import (
	"math/rand/v2"
)

// Structure is a capture made of some of the seeds, which stay as they are.
func Structure(rng *rand.Rand, seeds [][]Frame) []byte {
	list := whole(rng, seeds)
	for range rng.IntN(6) {
		if len(list) > 0 {
			packetWays[rng.IntN(len(packetWays))](rng, &list)
		}
	}
	for range rng.IntN(4) {
		if len(list) > 0 {
			textWays[rng.IntN(len(textWays))](rng, list)
		}
	}
	for range rng.IntN(3) {
		if len(list) > 0 {
			timeWays[rng.IntN(len(timeWays))](rng, list)
		}
	}
	return packed(rng, written(rng, list))
}

// Bytes is data with bytes changed, cleared, repeated or taken out.
func Bytes(rng *rand.Rand, data []byte) []byte {
	b := append([]byte(nil), data...)
	for range 1 + rng.IntN(8) {
		if len(b) < 8 {
			return b
		}
		at := rng.IntN(len(b))
		n := min(len(b)-at, 1+rng.IntN(1<<rng.IntN(11)))
		switch rng.IntN(7) {
		case 0:
			b[at] ^= 1 << rng.IntN(8)
		case 1:
			for i := range b[at : at+min(n, 8)] {
				b[at+i] = byte(rng.Uint32())
			}
		case 2:
			clear(b[at : at+n])
		case 3:
			b = append(b[:at:at], b[at+n:]...)
		case 4:
			b = append(b[:at+n:at+n], b[at:]...)
		case 5:
			copy(b[rng.IntN(len(b)):], b[at:at+n])
		case 6:
			if rng.IntN(4) == 0 {
				b = b[:at]
			}
		}
	}
	return b
}
