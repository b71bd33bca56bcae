package trunk

// The story, in steps of a call that flips: the telephone sends before its
// answer, every fifth of these packets draws an ICMP error, and a NAT on the
// way takes that for the end of the mapping. The server takes three packets
// from the old port, holds on to it, and lets go ten seconds later.
const (
	early  = 25 // steps before the answer from which the telephone sends
	locks  = 3  // packets from the old port that the server takes
	latchS = 10 // seconds it holds on to it
)

// story says what becomes of a flipping call's media in a step of its life.
type story struct {
	from    endpoint // where the telephone's packet seems to come from
	refused bool     // by ICMP
	passed  bool     // on to the gateway
	to      endpoint // where the server sends the telephone's media
}

func (c *call) story(step, perSecond int) story {
	moved := c.phone
	moved.port++
	since := step - ringing // the answer
	switch {
	case since < 0:
		return story{from: c.phone, refused: since%5 == 0}
	case since < locks:
		return story{from: c.phone, passed: true, to: c.phone}
	case since < locks+latchS*perSecond:
		return story{from: moved, to: c.phone}
	}
	return story{from: moved, passed: true, to: moved}
}
