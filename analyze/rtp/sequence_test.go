package rtp

import (
	"slices"
	"testing"
)

func TestUnwrapper(t *testing.T) {
	const c = 1 << 16 // numbers begin in the second cycle
	type step struct {
		seq     uint16
		event   Event
		ext     int64
		missing uint32
	}
	for _, tt := range []struct {
		name        string
		steps       []step
		first, high int64
		due         uint32
	}{
		{"in order", []step{{5, First, c + 5, 0}, {6, InOrder, c + 6, 0}, {7, InOrder, c + 7, 0}}, c + 5, c + 7, 3},
		{"wrap", []step{{65534, First, c + 65534, 0}, {65535, InOrder, c + 65535, 0}, {0, InOrder, 2 * c, 0}, {1, InOrder, 2*c + 1, 0}}, c + 65534, 2*c + 1, 4},
		{"gap over the wrap", []step{{65534, First, c + 65534, 0}, {3, Gap, 2*c + 3, 4}}, c + 65534, 2*c + 3, 6},
		{"late over the wrap", []step{{65535, First, c + 65535, 0}, {1, Gap, 2*c + 1, 1}, {0, Late, 2 * c, 0}, {2, InOrder, 2*c + 2, 0}}, c + 65535, 2*c + 2, 4},
		{"duplicates", []step{{9, First, c + 9, 0}, {9, Duplicate, c + 9, 0}, {10, InOrder, c + 10, 0}, {9, Duplicate, c + 9, 0}, {10, Duplicate, c + 10, 0}}, c + 9, c + 10, 2},
		{"late, then again", []step{{9, First, c + 9, 0}, {12, Gap, c + 12, 2}, {10, Late, c + 10, 0}, {10, Duplicate, c + 10, 0}}, c + 9, c + 12, 4},
		{"before the first", []step{{1, First, c + 1, 0}, {65534, Late, c - 2, 0}, {0, Late, c, 0}, {2, InOrder, c + 2, 0}}, c - 2, c + 2, 5},
		{"a hundred behind", []step{{0, First, c, 0}, {101, Gap, c + 101, 100}, {1, Late, c + 1, 0}, {0, Jump, 2 * c, 0}}, c, c + 101, 103},
		{"furthest gap", []step{{0, First, c, 0}, {2999, Gap, c + 2999, 2998}}, c, c + 2999, 3000},
		{"too far", []step{{0, First, c, 0}, {3000, Jump, 2*c + 3000, 0}}, c, c, 2},
		{"stray", []step{{0, First, c, 0}, {30000, Jump, 2*c + 30000, 0}, {1, InOrder, c + 1, 0}, {2, InOrder, c + 2, 0}}, c, c + 2, 4},
		{"restart", []step{{7, First, c + 7, 0}, {8, InOrder, c + 8, 0}, {30000, Jump, 2*c + 30000, 0}, {30001, Restart, 2*c + 30001, 0}, {30002, InOrder, 2*c + 30002, 0}}, c + 7, 2*c + 30002, 5},
		{"restart backwards", []step{{20000, First, c + 20000, 0}, {5, Jump, 2*c + 5, 0}, {6, Restart, 2*c + 6, 0}}, c + 20000, 2*c + 6, 3},
		{"restart over the wrap", []step{{20000, First, c + 20000, 0}, {65535, Jump, 2*c + 65535, 0}, {0, Restart, 3 * c, 0}, {65535, Duplicate, 2*c + 65535, 0}}, c + 20000, 3 * c, 3},
		{"restart, each packet twice", []step{{7, First, c + 7, 0}, {30000, Jump, 2*c + 30000, 0}, {30000, Duplicate, 2*c + 30000, 0}, {30001, Restart, 2*c + 30001, 0}, {30001, Duplicate, 2*c + 30001, 0}, {30000, Duplicate, 2*c + 30000, 0}}, c + 7, 2*c + 30001, 3},
		{"restart, unsorted", []step{{7, First, c + 7, 0}, {30001, Jump, 2*c + 30001, 0}, {30000, Jump, 2*c + 30000, 0}, {30002, Jump, 2*c + 30002, 0}, {30003, Restart, 2*c + 30003, 0}}, c + 7, 2*c + 30003, 5},
		{"late between jump and restart", []step{{5, First, c + 5, 0}, {7, Gap, c + 7, 1}, {30000, Jump, 2*c + 30000, 0}, {6, Late, c + 6, 0}, {30001, Restart, 2*c + 30001, 0}}, c + 5, 2*c + 30001, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var u Unwrapper
			for i, s := range tt.steps {
				highest := u.ExtHighest
				got := u.Next(s.seq)
				if i == 0 {
					highest = got.Ext
				}
				want := Step{Event: s.event, Ext: s.ext, Missing: s.missing, Highest: highest}
				if got != want {
					t.Fatalf("packet %d: %+v, want %+v", i, got, want)
				}
				if got.Event.Advances() != (u.ExtHighest == got.Ext) && got.Event != Duplicate {
					t.Errorf("packet %d: %v, and the highest is %d", i, got.Event, u.ExtHighest)
				}
			}
			if u.ExtFirst != tt.first || u.ExtHighest != tt.high || u.due() != tt.due {
				t.Errorf("first %d, highest %d, due %d; want %d, %d, %d", u.ExtFirst, u.ExtHighest, u.due(), tt.first, tt.high, tt.due)
			}
		})
	}
}

