package rtp

import "strings"

type staticCodec struct {
	name  string
	clock uint32
}

// staticCodecs are the payload types of RFC 3551 section 6. G722's clock is 8000
// by a historical error that became the rule (section 4.5.2).
var staticCodecs = [35]staticCodec{
	0: {"PCMU", 8000}, 3: {"GSM", 8000}, 4: {"G723", 8000}, 5: {"DVI4", 8000},
	6: {"DVI4", 16000}, 7: {"LPC", 8000}, 8: {"PCMA", 8000}, 9: {"G722", 8000},
	10: {"L16", 44100}, 11: {"L16", 44100}, 12: {"QCELP", 8000}, 13: {"CN", 8000},
	14: {"MPA", 90000}, 15: {"G728", 8000}, 16: {"DVI4", 11025}, 17: {"DVI4", 22050},
	18: {"G729", 8000}, 19: {"CN", 8000}, 25: {"CelB", 90000}, 26: {"JPEG", 90000},
	28: {"nv", 90000}, 31: {"H261", 90000}, 32: {"MPV", 90000}, 33: {"MP2T", 90000},
	34: {"H263", 90000},
}

// StaticCodec is the encoding name and clock of a payload type that needs no
// SDP (RFC 3551 section 6).
func StaticCodec(pt uint8) (name string, clock uint32, ok bool) {
	if int(pt) >= len(staticCodecs) {
		return "", 0, false
	}
	c := &staticCodecs[pt]
	return c.name, c.clock, c.clock != 0
}

// ClockOf is the clock of a static payload type, 0 of any other.
func ClockOf(pt uint8) uint32 {
	if int(pt) >= len(staticCodecs) {
		return 0
	}
	return staticCodecs[pt].clock
}

// IsComfortNoise tells whether a payload type is comfort noise: 13, the older
// 19, or one that SDP calls CN (RFC 3389).
func IsComfortNoise(pt uint8, name string) bool {
	return isNoise(pt) || strings.EqualFold(name, "CN")
}

func isNoise(pt uint8) bool { return pt == 13 || pt == 19 }

// IsTelephoneEvent tells whether an encoding name from SDP carries DTMF or other
// events (RFC 4733): its timestamps stand still while an event lasts.
func IsTelephoneEvent(name string) bool {
	return strings.EqualFold(name, "telephone-event") || strings.EqualFold(name, "tone")
}

// GuessClock names the clock that makes so many timestamp ticks of so many
// nanoseconds, for payload types that no SDP explains. It wants half a second
// at least and a match within 4 %.
func GuessClock(ticks, ns int64) (clock uint32, ok bool) {
	if ns < 500_000_000 || ticks <= 0 {
		return 0, false
	}
	hz := float64(ticks) / (float64(ns) / 1e9)
	for _, c := range [...]uint32{8000, 16000, 24000, 32000, 48000, 90000} {
		if r := hz / float64(c); r > 0.96 && r < 1.04 {
			return c, true
		}
	}
	return 0, false
}
