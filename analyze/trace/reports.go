package trace

import (
	"iter"
	"slices"
)

// indexReports finds the receiver reports about each SSRC.
func (t *Trace) indexReports() {
	t.reportsOn = map[uint32][]int32{}
	for i, r := range t.Reports {
		t.reportsOn[r.SSRC] = append(t.reportsOn[r.SSRC], int32(i))
	}
}

// ReportsOn are the receiver reports about the SSRCs of some streams, in the
// order of Reports.
func (t *Trace) ReportsOn(streams []*Stream) iter.Seq[*ReportTrack] {
	var at []int32
	seen := map[uint32]bool{}
	for _, s := range streams {
		if !seen[s.SSRC] {
			seen[s.SSRC] = true
			at = append(at, t.reportsOn[s.SSRC]...)
		}
	}
	slices.Sort(at)
	return func(yield func(*ReportTrack) bool) {
		for _, i := range at {
			if !yield(t.Reports[i]) {
				return
			}
		}
	}
}
