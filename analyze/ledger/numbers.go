package ledger

import "github.com/latchscope/latchscope/analyze/trace"

// between counts the packets of streams with the SSRC of another one whose
// numbers lie between two of its.
func between(streams []*trace.Stream, ssrc uint32, lo, hi int64) (n int64, same bool) {
	for _, s := range streams {
		if s.SSRC == ssrc {
			same = true
			n += max(0, s.Count(lo, hi))
		}
	}
	return n, same
}
