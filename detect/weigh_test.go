package detect

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Where three calls of one address go on at another one within a second, on ports that begin
// just above the last that they had, the other device knew of them.
func TestPortsGoOn(t *testing.T) {
	at := func(host string, port uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.MustParseAddr(host), port))
	}
	const old, now, foreign = "198.51.100.7", "198.51.100.8", "198.51.100.9"
	move := func(from string, p uint16, to string, q uint16, ms int64) trace.Move {
		return trace.Move{From: &trace.Stream{Src: at(from, p)}, To: &trace.Stream{Src: at(to, q)}, After: trace.Moment{Ref: trace.Ref{Frame: uint32(q)}, Time: ms * 1e6}}
	}
	first := move(old, 4000, now, 4005, 5000)
	for _, c := range []struct {
		name  string
		other []trace.Move // of a call each
		last  uint16
		first uint16
	}{
		{"three", []trace.Move{move(old, 4002, now, 4006, 5100), move(old, 4004, now, 4007, 4900)}, 4004, 4005},
		{"two", []trace.Move{move(old, 4002, now, 4006, 5100)}, 0, 0},
		{"one of another address", []trace.Move{move(old, 4002, now, 4006, 5100), move(foreign, 4004, now, 4007, 4900)}, 0, 0},
		{"one to another address", []trace.Move{move(old, 4002, now, 4006, 5100), move(old, 4004, foreign, 4007, 4900)}, 0, 0},
		{"one of another address, beside three", []trace.Move{move(old, 4002, now, 4006, 5100), move(old, 4004, now, 4007, 4900), move(foreign, 9000, now, 4008, 5000)}, 4004, 4005},
		{"one much later", []trace.Move{move(old, 4002, now, 4006, 5100), move(old, 4004, now, 4007, 6100)}, 0, 0},
		{"one much earlier", []trace.Move{move(old, 4002, now, 4006, 5100), move(old, 4004, now, 4007, 3900)}, 0, 0},
		{"on ports that were in use", []trace.Move{move(old, 4002, now, 4006, 5100), move(old, 4005, now, 4007, 4900)}, 0, 0},
		{"on others", []trace.Move{move(old, 4002, now, 4006, 5100), move(old, 3000, now, 4007, 4900)}, 4002, 4005},
		{"far above", []trace.Move{move(old, 3000, now, 4106, 5100), move(old, 3004, now, 4107, 4900)}, 4000, 4005},
	} {
		n := &neighbours{moved: map[uint32][]*trace.Talker{}}
		for i, m := range append([]trace.Move{first}, c.other...) {
			n.moved[uint32(i)] = []*trace.Talker{{Call: new(trace.Call), Travels: &trace.Travels{Moves: []trace.Move{m}}}}
		}
		last, next, ev := n.portsGoOn(first)
		if last != c.last || next != c.first || (len(ev) > 0) != (c.first > 0) {
			t.Errorf("%s: after %d came %d, want %d and %d", c.name, last, next, c.last, c.first)
		}
	}
	high := move(old, 4000, now, 4100, 5000)
	n := &neighbours{moved: map[uint32][]*trace.Talker{}}
	for i := range uint16(3) {
		n.moved[uint32(i)] = []*trace.Talker{{Call: new(trace.Call), Travels: &trace.Travels{Moves: []trace.Move{move(old, 4000+i, now, 4100+i, 5000)}}}}
	}
	if _, _, ev := n.portsGoOn(high); len(ev) > 0 {
		t.Error("a hundred ports away nothing goes on")
	}
}

// What was refused in a pause says that the mapping was gone, where the error comes from nearer
// than the talker; from as far away a host with a closed port looks the same.
func TestWeighPause(t *testing.T) {
	for _, c := range []struct {
		name                string
		refused             bool
		ttl                 uint8 // of the error; the talker's packets have 57
		pause               int64 // s
		pro, con, phonesCon int
	}{
		{"refused from nearer", true, 58, 35, 3, 0, 1},
		{"refused from as far away", true, 57, 35, 2, 1, 0},
		{"refused, from where is not known", true, 0, 35, 2, 1, 0},
		{"refused from behind it", true, 56, 35, 2, 1, 0},
		{"nothing was refused", false, 0, 35, 2, 0, 0},
		{"in a short pause", false, 0, 20, 1, 1, 0},
		{"no pause", false, 0, 1, 0, 0, 0},
	} {
		s := &trace.Stream{Src: at("198.51.100.7:4000"), TTL: 57}
		m := trace.Move{From: s, Before: second(10), After: second(float64(10 + c.pause))}
		call := new(trace.Call)
		if c.refused {
			e := &trace.ICMPError{Moment: second(12), TTL: c.ttl}
			e.Quote.Dst, e.Quote.Type, e.Quote.Code = s.Src, 3, 3
			call.Errors = append(call.Errors, e)
		}
		k := &trace.Talker{Call: call, Streams: []*trace.Stream{s}, Travels: new(trace.Travels)}
		var expired, phone weighing
		new(neighbours).weighPause(&expired, &phone, k, m, s.Src.IP())
		if len(expired.For) != c.pro || len(expired.Against) != c.con || len(phone.Against) != c.phonesCon {
			t.Errorf("%s: %d for it and %d against, %d against the phone; want %d, %d, %d", c.name, len(expired.For), len(expired.Against), len(phone.Against), c.pro, c.con, c.phonesCon)
		}
	}
}

