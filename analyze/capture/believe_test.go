package capture

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Hours since 2026, as a file has them and as they are delivered.
func TestBelievedTimes(t *testing.T) {
	const decades = 24 * 365 * 32
	many := func(n int, at func(i int) int64) (out []int64) {
		for i := range n {
			out = append(out, at(i))
		}
		return out
	}
	for _, c := range []struct {
		name      string
		said, got []int64
		codes     []string
	}{
		{"an ordinary file", []int64{0, 1, 2, 3}, nil, nil},
		{"a weekend in between", []int64{0, 1, 61, 62, 62}, nil, nil},
		{"packets days apart", []int64{0, 50, 100, 150, 151}, nil, nil},
		{"captures joined in order", []int64{0, 1, 9000, 9001, 9002}, nil, []string{"time-step"}},
		{"captures joined out of order", []int64{9000, 9001, 9002, 0, 1, 2}, nil, []string{"time-backwards"}},
		{"one damaged", []int64{0, 1, decades, 2, 3}, []int64{0, 1, 1, 2, 3}, []string{"time-damaged"}},
		{"one damaged, back in time", []int64{0, 1, -decades, 2, 3}, []int64{0, 1, 1, 2, 3}, []string{"time-damaged"}},
		{"two damaged, each in its way", []int64{0, 1, decades, -decades, 2, 3}, []int64{0, 1, 1, 1, 2, 3}, []string{"time-damaged"}},
		{"the first damaged", []int64{decades, 0, 1, 2}, []int64{0, 0, 1, 2}, []string{"time-damaged"}},
		{"the second damaged", []int64{0, decades, 1, 2}, []int64{0, 0, 1, 2}, []string{"time-damaged"}},
		{"the last damaged", []int64{0, 1, 2, decades}, []int64{0, 1, 2, 2}, []string{"time-damaged"}},
		{"two packets, years apart", []int64{0, decades}, []int64{0, 0}, []string{"time-damaged"}},
		{"one damaged by a few hours", []int64{0, 1, 15, 2, 3}, []int64{0, 1, 1, 2, 3}, []string{"time-damaged"}},
		{"a packet an hour", many(30, func(i int) int64 { return int64(i) }), nil, nil},
		{"all the same", many(20, func(int) int64 { return 7 }), nil, []string{"no-clock"}},
		{"few, all the same", []int64{7, 7, 7}, nil, nil},
		{"falling", many(20, func(i int) int64 { return int64(40 - i) }), nil, []string{"time-backwards", "no-clock"}},
		{"58 packets over 32 years", many(58, func(i int) int64 { return int64(i) * decades / 57 }), nil, []string{"no-clock"}},
	} {
		if c.got == nil {
			c.got = c.said
		}
		const hour = 3600
		const start = 1_767_225_600 // 2026
		var recs []rec
		w := newNG(le).section().iface(1, 0, newNG(le).option(9, []byte{0})) // seconds
		for i, h := range c.said {
			recs = append(recs, rec{sec: uint32(start + h*hour), data: payload(i, 50)})
			w.enhanced(0, uint64(start+h*hour), payload(i, 50), 50)
			if i%3 == 0 {
				w.block(blockNames, make([]byte, 12))
			}
		}
		for kind, file := range map[string][]byte{"pcap": pcapBytes(be, magicMicro, 0, 1, recs...), "pcapng": w.b} {
			for _, opt := range []Options{{}, {chunk: 1, frames: 1}} {
				g := read(t, file, opt)
				var got []int64
				for _, f := range g.frames {
					got = append(got, (f.Time/second-start)/hour)
				}
				if !slices.Equal(got, c.got) {
					t.Errorf("%s, %s: %v, want %v", c.name, kind, got, c.got)
				}
				if !slices.Equal(g.codes(), c.codes) {
					t.Errorf("%s, %s: %v, want %v", c.name, kind, g.codes(), c.codes)
				}
			}
			g := read(t, file, Options{RecordedTimes: true})
			for i, f := range g.frames {
				if f.Time != (start+c.said[i]*hour)*second {
					t.Errorf("%s, %s: frame %d as recorded is at %d", c.name, kind, f.No, f.Time)
				}
			}
		}
	}
}

// Whatever 64 bits say: what is delivered can be subtracted, and is the same
// from each place on.
func TestTimesCanBeSubtracted(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 200 {
		w := newNG(le).section()
		for range 3 {
			w.iface(1, 0, w.option(9, []byte{byte(rng.IntN(256))}), w.option(14, w.u64(rng.Uint64()>>rng.IntN(64))))
		}
		w.iface(1, 0)
		for i := range 60 {
			stamp, iface := µs2023+uint64(i), 3
			if rng.IntN(4) == 0 {
				stamp, iface = rng.Uint64()>>rng.IntN(64), rng.IntN(4)
			}
			w.enhanced(uint32(iface), stamp, payload(i, 20), 20)
		}
		opt := Options{frames: 1 + rng.IntN(5)}
		want := read(t, w.b, opt)
		if len(want.frames) != 60 {
			t.Fatalf("round %d: %d frames", round, len(want.frames))
		}
		for _, f := range want.frames {
			if f.Time < Earliest || f.Time > Latest {
				t.Fatalf("round %d: frame %d is at %d", round, f.No, f.Time)
			}
		}
		in := inMemory(w.b, opt)
		f, err := in.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b Batch
		for f.Next(&b) {
			p, ok := f.Place()
			if !ok {
				continue
			}
			from, err := in.OpenAt(p)
			if err != nil {
				t.Fatal(err)
			}
			at := b.Frames[len(b.Frames)-1].No
			var rest Batch
			for from.Next(&rest) {
				for _, fr := range rest.Frames {
					if at++; !sameFrame(fr, want.frames[at-1]) {
						t.Fatalf("round %d, from frame %d on: frame %d is %d, was %d", round, b.Frames[0].No, fr.No, fr.Time, want.frames[at-1].Time)
					}
				}
			}
		}
	}
}
