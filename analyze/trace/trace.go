package trace

import (
	"slices"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/timeindex"
	"github.com/latchscope/latchscope/analyze/packet"
)

// Trace is what a set of captures says, put in relation: the calls, their
// media and the errors about it. All times are in the clock of capture point 0.
// It is complete and read-only once Correlate and the second look are done.
type Trace struct {
	Captures []Capture
	Calls    []*Call      // in order of their first moment; ID is the index plus one
	Legs     []*Leg       // in order of their first message
	Streams  []*Stream    // in order of their first packet; ID is the index plus one
	Talkers  []*Talker    // every talker of Streams
	Errors   []*ICMPError // in time order, copies taken out
	Reports  []*ReportTrack
	Flows    []*Flow    // UDP that is not RTP
	Controls []*Control // of media engines, in order of time
	First    Moment
	Last     Moment
	Messages int64         // SIP messages seen, of any method
	Others   []MethodCount // those that belong to no call, most frequent first
	Warnings []Warning
	Closeup  *Closeup // packets near the events; nil before the second look

	// Of the second look at payloads; both are empty in most traces.
	Mismatches map[*Stream][]Mismatch // see MismatchesOf
	Levels     map[*Stream]Level      // of streams that seem to carry digital silence

	// Aliases are URIs that a leg is known by beside those of its parties: of
	// Request-URIs and P-Asserted-Identity. Most legs have none; see Identities.
	Aliases map[*Leg][]string

	answers   map[*Leg]*answers                  // of the longest legs
	reportsOn map[uint32][]int32                 // places in Reports, by the SSRC that they are about
	addressed map[endpoint.Endpoint][]*ICMPError // in order of time, by the source that they quote and went to
}

// Capture is one input and what was read of it.
type Capture struct {
	capture.Info
	Point      int       // capture point, numbered by clock
	Offset     int64     // ns to add to this file's times to get those of point 0
	Step       ClockStep // of its clock, taken out of all times; second looks need it
	Duplicates int64     // packets recorded more than once
	Missed     int64     // packets that must have passed, for a relay sent them on, and are not in it
	Taps       []packet.Tap
	Warnings   []Warning
	Index      timeindex.Index // of the file, by its own clock: for the second look
	Relays     *packet.Relays  // what TURN said at its point: for the second look
	Carried    bool            // packets were inside TCP connections, which a second look must follow from their beginning
}

// Warning is something about a capture that the reader of a report must know.
type Warning struct {
	Code  string
	File  int32
	Frame int64 // first frame concerned, 0 if none
	Count int64
	Text  string
}

// MethodCount is how many SIP messages there were of a method, requests and
// responses together.
type MethodCount struct {
	Method string
	Count  int64
}

// Call is one conversation: the legs that signal it and the streams that carry it.
type Call struct {
	ID       int
	Legs     []*Leg // in order of their INVITE
	State    State
	Status   int16  // final status of the INVITE, 0 where none was seen
	From, To string // URIs of the first leg
	Invite   Moment // zero where not seen
	Answer   Moment
	End      Moment
	Streams  []*Stream // copies included
	Talkers  []*Talker
	Errors   []*ICMPError // about its media or its signalling
	Controls []*Control   // of the media engine that served it, in order of time

	refused map[*Stream]*ICMPError // the first of a stream that the call wanted
}

// Start is the first moment that belongs to the call.
func (c *Call) Start() Moment {
	if len(c.Legs) > 0 {
		return c.Legs[0].Messages.Record(0).Moment
	}
	if len(c.Streams) > 0 {
		return c.Streams[0].Start()
	}
	return Moment{}
}

// Answered reports whether a 2xx to the INVITE, or media of an unknown
// beginning, says that the parties talked.
func (c *Call) Answered() bool { return !c.Answer.IsZero() }

// CallIDs of the legs, each once, in order of the legs.
func (c *Call) CallIDs() []string { return c.AppendCallIDs(nil) }

