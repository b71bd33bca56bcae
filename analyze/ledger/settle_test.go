package ledger

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Two spans of one state are one, as sure as the less sure of them; a proof of either
// makes it as sure as it can be.
func TestJoinSpans(t *testing.T) {
	proof := trace.Moment{Ref: trace.Ref{Frame: 7}}
	for _, c := range []struct {
		name         string
		a, b         Confidence
		proofA, both bool
		want         Confidence
	}{
		{"both likely", Likely, Likely, false, false, Likely},
		{"the first is surer", Confirmed, Likely, false, false, Likely},
		{"the second is surer", Likely, Confirmed, false, false, Likely},
		{"the first says nothing", 0, Likely, false, false, Likely},
		{"the second says nothing", Confirmed, 0, false, false, Confirmed},
		{"the first is proven", Confirmed, Likely, true, false, Confirmed},
		{"the second is proven", Likely, Confirmed, false, true, Confirmed},
	} {
		a, b := Span{Confidence: c.a, Packets: 3, To: trace.Moment{Time: 1}}, Span{Confidence: c.b, Packets: 4, To: trace.Moment{Time: 2}}
		if c.proofA {
			a.Proof, a.Why = proof, "first"
		}
		if c.both {
			b.Proof, b.Why = proof, "second"
		}
		a.join(&b)
		if a.Confidence != c.want || a.Packets != 7 || a.To.Time != 2 || a.Proof.IsZero() == (c.proofA || c.both) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// What is not there just before a hold is its beginning where nothing tells more: a pause, or
// reports that stand still from a moment between two of them on.
func TestHeld(t *testing.T) {
	for _, c := range []struct {
		name string
		span Span
		ms   int64
		next State
		want State
	}{
		{"absent", Span{State: Absent}, 500, Agreed, Closing},
		{"missing", Span{State: Missing, Confidence: Likely}, 1900, Agreed, Closing},
		{"for longer", Span{State: Missing, Confidence: Likely}, 2000, Agreed, Missing},
		{"numbers are missing", Span{State: Missing, Confidence: Confirmed}, 500, Agreed, Missing},
		{"by reports", Span{State: Vanished, Confidence: Likely, At: "path"}, 900, Agreed, Closing},
		{"by reports, for longer", Span{State: Vanished, Confidence: Likely, At: "path"}, 1000, Agreed, Vanished},
		{"seen to vanish", Span{State: Vanished, Confidence: Confirmed, At: "path"}, 900, Agreed, Vanished},
		{"at a server", Span{State: Vanished, Confidence: Likely, At: "server"}, 900, Agreed, Vanished},
		{"refused", Span{State: Refused, Confidence: Likely}, 500, Agreed, Refused},
		{"no hold", Span{State: Absent}, 500, Sent, Absent},
	} {
		c.span.To.Time = c.ms * millisecond
		list := []Span{c.span, {State: c.next}}
		if held(list); list[0].State != c.want {
			t.Errorf("%s: %v, want %v", c.name, list[0].State, c.want)
		}
	}
}

// The edges of an account are those of its row, with their frames; what one span ends with the
// next begins with.
func TestRefer(t *testing.T) {
	at := func(s, frame int64) trace.Moment {
		return trace.Moment{Ref: trace.Ref{Frame: uint32(frame)}, Time: s * second}
	}
	mark := func(s, frame int64) trace.Mark { return trace.Mark{Time: s * second, Frame: uint32(frame)} }
	s := &trace.Stream{First: mark(0, 5), Last: mark(10, 95)}
	d := direction{rower: &rower{Ledger: &Ledger{trace: new(trace.Trace)}}, from: at(0, 10), to: at(10, 90)}
	d.chain = []layer{{flow: flow{{s, mark(0, 5), mark(4, 40)}, {s, mark(6, 60), mark(10, 95)}}}}
	list := []Span{{From: trace.Moment{Time: 0}, To: trace.Moment{Time: 4 * second}}, {From: trace.Moment{Time: 4 * second}, To: trace.Moment{Time: 6 * second}},
		{From: trace.Moment{Time: 6 * second}, To: trace.Moment{Time: 10 * second}}}
	d.refer(list)
	for i, want := range [][2]trace.Moment{{at(0, 10), at(4, 40)}, {at(4, 40), at(6, 60)}, {at(6, 60), at(10, 90)}} {
		if got := [2]trace.Moment{list[i].From, list[i].To}; got != want {
			t.Errorf("span %d: %v, want %v", i, got, want)
		}
	}
	one := []Span{{}}
	if d.refer(one); one[0].From != d.from || one[0].To != d.to {
		t.Errorf("one alone: %v to %v", one[0].From, one[0].To)
	}
	d.refer(nil)
}

// The codec of a row is that of its first stream of which one is known.
func TestCodecOfARow(t *testing.T) {
	stream := func(pt uint8, from, to int64) *trace.Stream {
		return &trace.Stream{PT: pt, First: trace.Mark{Time: from * second, Frame: 1}, Last: trace.Mark{Time: to * second, Frame: 2}}
	}
	unknown, alaw, g729 := stream(96, 0, 1), stream(8, 1, 5), stream(18, 5, 9)
	for _, c := range []struct {
		name string
		list []*trace.Stream
		want string
	}{
		{"one", []*trace.Stream{g729}, "G729"}, {"two", []*trace.Stream{alaw, g729}, "PCMA"}, {"another order", []*trace.Stream{g729, alaw}, "G729"},
		{"one that nothing names", []*trace.Stream{unknown, alaw, g729}, "PCMA"}, {"that alone", []*trace.Stream{unknown}, ""},
	} {
		d := direction{rower: &rower{Ledger: &Ledger{trace: new(trace.Trace)}}, to: trace.Moment{Time: 9 * second}}
		d.chain = []layer{{view: &sighting{streams: c.list}}}
		if got := d.quality(nil).Codec; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A part of a span has its share of the packets.
func TestScaled(t *testing.T) {
	at := func(s int64) trace.Moment { return trace.Moment{Time: s * second} }
	for _, c := range []struct {
		whole    Span
		from, to int64
		want     int64
	}{
		{Span{From: at(0), To: at(10), Packets: 500}, 0, 5, 250}, {Span{From: at(0), To: at(10), Packets: 500}, 7, 10, 150},
		{Span{From: at(0), To: at(10), Packets: 500}, 0, 10, 500}, {Span{From: at(0), To: at(10)}, 0, 5, 0}, {Span{From: at(5), To: at(5), Packets: 3}, 5, 5, 3},
	} {
		part := c.whole
		part.From, part.To = at(c.from), at(c.to)
		if got := part.scaled(&c.whole); got.Packets != c.want {
			t.Errorf("%d to %d s of %+v: %d packets, want %d", c.from, c.to, c.whole, got.Packets, c.want)
		}
	}
}

// A silence that is too short to be one is of the state around it: of a silence beside it, else of
// what came before it, or comes after; alone it is the row's beginning.
func TestFold(t *testing.T) {
	span := func(state State, ms, packets int64) Span {
		return Span{State: state, Packets: packets, To: trace.Moment{Time: ms * millisecond}}
	}
	for _, c := range []struct {
		name string
		in   []Span
		want []State
	}{
		{"behind what passed", []Span{span(Sent, 5000, 0), span(Missing, 60, 3), span(Delivered, 5000, 0)}, []State{Sent, Sent, Delivered}},
		{"at the beginning", []Span{span(Missing, 60, 3), span(Sent, 5000, 0)}, []State{Sent, Sent}},
		{"of too few packets", []Span{span(Sent, 5000, 0), span(Missing, 300, 2), span(Sent, 5000, 0)}, []State{Sent, Sent, Sent}},
		{"long enough", []Span{span(Sent, 5000, 0), span(Missing, 100, 3), span(Sent, 5000, 0)}, []State{Sent, Missing, Sent}},
		{"beside a silence", []Span{span(Sent, 5000, 0), span(Missing, 60, 3), span(Stopped, 5000, 250)}, []State{Sent, Stopped, Stopped}},
		{"between two slight ones", []Span{span(Refused, 60, 3), span(Missing, 60, 3)}, []State{Missing, Missing}},
		{"a short pause", []Span{span(Sent, 5000, 0), span(Paused, 60, 0), span(Sent, 5000, 0)}, []State{Sent, Sent, Sent}},
		{"a longer pause", []Span{span(Sent, 5000, 0), span(Paused, 100, 0), span(Sent, 5000, 0)}, []State{Sent, Paused, Sent}},
		{"alone", []Span{span(Missing, 60, 3)}, []State{Setup}},
	} {
		for i, s := range fold(c.in) {
			if s.State != c.want[i] {
				t.Errorf("%s: span %d is %v, want %v", c.name, i, s.State, c.want[i])
			}
		}
	}
}
