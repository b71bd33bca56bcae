package rtp

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
	"time"
	"unsafe"
)

func TestStatsSize(t *testing.T) {
	if n := unsafe.Sizeof(Stats{}); n > 96 {
		t.Errorf("a Stats has %d bytes; a hundred thousand of them should stay below 10 MB", n)
	}
}

// counts are what a scene adds up to.
type counts struct {
	packets, expected, lost, reordered, duplicates, restarts int
}

func countsOf(s *Stats) counts {
	return counts{int(s.Packets), int(s.Expected()), int(s.Lost()), int(s.Reordered), int(s.Duplicates), int(s.Restarts)}
}

// join puts scenes one after the other, a packet time apart.
func join(scenes ...[]take) []take {
	var all []take
	for _, scene := range scenes {
		var at time.Duration
		if len(all) > 0 {
			at = all[len(all)-1].at + 20*time.Millisecond
		}
		for _, t := range scene {
			t.at += at
			all = append(all, t)
		}
	}
	return all
}

func TestStats(t *testing.T) {
	stray := slices.Insert(talk(100, 1, 1), 50, take{at: 50 * 20 * time.Millisecond, seq: 40000, ts: 77})
	double := slices.Concat(talk(100, 1, 1), talk(100, 1, 1))
	slices.SortStableFunc(double, func(a, b take) int { return int(a.at - b.at) })
	outage := slices.Delete(talk(7000, 60_000, 9), 100, 6100)
	for _, tt := range []struct {
		name  string
		takes []take
		want  counts
		max   float64 // jitter in ms, where it should be so small
	}{
		{"nothing", nil, counts{}, 0},
		{"clean", talk(100, 65500, 0xffff_ff00), counts{100, 100, 0, 0, 0, 0}, 0},
		{"loss", slices.Delete(talk(100, 65500, 9), 30, 40), counts{90, 100, 10, 0, 0, 0}, 0},
		{"loss at the end is none", talk(100, 65500, 9)[:90], counts{90, 90, 0, 0, 0, 0}, 0},
		{"each twice", double, counts{200, 100, 0, 0, 100, 0}, 20},
		{"stray", stray, counts{101, 101, 0, 0, 0, 0}, 0},
		{"restart", join(talk(100, 1, 1), talk(100, 30000, 0xabcd_ef00)), counts{200, 200, 0, 0, 0, 1}, 0},
		{"restart at 65535", join(talk(300, 1, 1), talk(100, 65535, 0xabcd_ef00)), counts{400, 400, 0, 0, 0, 1}, 0},
		{"restart with loss on either side", join(slices.Delete(talk(100, 1, 1), 5, 10), slices.Delete(talk(100, 30000, 99), 20, 23)), counts{192, 200, 8, 0, 0, 1}, 0},
		{"restart that repeats the numbers", join(talk(5000, 1, 1), talk(100, 1, 0xabcd_ef00)), counts{5100, 5100, 0, 0, 0, 1}, 0},
		{"eleven restarts", restarts(), counts{1200, 1200, 0, 0, 0, 11}, 0},
		{"timestamps begin anew", join(talk(100, 1, 70_000), talk(100, 101, 0)), counts{200, 200, 0, 0, 0, 0}, 0},
		{"timestamps begin anew, ahead", join(talk(100, 1, 0), talk(100, 101, 0x7000_0000)), counts{200, 200, 0, 0, 0, 0}, 0},
		{"outage of two minutes", outage, counts{1000, 7000, 6000, 0, 0, 0}, 0},
		{"late from before a restart", slices.Insert(join(talk(100, 1, 1), talk(10, 30000, 999)), 103, take{at: 2060 * time.Millisecond, seq: 29999, ts: 999 - 160}),
			counts{111, 111, 0, 1, 0, 1}, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := play(tt.takes)
			if got := countsOf(s); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
			if s.MaxJitter() > tt.max || s.MeanJitter() > tt.max {
				t.Errorf("jitter %.3f ms at most, %.3f in the mean; want %v", s.MaxJitter(), s.MeanJitter(), tt.max)
			}
		})
	}
}

func restarts() []take {
	scenes := make([][]take, 12)
	for i := range scenes {
		scenes[i] = talk(100, uint16(i*12345), uint32(i)*0x1234_5678)
	}
	return join(scenes...)
}

// TestJitter walks through RFC 3550 appendix A.8 by hand.
func TestJitter(t *testing.T) {
	var s Stats
	h := Stamp{PT: 0}
	var want, sum float64
	for i, late := range []float64{0, 4, 4, 0, 10, 2, 2, 30} {
		h.Seq, h.TS = uint16(i), uint32(160*i)
		s.Update(int64(1e6*(20*float64(i)+late)), h, 8000)
		if i > 0 {
			d := math.Abs(late - []float64{0, 4, 4, 0, 10, 2, 2, 30}[i-1])
			want += (d - want) / 16
			sum += want
		}
		if math.Abs(s.Jitter()-want) > 1e-9 {
			t.Errorf("packet %d: %v ms, want %v", i, s.Jitter(), want)
		}
	}
	if math.Abs(s.MeanJitter()-sum/7) > 1e-9 || math.Abs(s.MaxJitter()-want) > 1e-6 {
		t.Errorf("mean %v, max %v; want %v, %v", s.MeanJitter(), s.MaxJitter(), sum/7, want)
	}
}

