package collect

import (
	"hash/maphash"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ng"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// controls are the commands to media engines that a reply is awaited for, and what
// each call's engine said last of it.
type controls struct {
	open     map[cookie]*trace.Control
	belief   map[string]*trace.Control // by Call-ID: the last reply that said what the engine knew
	settings map[string][]string       // those of a proxy are the same in nearly all commands
	beliefs  int                       // that are kept
}

// cookie is what ties a reply to its command.
type cookie struct {
	client, engine endpoint.Endpoint
	hash           uint64
}

// replyWithin is how long a proxy awaits a reply at most, its repetitions
// included: Kamailio's rtpengine module gives up after five times a second.
const replyWithin = 32 * second

// control takes a message of a proxy to a media engine, or back.
func (c *collector) control(d *packet.Datagram) {
	var m ng.Message
	if !ng.Parse(d.Payload, &m) {
		if d.Flags&packet.Truncated != 0 {
			c.warn("ng-cut", d.Frame, 1, "messages of rtpengine's control protocol (NG) that the snap length cut: record with -s 0")
		}
		return
	}
	hash := maphash.String(c.seed, m.Cookie)
	if m.Command == "" {
		c.controlReply(d, &m, cookie{d.Dst, d.Src, hash})
		return
	}
	if m.CallID == "" {
		return // ping, list, statistics
	}
	key := cookie{d.Src, d.Dst, hash}
	if o := c.controls.open[key]; o != nil && d.Time-o.Time < replyWithin {
		return // sent again, or seen on another interface
	}
	if len(c.out.Controls) >= c.limits.Messages {
		c.bound("controls", d.Frame, 1, "further commands to a media engine were not kept")
		return
	}
	if c.controls.open == nil {
		c.controls = controls{open: map[cookie]*trace.Control{}, belief: map[string]*trace.Control{}, settings: map[string][]string{}}
	}
	if len(c.controls.open) >= maxOpen {
		maps.DeleteFunc(c.controls.open, func(_ cookie, o *trace.Control) bool { return d.Time-o.Time >= replyWithin })
		if n := len(c.controls.open); n > maxOpen/2 { // looking again soon would cost more than it frees
			c.bound("controls-open", d.Frame, int64(n), "commands to a media engine were not tied to their replies")
			clear(c.controls.open)
		}
	}
	n := c.noteOf(m.CallID)
	x := &trace.Control{
		Moment: c.moment(d), Client: d.Src, Engine: d.Dst, Tap: d.Tap, Command: c.interned.name([]byte(m.Command)),
		Dialog: *c.made.Dialogs.At(n.dialog([]byte(m.FromTag), []byte(m.ToTag), new(words), &c.made)), Heard: m.From, Said: c.describeControl(m.SDP, n),
	}
	x.Settings = c.controls.shared(m.Settings)
	c.controls.open[key] = x
	c.out.Controls = append(c.out.Controls, x)
}

// maxOpen is how many commands may wait for their replies at a time.
const maxOpen = 1 << 16

// controlReply completes a command.
func (c *collector) controlReply(d *packet.Datagram, m *ng.Message, key cookie) {
	x := c.controls.open[key]
	if x == nil || !x.Reply.IsZero() || d.Time-x.Time >= replyWithin {
		return
	}
	x.Reply, x.Result, x.Refusal = c.moment(d), c.interned.name([]byte(m.Result)), string(atMost([]byte(m.Reason)))
	x.Given = c.describeControl(m.SDP, c.noteOf(x.CallID))
	if c.controls.beliefs += len(m.Streams); len(m.Streams) == 0 {
		return
	}
	if c.controls.beliefs > c.limits.Messages {
		c.bound("beliefs", d.Frame, 1, "what a media engine said of further calls was not kept")
		return
	}
	for _, s := range m.Streams {
		x.Belief = append(x.Belief, trace.Belief{
			Tag: string(atMost([]byte(s.Tag))), Line: int32(s.Line), RTCP: s.RTCP, Local: endpointOf(s.Local), Peer: endpointOf(s.Endpoint), Announced: endpointOf(s.Advertised),
			Confirmed: s.Confirmed, Packets: s.Packets,
		})
	}
	// Who asks every second how a call is doing shall not fill the memory: of
	// replies that say the same the last is kept.
	if last := c.controls.belief[x.CallID]; last != nil && sameBelief(last.Belief, x.Belief) {
		c.controls.beliefs -= len(last.Belief)
		last.Belief = nil
	}
	c.controls.belief[x.CallID] = x
}

// shared are settings as they are kept. Nobody has a thousand sets of them.
func (c *controls) shared(list []string) []string {
	const most = 1024
	key := strings.Join(list, "\x00")
	known, ok := c.settings[key]
	if !ok && len(c.settings) < most {
		known = list
		c.settings[key] = list
	}
	return known
}

// sameBelief reports whether two replies take the same for the parties.
func sameBelief(a, b []trace.Belief) bool {
	return slices.EqualFunc(a, b, func(a, b trace.Belief) bool {
		a.Packets = b.Packets
		return a == b
	})
}

func endpointOf(a netip.AddrPort) endpoint.Endpoint {
	if !a.IsValid() {
		return endpoint.Endpoint{}
	}
	return endpoint.From(a)
}

// describeControl keeps of a session description what the correlation needs.
func (c *collector) describeControl(text string, n *callIDState) *trace.SDP {
	if text == "" || !sip.ParseSDP([]byte(text), &c.sdp) {
		return nil
	}
	s := c.describe(&c.sdp, n)
	c.announce(s, n)
	return s
}

// noteOf finds what is known of a Call-ID that a media engine was told.
func (c *collector) noteOf(callID string) *callIDState {
	id := atMost([]byte(callID))
	key := maphash.Bytes(c.seed, id)
	n, at := c.callIDs.find(key)
	if n == nil {
		n = c.made.states.One()
		n.id, n.owner, n.key = string(id), ownerOf(id), key
		c.callIDs.insert(at, n)
	}
	n.settled = true // somebody answered the call's question
	return n
}