// AppendCallIDs appends them to a list.
func (c *Call) AppendCallIDs(ids []string) []string {
	if len(c.Legs) <= fewLegs {
		from := len(ids)
		for _, l := range c.Legs {
			if !slices.Contains(ids[from:], l.CallID) {
				ids = append(ids, l.CallID)
			}
		}
		return ids
	}
	seen := make(map[string]bool, len(c.Legs))
	for _, l := range c.Legs {
		if !seen[l.CallID] {
			seen[l.CallID] = true
			ids = append(ids, l.CallID)
		}
	}
	return ids
}

// fewLegs are compared one by one.
const fewLegs = 8

// Side of a leg.
type Side int32

const (
	Caller Side = 0 // sent the INVITE
	Callee Side = 1
)

// Leg is one SIP dialog on one hop: what two neighbours said to each other.
// A proxy that stays in the path gives one Call-ID several legs, a B2BUA
// gives every leg a Call-ID of its own.
type Leg struct {
	ID       int // index in Trace.Legs order of appearance
	Call     *Call
	*Dialog           // as its initial INVITE says: Call-ID and From-tag
	Messages Messages // in time order, copies included
	Parties  [2]Party // Caller, Callee
	Ports    []*Port  // in order of their announcement
	Invite   Moment   // first initial INVITE; zero for one that began before the capture
	Answer   Moment   // first 2xx to the initial INVITE
	End      Moment   // BYE, final refusal or the final answer to a CANCEL
	Refresh  []Moment // re-INVITEs and UPDATEs that were answered
	Tag      string   // To-tag of the dialog that was answered
	State    State
	Forked   bool  // several To-tags rang
	Status   int16 // final status of the initial INVITE, 0 if none seen
}

// Party is one end of a leg.
type Party struct {
	URI     string
	Display string
	Agent   string
	Hosts   []endpoint.Endpoint // signalling sources seen, inside and outside of a NAT
}

// Port is a media address that one party of a leg announced for one m= line,
// and for how long.
type Port struct {
	Leg     *Leg
	*Media         // what was announced: Addr, RTCP, Candidates, ...
	Until   Moment // replaced by another, or the end of the leg; zero: open end
	Said    uint32 // the announcement: its number among the leg's messages, 0 where there is none
	Side    Side   // who listens there
	Line    int32  // m= line, from 0
	Offer   bool   // announced in an offer, else in an answer
	Changed bool   // differs in address or port from what this party announced before
	Alias   bool   // the same announcement with another address, seen on the other side of an ALG
}

// Message is the announcement.
func (p *Port) Message() Message { return p.Leg.Messages.Message(p.Said) }

// From is the moment of the announcement.
func (p *Port) From() Moment { return p.Leg.Messages.Records.At(p.Said).Moment }

// Tag is the To-tag of the dialog it was announced in; empty for an offer
// before any answer.
func (p *Port) Tag() string {
	m := p.Message()
	if p.Side == Callee && m.Request() && !p.Alias {
		return m.FromTag
	}
	return m.ToTag
}

// Live reports whether the port is in force at a time.
func (p *Port) Live(t int64) bool {
	return p.From().Time <= t && (p.Until.IsZero() || t < p.Until.Time)
}

// RTCPAddr is where RTCP for the port is awaited (RFC 3605, RFC 5761).
func (p *Port) RTCPAddr() endpoint.Endpoint {
	switch {
	case !p.RTCP.IsZero():
		return p.RTCP
	case p.Mux:
		return p.Addr
	}
	return endpoint.Endpoint{Addr: p.Addr.Addr, Port: p.Addr.Port + 1}
}

// Place ties a stream to a call: who sends it to whom.
type Place struct {
	Leg  *Leg
	Port *Port // the announced port it is sent to, nil where the address was learned (latched) or is unknown
	Own  *Port // the announced port it is sent from, nil where it comes from elsewhere (NAT)
	From Side  // the sending side; -1 where there is no leg
	Line int32
}

