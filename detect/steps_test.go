package detect

import (
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A move that explains no silence is told in one step; one that does, with what was refused and
// why.
func TestStepsOfAFlip(t *testing.T) {
	row := &ledger.Row{Spans: []ledger.Span{{State: ledger.Refused, From: second(1), To: second(3)}}}
	for _, c := range []struct {
		name   string
		claims []Claim
		want   int
	}{{"without silence", nil, 1}, {"with one", []Claim{{row, 0}}, 3}} {
		steps := Flip{From: "198.51.100.7:4000", To: "198.51.100.7:4002"}.Steps(&Finding{Claims: c.claims, Confidence: Confirmed}, &Names{})
		if len(steps) != c.want || !strings.Contains(steps[len(steps)-1].Text, "port changed from 4000 to 4002") {
			t.Errorf("%s: %d steps, want %d", c.name, len(steps), c.want)
		}
	}
}

// What stands for a whole call is the run of its frames, of messages and media.
func TestWholeCall(t *testing.T) {
	if got := wholeCall(nil); got != nil {
		t.Errorf("of no call: %v", got)
	}
	at := func(frame uint32) trace.Moment {
		return trace.Moment{Ref: trace.Ref{Frame: frame}, Time: int64(frame)}
	}
	mark := func(frame uint32) trace.Mark { return trace.Mark{Frame: frame, Time: int64(frame)} }
	l := &trace.Leg{Invite: at(5), Messages: trace.MessagesOf(trace.Message{Moment: at(5)}, trace.Message{Moment: at(40)})}
	for _, c := range []struct {
		name        string
		streams     []*trace.Stream
		first, last uint32
	}{
		{"signalling alone", nil, 5, 40},
		{"media within", []*trace.Stream{{First: mark(10), Last: mark(30)}}, 5, 40},
		{"media beyond it", []*trace.Stream{{First: mark(3), Last: mark(30)}, {First: mark(10), Last: mark(50)}}, 3, 50},
	} {
		got := wholeCall(&trace.Call{Legs: []*trace.Leg{l}, Invite: at(5), Streams: c.streams})
		if len(got) != 1 || got[0].First.Frame != c.first || got[0].Last.Frame != c.last {
			t.Errorf("%s: %v, want %d to %d", c.name, got, c.first, c.last)
		}
	}
}

// What a server sends on beside a stranger's packets is told where it is one stream, and of
// another than the stranger.
func TestOwnPassedOn(t *testing.T) {
	stream := func(dst string, of *trace.Stream) *trace.Stream {
		return &trace.Stream{Dst: at(dst), RelayOf: of}
	}
	const port = "203.0.113.1:6000"
	own, moved, stranger, other := stream(port, nil), stream(port, nil), stream(port, nil), stream("203.0.113.1:6004", nil)
	passed, later, foreign, beside := stream("192.0.2.2:4000", own), stream("192.0.2.2:4000", moved), stream("192.0.2.2:4000", stranger), stream("192.0.2.2:4002", other)
	copied := stream("192.0.2.2:4000", own)
	copied.CopyOf = passed
	for _, c := range []struct {
		name string
		list []*trace.Stream
		want *trace.Stream
	}{
		{"one", []*trace.Stream{own, stranger, passed}, passed},
		{"one, seen twice", []*trace.Stream{own, stranger, passed, copied}, passed},
		{"one, and another port's", []*trace.Stream{own, stranger, other, beside, passed}, passed},
		{"two", []*trace.Stream{own, moved, stranger, passed, later}, nil},
		{"the stranger's, too", []*trace.Stream{own, stranger, passed, foreign}, nil},
		{"none", []*trace.Stream{own, stranger}, nil},
	} {
		if got := ownPassedOn(&Finding{Call: &trace.Call{Streams: c.list}, Streams: []*trace.Stream{stranger}}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestInSDP(t *testing.T) {
	if got := inSDP(96, "") + ", " + inSDP(8, "PCMA"); got != "96, 8 (PCMA)" {
		t.Error(got)
	}
}

// Only streams of some length tell whether a recording has holes, each packet seen twice once.
func TestHoledStreams(t *testing.T) {
	stream := func(packets, lost int) *trace.Stream {
		s := new(trace.Stream)
		for n := range packets + lost {
			if n < 10 || n >= 10+lost {
				s.Stats.Update(int64(n)*20e6, rtp.Stamp{Seq: uint16(n), TS: uint32(n * 160)}, 8000)
			}
		}
		return s
	}
	copied := stream(100, 1)
	copied.CopyOf = stream(100, 1)
	tr := &trace.Trace{Streams: []*trace.Stream{stream(100, 0), stream(100, 1), stream(49, 3), copied, stream(50, 0)}}
	if lossy, all := holedStreams(tr); lossy != 1 || all != 3 {
		t.Errorf("%d of %d streams have holes, want 1 of 3", lossy, all)
	}
}

// SRTP without a key is told of an answer that accepts the line, where the offer asked for SRTP.
func TestKeylessAnswers(t *testing.T) {
	said := &trace.Leg{Messages: trace.MessagesOf(trace.Message{Moment: second(1)})}
	port := func(side trace.Side, addr string, terms trace.Terms, offer bool) *trace.Port {
		terms.Kind = "audio"
		return &trace.Port{Leg: said, Media: &trace.Media{Addr: at(addr), Terms: &terms}, Side: side, Offer: offer, Said: said.Messages.Numbers[0]}
	}
	keyed, keyless := trace.Terms{Secure: true}, trace.Terms{Keyless: true}
	const a, b = "192.0.2.1:4000", "203.0.113.1:6000"
	for _, c := range []struct {
		name  string
		ports []*trace.Port
		open  bool // not answered
		want  int
	}{
		{"an answer without a key", []*trace.Port{port(trace.Caller, a, keyed, true), port(trace.Callee, b, keyless, false)}, false, 1},
		{"neither has one", []*trace.Port{port(trace.Caller, a, keyless, true), port(trace.Callee, b, keyless, false)}, false, 1},
		{"an answer with one", []*trace.Port{port(trace.Caller, a, keyed, true), port(trace.Callee, b, keyed, false)}, false, 0},
		{"the line was rejected", []*trace.Port{port(trace.Caller, a, keyed, true), port(trace.Callee, "203.0.113.1:0", keyless, false)}, false, 0},
		{"the offer was for plain RTP", []*trace.Port{port(trace.Caller, a, trace.Terms{}, true), port(trace.Callee, b, keyless, false)}, false, 0},
		{"nobody answered", []*trace.Port{port(trace.Caller, a, keyed, true), port(trace.Callee, b, keyless, false)}, true, 0},
	} {
		l := &trace.Leg{Dialog: new(trace.Dialog), Call: new(trace.Call), Answer: second(2), Ports: c.ports}
		if c.open {
			l.Answer = trace.Moment{}
		}
		if got := findKeyless(&trace.Trace{Legs: []*trace.Leg{l}}); len(got) != c.want {
			t.Errorf("%s: %d findings, want %d", c.name, len(got), c.want)
		}
	}
}

// The last request of a method before a moment, on whichever leg; what is seen again is none.
func TestSignalledBefore(t *testing.T) {
	message := func(s float64, method string, status int16) trace.Message {
		return trace.Message{Moment: trace.Moment{Ref: trace.Ref{Frame: uint32(s)}, Time: int64(s * 1e9)}, Kind: &trace.Kind{Method: method, Status: status}}
	}
	copied := message(19, "INVITE", 0)
	copied.Copy = true
	c := &trace.Call{Legs: []*trace.Leg{
		{Messages: trace.MessagesOf(message(1, "INVITE", 0), message(15, "INVITE", 0), message(16, "INVITE", 200), copied, message(18, "UPDATE", 0), message(30, "INVITE", 0))},
		{Messages: trace.MessagesOf(message(2, "INVITE", 0), message(12, "INVITE", 0))},
	}}
	for _, tt := range []struct {
		method string
		at     float64
		want   uint32
	}{{"INVITE", 20, 15}, {"INVITE", 13, 12}, {"INVITE", 12, 12}, {"INVITE", 40, 30}, {"UPDATE", 20, 18}, {"UPDATE", 17, 0}, {"REFER", 40, 0}} {
		var got uint32
		if f := signalledBefore(c, tt.method, second(tt.at)); len(f) == 1 {
			got = f[0].First.Frame
		}
		if got != tt.want {
			t.Errorf("%s before %.0f s: frame %d, want %d", tt.method, tt.at, got, tt.want)
		}
	}
}

// A talker sends the streams of its own hop, however often they are seen, and what a relay passes
// on of these as it is; what the relay numbers anew is the relay's.
func TestSentBy(t *testing.T) {
	k, other := new(trace.Talker), new(trace.Talker)
	stream := func(ssrc uint32, talker *trace.Talker, of *trace.Stream) *trace.Stream {
		return &trace.Stream{SSRC: ssrc, Talker: talker, RelayOf: of}
	}
	own, moved, foreign := stream(7, k, nil), stream(7, k, nil), stream(7, other, nil)
	copied, original := stream(7, k, nil), stream(7, k, nil)
	copied.CopyOf, own.CopyOf = own, original
	r := &ledger.Row{Hops: []ledger.Hop{{Streams: []*trace.Stream{own}}}}
	for _, c := range []struct {
		name string
		s    *trace.Stream
		want bool
	}{
		{"its own", own, true}, {"seen again", copied, true}, {"seen before", original, true},
		{"passed on", stream(7, nil, own), true}, {"passed on of where it moved to", stream(7, nil, moved), true},
		{"numbered anew", stream(8, nil, own), false}, {"passed on of another's", stream(7, nil, foreign), false}, {"another's", foreign, false},
	} {
		if got := sentBy(r, c.s); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// That no number is missing in a pause is said of the first move of which nothing told.
func TestNothingMissing(t *testing.T) {
	for _, c := range []struct {
		name  string
		moves []trace.Move
		want  bool
	}{
		{"none", []trace.Move{{}}, true}, {"some", []trace.Move{{Lost: 3}}, false}, {"at a later one", []trace.Move{{}, {Lost: 3}}, true},
		{"at one that SDP announced", []trace.Move{{Lost: 3, Announced: trace.BySDP}, {}}, true}, {"no move", nil, false},
	} {
		s := &trace.Stream{Talker: &trace.Talker{Travels: &trace.Travels{Moves: c.moves}}}
		if got := nothingMissing(&Finding{Streams: []*trace.Stream{s}}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if nothingMissing(new(Finding)) || nothingMissing(&Finding{Streams: []*trace.Stream{{}}}) {
		t.Error("of no talker nothing is known")
	}
}

// A talker's packets show in its streams, in what is seen of them again, and before a NAT.
func TestShows(t *testing.T) {
	own, inside, other := new(trace.Stream), new(trace.Stream), new(trace.Stream)
	copied, again, original := &trace.Stream{CopyOf: own}, new(trace.Stream), new(trace.Stream)
	again.CopyOf = copied
	moved := &trace.Stream{CopyOf: original}
	k := &trace.Talker{Streams: []*trace.Stream{own, moved}, Travels: &trace.Travels{Copies: []*trace.Stream{copied}, Inside: inside}}
	for name, c := range map[string]struct {
		s    *trace.Stream
		want bool
	}{
		"its own": {own, true}, "seen again": {copied, true}, "seen once more": {again, true}, "seen before": {original, true}, "before the NAT": {inside, true},
		"another's": {other, false}, "another's, seen again": {&trace.Stream{CopyOf: other}, false},
	} {
		if got := shows(k, c.s); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
