package collect

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Where a table is full, what no SDP speaks of goes first: backscatter of a
// scan, the other traffic of a mirror. What belongs to calls stays.

// evictErrors drops the ICMP errors about endpoints that nothing announced.
func (c *collector) evictErrors() (dropped int) {
	n := len(c.out.Errors)
	c.out.Errors = slices.DeleteFunc(c.out.Errors, func(e *trace.ICMPError) bool {
		return c.announced(e.Quote.Dst).by == nil && c.announced(e.Quote.Src).by == nil
	})
	return n - len(c.out.Errors)
}

// evictFlows drops the flows between endpoints that nothing announced.
func (c *collector) evictFlows() (dropped int) {
	n := len(c.out.Flows)
	foreign := func(f *trace.Flow) bool { return c.announced(f.Src).by == nil && c.announced(f.Dst).by == nil }
	for k, f := range c.flows {
		if foreign(f) {
			delete(c.flows, k)
		}
	}
	c.out.Flows = slices.DeleteFunc(c.out.Flows, foreign)
	return n - len(c.out.Flows)
}
