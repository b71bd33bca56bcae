package report

import (
	"iter"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Call is one conversation.
type Call struct {
	ID      int         `json:"id"`
	CallIDs []string    `json:"call_ids"`
	From    string      `json:"from"`
	To      string      `json:"to"`
	State   trace.State `json:"state"`
	Status  *int16      `json:"sip_status"` // the final one; null where none was seen
	Invite  Time        `json:"invite_time"`
	Answer  Time        `json:"answer_time"`
	End     Time        `json:"end_time"`
	Streams []int       `json:"streams"`
	Engine  *Engine     `json:"engine,omitempty"` // where its control protocol was recorded
}

// Calls of the report, in order.
func (r *Report) Calls() iter.Seq[Call] { return r.calls(0, len(r.trace.Calls)) }

func (r *Report) calls(from, to int) iter.Seq[Call] {
	return func(yield func(Call) bool) {
		for _, c := range r.trace.Calls[from:to] {
			if r.has(c) && !yield(r.call(c)) {
				return
			}
		}
	}
}

func (r *Report) call(c *trace.Call) Call {
	out := Call{
		ID:      c.ID,
		CallIDs: r.callIDs(c),
		From:    r.as(URI, c.From),
		To:      r.as(URI, c.To),
		State:   c.State,
		Invite:  moment(c.Invite),
		Answer:  moment(c.Answer),
		End:     moment(c.End),
		Streams: make([]int, 0, len(c.Streams)),
	}
	out.Engine = r.engine(c)
	if c.Status != 0 {
		out.Status = &c.Status
	}
	for _, s := range c.Streams {
		out.Streams = append(out.Streams, int(s.ID))
	}
	return out
}

func (r *Report) callIDs(c *trace.Call) []string {
	ids := []string{}
	if c != nil {
		for _, id := range c.CallIDs() {
			ids = append(ids, r.as(CallID, id))
		}
	}
	return ids
}
