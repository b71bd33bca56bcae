package rtp

import "testing"

func TestStaticCodec(t *testing.T) {
	for pt := range 128 {
		name, clock, ok := StaticCodec(uint8(pt))
		if ok != (clock != 0) || ok != (name != "") || ClockOf(uint8(pt)) != clock {
			t.Errorf("%d: %q %d %v", pt, name, clock, ok)
		}
	}
	for pt, want := range map[uint8]string{0: "PCMU", 8: "PCMA", 9: "G722", 13: "CN", 18: "G729", 34: "H263", 1: "", 35: "", 96: "", 255: ""} {
		if name, _, _ := StaticCodec(pt); name != want {
			t.Errorf("%d is %q, want %q", pt, name, want)
		}
	}
}

func TestPayloadKinds(t *testing.T) {
	for _, tt := range []struct {
		pt           uint8
		name         string
		noise, event bool
	}{
		{13, "", true, false}, {19, "", true, false}, {118, "cn", true, false}, {101, "telephone-event", false, true},
		{101, "TELEPHONE-EVENT", false, true}, {0, "PCMU", false, false}, {100, "", false, false},
	} {
		if got := IsComfortNoise(tt.pt, tt.name); got != tt.noise {
			t.Errorf("%d %q comfort noise: %v", tt.pt, tt.name, got)
		}
		if got := IsTelephoneEvent(tt.name); got != tt.event {
			t.Errorf("%q an event: %v", tt.name, got)
		}
	}
}

func TestGuessClock(t *testing.T) {
	for _, tt := range []struct {
		ticks, ms int64
		want      uint32
	}{
		{8000, 1000, 8000}, {8100, 1010, 8000}, {48000, 1015, 48000}, {90_000, 990, 90000}, {160_000, 10_000, 16000},
		{1000, 1000, 0}, {-8000, 1000, 0}, {0, 1000, 0}, {160, 20, 0}, {8000, -1000, 0}, {40_000, 1000, 0},
	} {
		got, ok := GuessClock(tt.ticks, tt.ms*1e6)
		if got != tt.want || ok != (tt.want != 0) {
			t.Errorf("%d ticks in %d ms: %d %v, want %d", tt.ticks, tt.ms, got, ok, tt.want)
		}
	}
}
