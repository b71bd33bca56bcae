package trace

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Inner is the side of a leg that faces another leg of the same call: whatever
// joins them was called on the earlier one and calls on the later one.
func (l *Leg) Inner(o *Leg) Side {
	if l.ID < o.ID {
		return Callee
	}
	return Caller
}

// Sender is the side of a message's sender.
func (l *Leg) Sender(m *Message) Side {
	requester := Caller
	if m.FromTag != l.FromTag && (m.ToTag == l.FromTag || m.FromTag == l.Tag && m.FromTag != "") {
		requester = Callee
	}
	if m.Request() {
		return requester
	}
	return 1 - requester
}

// PortsAt are the ports of a side in force at a time, rejected lines left out.
func (l *Leg) PortsAt(side Side, t int64) []*Port {
	var out []*Port
	for _, p := range l.Ports {
		if p.Side == side && p.Live(t) && p.Addr.Port != 0 {
			out = append(out, p)
		}
	}
	return out
}

// Names reports whether an endpoint is the port's own or one of its candidates.
func (p *Port) Names(ep endpoint.Endpoint) bool {
	return p.Addr == ep || slices.Contains(p.Candidates, ep)
}

// HeldAt reports whether either side of the leg wanted no media from the other
// on a line at a time: hold, a rejected line, T.38 instead of audio.
func (l *Leg) HeldAt(line int32, receiver Side, t int64) bool {
	for _, p := range l.Ports {
		if p.Line == line && !p.Alias && p.Live(t) && p.holds(receiver) {
			return true
		}
	}
	return false
}

// holds reports whether the port, while it is in force, keeps media from a side.
func (p *Port) holds(receiver Side) bool {
	switch {
	case p.Addr.Port == 0 || p.Media.T38:
		return true
	case p.Side == receiver:
		return p.Media.Held()
	}
	return p.Media.Direction == RecvOnly || p.Media.Direction == Inactive || p.Addr.IP().IsUnspecified()
}

// Identities returns the URIs that a leg is known by: those of its parties (From
// and To), of its Request-URIs and of P-Asserted-Identity, each user once.
func (t *Trace) Identities(l *Leg) []string {
	return append([]string{l.Parties[Caller].URI, l.Parties[Callee].URI}, t.Aliases[l]...)
}
