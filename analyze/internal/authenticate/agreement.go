package authenticate

import (
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// agreement is what an offer and its answer say of the keys of one m= line.
type agreement struct {
	line   int32
	at     trace.Moment // of the answer
	chosen [2]*srtp.Crypto
	named  [2][]srtp.Crypto // all that each side named
}

// agreements are those of a leg, in order of time. One that repeats the keys of
// the one before is none of its own. chosen is nil where the answer has no key, or
// none of what was offered: nothing can be said of that time.
func agreements(l *trace.Leg, keys *srtp.Keyring) []agreement {
	var out []agreement
	var offer trace.Message // without SDP: none
	pair := func(o, a trace.Message) {
		for line := range a.SDP.Media[:min(len(a.SDP.Media), len(o.SDP.Media))] {
			if a.SDP.Media[line].Kind != "audio" {
				continue
			}
			g := agree(int32(line), keys.Of(o.SDP, int32(line)), keys.Of(a.SDP, int32(line)), l.Sender(&o), l.Sender(&a))
			g.at = a.Moment
			if old := latest(out, g.line); old != nil && old.same(&g) || old == nil && g.chosen[0] == nil {
				continue
			}
			if len(out) < mostAgreements {
				out = append(out, g)
			}
		}
	}
	for _, m := range l.Messages.All() {
		if m.Copy || m.Repeat || m.SDP == nil {
			continue
		}
		if m.Request() {
			if (m.Method == "ACK" || m.Method == "PRACK") && offer.SDP != nil && !offer.Request() {
				pair(offer, m)
				offer = trace.Message{}
				continue
			}
			offer = m
			continue
		}
		switch {
		case m.Status >= 300, l.Tag != "" && m.Method == "INVITE" && m.ToTag != l.Tag && m.FromTag != l.Tag:
		case offer.SDP != nil && offer.Request() && offer.CSeq == m.CSeq && offer.Method == m.Method && l.Sender(&offer) != l.Sender(&m):
			pair(offer, m)
		case m.Method == "INVITE":
			offer = m // the INVITE made none
		}
	}
	return out
}

// mostAgreements bounds what is followed in one leg.
const mostAgreements = 256

// agree finds the attribute that the answer accepts: it repeats the offer's tag
// and suite (RFC 4568 section 5.1.2).
func agree(line int32, offered, answered []srtp.Crypto, offerer, answerer trace.Side) agreement {
	g := agreement{line: line}
	g.named[offerer], g.named[answerer] = offered, answered
	if len(answered) == 0 {
		return g
	}
	a := &answered[0]
	for i := range offered {
		if o := &offered[i]; o.Tag == a.Tag && o.Suite == a.Suite && !o.Opaque && !a.Opaque {
			g.chosen[offerer], g.chosen[answerer] = o, a
			break
		}
	}
	return g
}

func latest(list []agreement, line int32) *agreement {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].line == line {
			return &list[i]
		}
	}
	return nil
}

// same reports whether two agreements have the same keys.
func (g *agreement) same(o *agreement) bool {
	for side := range g.chosen {
		a, b := g.chosen[side], o.chosen[side]
		if (a == nil) != (b == nil) || a != nil && !a.Equal(b) {
			return false
		}
	}
	return true
}
