package report

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/latchscope/latchscope/analyze/trace"
)

// NoSuchCall says that a call was asked for that is not in the captures.
type NoSuchCall struct {
	Name  string
	Calls int // how many there are
}

func (e *NoSuchCall) Error() string {
	switch e.Calls {
	case 0:
		return fmt.Sprintf("no call %s: there are no calls in this capture", strconv.Quote(e.Name))
	case 1:
		return fmt.Sprintf("no call %s: the only call in this capture is number 1", strconv.Quote(e.Name))
	}
	return fmt.Sprintf("no call %s: the calls in this capture are numbered 1 to %d", strconv.Quote(e.Name), e.Calls)
}

// choose limits the report to the calls named, by number or by the Call-ID of
// any of their legs.
func (r *Report) choose(names []string) error {
	if len(names) == 0 {
		return nil
	}
	r.chosen = map[*trace.Call]bool{}
	for _, name := range names {
		found := false
		// A Call-ID may be all digits, too: the number goes first.
		if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(r.trace.Calls) {
			r.chosen[r.trace.Calls[n-1]] = true
			continue
		}
		for _, c := range r.trace.Calls {
			if slices.Contains(c.CallIDs(), name) {
				r.chosen[c] = true
				found = true
			}
		}
		if !found {
			return &NoSuchCall{name, len(r.trace.Calls)}
		}
	}
	return nil
}

// has tells whether the report is about a call; nil is what belongs to none.
func (r *Report) has(c *trace.Call) bool { return r.chosen == nil || r.chosen[c] }
