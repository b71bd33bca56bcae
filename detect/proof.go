package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// prove looks for what confirms that misdirected packets did not arrive, or
// that they did.
func (s *surroundings) prove(g *gap, m measured) {
	if g.Evidence != misdirected {
		return
	}
	back := map[*trace.Stream]bool{}
	for _, b := range s.w.Back {
		back[b] = true
	}
	var refused []*trace.ICMPError
	for _, e := range s.k.Call.Errors {
		if e.Unreachable() && e.Toward && e.Time >= m.from && e.Time <= m.to && back[e.Stream] {
			refused = append(refused, e)
		}
	}
	if s.k.Inside != nil {
		g.confidence = Confirmed
		g.proof = "Behind the NAT none of them is to be seen: they did not arrive."
		if len(refused) > 0 {
			g.evidence = append(g.evidence, Evidence{refused[0].Moment, "ICMP coming back from the old source"})
		}
		return
	}
	if len(refused) > 0 {
		g.confidence = Confirmed
		g.proof = fmt.Sprintf("%s came back from there: they did not arrive.", plural(int64(len(refused)), "ICMP error"))
		g.evidence = append(g.evidence, Evidence{refused[0].Moment, "ICMP coming back from the old source"})
		return
	}
	switch moved, at := s.reported(m); moved {
	case stalled:
		g.confidence = Confirmed
		g.proof = fmt.Sprintf("The talker's receiver reports stand still meanwhile (frame %d).", at.Frame)
		g.evidence = append(g.evidence, Evidence{at, "receiver report: highest sequence unchanged"})
	case advancing:
		*g = gap{Direction: Direction{Direction: g.Direction.Direction, Endpoint: g.Endpoint, From: g.From, To: g.To,
			State: alive, Silence: pointer(0.0), PacketsLost: pointer(int64(0))}}
		g.proof = fmt.Sprintf("Packets go to the old source, but the talker's receiver reports go on (frame %d): they arrive.", at.Frame)
	}
}

type reporting uint8

const (
	silentReports reporting = iota
	stalled
	advancing
)

// reported says what the talker's receiver reports on the way back say about a
// stretch of time.
func (s *surroundings) reported(m measured) (reporting, trace.Moment) {
	for r := range s.t.ReportsOn(s.w.Back) {
		about := r.Src.Addr == s.move.To.Src.Addr || slices.ContainsFunc(s.w.Back, func(b *trace.Stream) bool {
			return b.SSRC == r.SSRC && r.Src.Addr == b.Dst.Addr
		})
		if !about || r.Dst.Addr != s.k.Receiver().Addr {
			continue
		}
		var in []trace.Report
		for _, x := range r.Reports {
			if x.Time > m.from+minimum && x.Time <= m.to {
				in = append(in, x)
			}
		}
		if len(in) < 2 {
			continue
		}
		if in[len(in)-1].Highest > in[0].Highest+5 {
			return advancing, in[len(in)-1].Moment
		}
		return stalled, in[len(in)-1].Moment
	}
	return silentReports, trace.Moment{}
}
