package collect

import (
	"hash/fnv"
	"hash/maphash"

	"github.com/latchscope/latchscope/analyze/internal/tracked"
	"github.com/latchscope/latchscope/analyze/trace"
)

// callIDState is what the collector knows of one Call-ID while it reads. The messages
// of a dialog mostly repeat each other, and share what they say.
type callIDState struct {
	id       string
	key      uint64    // hash of the Call-ID, by which it is found
	owner    uint32    // stands for the Call-ID; never 0
	dialogs  [4]uint32 // the last few of each, of which the next may be an equal
	passages [2]uint32
	heads    [3]*tracked.Head
	sdps     [2]*description
	next     struct{ dialog, head, sdp, passage uint8 } // which one is given up
	settled  bool                                       // more was said than one question
	first    uint64                                     // hash of its first message
	last     int64                                      // time of its last message
}

// ownerOf stands for a Call-ID, in every pass the same; it is never 0. Two that
// meet only let a port that is used again pass for one that goes on.
func ownerOf(id []byte) uint32 {
	h := fnv.New32a()
	h.Write(id)
	return max(h.Sum32(), 1)
}

// remember puts v in the place of the oldest in a list.
func remember[T any](list []T, next *uint8, v T) T {
	list[*next] = v
	*next = (*next + 1) % uint8(len(list))
	return v
}

// heard reports whether it is the second thing that was said.
func (n *callIDState) heard(time int64, hash uint64) bool {
	n.last = time
	switch {
	case n.first == 0:
		n.first = hash
	case n.first != hash && !n.settled:
		n.settled = true
		return true
	}
	return false
}

// dialog is what a message with these tags says of its dialog: a number among Dialogs.
func (n *callIDState) dialog(from, to []byte, said *words, made *made) uint32 {
	from, to = from[:min(len(from), maxName)], to[:min(len(to), maxName)]
	for _, number := range n.dialogs {
		if number == 0 {
			continue
		}
		if d := made.Dialogs.At(number); d.ToTag == string(to) && d.FromTag == string(from) { // in this order: most have one From-tag
			return number
		}
	}
	d := made.Dialogs.Add(trace.Dialog{CallID: n.id, FromTag: n.tag(from, said, made), ToTag: n.tag(to, said, made)})
	return remember(n.dialogs[:], &n.next.dialog, d)
}

func (n *callIDState) tag(b []byte, said *words, made *made) string {
	if s, ok := said.find(b); ok {
		return s
	}
	for _, number := range n.dialogs {
		if number == 0 {
			continue
		}
		switch d := made.Dialogs.At(number); string(b) {
		case d.FromTag:
			return d.FromTag
		case d.ToTag:
			return d.ToTag
		}
	}
	return made.keep(b)
}

// head is what a message's other headers say.
func (n *callIDState) head(m *headers, all *interned, said *words, made *made) *tracked.Head {
	for _, h := range n.heads {
		if h != nil && says(h, m) {
			return h
		}
	}
	h := remember(n.heads[:], &n.next.head, made.heads.One()) // at once: its strings may repeat each other
	h.FromURI, h.ToURI = n.text(m.fromURI, said, made), n.text(m.toURI, said, made)
	h.FromName, h.ToName = n.text(m.fromName, said, made), n.text(m.toName, said, made)
	h.Asserted = n.text(m.asserted, said, made)
	h.Agent = all.name(m.agent)
	if m.invite {
		h.RequestURI = n.text(m.requestURI, said, made)
		for _, r := range m.related {
			v := n.text(r.Value, said, made)
			h.Related = append(h.Related, v)
			if keysCall(r) {
				h.Keys = append(h.Keys, v)
			}
		}
	}
	return h
}

// text is b as a string, an equal one of an earlier head if there is one.
func (n *callIDState) text(b []byte, said *words, made *made) string {
	b = b[:min(len(b), maxName)]
	if s, ok := said.find(b); ok {
		return s
	}
	for _, h := range n.heads {
		if h == nil {
			continue
		}
		for _, s := range [...]string{h.FromURI, h.ToURI, h.RequestURI, h.Asserted, h.FromName, h.ToName} {
			if s == string(b) {
				return s
			}
		}
	}
	return made.keep(b)
}

// says reports whether m says nothing that h does not say. Where it goes, and how
// other legs may know it, matters in an INVITE only.
func says(h *tracked.Head, m *headers) bool {
	if !holds(h.Agent, m.agent) || !holds(h.FromURI, m.fromURI) || !holds(h.ToURI, m.toURI) || !holds(h.Asserted, m.asserted) ||
		!holds(h.FromName, m.fromName) || !holds(h.ToName, m.toName) {
		return false
	}
	if !m.invite {
		return true
	}
	if !holds(h.RequestURI, m.requestURI) || len(h.Related) != len(m.related) {
		return false
	}
	keys := h.Keys
	for i, r := range m.related {
		if !holds(h.Related[i], r.Value) {
			return false
		}
		if keysCall(r) {
			if len(keys) == 0 || !holds(keys[0], r.Value) {
				return false
			}
			keys = keys[1:]
		}
	}
	return len(keys) == 0
}

// holds reports whether s is what is kept of b.
func holds(s string, b []byte) bool { return s == string(b[:min(len(b), maxName)]) }

// asked is how long a question without an answer is worth keeping when there
// are too many of them: a server that is there says 100 within 200 ms (RFC 3261
// section 17.2.1).
const asked = second

// evictUnanswered drops the messages of Call-IDs that asked one question a while
// ago and never heard an answer: scans and floods are made of these.
func (c *collector) evictUnanswered(now int64) (dropped int) {
	old := func(n *callIDState) bool { return n != nil && !n.settled && now-n.last > asked }
	of := func(m *trace.Record) *callIDState {
		n, _ := c.callIDs.find(maphash.String(c.seed, c.made.Dialogs.At(m.Dialog).CallID))
		return n
	}
	left := c.out.Messages.Numbers[:0]
	for _, number := range c.out.Messages.Numbers {
		m := c.made.Records.At(number)
		if !old(of(m)) {
			left = append(left, number)
			continue
		}
		dropped++
		if m.Content != 0 {
			c.mediaKeys.Forget(c.made.Contents.At(m.Content).SDP)
		}
	}
	c.out.Messages.Numbers = left
	c.latest.forget()
	if c.said != nil {
		c.said = c.said.without(func(a announcement) bool { return old(a.by) })
	}
	c.callIDs.evict(func(n *callIDState) bool {
		if !old(n) {
			return false
		}
		c.made.forget(n)
		return true
	})
	c.sweep()
	if dropped > 0 {
		c.made.texts.separate()
	}
	return dropped
}

// sweep lets go of what only messages shared that are not kept any more. Dialogs are
// named by commands to media engines, too.
func (c *collector) sweep() {
	var dialogs []uint32
	for _, n := range c.callIDs.list {
		dialogs = append(dialogs, n.dialogs[:]...)
	}
	c.interned.forget()
	c.out.Messages.Sweep(dialogs)
}
