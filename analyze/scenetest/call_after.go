package scenetest

// takesAfter gives a call the Call-ID and the caller's tag of the call that it goes
// on with after a redirection (RFC 3261 section 8.1.3.4), or of which it is another
// branch.
func (c *call) takesAfter(w *world, d *dialog) {
	name, more := c.spec.after, uint32(1)
	if c.spec.forkOf != "" {
		name, more = c.spec.forkOf, 0
	}
	if name == "" {
		return
	}
	first := w.byName[name].legs[0].dialog
	d.callID, d.tag[0], d.user[0] = first.callID, first.tag[0], first.user[0]
	d.cseq[0] = first.cseq[0] + more
}

// redirection is the header of a 3xx that names who is to be called instead.
func (w *world) redirection(c *call) []string {
	for _, next := range w.calls {
		if p := next.parties[1]; next.spec.after == c.name {
			return []string{"Contact: <" + uri(p.user(), p.addr) + ">"}
		}
	}
	return nil
}
