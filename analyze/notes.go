package analyze

import "slices"

// notes is what the collector keeps of one Call-ID while it reads.
type notes struct {
	id      string
	strings []string // that its messages repeat: tags, branches, URIs
	heads   []*Head  // of its messages, as far as they differ
	settled bool     // more was said than one question
	first   uint64   // hash of its first message
	last    int64    // time of its last message
}

// maxStrings is how many strings of one Call-ID are compared with a new one.
const maxStrings = 24

// name is b as a string, an equal one of an earlier message if there is one.
// What differs from call to call would only fill the table of all names.
func (n *notes) name(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	b = b[:min(len(b), maxName)]
	for _, s := range n.strings {
		if s == string(b) {
			return s
		}
	}
	s := string(b)
	if len(n.strings) < maxStrings {
		n.strings = append(n.strings, s)
	}
	return s
}

// maxHeads is how many heads of one Call-ID are compared with a new one.
const maxHeads = 4

// head is an equal one of an earlier message, else h itself: the messages of a
// dialog mostly repeat each other.
func (n *notes) head(h *Head, request bool) *Head {
	for _, o := range n.heads {
		if o.equal(h, request) {
			return o
		}
	}
	if len(n.heads) < maxHeads {
		n.heads = append(n.heads, h)
	}
	return h
}

// equal tells whether h says nothing that o does not say. Where they go and
// who may be called back matters in requests that set up a dialog only.
func (h *Head) equal(o *Head, request bool) bool {
	return (!request || h.RequestURI == o.RequestURI && h.Contact == o.Contact) &&
		h.FromURI == o.FromURI && h.FromName == o.FromName && h.ToURI == o.ToURI && h.ToName == o.ToName &&
		h.Agent == o.Agent && h.Reason == o.Reason && h.Replaces == o.Replaces && h.SessionID == o.SessionID &&
		h.Require100 == o.Require100 && slices.Equal(h.Related, o.Related) && slices.Equal(h.Keys, o.Keys)
}

// asked is how long a question without an answer is worth keeping when there
// are too many of them: a server that is there says 100 within 200 ms (RFC 3261
// section 17.2.1).
const asked = second

// thinDialogs drops the messages of Call-IDs that asked one question a while
// ago and never heard an answer: scans and floods are made of these.
func (c *collector) thinDialogs(now int64) (dropped int) {
	old := func(n *notes) bool { return n != nil && !n.settled && now-n.last > asked }
	kept := c.out.Messages[:0]
	for _, m := range c.out.Messages {
		if old(c.notes[m.CallID]) {
			dropped++
			continue
		}
		kept = append(kept, m)
	}
	clear(c.out.Messages[len(kept):])
	c.out.Messages = kept
	for id, n := range c.notes {
		if old(n) {
			delete(c.notes, id)
		}
	}
	for ep, m := range c.said {
		if c.notes[m.callID] == nil {
			delete(c.said, ep)
		}
	}
	return dropped
}
