package detect

import (
	"math"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// For how long a lock held on is from the old source's last packet to the first that was passed
// on again; where both directions came back at once the engine had let go some packets before,
// as many as it needs to lock anew.
func TestHeldOn(t *testing.T) {
	ms := func(n int64) trace.Moment { return trace.Moment{Ref: trace.Ref{Frame: uint32(n)}, Time: n * 1e6} }
	to := &trace.Stream{Last: trace.Mark{Time: 20e9, Seq: 1000}} // a packet each 20 ms
	three, one := 3, 1
	for _, c := range []struct {
		name     string
		packets  *int
		relocked trace.Moment
		want     float64
	}{
		{"both at once", &three, ms(20_100), 10.06},
		{"a packet later", &three, ms(20_120), 10.06},
		{"earlier", &three, ms(20_060), 10.06},
		{"it passed packets on while it learned", &three, ms(20_140), 10.10},
		{"a lock of one packet", &one, ms(20_100), 10.10},
		{"a lock of unknown length", nil, ms(20_100), 10.10},
		{"one direction alone", &three, trace.Moment{}, 10.10},
	} {
		s := &sides{t: new(trace.Trace), move: &trace.Move{To: to, Before: ms(10_000)}}
		if got := s.held(&Estimated{LockPackets: c.packets}, ms(20_100), c.relocked); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %.3f s, want %.2f", c.name, got, c.want)
		}
	}
}
