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
	note := func(uri string) {
		if user(uri) == "" || len(more) == maxIdentities {
			return
		}
		is := func(o string) bool { return user(o) == user(uri) }
		if is(l.Parties[trace.Caller].URI) || is(l.Parties[trace.Callee].URI) || slices.ContainsFunc(more, is) {
			return
		}
		more = append(more, sip.WithoutPassword(uri))
	}
	for _, m := range l.Messages {
		if m.Tracked != nil {
			note(m.Tracked.RequestURI)
			note(m.Tracked.Asserted)
		}
	}
	return more
}
