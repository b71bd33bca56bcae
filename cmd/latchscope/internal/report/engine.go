package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze/ng"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Engine is the media engine that served a call, as its control protocol says.
type Engine struct {
	Kind     string          `json:"kind"`     // "rtpengine"
	At       string          `json:"at"`       // where it takes commands
	Client   string          `json:"client"`   // the proxy that sent them
	Settings []string        `json:"settings"` // flags and options of offers and answers
	Commands []EngineCommand `json:"commands"`
	Ports    []EnginePort    `json:"ports"`
}

// EngineCommand is a command and its reply.
type EngineCommand struct {
	Command    string  `json:"command"`
	Time       Time    `json:"time"`
	File       int     `json:"file"`
	Frame      uint32  `json:"frame"`
	ReplyFrame *uint32 `json:"reply_frame"` // null where none was seen
	Result     *string `json:"result"`
	Reason     *string `json:"reason"` // of a refusal
}

// EnginePort is a port of the engine and who it was for.
type EnginePort struct {
	Party     string  `json:"party"` // "caller" or "callee": who sends to it
	Line      int     `json:"line"`
	RTCP      bool    `json:"rtcp"`
	Local     string  `json:"local"`
	Announced *string `json:"announced"`  // the party's address by SDP
	Believed  *string `json:"believed"`   // where the engine sent to, as it said itself
	Confirmed *bool   `json:"confirmed"`  // that it had latched there
	Packets   *int64  `json:"packets"`    // that it had got from the party
	Known     Time    `json:"known_time"` // when it said so
	File      *int    `json:"file"`
	Frame     *uint32 `json:"frame"`
}

// engine is nil where nothing was seen of one.
func (r *Report) engine(c *trace.Call) *Engine {
	const most = 256
	if len(c.Controls) == 0 {
		return nil
	}
	first := c.Controls[0]
	e := &Engine{Kind: "rtpengine", At: r.endpoint(first.Engine), Client: r.endpoint(first.Client), Settings: r.settings(c), Commands: []EngineCommand{}, Ports: []EnginePort{}}
	for _, x := range c.Controls[:min(len(c.Controls), most)] {
		cmd := EngineCommand{Command: r.as(Codec, x.Command), Time: moment(x.Moment), File: int(x.File), Frame: x.Frame}
		if ng.Command(x.Command) {
			cmd.Command = x.Command
		}
		if !x.Reply.IsZero() {
			cmd.ReplyFrame = &x.Reply.Frame
			result := r.as(Name, x.Result)
			if x.Result == "ok" || x.Result == "error" {
				result = x.Result
			}
			cmd.Result = &result
		}
		if x.Refusal != "" {
			reason := r.as(Name, x.Refusal)
			cmd.Reason = &reason
		}
		e.Commands = append(e.Commands, cmd)
	}
	for _, p := range c.EnginePorts() {
		out := EnginePort{Party: sideName(p.Side), Line: int(p.Line), RTCP: p.RTCP, Local: r.endpoint(p.Local)}
		if !p.Announced.IsZero() {
			out.Announced = pointer(r.endpoint(p.Announced))
		}
		if !p.Known.IsZero() {
			if !p.Peer.IsZero() {
				out.Believed = pointer(r.endpoint(p.Peer))
			}
			out.Confirmed, out.Packets, out.Known = pointer(p.Confirmed), pointer(p.Packets), moment(p.Known)
			out.File, out.Frame = pointer(int(p.Known.File)), pointer(p.Known.Frame)
		}
		e.Ports = append(e.Ports, out)
	}
	return e
}

func pointer[T any](v T) *T { return &v }

func sideName(s trace.Side) string {
	if s == trace.Caller {
		return "caller"
	}
	return "callee"
}

// settings are what the engine was told to do with a call's media.
func (r *Report) settings(c *trace.Call) []string {
	out := []string{}
	for _, s := range c.EngineSettings() {
		switch key, value, _ := strings.Cut(s, "="); {
		case ng.Plain(s):
			out = append(out, s)
		case key == "media-address":
			out = append(out, key+"="+r.as(Address, value))
		default:
			out = append(out, r.as(Name, s))
		}
	}
	return out
}

// enginePairs tell of the engine what no SIP says: its ports, its settings, and
// whom it took for whom.
func (w *writer) enginePairs(c *trace.Call) []Pair {
	if len(c.Controls) == 0 {
		return nil
	}
	const mostSettings = 4
	mostPorts := 8
	if w.chosen == nil {
		mostPorts = 1
	}
	first := c.Controls[0]
	text := fmt.Sprintf("rtpengine at %s, told by %s over NG (frame %s)", w.endpoint(first.Engine), w.endpoint(first.Client), w.frameName1(first.Ref))
	settings := w.settings(c)
	if n := len(settings); n > mostSettings {
		settings = append(settings[:mostSettings], fmt.Sprintf("and %d more", n-mostSettings))
	}
	if len(settings) > 0 {
		text += ": " + strings.Join(settings, ", ")
	}
	out := []Pair{{Term: "engine", Text: []string{text}}}
	for _, x := range c.Controls {
		if x.Result != "error" && x.Refusal == "" {
			continue
		}
		out = append(out, Pair{Text: []string{fmt.Sprintf("It refused the %s in frame %s: %s.", commandName(x.Command), w.frameName1(x.Ref), w.as(Name, cmp.Or(x.Refusal, "no reason given")))}})
		break
	}
	told := 0
	for _, p := range c.EnginePorts() {
		if p.RTCP {
			continue
		}
		if told++; told > mostPorts {
			if w.chosen != nil {
				out = append(out, Pair{Text: []string{"Further ports: --format json lists them."}})
			}
			break
		}
		line := fmt.Sprintf("Its port %s is for the %s", w.endpoint(p.Local), sideName(p.Side))
		if !p.Announced.IsZero() {
			line += ", who announced " + w.endpoint(p.Announced)
		}
		if p.Known.IsZero() {
			out = append(out, Pair{Text: []string{line + "."}})
			continue
		}
		line += fmt.Sprintf("; at %s (frame %s) it had got %s and ", w.clock(p.Known), w.frameName1(p.Known.Ref), plural(int(p.Packets), "packet", "packets"))
		switch {
		case p.Peer.IsZero():
			line += "knew no address to send to."
		case p.Confirmed:
			line += "had latched on " + w.endpoint(p.Peer) + "."
		default:
			line += "took " + w.endpoint(p.Peer) + " for the address, not confirmed."
		}
		out = append(out, Pair{Text: []string{line}})
	}
	return out
}

// commandName is a command of NG for a sentence.
func commandName(s string) string {
	if ng.Command(s) {
		return s
	}
	return "command"
}
