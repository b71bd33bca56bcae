package collect

import "github.com/latchscope/latchscope/analyze/sip"

// connections are the byte streams in which SIP is looked for: those used
// last, at least as many as limit and at most twice as many. When the newer
// half is full, it becomes the older one, and what has not been used since is
// forgotten.
type connections struct {
	limit        int
	newer, older map[streamKey]*sip.Framer
}

// get is a connection's framer, nil if it is not known.
func (c *connections) get(k streamKey) *sip.Framer {
	if f := c.newer[k]; f != nil {
		return f
	}
	f := c.older[k]
	if f != nil {
		delete(c.older, k)
		c.put(k, f)
	}
	return f
}

// put makes a connection the one used last, and tells how many were forgotten
// for it.
func (c *connections) put(k streamKey, f *sip.Framer) (forgotten int) {
	if c.newer == nil || len(c.newer) >= c.limit {
		forgotten = len(c.older)
		c.older, c.newer = c.newer, map[streamKey]*sip.Framer{}
	}
	c.newer[k] = f
	return forgotten
}

func (c *connections) drop(k streamKey) {
	delete(c.newer, k)
	delete(c.older, k)
}

// border tells all connections that a file has ended. What they hold of a message is
// given up: whoever reassembles the next file joins them in the middle, and begins
// with a message.
func (c *connections) border() {
	for _, known := range []map[streamKey]*sip.Framer{c.newer, c.older} {
		for _, f := range known {
			f.Gap(func([]byte) {})
		}
	}
}
