package report

import (
	"iter"
	"slices"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Call is one conversation.
type Call struct {
	ID      int         `json:"id"`
	CallIDs []string    `json:"call_ids"`
	From    string      `json:"from"`
	To      string      `json:"to"`
	State   trace.State `json:"state"`
	Status  Number      `json:"sip_status"` // the final one; null where none was seen
	Invite  Time        `json:"invite_time"`
	Answer  Time        `json:"answer_time"`
	End     Time        `json:"end_time"`
	Streams []int       `json:"streams"`
	Engine  *Engine     `json:"engine,omitempty"` // where its control protocol was recorded
}

// Calls of the report, in order. A call's lists are good until the next.
func (r *Report) Calls() iter.Seq[Call] { return r.calls(0, len(r.trace.Calls)) }

func (r *Report) calls(from, to int) iter.Seq[Call] {
	return func(yield func(Call) bool) {
		var room Call
		for _, c := range r.trace.Calls[from:to] {
			if !r.has(c) {
				continue
			}
			room = r.callIn(c, room.CallIDs[:0], room.Streams[:0])
			if !yield(room) {
				return
			}
		}
	}
}

func (r *Report) call(c *trace.Call) Call { return r.callIn(c, nil, nil) }

// callIn describes a call, in the room of two lists that are empty.
func (r *Report) callIn(c *trace.Call, ids []string, streams []int) Call {
	out := Call{
		ID:      c.ID,
		CallIDs: r.callIDs(ids, c),
		From:    r.as(URI, c.From),
		To:      r.as(URI, c.To),
		State:   c.State,
		Invite:  moment(c.Invite),
		Answer:  moment(c.Answer),
		End:     moment(c.End),
		Streams: slices.Grow(streams, 1), // never nil
		Status:  Number(c.Status),
		Engine:  r.engine(c),
	}
	for _, s := range c.Streams {
		out.Streams = append(out.Streams, int(s.ID))
	}
	return out
}

// callIDs are the Call-IDs of a call, behind those of a list; never nil.
func (r *Report) callIDs(ids []string, c *trace.Call) []string {
	if ids == nil {
		ids = []string{}
	}
	if c == nil {
		return ids
	}
	from := len(ids)
	ids = c.AppendCallIDs(ids)
	for i := from; i < len(ids); i++ {
		ids[i] = r.as(CallID, ids[i])
	}
	return ids
}
