package ledger

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// What the listener's reports count beyond what is missing here was lost behind this point:
// between two reports of the row's time, neither of which speaks of a silence.
func TestAddReported(t *testing.T) {
	host := func(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }
	talker, listener := host("192.0.2.1:4000"), host("203.0.113.1:5000")
	at := func(s int64) trace.Moment {
		return trace.Moment{Time: s * second, Ref: trace.Ref{Frame: uint32(s + 1)}}
	}
	// A minute of voice, and a report each ten seconds; lost is what each counts anew.
	for _, c := range []struct {
		name     string
		from, to int64 // of the row, s
		lost     []int
		silent   *Span
		want     int64
	}{
		{"three in a hundred", 0, 60, []int{0, 15, 15, 15, 15, 15}, nil, 75},
		{"none", 0, 60, []int{0, 0, 0, 0, 0, 0}, nil, 0},
		{"too few to mean something", 0, 60, []int{0, 3, 3, 3, 0, 0}, nil, 0},
		{"too small a share", 0, 60, []int{0, 4, 4, 4, 0, 0}, nil, 0},
		{"before the row", 15, 60, []int{0, 15, 15, 15, 15, 15}, nil, 60},
		{"behind the row", 0, 45, []int{0, 15, 15, 15, 15, 15}, nil, 60},
		{"half of what was sent", 0, 60, []int{0, 250, 0, 0, 0, 20}, nil, 20},
		{"most of what was sent, in few packets", 0, 60, []int{0, -25, 0, 0, 0, 0}, nil, 25},
		{"in a silence", 0, 60, []int{0, 20, 20, 20, 20, 20}, &Span{State: Missing, From: at(20), To: at(23)}, 80},
		{"on hold", 0, 60, []int{0, 20, 20, 20, 20, 20}, &Span{State: Agreed, From: at(20), To: at(23)}, 80},
		{"out of view", 0, 60, []int{0, 20, 20, 20, 20, 20}, &Span{State: Unseen, From: at(20), To: at(23)}, 80},
		{"while it was sent on", 0, 60, []int{0, 20, 20, 20, 20, 20}, &Span{State: Sent, From: at(0), To: at(60)}, 100},
		{"less than a second after one, too", 0, 60, []int{0, 20, 20, 20, 20, 20}, &Span{State: Missing, From: at(20), To: trace.Moment{Time: 49 * second / 2}}, 60},
		{"two reports", 0, 60, []int{0, 100}, nil, 0},
	} {
		s := &trace.Stream{Src: talker, Dst: listener, SSRC: 7, First: trace.Mark{}, Last: trace.Mark{Time: 60 * second, Seq: 3000}}
		for n := range 3001 {
			s.Stats.Update(int64(n)*20*millisecond, rtp.Stamp{Seq: uint16(n), TS: uint32(n * 160)}, 8000)
		}
		track := &trace.ReportTrack{Src: listener, Dst: talker, SSRC: 7}
		sum := 0
		for i, n := range c.lost {
			if n < 0 { // of no more than it and a few
				n = -n
				track.Reports = append(track.Reports, trace.Report{Moment: at(int64(10*i + 4)), Highest: uint32(500*i + 220), Lost: int32(sum)})
			}
			sum += n
			track.Reports = append(track.Reports, trace.Report{Moment: at(int64(5 + 10*i)), Highest: uint32(500*i + 250), Lost: int32(sum)})
		}
		tr := &trace.Trace{Reports: []*trace.ReportTrack{track}}
		tr.Index()
		d := &direction{rower: &rower{Ledger: &Ledger{trace: tr}}, from: at(c.from), to: at(c.to)}
		var spans []Span
		if c.silent != nil {
			spans = []Span{*c.silent}
		}
		var r runs
		if got := r.addReported(d, []*trace.Stream{s}, spans); got != c.want || r.lost != c.want || r.events != c.want {
			t.Errorf("%s: %d lost behind it, %d in all, want %d", c.name, got, r.lost, c.want)
		}
	}
}
