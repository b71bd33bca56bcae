package ledger

import "strings"

// impairment of a codec by ITU-T G.113 appendix I: Ie, the impairment without
// loss, and Bpl, the robustness against it.
type impairment struct{ ie, bpl float64 }

// impairments are those that G.113 publishes, by the codec's name in SDP. G.711
// is rated with packet loss concealment (G.711 appendix I), as phones have it.
var impairments = map[string]impairment{
	"PCMU":    {0, 25.1},
	"PCMA":    {0, 25.1},
	"G729":    {11, 19},
	"G723":    {15, 16.1},
	"GSM-EFR": {5, 10},
}

// concealed is G.711 with concealment: what loss is judged by where the codec is
// not on the scale.
var concealed = impairments["PCMU"]

// rating returns R of ITU-T G.107 without its delay term, 93.2 - Ie,eff, for
// packets lost (in percent) in runs of a mean length.
func (i impairment) rating(percent, meanBurst float64) float64 {
	burst := max(1, meanBurst*(1-percent/100)) // BurstR: against runs by chance
	return 93.2 - i.ie - (95-i.ie)*percent/(percent/burst+i.bpl)
}

// mos returns the mean opinion score that R stands for (G.107 annex B).
func mos(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}

// codecOf is the name of a codec without its parameters, in upper case.
func codecOf(name string) string {
	if i := strings.IndexByte(name, '/'); i >= 0 {
		name = name[:i]
	}
	return strings.ToUpper(name)
}

// Heard returns R of what the listener got, for codecs that are not on the scale
// as if it were G.711.
func (q *Quality) Heard() float64 {
	i, ok := impairments[codecOf(q.Codec)]
	if !ok {
		i = concealed
	}
	return i.rating(q.Percent, q.MeanBurst)
}