// TestUpdateTimestamps: a Result's timestamp is unwrapped, late packets' too.
func TestUpdateTimestamps(t *testing.T) {
	var s Stats
	const c = 1 << 32
	for i, k := range []struct {
		seq  uint16
		ts   uint32
		want int64
	}{
		{1, 0xffff_ff60, c + 0xffff_ff60}, {3, 160, 2*c + 160}, {2, 0, 2 * c}, {4, 320, 2*c + 320},
	} {
		r := s.Update(int64(i)*20e6, Stamp{Seq: k.seq, TS: k.ts}, uint32(8000*(i&1)))
		if r.TS != k.want {
			t.Errorf("packet %d: %#x, want %#x", i, r.TS, k.want)
		}
	}
}

// FuzzStats: whatever arrives, the figures add up.
func FuzzStats(f *testing.F) {
	f.Add([]byte{1, 0, 2, 0, 160, 20, 0, 9, 0, 3, 160, 20, 0, 0xff, 0xff, 0, 1, 1})
	f.Add([]byte("\x00\x64\x00\x00\xa0\x14\x00\x75\x30\x00\xa0\x14\x00\x75\x31\x00\xa0\x14\x00\x75\x32\x00\xa0\x14"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Stats
		var at int64
		var byEvent [Restart + 1]uint32
		var missing, late int64
		for ; len(b) >= 6; b = b[6:] {
			h := Stamp{Seq: binary.BigEndian.Uint16(b[1:]), TS: binary.BigEndian.Uint32(b[2:]), PT: b[0] & 0x7f, Marker: b[0]&0x80 != 0}
			at += int64(int8(b[5])) * 7e6
			before := s
			r := s.Update(at, h, ClockOf(h.PT))
			byEvent[r.Event]++
			missing += int64(r.Missing)
			if r.Event == Late {
				late++
			}
			if uint16(r.Ext) != h.Seq || uint32(r.TS) != h.TS {
				t.Fatalf("%+v for sequence %d, timestamp %d", r, h.Seq, h.TS)
			}
			if before.Packets > 0 && (r.Highest != before.ExtHighest || s.ExtHighest < before.ExtHighest) {
				t.Fatalf("%+v: highest was %d, is %d", r, before.ExtHighest, s.ExtHighest)
			}
			if r.Event.Advances() && s.ExtHighest != r.Ext || s.ExtFirst > s.ExtHighest {
				t.Fatalf("%+v: from %d to %d", r, s.ExtFirst, s.ExtHighest)
			}
			if s.Expected()-s.Lost() != s.Packets-s.Duplicates || s.Lost() > 1<<31 || int64(s.Lost()) > missing+late*maxMisorder {
				t.Fatalf("%+v after %+v: %+v, %d missing", countsOf(&s), r, countsOf(&before), missing)
			}
			mean, most := s.MeanJitter(), s.MaxJitter()
			if !(s.Jitter() >= 0 && s.Jitter() <= resyncApart) || !(most >= 0 && most <= resyncApart) || !(mean >= 0 && mean <= most*1.0001) {
				t.Fatalf("jitter %v, mean %v, max %v", s.Jitter(), mean, most)
			}
		}
		if byEvent[0] != 0 || s.Reordered != byEvent[Late] || s.Duplicates != byEvent[Duplicate] || uint32(s.Restarts) != byEvent[Restart] {
			t.Fatalf("events %v, stats %+v", byEvent, countsOf(&s))
		}
	})
}

func TestUpdateAllocates(t *testing.T) {
	var s Stats
	h := Stamp{}
	if n := testing.AllocsPerRun(1000, func() {
		h.Seq += 7
		h.TS += 1120
		s.Update(int64(h.TS)*125_000, h, 8000)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A sequence that goes on far ahead by a packet without a clock is not taken for a hole where
// the one before it had a clock: which of the two the timestamp is of is not known.
func TestOutageWithoutClock(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, then uint32 // clocks
		want        Event
	}{
		{"both known", 8000, 8000, Gap}, {"none known", 0, 0, Gap}, {"the later one not", 8000, 0, Jump}, {"the earlier one not", 0, 8000, Gap},
	} {
		var s Stats
		s.Update(0, Stamp{Seq: 100, TS: 1000}, c.first)
		if r := s.Update(80e9, Stamp{Seq: 4100, TS: 1000 + 80*8000}, c.then); r.Event != c.want {
			t.Errorf("%s: %v, want %v", c.name, r.Event, c.want)
		}
	}
}
