package ledger

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// What went astray is what was sent there while the span lasted; what was under way when a hold
// began belongs to it, as nobody sends on for as little as that.
func TestWentAstray(t *testing.T) {
	mark := func(ms int64) trace.Mark {
		return trace.Mark{Time: ms * millisecond, Seq: ms / 20, Frame: uint32(ms/20) + 1}
	}
	stream := func(first, last int64) *trace.Stream { return &trace.Stream{First: mark(first), Last: mark(last)} }
	for _, c := range []struct {
		name  string
		state State
		last  int64 // ms, of what was sent there; the span lasts from 5,000 to 10,000
		next  []Span
		want  int64
	}{
		{"all the time", Misdirected, 20_000, []Span{{State: Sent}}, 250},
		{"refused", Refused, 20_000, []Span{{State: Sent}}, 250},
		{"to the end", Misdirected, 20_000, nil, 250},
		{"into a hold", Misdirected, 10_060, []Span{{State: Agreed}}, 253},
		{"on and on in a hold", Misdirected, 10_100, []Span{{State: Agreed}}, 250},
		{"into something else", Misdirected, 10_060, []Span{{State: Sent}}, 250},
		{"lost in another way", Vanished, 20_000, []Span{{State: Sent}}, 0},
	} {
		s := stream(0, c.last)
		other := stream(0, c.last)
		other.Point = 1
		copied := stream(0, c.last)
		copied.CopyOf = s
		d := direction{rower: &rower{Ledger: &Ledger{trace: new(trace.Trace)}, call: &trace.Call{Streams: []*trace.Stream{s, other, copied}}}}
		spans := append([]Span{{State: Sent, To: mark(5000).Moment()}, {State: c.state, From: mark(5000).Moment(), To: mark(10_000).Moment(), Lost: s}}, c.next...)
		if got := d.wentAstray(spans, 1); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// What was refused is so from the first packet that drew an error until something proves that
// packets arrive: the listener sends from there, its reports advance, or packets draw no more
// errors where each had drawn one.
func TestRefusalEnds(t *testing.T) {
	when := func(s int64) trace.Moment {
		return trace.Moment{Ref: trace.Ref{Frame: uint32(s) + 1}, Time: s * second}
	}
	mark := func(s int64) trace.Mark { return trace.Mark{Time: s * second, Seq: s * 50, Frame: uint32(s) + 1} }
	const server, phone, other = "203.0.113.1:6000", "192.0.2.1:4000", "192.0.2.1:4002"
	for _, c := range []struct {
		name    string
		errors  []int64 // s
		dropped bool
		back    *trace.Stream
		reports []int64 // highest numbers, from second 10 on, each 5 s
		from    int64
		to      int64 // s; -1 to the end
	}{
		{"none", nil, false, nil, nil, 0, 0},
		{"to the end", []int64{5, 6}, false, nil, nil, 5, -1},
		{"until it sends from there", []int64{5, 6}, false, &trace.Stream{Src: at(phone), First: mark(8), Last: mark(60)}, nil, 5, 8},
		{"it sent from there before", []int64{5, 6}, false, &trace.Stream{Src: at(phone), First: mark(1), Last: mark(5)}, nil, 5, -1},
		{"it sends from elsewhere", []int64{5, 6}, false, &trace.Stream{Src: at(other), First: mark(8), Last: mark(60)}, nil, 5, -1},
		{"until reports advance", []int64{5, 6}, false, nil, []int64{100, 100, 700}, 5, 20},
		{"reports stand still", []int64{5, 6}, false, nil, []int64{100, 100, 100}, 5, -1},
		{"nobody wanted it", []int64{5, 6}, true, nil, nil, 0, 0},
		{"behind the row", []int64{95}, false, nil, nil, 0, 0},
	} {
		s := &trace.Stream{Src: at(server), Dst: at(phone), SSRC: 7, First: mark(0), Last: mark(60)}
		tr := new(trace.Trace)
		if c.reports != nil {
			track := &trace.ReportTrack{Src: at(phone), Dst: at(server), SSRC: 7}
			for i, n := range c.reports {
				track.Reports = append(track.Reports, trace.Report{Moment: when(10 + 5*int64(i)), Highest: uint32(n)})
			}
			tr.Reports = append(tr.Reports, track)
		}
		tr.Index()
		d := direction{rower: &rower{Ledger: &Ledger{trace: tr}, call: new(trace.Call)}, from: when(0), to: when(90)}
		for _, e := range c.errors {
			x := &trace.ICMPError{Moment: when(e), Dropped: c.dropped}
			x.Quote.Src, x.Quote.Dst = s.Src, s.Dst
			d.errors = append(d.errors, x)
		}
		var back []*trace.Stream
		if c.back != nil {
			back = append(back, c.back)
		}
		from, to, p := d.refusal(s, back)
		end := to / second
		if to == always {
			end = -1
		}
		if from/second != c.from || end != c.to || p.at.IsZero() != (c.to == 0) {
			t.Errorf("%s: from %d to %d s, want %d to %d", c.name, from/second, end, c.from, c.to)
		}
	}
}

// A stream goes astray whose destination is no place of the listener's: not one that it sends
// from, nor one that it announced, nor one that ICE may have found (RFC 8445).
func TestAstray(t *testing.T) {
	const heard, elsewhere = "198.51.100.7:4000", "198.51.100.99:4000"
	for _, c := range []struct {
		name, dst string
		said      string
		ice       bool
		back      bool
		want      bool
	}{
		{"to where it sends from", heard, elsewhere, false, true, false},
		{"to another port of its host", "198.51.100.7:5000", elsewhere, false, true, false},
		{"to another host", "198.51.100.98:4000", elsewhere, false, true, true},
		{"to another host, with ICE", "198.51.100.98:4000", elsewhere, true, true, false},
		{"to where SDP says", elsewhere, elsewhere, false, true, false},
		{"to a private host", "192.168.1.50:4000", "192.168.1.50:4000", false, true, true},
		{"to another host of a listener that is not heard", "198.51.100.98:4000", elsewhere, false, false, false},
	} {
		s := &trace.Stream{Src: at("203.0.113.1:6000"), Dst: at(c.dst)}
		l := new(trace.Leg)
		said := l.Messages.Appender().Add(trace.Message{})
		l.Ports = []*trace.Port{{Leg: l, Side: trace.Callee, Said: said, Media: &trace.Media{Addr: at(c.said), Terms: &trace.Terms{ICE: c.ice}}}}
		// Another line speaks of no ICE.
		l.Ports = append(l.Ports, &trace.Port{Leg: l, Side: trace.Callee, Line: 1, Said: said, Media: &trace.Media{Terms: new(trace.Terms)}})
		var back []*trace.Stream
		if c.back {
			back = append(back, &trace.Stream{Src: at(heard)})
		}
		d := direction{rower: &rower{Ledger: &Ledger{trace: new(trace.Trace)}, call: &trace.Call{Streams: []*trace.Stream{s}}}}
		from, to := d.astray(s, homesOf(nil, back), back, &hop{legs: []orientedLeg{{Leg: l}}})
		if (from < to) != c.want {
			t.Errorf("%s: from %d to %d", c.name, from, to)
		}
	}
}
