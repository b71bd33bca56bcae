package rtp

import (
	"math/rand/v2"
	"testing"
)

// TestState: statistics that were written down in mid-stream and read again go on
// as if nothing had been.
func TestState(t *testing.T) {
	dice := rand.New(rand.NewPCG(20, 1))
	for range 200 {
		var whole, cut Stats
		var a, b Sketch
		seq, ts, at := uint16(dice.Uint32()), dice.Uint32(), int64(0)
		for range 300 {
			switch dice.IntN(40) {
			case 0:
				seq += uint16(dice.Uint32())
			case 1:
				seq -= uint16(dice.IntN(50))
			default:
				seq++
			}
			ts += 160
			at += int64(15e6 + dice.IntN(10e6))
			h := Stamp{Seq: seq, TS: ts, PT: uint8(dice.IntN(15)), Marker: dice.IntN(50) == 0}
			cut = Restore(cut.State())
			b = *SketchOf(b.Kept())
			x, y := whole.Update(at, h, 8000), cut.Update(at, h, 8000)
			print := dice.Uint64()
			a.Add(print)
			b.Add(print)
			if x != y || whole != cut || a != b {
				t.Fatalf("%v and %v: %+v and %+v", x, y, whole, cut)
			}
		}
	}
}
