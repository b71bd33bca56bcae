package correlate

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// maxIdentities bounds what a leg is known by beside its parties.
const maxIdentities = 8

// otherIdentities are what a leg's requests were sent to, and whom a network
// asserts its parties to be, where From and To do not say so already: most
// legs have none.
func otherIdentities(l *trace.Leg) (more []string) {
	caller, callee := user(l.Parties[trace.Caller].URI), user(l.Parties[trace.Callee].URI)
	last := "" // of a leg's messages most say the same
	note := func(uri string) {
		if uri == last || len(more) == maxIdentities {
			return
		}
		last = uri
		u := user(uri)
		if u == "" || u == caller || u == callee || slices.ContainsFunc(more, func(o string) bool { return user(o) == u }) {
			return
		}
		more = append(more, sip.WithoutPassword(uri))
	}
	for i := range l.Messages.Len() {
		if c := l.Messages.Record(i).Content; c != 0 {
			if h := l.Messages.Contents.At(c).Tracked; h != nil {
				note(h.RequestURI)
				note(h.Asserted)
			}
		}
	}
	return more
}