// Known reports whether the stream belongs to a signalled leg.
func (p Place) Known() bool { return p.Leg != nil }

// Talker is one SSRC with one sequence and one clock heading for one receiver.
type Talker struct {
	ID       int
	Call     *Call
	Streams  []*Stream // in order of sequence, copies left out; never empty
	*Travels           // never nil
}

// Travels are what most talkers do without: these share an empty one.
type Travels struct {
	Moves  []Move    // changes of its source, in order
	Copies []*Stream // other sightings of its packets, in another view or capture
	Inside *Stream   // the same packets before a NAT translated their source, nil where not seen
}

// SSRC of all its packets.
func (t *Talker) SSRC() uint32 { return t.Streams[0].SSRC }

// Receiver is where all its packets go.
func (t *Talker) Receiver() endpoint.Endpoint { return t.Streams[0].Dst }

// Place is that of its first stream.
func (t *Talker) Place() Place { return t.Streams[0].Place }

// Move is a change of a talker's source.
type Move struct {
	From, To  *Stream
	Before    Moment // last packet from the old source
	After     Moment // first packet from the new source
	Lost      int64  // sequence numbers missing between the two
	Announced Why    // what made the move lawful, if anything did
	Return    bool   // to a source the talker had before
}

// Why a move was announced.
type Why string

const (
	Unannounced Why = ""
	BySDP       Why = "sdp" // c= or m= changed
	ByICE       Why = "ice" // a connectivity check nominated it
)

// ICMPError is an ICMP or ICMPv6 error message and what its quote is about.
type ICMPError struct {
	Moment
	Tap     uint32
	By, To  endpoint.Endpoint // who sent the error, and to whom; ports are 0
	Quote   packet.Quote
	TTL     uint8 // time to live of the error itself, as it was recorded; 0 where not known
	Copies  int   // further sightings: other interfaces, the other side of a NAT
	Twice   int   // of these, between the same addresses in the same file
	Call    *Call
	Leg     *Leg
	Stream  *Stream // the stream it quotes, nil where none
	Port    *Port   // the announced port it is about
	Seq     int64   // unwrapped sequence of the quoted packet, -1 where the quote is too short
	Toward  bool    // it quotes a packet sent towards a talker's (old) source: a consequence, not a cause
	RTCP    bool    // the quoted packet was RTCP
	Media   bool    // the quoted packet was media of a call
	Quoted  Moment  // the frame of the quoted packet; known after the second look
	Dropped bool    // out of the interval in which the call wanted media there
}

// Unreachable reports whether the error says that the destination cannot be
// reached: ICMP type 3 but code 4, which is fragmentation needed, and ICMPv6
// type 1 (RFC 792, RFC 4443 section 3.1).
func (e *ICMPError) Unreachable() bool {
	if e.Quote.V6 {
		return e.Quote.Type == 1
	}
	return e.Quote.Type == 3 && e.Quote.Code != 4
}

// ReportTrack is what RTCP receiver reports from one source said of one SSRC.
type ReportTrack struct {
	Src, Dst endpoint.Endpoint
	File     int32
	SSRC     uint32 // of the media reported on
	Sender   uint32
	Reports  []Report
}

// Report is one reception report (RFC 3550 section 6.4.1).
type Report struct {
	Moment
	Highest uint32 // extended highest sequence number received
	Lost    int32
}

// Flow is UDP between two endpoints that is not RTP.
type Flow struct {
	Src, Dst  endpoint.Endpoint
	File      int32
	Tap       uint32
	Class     uint8 // rtp.Class
	First     Moment
	Last      Moment
	Packets   int64
	Nominated Moment // first STUN check with USE-CANDIDATE (RFC 8445 section 8)
	Success   Moment // first STUN success response
}
