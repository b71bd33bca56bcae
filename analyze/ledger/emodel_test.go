package ledger

import (
	"math"
	"testing"
)

// Worked by hand from G.107 (Ie,eff = Ie + (95-Ie)*Ppl / (Ppl/BurstR + Bpl), R = 93.2
// less that) and G.113 appendix I; MOS by G.107 annex B.
func TestRating(t *testing.T) {
	for _, c := range []struct {
		codec   string
		percent float64
		burst   float64 // packets lost in a row, on the average
		r, mos  float64
	}{
		{"PCMU", 0, 0, 93.2, 4.409},
		// By chance a run has 1/(1-Ppl) packets: BurstR is 1.
		{"PCMU", 5, 1 / 0.95, 77.42, 3.923}, // 95*5/(5+25.1) = 15.78
		{"PCMA", 5, 1 / 0.95, 77.42, 3.923},
		{"PCMU", 5, 4 / 0.95, 75.17, 3.829}, // BurstR 4: 475/(1.25+25.1) = 18.03
		{"PCMU", 20, 1 / 0.8, 51.07, 2.631}, // 1900/(20+25.1) = 42.13
		{"PCMU", 20, 10 / 0.8, 23.09, 1.349},
		{"G729", 0, 0, 82.2, 4.104},         // Ie alone
		{"G729", 2, 1 / 0.98, 74.2, 3.787},  // 84*2/(2+19) = 8
		{"G723", 3, 2 / 0.97, 64.56, 3.333}, // 80*3/(1.5+16.1) = 13.64
		{"GSM-EFR", 10, 1 / 0.9, 43.2, 2.223},
		{"PCMU", 100, 50, 17.26, 1.177}, // nothing is left to come in runs: 9500/(100+25.1) = 75.94
	} {
		i, ok := impairments[c.codec]
		if !ok {
			t.Fatalf("%s is not rated", c.codec)
		}
		r := i.rating(c.percent, c.burst)
		if math.Abs(r-c.r) > 0.01 {
			t.Errorf("%s, %.0f %% in runs of %.2f: R %.2f, want %.2f", c.codec, c.percent, c.burst, r, c.r)
		}
		if m := mos(r); math.Abs(m-c.mos) > 0.002 {
			t.Errorf("%s, %.0f %% in runs of %.2f: MOS %.3f, want %.3f", c.codec, c.percent, c.burst, m, c.mos)
		}
	}
}

// The polynomial dips below its own end between 0 and 6.5: nobody hears less than
// bad.
func TestMOSEnds(t *testing.T) {
	for r, want := range map[float64]float64{-3: 1, 0: 1, 4: 1, 100: 4.5, 120: 4.5} {
		if got := mos(r); got != want {
			t.Errorf("R %.0f: MOS %.3f, want %.1f", r, got, want)
		}
	}
}

// Wide-band codecs are on another scale, and of some narrow-band ones G.113 says
// nothing about loss.
func TestNotRated(t *testing.T) {
	for _, codec := range []string{"G722", "AMR-WB", "OPUS", "GSM", "ILBC", "SPEEX", ""} {
		if _, ok := impairments[codec]; ok {
			t.Errorf("%s is rated", codec)
		}
	}
}
