package rtp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestJoin cuts streams in two and holds that the halves joined are the whole.
func TestJoin(t *testing.T) {
	events := map[Event]int{}
	for seed := range uint64(2000) {
		dice := rand.New(rand.NewPCG(seed, 3))
		type packet struct {
			at int64
			h  Stamp
		}
		var list []packet
		seq, ts, at := uint16(dice.Uint32()), dice.Uint32(), int64(1e18)
		for range 2 + dice.IntN(400) {
			list = append(list, packet{at + dice.Int64N(15e6), Stamp{Seq: seq, TS: ts, PT: 8}})
			step := 1
			switch dice.IntN(60) {
			case 0:
				step = 1 + dice.IntN(30) // loss
			case 1:
				if dice.IntN(4) == 0 {
					step = 20_000 // another sequence
				}
			}
			seq, ts, at = seq+uint16(step), ts+160*uint32(step), at+20e6*int64(step)
		}
		cut := 1 + dice.IntN(len(list)-1)
		if seed%50 == 0 { // the later part is one packet, of which nothing is known yet
			cut = len(list) - 1
			list[cut].h.Seq += 20_000
		}
		var whole, a, b Stats
		var first Result
		for i, p := range list {
			whole.Update(p.at, p.h, 8000)
			switch {
			case i < cut:
				a.Update(p.at, p.h, 8000)
			case i == cut:
				first = b.Update(p.at, p.h, 8000)
			default:
				b.Update(p.at, p.h, 8000)
			}
		}
		r := a.Join(&b, Joint{Arrival: list[cut].at, Stamp: list[cut].h, Ext: first.Ext, TS: first.TS, Clock: 8000})
		events[r.Event]++
		if a.Packets != whole.Packets || a.Lost() != whole.Lost() || a.Expected() != whole.Expected() || a.ExtHighest != whole.ExtHighest ||
			a.Restarts != whole.Restarts || a.Reordered != whole.Reordered || a.Duplicates != whole.Duplicates || a.seen != whole.seen || a.ts != whole.ts || a.arrival != whole.arrival {
			t.Fatalf("seed %d, cut at %d of %d (%v):\n got %+v\nwant %+v", seed, cut, len(list), r.Event, a, whole)
		}
		if r.Event != Restart && (math.Abs(a.Jitter()-whole.Jitter()) > 0.01 || math.Abs(a.MeanJitter()-whole.MeanJitter()) > 0.05) {
			t.Errorf("seed %d: jitter %.3f, mean %.3f; in one pass %.3f, mean %.3f", seed, a.Jitter(), a.MeanJitter(), whole.Jitter(), whole.MeanJitter())
		}
	}
	for _, e := range []Event{InOrder, Gap} {
		if events[e] == 0 {
			t.Errorf("no cut at an event %v", e)
		}
	}
}

func TestSketchMerge(t *testing.T) {
	var whole, a, b Sketch
	dice := rand.New(rand.NewPCG(1, 4))
	for i := range 300 {
		h := dice.Uint64()
		whole.Add(h)
		if i < 100 {
			a.Add(h)
		} else {
			b.Add(h)
		}
	}
	a.Merge(&b)
	if a != whole {
		t.Errorf("got %v, want %v", a, whole)
	}
}
