package replay

import (
	"strconv"
	"strings"

	"github.com/latchscope/latchscope/replay/latch"
)

// controlled reports whether the talker goes to a port that rtpengine gave out, as
// its control protocol (NG) says.
func (b *assembly) controlled() bool {
	if b.Talker.Call == nil {
		return false
	}
	for _, p := range b.Talker.Call.EnginePorts() {
		if p.Local == b.Talker.Receiver() {
			return true
		}
	}
	return false
}

// agent is what the media server calls itself in User-Agent or Server: the name
// that the party of the talker's leg gives that signals from the address of the
// talker's receiver. Behind a proxy nobody does, and it is "".
func (b *assembly) agent() string {
	if b.Controlled {
		return "rtpengine"
	}
	l := b.Talker.Place().Leg
	if l == nil {
		return ""
	}
	for _, p := range l.Parties {
		for _, h := range p.Hosts {
			if h.Addr == b.Talker.Receiver().Addr {
				return p.Agent
			}
		}
	}
	return ""
}

// Named are the profiles of the engine that the capture itself names (Agent).
func (c *Case) Named() []latch.Profile {
	var out []latch.Profile
	for _, p := range latch.Versions() {
		if namedBy(p, c.Agent) {
			out = append(out, p)
		}
	}
	return out
}

// namedBy reports whether an agent's name is that of a profile's product, in a
// version that has it.
func namedBy(p latch.Profile, agent string) bool {
	for _, name := range p.Agents {
		_, after, ok := cutFold(agent, name)
		if ok && (p.AgentBelow == 0 || major(after) < p.AgentBelow) {
			return true
		}
	}
	return false
}

// cutFold is strings.Cut that takes small and capital letters for the same.
func cutFold(s, sep string) (before, after string, found bool) {
	at := strings.Index(strings.ToLower(s), strings.ToLower(sep))
	if at < 0 || at+len(sep) > len(s) {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}

// major is the first number in a text, 0 if there is none.
func major(s string) int {
	at := strings.IndexAny(s, "0123456789")
	if at < 0 {
		return 0
	}
	s = s[at:]
	if end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		s = s[:end]
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
