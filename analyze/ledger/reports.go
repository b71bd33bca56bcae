package ledger

import (
	"github.com/latchscope/latchscope/analyze/trace"
)

// reports are the receiver reports that whoever gets a stream sends back about
// it.
func (d *direction) reports(s *trace.Stream) []*trace.ReportTrack {
	if len(d.trace.Reports) == 0 {
		return nil
	}
	var out []*trace.ReportTrack
	for r := range d.trace.ReportsOn([]*trace.Stream{s}) {
		if r.Dst.Addr == s.Src.Addr && len(r.Reports) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// standstill is a stretch in which reports say that nothing arrives.
type standstill struct {
	from, to int64
	proof    trace.Moment
}

// beginAt makes it begin at a time that lies within it.
func (st *standstill) beginAt(at int64) {
	if st.from < at && at < st.to {
		st.from = at
	}
}

// standstills are the stretches in which the listener's reports about a stream
// stand still although it sends: from the packet that the last advancing report
// names, until one advances again, or to the end. Where that one counts what was lost
// (RFC 3550 section 6.4.1), and at least what was sent while they stood still, it is so many
// packets and no more: what came then arrived. Where the reports cease long
// before the stream does, nothing is known of the time after the last of them.
func (d *direction) standstills(s *trace.Stream) []standstill {
	var out []standstill
	for _, tr := range d.reports(s) {
		list := tr.Reports
		for i := 0; i < len(list); {
			j := i + 1
			for j < len(list) && list[j].Highest == list[i].Highest {
				j++
			}
			if j-1 > i && list[j-1].Time-list[i].Time >= standing {
				from := d.numbered(s, list[i])
				to := always
				if j < len(list) {
					to = d.numbered(s, list[j])
					sent := d.trace.Sent([]*trace.Stream{s}, from, min(to, list[j-1].Time))
					if lost := int64(list[j].Lost) - int64(list[j-1].Lost); lost*10 >= sent*9 {
						to = min(to, s.TimeAt(d.number(s, list[i])+lost+1))
					}
				} else if every := (list[j-1].Time - list[i].Time) / int64(j-1-i); s.Last.Time-list[j-1].Time > missedReports*every {
					to = list[j-1].Time
				}
				if n := d.trace.Sent([]*trace.Stream{s}, from, min(to, list[j-1].Time)); n >= 50 {
					out = append(out, standstill{from, to, list[j-1].Moment})
				}
			}
			i = j
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

// numbered is when the packet that a report names as the highest was sent.
func (d *direction) numbered(s *trace.Stream, r trace.Report) int64 {
	return min(s.TimeAt(d.number(s, r)), r.Time)
}

// number is that of the packet which a report names as the highest, in the stream's cycles.
func (d *direction) number(s *trace.Stream, r trace.Report) int64 {
	due := s.Last.Seq
	if r.Time < s.Last.Time {
		due = s.First.Seq
		if s.Last.Time > s.First.Time {
			f := float64(r.Time-s.First.Time) / float64(s.Last.Time-s.First.Time)
			due += int64(f * float64(s.Last.Seq-s.First.Seq))
		}
	}
	return due + int64(int16(uint16(r.Highest)-uint16(due)))
}

// reported is the time of the last report about a stream that advanced: what
// was sent up to its highest number arrived; 0 where there is none.
func (d *direction) reported(s *trace.Stream) (at int64, by trace.Moment) {
	for _, tr := range d.reports(s) {
		for i := len(tr.Reports) - 1; i > 0; i-- {
			if x := tr.Reports[i]; x.Highest > tr.Reports[i-1].Highest {
				if t := d.numbered(s, x); t > at {
					at, by = t, x.Moment
				}
				break
			}
		}
	}
	return at, by
}
