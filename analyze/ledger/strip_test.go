package ledger

import (
	"cmp"
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// voiceOf is a stream of 20 ms packets over ten seconds, without those that lack
// accepts, each late by what late says, and the row that it fills.
func voiceOf(lack func(n int64) bool, late func(n int64) int64) (*Row, *trace.Closeup) {
	s := &trace.Stream{SSRC: 7, Clock: 8000}
	packets := &trace.Closeup{Packets: map[*trace.Stream][]trace.Packet{}}
	for n := range int64(500) {
		if lack(n) {
			continue
		}
		m := trace.Mark{Time: n*20*millisecond + late(n), Seq: 100 + n, TS: n * 160, Frame: uint32(n + 1)}
		if len(packets.Packets[s]) == 0 {
			s.First = m
		}
		s.Last = m
		packets.Packets[s] = append(packets.Packets[s], trace.Packet{Mark: m})
	}
	to := trace.Moment{Time: 10 * second}
	return &Row{End: to, Hops: []Hop{{InView: true, Streams: []*trace.Stream{s}}}, Spans: []Span{{To: to, State: Sent}}}, packets
}

func never1(int64) bool  { return false }
func onTime(int64) int64 { return 0 }
func lostIn(list []Slice) (n int64) {
	for _, s := range list {
		n += s.Lost
	}
	return n
}

// What is missing stands where it was due, once, and beside silences only.
func TestStripLoss(t *testing.T) {
	burst := func(n int64) bool { return n >= 250 && n < 260 } // 5.0 to 5.2 s
	for _, tt := range []struct {
		name  string
		lack  func(int64) bool
		spans []Span
		want  map[int]int64
	}{
		{"none", never1, nil, nil},
		{"a burst", burst, nil, map[int]int64{5: 10}},
		{"over an edge", func(n int64) bool { return n >= 245 && n < 255 }, nil, map[int]int64{4: 5, 5: 5}},
		{"in silence", burst, []Span{{To: trace.Moment{Time: 4980 * millisecond}, State: Sent},
			{From: trace.Moment{Time: 4980 * millisecond}, To: trace.Moment{Time: 5200 * millisecond}, State: Stopped},
			{From: trace.Moment{Time: 5200 * millisecond}, To: trace.Moment{Time: 10 * second}, State: Sent}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row, packets := voiceOf(tt.lack, onTime)
			if tt.spans != nil {
				row.Spans = tt.spans
			}
			got := row.Strip(packets, 10)
			if len(got) != 10 {
				t.Fatalf("%d slices", len(got))
			}
			for k := range got {
				if got[k].Lost != tt.want[k] {
					t.Errorf("slice %d: %d of %d lost, want %d", k, got[k].Lost, got[k].Due, tt.want[k])
				}
				if got[k].Jitter > 0.01 {
					t.Errorf("slice %d: jitter %v", k, got[k].Jitter)
				}
			}
		})
	}
}

// The voice of a talker whose packets come from two ports in turns lacks nothing.
func TestStripOfTwoPorts(t *testing.T) {
	row, packets := voiceOf(never1, onTime)
	a := row.Hops[0].Streams[0]
	b := &trace.Stream{SSRC: 7, Clock: 8000}
	var odd, even []trace.Packet
	for i, p := range packets.Packets[a] {
		if i%2 == 0 {
			even = append(even, p)
		} else {
			odd = append(odd, p)
		}
	}
	packets.Packets[a], packets.Packets[b] = even, odd
	row.Hops[0].Streams = append(row.Hops[0].Streams, b)
	got := row.Strip(packets, 5)
	for k := range got {
		if got[k] != (Slice{Due: 100}) {
			t.Errorf("slice %d: %+v", k, got[k])
		}
	}
}

// Jitter stands where it was, and packets that overtake each other are not lost.
func TestStripJitter(t *testing.T) {
	row, packets := voiceOf(never1, func(n int64) int64 {
		if n >= 300 && n < 350 && n%2 == 0 {
			return 15 * millisecond
		}
		return 0
	})
	got := row.Strip(packets, 10)
	for k := range got {
		if uneven := k == 6 || k == 7; uneven != (got[k].Jitter > 3) && k != 7 {
			t.Errorf("slice %d: jitter %v", k, got[k].Jitter)
		}
	}
	if got[6].Jitter < 5 || got[6].Jitter > 15 || got[9].Jitter > 0.1 {
		t.Errorf("jitter %v, then %v", got[6].Jitter, got[9].Jitter)
	}
	row, packets = voiceOf(never1, func(n int64) int64 {
		if n%50 == 10 {
			return 30 * millisecond // behind the next
		}
		return 0
	})
	list := packets.Packets[row.Hops[0].Streams[0]]
	for i := 10; i+1 < len(list); i += 50 {
		list[i], list[i+1] = list[i+1], list[i]
	}
	if n := lostIn(row.Strip(packets, 10)); n != 0 {
		t.Errorf("%d lost", n)
	}
}

// Without packets there is no strip, and numbers that jump do not count as loss
// beyond what the time holds.
func TestStripOfStrangeNumbers(t *testing.T) {
	row, packets := voiceOf(never1, onTime)
	if row.Strip(nil, 10) != nil || row.Strip(packets, 0) != nil || (&Row{}).Strip(packets, 4) != nil {
		t.Error("a strip of nothing")
	}
	list := packets.Packets[row.Hops[0].Streams[0]]
	for i := 250; i < len(list); i++ {
		list[i].Seq += 1 << 40
	}
	if n := lostIn(row.Strip(packets, 10)); n > 0 {
		t.Errorf("%d lost where the numbers began anew", n)
	}
}

// What is lost between packets that overtake each other is lost once, too.
func TestStripLossAmongOvertaken(t *testing.T) {
	row, packets := voiceOf(func(n int64) bool { return n%50 == 11 }, func(n int64) int64 {
		if n%50 == 10 {
			return 70 * millisecond // behind the lost one and the next
		}
		return 0
	})
	s := row.Hops[0].Streams[0]
	slices.SortStableFunc(packets.Packets[s], func(a, b trace.Packet) int { return cmp.Compare(a.Time, b.Time) })
	if n := lostIn(row.Strip(packets, 10)); n != 10 {
		t.Errorf("%d of 10 lost", n)
	}
}
