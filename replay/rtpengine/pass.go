package rtpengine

import (
	"context"
	"fmt"
)

// SDP is a party's offer or answer on its way through the daemon, for callers
// that have signalling of their own.
type SDP struct {
	CallID   string
	From, To string // tags: of the offerer; of the answerer, once it is known
	Answer   bool
	Body     string
	Flags    []string
}

// Pass puts an offer or answer to the daemon and returns what the other party
// is to be told.
func (c *Client) Pass(ctx context.Context, s SDP) (string, error) {
	q := command{
		Command: "offer", CallID: s.CallID, FromTag: s.From, ToTag: s.To, SDP: s.Body,
		ICE: "remove", Replace: []string{"origin", "session-connection"}, Flags: s.Flags,
	}
	if s.Answer {
		q.Command = "answer"
	}
	r, err := c.do(ctx, q)
	if err == nil && r.SDP == "" {
		err = fmt.Errorf("rtpengine at %s, to %q: no SDP", c.addr, q.Command)
	}
	return r.SDP, err
}

// Delete takes a call off the daemon at once.
func (c *Client) Delete(ctx context.Context, callID, from string) error {
	now := 0
	_, err := c.do(ctx, command{Command: "delete", CallID: callID, FromTag: from, DeleteDelay: &now})
	return err
}