func TestTimestampUnwrapper(t *testing.T) {
	const c = 1 << 32
	var u TimestampUnwrapper
	for i, s := range []struct {
		ts   uint32
		want int64
	}{
		{0xffff_ff00, c + 0xffff_ff00}, {0xffff_ffa0, c + 0xffff_ffa0}, {0x40, 2*c + 0x40},
		{0xffff_fff0, c + 0xffff_fff0}, {0xe0, 2*c + 0xe0}, {0x7000_0000, 2*c + 0x7000_0000}, {0xe000_0000, 2*c + 0xe000_0000}, {0x10, 3*c + 0x10},
	} {
		if got := u.Next(s.ts); got != s.want {
			t.Errorf("packet %d: %#x, want %#x", i, got, s.want)
		}
	}
}

// FuzzUnwrapper sends numbers that do not wrap through 16 bits and wants them
// back, with a set to tell duplicates. Every byte is one packet: small steps
// ahead, packets up to 100 behind, bursts of loss.
func FuzzUnwrapper(f *testing.F) {
	f.Add(uint16(65500), []byte{1, 1, 1, 0, 3, 1, 0x81, 1, 0xc4, 1})
	f.Add(uint16(0), []byte{1, 0x80, 0xbf, 1, 1})
	f.Fuzz(func(t *testing.T, start uint16, moves []byte) {
		var u Unwrapper
		first := u.Next(start)
		offset := first.Ext - int64(start) // ext = truth + offset
		highest, lowest := int64(start), int64(start)
		seen := map[int64]bool{highest: true}
		for i, m := range moves {
			truth := highest + int64(m) // 0 is the highest again
			switch {
			case m >= 0xc0: // far ahead
				truth = highest + int64(m-0xc0)*47
			case m >= 0x80: // behind
				truth = highest - min(int64(m-0x80)*2, maxMisorder)
			}
			prev := highest
			want := Step{Ext: truth + offset, Highest: highest + offset}
			switch {
			case seen[truth]:
				want.Event = Duplicate
			case truth == highest+1:
				want.Event = InOrder
			case truth > highest:
				want.Event, want.Missing = Gap, uint32(truth-highest-1)
			default:
				want.Event = Late
			}
			seen[truth] = true
			highest, lowest = max(highest, truth), min(lowest, truth)
			if got := u.Next(uint16(truth)); got != want {
				t.Fatalf("packet %d, %d after %d: %+v, want %+v", i, truth, prev, got, want)
			}
			if u.ExtFirst != lowest+offset || u.ExtHighest != highest+offset || int64(u.due()) != highest-lowest+1 {
				t.Fatalf("packet %d: %+v, want %d to %d", i, u, lowest+offset, highest+offset)
			}
		}
	})
}

func TestEventNames(t *testing.T) {
	names := make([]string, 0, 8)
	for e := range Restart + 1 {
		if slices.Contains(names, e.String()) {
			t.Errorf("%d is %q like another", e, e)
		}
		names = append(names, e.String())
	}
	if Event(99).String() != "none" {
		t.Error("an event that is none")
	}
}
