package detect

import "github.com/latchscope/latchscope/analyze/trace"

// partyOf is what a talker's party is called in every sentence about its call:
// "the caller", "the callee", "the media server"; "the talker" where no
// signalling says whose media it is.
func partyOf(k *trace.Talker) string { return partyAt(k.Call, k.Place()) }

// otherThan is what the party at the other end of a talker's media is called.
func otherThan(k *trace.Talker) string {
	switch partyOf(k) {
	case "the caller":
		return "the callee"
	case "the callee":
		return "the caller"
	}
	return "the other party"
}

func partyAt(c *trace.Call, p trace.Place) string {
	if c == nil || !p.Known() {
		return "the talker"
	}
	i := legIndex(c, p.Leg)
	if i < 0 {
		return "the talker"
	}
	if name := role(c, i, p.From); name != "server" {
		return "the " + name
	}
	return "the media server"
}
