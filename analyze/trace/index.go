package trace

import "github.com/latchscope/latchscope/analyze/endpoint"

// Index makes ready what the trace's questions are answered from. Correlation
// calls it when everything is in its place; whoever builds a Trace by hand has
// to. Without it ReportsOn, RefusedFrom and Provoked find nothing.
func (t *Trace) Index() {
	t.indexRefusals()
	t.address()
	t.indexReports()
	t.indexAnswers()
}

// indexRefusals finds for each stream of a call the first packet that was
// refused while the call wanted it.
func (t *Trace) indexRefusals() {
	for _, e := range t.Errors {
		c := e.Call
		if c == nil || e.Stream == nil || !e.Unreachable() || e.Dropped || c.refused[e.Stream] != nil {
			continue
		}
		if c.refused == nil {
			c.refused = map[*Stream]*ICMPError{}
		}
		c.refused[e.Stream] = e
	}
}

// address finds the errors that may have moved a talker: those that went to
// whom they quote, and are no consequence of a move themselves.
func (t *Trace) address() {
	t.addressed = map[endpoint.Endpoint][]*ICMPError{}
	for _, e := range t.Errors {
		if !e.Toward && e.To.Addr == e.Quote.Src.Addr {
			t.addressed[e.Quote.Src] = append(t.addressed[e.Quote.Src], e)
		}
	}
}
