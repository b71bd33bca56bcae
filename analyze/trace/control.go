package trace

import (
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// Control is one command of a proxy to a media engine, and the engine's reply: NG,
// rtpengine's control protocol (package ng). It says what no SIP says: which port
// of the engine serves which party, how it was told to latch, and in the end whom
// it took for whom.
type Control struct {
	Moment          // of the command
	Reply           Moment
	Client, Engine  endpoint.Endpoint
	Tap             uint32
	Command         string
	Dialog                     // as the command names it: FromTag is that of whoever made the offer
	Heard           netip.Addr // where the proxy got the SIP message from; zero where it does not say
	Said, Given     *SDP       // what the proxy handed over, and what the engine made of it
	Settings        []string   // flags and options, see ng.Message
	Result, Refusal string     // "ok"; why not
	Belief          []Belief   // what the engine knew when it replied; nil where it said nothing new
	Call            *Call      // that it is about; nil where that is not known
}

// Belief is a port of a media engine and whom the engine takes for the party behind
// it.
type Belief struct {
	Tag       string // of the party
	Line      int32
	RTCP      bool
	Local     endpoint.Endpoint // the engine's port
	Peer      endpoint.Endpoint // where it sends to
	Announced endpoint.Endpoint // what SDP said
	Confirmed bool              // Peer was learned for good
	Packets   int64             // that came from the party
}

// EnginePort is a port of the media engine that served a call, and whom the engine
// took for the party behind it.
type EnginePort struct {
	Side Side // of the call: who sends to the port
	Belief
	Known Moment // of the engine's reply that says Peer, Confirmed and Packets; zero where none does
}

// EnginePorts are the ports of the media engine that served the call, as far as
// what it was told shows them: in the order in which they were given out, RTP only
// where no reply to a query tells more.
func (c *Call) EnginePorts() []EnginePort {
	var out []EnginePort
	if len(c.Controls) == 0 {
		return nil
	}
	caller := c.Controls[0].FromTag
	side := func(tag string) Side {
		if tag == caller {
			return Caller
		}
		return Callee
	}
	at := func(local endpoint.Endpoint) *EnginePort {
		for i := range out {
			if out[i].Local == local {
				return &out[i]
			}
		}
		return nil
	}
	// What a command hands over is one party's; the port in the reply is for the
	// other party, which in an offer need not be known yet.
	said := map[string]*SDP{}
	for _, x := range c.Controls {
		from, to := x.FromTag, x.ToTag
		if x.Command == "answer" {
			from, to = to, from
		}
		if x.Said != nil {
			said[from] = x.Said
		}
		if x.Given != nil {
			for i := range x.Given.Media {
				local := x.Given.Media[i].Addr
				if local.Port == 0 || len(out) >= maxEnginePorts || at(local) != nil {
					continue
				}
				p := EnginePort{Side: side(to), Belief: Belief{Tag: to, Line: int32(i), Local: local}}
				out = append(out, p)
			}
		}
		for _, b := range x.Belief {
			p := at(b.Local)
			if p == nil {
				if len(out) >= maxEnginePorts {
					break
				}
				out = append(out, EnginePort{})
				p = &out[len(out)-1]
			}
			*p = EnginePort{Side: side(b.Tag), Belief: b, Known: x.Reply}
		}
	}
	for i := range out {
		p := &out[i]
		if p.Tag == "" { // of an offer: whoever answered last
			for _, x := range c.Controls {
				if x.Command == "answer" && side(x.ToTag) == p.Side {
					p.Tag = x.ToTag
				}
			}
		}
		if d := said[p.Tag]; d != nil && p.Announced.IsZero() && int(p.Line) < len(d.Media) {
			p.Announced = d.Media[p.Line].Addr
		}
	}
	return out
}

// maxEnginePorts is how many ports of an engine one call is told with.
const maxEnginePorts = 256

// EngineSettings are what the engine was told to do with the call's media, each
// once, in the order in which they were first said.
func (c *Call) EngineSettings() []string {
	var out []string
	for _, x := range c.Controls {
		if x.Command != "offer" && x.Command != "answer" {
			continue
		}
		for _, s := range x.Settings {
			if len(out) < 64 && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}
