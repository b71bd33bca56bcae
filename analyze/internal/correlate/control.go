package correlate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// What a proxy tells a media engine (NG) says who talks to whom, and who listens
// where: what the caller offered, what the engine made of it for the callee, the
// callee's answer, what the engine made of that. Where the SIP of one of these two
// sides is not in the captures, messages are made of it, as the proxy must have
// got or sent them, with transport NG. A leg of such messages has no SIP status,
// no URIs, and no port that its parties signal from.

// controlled makes messages of what media engines were told of legs that no SIP
// shows. Messages and commands must be in order of time.
func controlled(messages trace.Messages, list []*trace.Control) []trace.Message {
	if len(list) == 0 {
		return nil
	}
	said := map[endpoint.Endpoint][]int64{}
	for _, m := range messages.All() {
		if m.SDP == nil {
			continue
		}
		for i := range m.SDP.Media {
			if at := m.SDP.Media[i].Addr; at.Port != 0 && len(said[at]) < maxAtOnce {
				said[at] = append(said[at], m.Time)
			}
		}
	}
	type key struct {
		callID         string
		client, engine endpoint.Endpoint
	}
	sessions := map[key]*session{}
	var order []*session
	for _, x := range list {
		k := key{x.CallID, endpoint.Endpoint{Addr: x.Client.Addr}, x.Engine}
		s := sessions[k]
		if s == nil {
			s = &session{said: said}
			sessions[k] = s
			order = append(order, s)
		}
		if len(s.list) < maxControls {
			s.list = append(s.list, x)
		}
	}
	var out []trace.Message
	for _, s := range order {
		out = append(out, s.messages()...)
	}
	return out
}

// maxControls is how many commands about one call are followed.
const maxControls = 4096

// session is what one proxy told one engine of one call, in order of time.
type session struct {
	list   []*trace.Control
	said   map[endpoint.Endpoint][]int64 // what SIP announced, and when
	caller string                        // tag of who made the first offer
	shown  [2]bool                       // the caller's and the callee's leg, by SIP
	hosts  map[string]endpoint.Endpoint  // of the parties, by tag
	out    []trace.Message
}

func (s *session) messages() []trace.Message {
	first := s.list[0]
	s.caller = first.FromTag
	s.hosts = map[string]endpoint.Endpoint{}
	for _, x := range s.list {
		switch x.Command {
		case "offer":
			s.meet(x.FromTag, x)
			s.show(x, s.side(x.FromTag))
		case "answer":
			s.meet(x.ToTag, x)
			s.show(x, s.side(x.ToTag))
		}
	}
	if s.shown[0] && s.shown[1] {
		return nil
	}
	var cseq uint32
	answered, ended := false, false
	for i, x := range s.list {
		switch x.Command {
		case "offer":
			cseq++
			ended = false
			s.offer(x, cseq, s.answerers(i))
		case "answer":
			answered = true
			s.answer(x, cseq, s.answeredAgain(i))
		case "delete":
			if !ended {
				s.end(x, cseq, answered)
			}
			ended = true
		}
	}
	return s.out
}

// side of the call that a party stands on.
func (s *session) side(tag string) trace.Side {
	if tag == s.caller {
		return trace.Caller
	}
	return trace.Callee
}

// meet notes where a party signals from: where the proxy got its message from,
// else where its media is. The port is not known; where all of them run on one
// host, that of the media tells them apart.
func (s *session) meet(tag string, x *trace.Control) {
	if _, known := s.hosts[tag]; known {
		return
	}
	var media endpoint.Endpoint
	if x.Said != nil && len(x.Said.Media) > 0 {
		media = x.Said.Media[0].Addr
	}
	host := endpoint.Endpoint{Addr: media.Addr}
	if x.Heard.IsValid() {
		host = endpoint.From(netip.AddrPortFrom(x.Heard, 0))
	}
	if host.Addr == x.Client.Addr {
		host.Port = media.Port
	}
	s.hosts[tag] = host
}

// show notes whether SIP shows what a command says of the legs of its sender, and
// of the other one.
func (s *session) show(x *trace.Control, side trace.Side) {
	s.shown[side] = s.shown[side] || s.announced(x.Said, x.Time)
	s.shown[1-side] = s.shown[1-side] || s.announced(x.Given, x.Reply.Time)
}

// announced reports whether SIP announced the address of a session description
// within some seconds of its passing by here.
func (s *session) announced(d *trace.SDP, at int64) bool {
	if d == nil {
		return false
	}
	for i := range d.Media {
		for _, t := range s.said[d.Media[i].Addr] {
			if t-at < 10*second && at-t < 10*second {
				return true
			}
		}
	}
	return false
}

// answerers are the tags that answer the i-th command, an offer, each once.
func (s *session) answerers(i int) []string {
	var tags []string
	for _, x := range s.list[i+1:] {
		if x.Command == "offer" {
			break
		}
		if x.Command == "answer" && len(tags) < maxAtOnce && !slices.Contains(tags, x.ToTag) {
			tags = append(tags, x.ToTag)
		}
	}
	return tags
}

