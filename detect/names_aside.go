package detect

import (
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Who was called and did not answer, while somebody else did, is not the callee: another
// branch of a fork, a server that told the caller to call elsewhere, or somebody who was
// called later. They have legs of their own, or are hosts of the leg that was answered.

// What they are called.
const (
	otherBranch    = "other branch"
	redirectServer = "redirect server"
	thirdParty     = "third party"
)

// aside tells those of a call from its callee.
type aside struct {
	legs  map[*trace.Leg]string
	hosts map[hostOf]bool // of answered legs, that took part in other dialogs of these only
}

type hostOf struct {
	leg  *trace.Leg
	addr address
}

func asideOf(c *trace.Call, rows []ledger.Row) aside {
	a := aside{map[*trace.Leg]string{}, map[hostOf]bool{}}
	if c.Answer.IsZero() {
		return a
	}
	tied := map[*trace.Leg]bool{}
	for i := range rows {
		tied[rows[i].From.Leg], tied[rows[i].To.Leg] = true, true
	}
	for _, l := range c.Legs {
		switch {
		case !l.Answer.IsZero():
			a.branches(l)
		case l.Status < 300 && l.State != trace.Cancelled || tied[l]:
		case l.Status >= 300 && l.Status < 400:
			a.legs[l] = redirectServer
		case !l.Invite.IsZero() && l.Invite.Time > c.Answer.Time:
			a.legs[l] = thirdParty
		default:
			a.legs[l] = otherBranch
		}
	}
	return a
}

// branches finds the hosts of an answered leg from which responses of other early
// dialogs came (another To-tag, RFC 3261 section 12.1), and nothing of the one that was
// answered.
func (a *aside) branches(l *trace.Leg) {
	own := map[address]bool{}
	var others []address
	for _, m := range l.Messages.All() {
		switch {
		case m.ToTag == l.Tag || m.FromTag == l.Tag:
			own[m.Src.Addr], own[m.Dst.Addr] = true, true
		case !m.Request() && m.ToTag != "":
			others = append(others, m.Src.Addr)
		}
	}
	for _, addr := range others {
		if l.Tag != "" && !own[addr] {
			a.hosts[hostOf{l, addr}] = true
		}
	}
}

// host is what a host on one side of a leg is called, "" where it is no such one.
func (a *aside) host(l *trace.Leg, side trace.Side, h endpoint.Endpoint) string {
	switch {
	case side != trace.Callee:
		return ""
	case a.hosts[hostOf{l, h.Addr}]:
		return otherBranch
	}
	return a.legs[l]
}

// port is what the owner of a port that SDP named is called, "" where it is no such one.
func (a *aside) port(l *trace.Leg, p *trace.Port) string {
	switch tag := p.Tag(); {
	case p.Side != trace.Callee:
		return ""
	case !l.Answer.IsZero() && l.Tag != "" && tag != "" && tag != l.Tag:
		return otherBranch
	}
	return a.legs[l]
}
