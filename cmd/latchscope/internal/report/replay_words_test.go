package report

import (
	"testing"

	"github.com/latchscope/latchscope/replay"
)

// What a run was meant to be decides how its verdict reads: an engine that was
// there mends nothing, and one that was not says nothing about the silence.
func TestVerdictWord(t *testing.T) {
	fits, not := &ReplayDiffer{Packets: 5, Compared: 100}, &ReplayDiffer{Packets: 6, Compared: 100}
	for _, tt := range []struct {
		run  ReplayRun
		want string
	}{
		{ReplayRun{Verdict: replay.Fixed, Differ: not}, "fixed"}, // another engine, asked for
		{ReplayRun{Verdict: replay.Reproduced, Differ: fits, meant: true}, "reproduced"},
		{ReplayRun{Verdict: replay.Reproduced, Differ: not, meant: true}, "does not fit"},
		{ReplayRun{Verdict: replay.Improved, Differ: not, meant: true}, "does not fit"},
		{ReplayRun{Verdict: replay.Worse, Differ: fits, meant: true, off: 0.04}, "nearly so"},
		{ReplayRun{Verdict: replay.Worse, Differ: fits, meant: true, off: 2}, "more than it"},
		{ReplayRun{Verdict: replay.Fixed, Differ: fits, meant: true, off: 2}, "in part only"},
		{ReplayRun{Verdict: replay.Improved, Differ: fits, meant: true, off: 2}, "in part only"},
		{ReplayRun{Verdict: replay.Inconclusive, Differ: fits, meant: true}, "inconclusive"},
	} {
		if got := verdictWord(&tt.run); got != tt.want {
			t.Errorf("%s, %v, %.2f s off: %q, want %q", tt.run.Verdict, *tt.run.Differ, tt.run.off, got, tt.want)
		}
	}
}

// What a stranger needs is never "none": that reads as nothing.
func TestExposureWords(t *testing.T) {
	quiet := func(s float64) *Seconds { return (*Seconds)(&s) }
	for _, tt := range []struct {
		e    ReplayExposure
		want string
	}{
		{ReplayExposure{}, "impossible"},
		{ReplayExposure{signalling: true}, "new signalling"},
		{ReplayExposure{stream: true}, "SSRC + sequence"},
		{ReplayExposure{signalling: true, stream: true}, "new signalling"},
		{ReplayExposure{Quiet: quiet(0), Packets: 1}, "any packet"},
		{ReplayExposure{Quiet: quiet(0), Packets: 10}, "10 packets"},
		{ReplayExposure{Quiet: quiet(10), Packets: 3}, "10.0 s of quiet"},
	} {
		if got := exposureWords(&tt.e); got != tt.want || len(got) > len(takesLock) {
			t.Errorf("%+v: %q, want %q", tt.e, got, tt.want)
		}
	}
}
