package rtp

import (
	"math/rand/v2"
	"testing"
)

func TestProbation(t *testing.T) {
	at := func(seq uint16, ts uint32) Header { return Header{Stamp: Stamp{Seq: seq, TS: ts}, SSRC: 1} }
	with := func(pt uint8, h Header) Header { h.PT = pt; return h }
	of := func(ssrc uint32, h Header) Header { h.SSRC = ssrc; return h }
	for _, tt := range []struct {
		name string
		in   []Header
		want int // packets until it passes; 0 if it does not
	}{
		{"in order", []Header{at(1, 0), at(2, 160), at(3, 320), at(4, 480), at(5, 640)}, 4},
		{"over the wrap", []Header{at(65534, 0xffff_ff00), at(65535, 0xffff_ffa0), at(0, 0x40), at(1, 0xe0)}, 4},
		{"with loss", []Header{at(1, 0), at(3, 320), at(10, 1440), at(11, 1600)}, 4},
		{"each twice", []Header{at(1, 0), at(1, 0), at(2, 160), at(2, 160), at(3, 320), at(3, 320), at(4, 480)}, 7},
		{"two changed places", []Header{at(1, 0), at(3, 320), at(2, 160), at(4, 480), at(5, 640)}, 5},
		{"one frame of video", []Header{at(1, 9000), at(2, 9000), at(3, 9000), at(4, 9000)}, 4},
		{"comfort noise between", []Header{at(1, 0), with(13, at(2, 160)), at(3, 8000), at(4, 8160)}, 4},
		{"too few", []Header{at(1, 0), at(2, 160), at(3, 320)}, 0},
		{"the same again and again", []Header{at(1, 0), at(1, 0), at(1, 0), at(1, 0), at(1, 0)}, 0},
		{"sequence stands still", []Header{at(1, 0), at(1, 160), at(1, 320), at(1, 480), at(1, 640)}, 0},
		{"sequence by chance", []Header{at(1, 0), at(4000, 160), at(300, 320), at(60000, 480), at(9, 640)}, 0},
		{"sequence goes back", []Header{at(9, 900), at(8, 1000), at(7, 1100), at(6, 1200), at(5, 1300)}, 0},
		{"timestamps by chance", []Header{at(1, 0), at(2, 0x4000_0000), at(3, 0x1000), at(4, 0x7000_0000), at(5, 7)}, 0},
		{"RTCP's payload types", []Header{with(72, at(1, 0)), with(72, at(2, 1)), with(72, at(3, 2)), with(72, at(4, 3))}, 0},
		{"another payload type each time", []Header{at(1, 0), with(1, at(2, 1)), with(2, at(3, 2)), with(3, at(4, 3)), with(4, at(5, 4))}, 0},
		{"another SSRC each time", []Header{at(1, 0), of(2, at(2, 1)), of(3, at(3, 2)), of(4, at(4, 3)), of(5, at(5, 4))}, 0},
		{"begins anew", []Header{at(1, 0), at(2, 160), at(9000, 5), at(9001, 165), at(9002, 325), at(9003, 485)}, 6},
		{"remains passed", []Header{at(1, 0), at(2, 160), at(3, 320), at(4, 480), with(72, at(60000, 1))}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p Probation
			passed := 0
			for i := range tt.in {
				if ok := p.Add(&tt.in[i]); ok != p.Passed() {
					t.Fatal("Add and Passed disagree")
				} else if ok && passed == 0 {
					passed = i + 1
				} else if !ok && passed > 0 {
					t.Fatal("no longer passed")
				}
			}
			if passed != tt.want {
				t.Errorf("passed after %d packets, want %d", passed, tt.want)
			}
		})
	}
}

// TestProbationNoise: packets that merely begin like RTP do not pass, even if
// one SSRC says them all.
func TestProbationNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		var p Probation
		for range 50 {
			h := Header{Stamp: Stamp{PT: uint8(r.IntN(128)), Seq: uint16(r.Uint32()), TS: r.Uint32()}}
			if p.Add(&h) {
				t.Fatal("noise passed")
			}
		}
	}
}