// A row is known again by its call, line, media, direction and beginning.
func TestSameRow(t *testing.T) {
	call := new(trace.Call)
	row := func(change func(*ledger.Row)) *ledger.Row {
		r := &ledger.Row{Call: call, Media: "audio", From: ledger.Party{Name: "caller"}, To: ledger.Party{Name: "callee"}, Start: second(1), End: second(9)}
		change(r)
		return r
	}
	a := row(func(*ledger.Row) {})
	if !sameRow(a, row(func(r *ledger.Row) { r.End = second(10) })) {
		t.Error("a row is not known again")
	}
	for name, change := range map[string]func(*ledger.Row){
		"call": func(r *ledger.Row) { r.Call = new(trace.Call) }, "line": func(r *ledger.Row) { r.Line = 1 }, "media": func(r *ledger.Row) { r.Media = "video" },
		"talker": func(r *ledger.Row) { r.From.Name = "party3" }, "listener": func(r *ledger.Row) { r.To.Name = "party3" }, "beginning": func(r *ledger.Row) { r.Start = second(2) },
	} {
		if sameRow(a, row(change)) {
			t.Errorf("another %s is the same row", name)
		}
	}
}

// Calls that move together, on ports that go on from the old ones, speak for one device; on ports
// of their own, for a second one.
func TestFailoverOfOneDevice(t *testing.T) {
	at := func(host string, port uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.MustParseAddr(host), port))
	}
	for first, want := range map[uint16]bool{4006: true, 9000: false} {
		tr := new(trace.Trace)
		for i := range uint16(3) {
			call := new(trace.Call)
			mark := func(s float64) trace.Mark {
				return trace.Mark{Time: int64(s * 1e9), Frame: uint32(s*10) + uint32(i) + 1, Seq: int64(s * 50)}
			}
			from := &trace.Stream{SSRC: uint32(i), Call: call, Src: at("198.51.100.7", 4000+2*i), Dst: at("203.0.113.1", 6000+2*i), First: mark(1), Last: mark(10)}
			to := &trace.Stream{SSRC: uint32(i), Call: call, Src: at("198.51.100.8", first+2*i), Dst: from.Dst, First: mark(10.02), Last: mark(20)}
			k := &trace.Talker{Call: call, Streams: []*trace.Stream{from, to}, Travels: &trace.Travels{Moves: []trace.Move{{From: from, To: to, Before: from.End(), After: to.Start()}}}}
			from.Talker, to.Talker, call.Streams, call.Talkers = k, k, k.Streams, []*trace.Talker{k}
			tr.Talkers, tr.Calls, tr.Streams = append(tr.Talkers, k), append(tr.Calls, call), append(tr.Streams, from, to)
		}
		tr.Index()
		n := neighboursOf(tr, tr.Talkers, fleetOf(tr, tr.Talkers))
		k := tr.Talkers[0]
		found := false
		for _, h := range n.weighFlip(tr, k, k.Moves[0]) {
			if h.Claim == deviceFailover {
				found = true
				if h.OneDevice != want {
					t.Errorf("new ports from %d on: one device %v, want %v", first, h.OneDevice, want)
				}
			}
		}
		if !found {
			t.Errorf("new ports from %d on: that a device took over is no hypothesis", first)
		}
	}
}

// Both ways of a call are judged where all its directions of audio are, and there are two;
// what became of video says nothing.
func TestBothWaysJudged(t *testing.T) {
	row := func(media string, v ledger.Verdict) ledger.Row { return ledger.Row{Media: media, Verdict: v} }
	for _, c := range []struct {
		name string
		rows []ledger.Row
		want bool
	}{
		{"both", []ledger.Row{row("audio", ledger.Clear), row("audio", ledger.Lost)}, true},
		{"one is not in view", []ledger.Row{row("audio", ledger.Clear), row("audio", ledger.Unjudged)}, false},
		{"one alone", []ledger.Row{row("audio", ledger.Clear)}, false},
		{"and video, not in view", []ledger.Row{row("audio", ledger.Clear), row("audio", ledger.Lost), row("video", ledger.Unjudged)}, true},
		{"one, and video", []ledger.Row{row("audio", ledger.Clear), row("video", ledger.Clear)}, false},
		{"a third is not", []ledger.Row{row("audio", ledger.Clear), row("audio", ledger.Clear), row("audio", ledger.NoVerdict)}, false},
	} {
		if got := bothWaysJudged(nil, c.rows); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