// answeredAgain reports whether the i-th command, an answer, is followed by
// another one of the same party to the same offer: then it came with a provisional
// response.
func (s *session) answeredAgain(i int) bool {
	for _, x := range s.list[i+1:] {
		if x.Command == "offer" || x.Command == "delete" {
			break
		}
		if x.Command == "answer" && x.ToTag == s.list[i].ToTag {
			return true
		}
	}
	return false
}

var (
	controlInvite = &trace.Kind{Method: "INVITE"}
	controlEarly  = &trace.Kind{Method: "INVITE", Status: 183}
	controlAnswer = &trace.Kind{Method: "INVITE", Status: 200}
	controlBye    = &trace.Kind{Method: "BYE"}
	controlCancel = &trace.Kind{Method: "CANCEL"}
)

// offer makes the two INVITEs: one that the proxy got, one that it sent on, to
// everybody who answers.
func (s *session) offer(x *trace.Control, cseq uint32, answerers []string) {
	from := s.side(x.FromTag)
	s.add(x, from, from, x.FromTag, x.Moment, x.Said, controlInvite, cseq, x.FromTag, x.ToTag)
	if x.Given == nil {
		return
	}
	to := answerers
	if x.ToTag != "" {
		to = []string{x.ToTag}
	}
	for _, tag := range to {
		s.add(x, 1-from, from, tag, x.Reply, x.Given, controlInvite, cseq, x.FromTag, x.ToTag)
	}
}

// answer makes the two responses.
func (s *session) answer(x *trace.Control, cseq uint32, early bool) {
	kind := controlAnswer
	if early {
		kind = controlEarly
	}
	from := s.side(x.ToTag)
	s.add(x, from, from, x.ToTag, x.Moment, x.Said, kind, cseq, x.FromTag, x.ToTag)
	at := x.Reply
	if at.IsZero() {
		at = x.Moment
	}
	s.add(x, 1-from, from, x.FromTag, at, x.Given, kind, cseq, x.FromTag, x.ToTag)
}

// end makes the two BYEs of a call that was answered. One that was not was given
// up: cancelled or refused, NG does not say which.
func (s *session) end(x *trace.Control, cseq uint32, answered bool) {
	from := s.side(x.FromTag)
	if !answered {
		s.add(x, trace.Caller, trace.Caller, s.caller, x.Moment, nil, controlCancel, cseq, s.caller, "")
		return
	}
	to := x.ToTag
	for tag := range s.hosts {
		if to == "" && len(s.hosts) == 2 && tag != x.FromTag {
			to = tag
		}
	}
	s.add(x, from, from, x.FromTag, x.Moment, nil, controlBye, cseq+1, x.FromTag, to)
	s.add(x, 1-from, from, to, x.Moment, nil, controlBye, cseq+1, x.FromTag, to)
}

// add makes a message on the leg of a side, between the proxy and the party of a
// tag, that travels away from the side it comes from.
func (s *session) add(x *trace.Control, leg, from trace.Side, tag string, at trace.Moment, sdp *trace.SDP, kind *trace.Kind, cseq uint32, fromTag, toTag string) {
	host, known := s.hosts[tag]
	if s.shown[leg] || !known || at.IsZero() {
		return
	}
	p := &trace.Passage{Src: host, Dst: x.Client, Tap: x.Tap, Transport: trace.NG}
	if leg != from {
		p.Src, p.Dst = p.Dst, p.Src
	}
	request := kind.Method
	if kind == controlCancel {
		request = "INVITE"
	}
	party := tag
	if leg == trace.Caller {
		party = "" // one leg, whoever answers
	}
	s.out = append(s.out, trace.Message{
		Moment: at, Passage: p, Dialog: &trace.Dialog{CallID: x.CallID, FromTag: fromTag, ToTag: toTag}, Kind: kind, SDP: sdp, CSeq: cseq,
		Branch: trace.BranchOf(fmt.Appendf(nil, "z9hG4bK-%s-%d-%d-%s", request, cseq, leg, party)),
	})
}

// tieControls says which call each command is about: that of its Call-ID, else
// that of an address that it names.
func (t *correlation) tieControls(ports portIndex) {
	if len(t.Controls) == 0 {
		return
	}
	byID := map[string][]*trace.Leg{}
	for _, l := range t.Legs {
		byID[l.CallID] = append(byID[l.CallID], l)
	}
	for _, x := range t.Controls {
		if c := controlledCall(byID[x.CallID], x.Time); c != nil {
			x.Call = c
		} else {
			x.Call = announcedCall(ports, x)
		}
		if x.Call != nil {
			x.Call.Controls = append(x.Call.Controls, x)
		}
	}
}

// controlledCall is the call of the legs of one Call-ID that lives at a time, else
// the last one.
func controlledCall(legs []*trace.Leg, at int64) *trace.Call {
	var c *trace.Call
	for _, l := range legs {
		c = l.Call
		if l.End.IsZero() || at <= l.End.Time+second {
			break
		}
	}
	return c
}

func announcedCall(ports portIndex, x *trace.Control) *trace.Call {
	for _, d := range []*trace.SDP{x.Said, x.Given} {
		if d == nil {
			continue
		}
		for i := range d.Media {
			if p := ports.best(d.Media[i].Addr, x.Time, x.Time+10*second); p != nil {
				return p.Leg.Call
			}
		}
	}
	return nil
}
