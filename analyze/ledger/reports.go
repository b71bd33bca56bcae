package ledger

import (
	"strings"

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
	why      string
}

// Why reports say so.
const (
	byReport   = "receiver report: "
	stoodStill = byReport + "the highest sequence number stands still"
	countsLost = byReport + "it counts half or more of what was sent since the one before as lost"
)

// Reported reports whether the audio was seen to leave, and it is the listener's receiver
// reports that say that it did not arrive.
func (s *Span) Reported() bool { return s.State == Vanished && strings.HasPrefix(s.Why, byReport) }

// beginAt makes it begin at a time that lies within it.
func (st *standstill) beginAt(at int64) {
	if st.from < at && at < st.to {
		st.from = at
	}
}

// countedLost is the stretch that a report counts as lost where it is half or more of what
// was sent since the one before, a: a phone that hears nothing has nothing to report, and the
// next report advances over all of it. Where its numbers lie between those of the two, no
// report tells: where a was late for its highest number they begin behind that, else they
// are put in the middle. What a phone on hold leaves alone it counts, too: of a time in
// which nothing was due between the two no report tells either. Nor do reports from behind a
// relay, where what becomes of the audio is not in view, tell which way it was lost on.
func (d *direction) countedLost(s *trace.Stream, a, b trace.Report) (st standstill, ok bool) {
	first, last := d.number(s, a)+1, d.number(s, b)
	sent := s.Count(first, last)
	lost := int64(b.Lost) - int64(a.Lost) - (last - first + 1 - sent)
	if d.ahead || lost < mostlyLost || lost > sent || 2*lost < sent || s.Stats.Restarts > 0 || a.Time < d.from.Time || b.Time > d.to.Time ||
		d.agreedWithin(s.TimeAt(first), b.Time) {
		return st, false
	}
	if a.Time-s.TimeAt(first-1) < lateReport {
		first += (last - first + 1 - lost) / 2
	}
	return standstill{s.TimeAt(first), s.TimeAt(first + lost), b.Moment, countsLost}, true
}

// standstills are the stretches in which the listener's reports about a stream
// stand still although it sends: from the packet that the last advancing report
// names, until one advances again, or to the end. Where that one counts what was lost
// (RFC 3550 section 6.4.1), and at least what was sent while they stood still, it is so many
// packets and no more: what came then arrived. So are those that one counts which advances
// all the time, see countedLost. Where the reports cease long
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
				if n := d.trace.Sent([]*trace.Stream{s}, from, min(to, list[j-1].Time)); n >= mostlyLost {
					out = append(out, standstill{from, to, list[j-1].Moment, stoodStill})
				}
			} else if j < len(list) {
				if st, ok := d.countedLost(s, list[j-1], list[j]); ok {
					out = append(out, st)
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
