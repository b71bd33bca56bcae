package detect

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// The rules of one line or two that no staged call turns on by itself.

func TestThe(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "caller": "the caller", "media server": "the media server", "stranger": "a stranger",
		"192.0.2.1": "192.0.2.1", "192.0.2.1:4000": "192.0.2.1:4000", "[2001:db8::1]:4000": "[2001:db8::1]:4000", "2001:db8::1": "2001:db8::1", "fe80::1": "fe80::1",
	} {
		if got := The(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// The frames at the edges of a span are told where there are two.
func TestFramesBetween(t *testing.T) {
	at := func(frame int64) trace.Moment { return trace.Moment{Ref: trace.Ref{Frame: uint32(frame)}} }
	for _, c := range []struct {
		from, to int64
		want     string
	}{
		{3, 8, " from frame 3 to frame 8"}, {0, 8, ""}, {3, 0, ""}, {0, 0, ""},
	} {
		if got := between(&ledger.Span{From: at(c.from), To: at(c.to)}); got != c.want {
			t.Errorf("%d to %d: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

// seconds as the moments of spans.
func second(s float64) trace.Moment {
	return trace.Moment{Ref: trace.Ref{Frame: 1}, Time: int64(s * 1e9)}
}

// Silences of a row are one episode where they adjoin, or where short ones follow
// each other within ten seconds.
func TestEpisodes(t *testing.T) {
	for _, c := range []struct {
		name   string
		silent [][2]float64 // from, to
		want   []int        // how many spans are in each
	}{
		{"one", [][2]float64{{1, 9}}, []int{1}},
		{"adjoining", [][2]float64{{1, 4}, {4, 9}}, []int{2}},
		{"long ones apart", [][2]float64{{1, 9}, {14, 20}}, []int{1, 1}},
		{"short ones apart by five seconds", [][2]float64{{1, 1.2}, {6, 6.2}}, []int{2}},
		{"by eleven", [][2]float64{{1, 1.2}, {12.3, 12.5}}, []int{1, 1}},
		{"a short one and a long one apart", [][2]float64{{1, 1.2}, {6, 12}}, []int{1, 1}},
	} {
		r := &ledger.Row{}
		at := 0.0
		for _, s := range c.silent {
			if s[0] > at {
				r.Spans = append(r.Spans, ledger.Span{From: second(at), To: second(s[0]), State: ledger.Sent})
			}
			r.Spans = append(r.Spans, ledger.Span{From: second(s[0]), To: second(s[1]), State: ledger.Stopped})
			at = s[1]
		}
		var got []int
		for _, e := range episodes(r, ledger.Stopped) {
			got = append(got, len(e))
		}
		if len(got) != len(c.want) || got[0] != c.want[0] {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Only where the way into the server is in view and leads on does a missing packet
// show that it never got there.
func TestNeverArrived(t *testing.T) {
	hops := func(view ...bool) *ledger.Row {
		r := &ledger.Row{}
		for _, v := range view {
			r.Hops = append(r.Hops, ledger.Hop{InView: v})
		}
		return r
	}
	for _, c := range []struct {
		row   *ledger.Row
		state ledger.State
		want  bool
	}{
		{hops(true, true), ledger.Missing, true},
		{hops(true, false), ledger.Absent, true},
		{hops(true, true), ledger.Stopped, false},
		{hops(false, true), ledger.Missing, false},
		{hops(true), ledger.Missing, false},
		{hops(), ledger.Missing, false},
	} {
		if got := neverArrived(c.row, &ledger.Span{State: c.state}); got != c.want {
			t.Errorf("%d hops, %s: %v", len(c.row.Hops), c.state, got)
		}
	}
}

// A capture without clock takes no finding from another one.
func TestConcern(t *testing.T) {
	in := func(file int32) trace.Moment { return trace.Moment{Ref: trace.Ref{File: file, Frame: 1}} }
	broken := clockless{1: true}
	for _, c := range []struct {
		start, end, seen int32
		want             bool
	}{{0, 0, 0, false}, {1, 0, 0, true}, {0, 1, 0, true}, {0, 0, 1, true}, {2, 2, 2, false}} {
		f := Finding{Start: in(c.start), End: in(c.end), Evidence: []Evidence{{Moment: in(c.seen)}}}
		if got := broken.concern(f); got != c.want {
			t.Errorf("files %d, %d, %d: %v", c.start, c.end, c.seen, got)
		}
		if (clockless)(nil).concern(f) {
			t.Error("all captures have a clock")
		}
	}
}

// Frames of two files are no range.
func TestFramesOfTwoFiles(t *testing.T) {
	at := func(file int32, frame int64) trace.Moment {
		return trace.Moment{Ref: trace.FrameOf(file, frame)}
	}
	d := Unreachable{Component: "rtp", Count: 3, By: "192.0.2.1:4000", About: "192.0.2.1:4000", ICMPCode: 3}
	for _, c := range []struct {
		start, end trace.Moment
		want       int
	}{{at(0, 10), at(0, 18), 1}, {at(0, 10), at(1, 3), 2}} {
		f := &Finding{Start: c.start, End: c.end, Data: d}
		steps := d.Steps(f, &Names{})
		if len(steps) != 1 || len(steps[0].Frames) != c.want || steps[0].Frames[0].First != c.start.Ref || steps[0].Frames[c.want-1].Last != c.end.Ref {
			t.Errorf("%v to %v: %+v", c.start, c.end, steps)
		}
	}
}

// An address of SDP is behind a NAT where the party's packets of that very line
// come from elsewhere.
func TestBehindNAT(t *testing.T) {
	ep := func(last byte) endpoint.Endpoint { return endpoint.Endpoint{Addr: [16]byte{15: last}, Port: 4000} }
	leg := &trace.Leg{Dialog: &trace.Dialog{}}
	p := &trace.Port{Leg: leg, Side: trace.Caller, Media: &trace.Media{Addr: ep(1)}}
	leg.Ports = []*trace.Port{p}
	stream := func(src byte, line int32) *trace.Stream {
		return &trace.Stream{Src: ep(src), Place: trace.Place{Leg: leg, From: trace.Caller, Line: line}}
	}
	other := stream(2, 0)
	other.Place.Leg = &trace.Leg{}
	e := &trace.ICMPError{Port: p, Leg: leg}
	e.Quote.Dst = ep(1)
	for _, c := range []struct {
		name    string
		streams []*trace.Stream
		want    bool
	}{
		{"nothing came", nil, false},
		{"from the address itself", []*trace.Stream{stream(1, 0)}, false},
		{"from elsewhere", []*trace.Stream{stream(2, 0)}, true},
		{"its video from elsewhere", []*trace.Stream{stream(2, 1)}, false},
		{"its video from the address itself", []*trace.Stream{stream(2, 0), stream(1, 1)}, true},
		{"another leg's from elsewhere", []*trace.Stream{other}, false},
	} {
		if got := behindNAT(&trace.Call{Streams: c.streams}, e); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// What speaks for a closed port, where the refused host itself says so: that
// packets pass later on, and more if they do as soon as the call is answered.
func TestPassedLater(t *testing.T) {
	host := endpoint.Endpoint{Addr: [16]byte{15: 1}, Port: 4000}
	e := &trace.ICMPError{Moment: second(1)}
	e.Quote.Code = 3
	const hinted, signed = "no later packet is refused", "no packet sent after the answer is refused"
	for _, c := range []struct {
		name           string
		answer, passed trace.Moment
		want           string
	}{
		{"never", second(2), trace.Moment{}, ""},
		{"at the answer", second(2), second(2.1), signed},
		{"just before it", second(2), second(1.6), signed},
		{"three seconds later", second(2), second(5), hinted},
		{"no answer", trace.Moment{}, second(5), hinted},
	} {
		got := ""
		for _, h := range weighRefusal(refusal{about: host, by: host, code: 3}, []*trace.ICMPError{e}, c.answer, c.passed) {
			for _, r := range h.For {
				if h.Claim == portClosed && (r.Text == hinted || r.Text == signed) {
					got = r.Text
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Of several sources that came to a relay, what passed is the one's whose count it
// comes near to; of one there is nothing to tell.
func TestBySource(t *testing.T) {
	stream := func(src byte, packets uint32) *trace.Stream {
		s := &trace.Stream{Src: endpoint.Endpoint{Addr: [16]byte{10: 0xff, 11: 0xff, 15: src}, Port: 4000}}
		s.Stats.Packets = packets
		return s
	}
	row := func(out uint32, in ...*trace.Stream) *ledger.Row {
		return &ledger.Row{Hops: []ledger.Hop{{Streams: in}, {Streams: []*trace.Stream{stream(9, out)}}}}
	}
	seen := stream(3, 500)
	seen.CopyOf = seen
	passedTwice := row(490, stream(1, 300), stream(2, 500))
	passedTwice.Hops[1].Streams = append(passedTwice.Hops[1].Streams, seen)
	for _, c := range []struct {
		name string
		row  *ledger.Row
		want []int64 // lost of each source
	}{
		{"one", row(400, stream(1, 500)), nil},
		{"one, seen twice", row(400, stream(1, 500), seen), nil},
		{"two", row(490, stream(1, 300), stream(2, 500)), []int64{300, 10}},
		{"two, and what passed seen twice", passedTwice, []int64{300, 10}},
		{"in two streams each", row(590, stream(1, 300), stream(2, 100), stream(1, 300)), []int64{10, 100}},
		{"nothing behind it", &ledger.Row{Hops: []ledger.Hop{{Streams: []*trace.Stream{stream(1, 5), stream(2, 5)}}}}, nil},
	} {
		var got []int64
		for _, s := range bySource(c.row) {
			got = append(got, s.Lost)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A point shows a leg where it has enough of its messages, whatever other points
// have.
func TestShowsLeg(t *testing.T) {
	tr := &trace.Trace{Captures: []trace.Capture{{Point: 0}, {Point: 1}, {Point: 2}, {Point: 1}}}
	l := &trace.Leg{}
	for _, file := range []int32{0, 0, 1, 0, 3, 2, 3, 2} {
		l.Messages.Appender().Add(trace.Message{Moment: trace.Moment{Ref: trace.Ref{File: file, Frame: 1}}})
	}
	for point, want := range []bool{
		0: true,  // three messages
		1: true,  // three, in two files
		2: false, // two
		3: false, // none
	} {
		if got := showsLeg(tr, l, point); got != want {
			t.Errorf("point %d: %v", point, got)
		}
	}
}

// A hundred errors that moved nothing exclude that an error moved the port; fewer
// only speak against it, and none do not.
func TestErrorsThatMovedNothing(t *testing.T) {
	old, server := endpoint.Endpoint{Addr: [16]byte{15: 1}, Port: 4000}, endpoint.Endpoint{Addr: [16]byte{15: 2}}
	for _, c := range []struct {
		earlier           int
		excluded, against bool
	}{{0, false, false}, {1, false, true}, {99, false, true}, {100, true, true}} {
		tr := &trace.Trace{}
		for i := range c.earlier + 1 {
			e := &trace.ICMPError{Moment: second(1 + float64(i)/1000), By: server, To: endpoint.Endpoint{Addr: old.Addr}}
			e.Quote.Type, e.Quote.Code, e.Quote.Src = 3, 3, old
			tr.Errors = append(tr.Errors, e)
		}
		tr.Index()
		from := &trace.Stream{Src: old}
		k := &trace.Talker{Streams: []*trace.Stream{from}, Travels: &trace.Travels{}}
		n := &neighbours{errors: map[endpoint.Endpoint][]*trace.ICMPError{old: tr.Errors}}
		w := claimThat(natDroppedOnICMP, "")
		n.weighICMP(tr, w, k, trace.Move{From: from, Before: second(1.9), After: second(2)}, 0, nil)
		if len(w.For) != 1 || w.excluded != c.excluded || (len(w.Against) == 1) != c.against {
			t.Errorf("%d errors before the last: excluded %v, for it %v, against it %v", c.earlier, w.excluded, w.For, w.Against)
		}
	}
}

// Whoever sent audio astray is asked for what its reason calls for, and the party
// only where its SDP names an address of its own network.
func TestActionsOfMisdirected(t *testing.T) {
	const public, inside = "203.0.113.9:4000", "192.168.1.50:4000"
	for _, c := range []struct {
		why, target string
		want        []string // owner and standard of each action
	}{
		{"sdp-unlatched", inside, []string{"media-server RFC 7362", "callee RFC 1918"}},
		{"sdp-unlatched", public, []string{"media-server RFC 7362"}},
		{"stale-sdp", inside, []string{"media-server RFC 3264 section 8"}},
		{"latch-lost", inside, []string{"media-server RFC 7362"}},
		{"early", inside, []string{"media-server RFC 3261 section 13.2.2.4"}},
	} {
		target := at(c.target)
		row := &ledger.Row{
			Call: &trace.Call{}, Media: "audio", From: ledger.Party{Name: "caller"}, To: ledger.Party{Name: "callee"}, Start: second(0), End: second(9),
			Spans: []ledger.Span{{From: second(1), To: second(4), State: ledger.Misdirected, Lost: &trace.Stream{Dst: target}}},
		}
		var got []string
		for _, a := range misdirectedTo(row, target, endpoint.Endpoint{}, c.why, []Claim{{row, 0}}).Actions {
			got = append(got, a.Owner+" "+a.Standard)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s, %s: %q, want %q", c.why, c.target, got, c.want)
		}
	}
}

// A BYE is passed on where another leg of the call had one before.
func TestEndedElsewhere(t *testing.T) {
	with := func(at float64, method string) *trace.Leg {
		return &trace.Leg{Messages: trace.MessagesOf(trace.Message{Moment: second(at), Kind: &trace.Kind{Method: method}})}
	}
	first, second, other := with(10, "BYE"), with(10.1, "BYE"), with(5, "INVITE")
	call := &trace.Call{Legs: []*trace.Leg{first, second, other}}
	for _, l := range call.Legs {
		l.Call = call
	}
	passedOn := func(l *trace.Leg) bool {
		b, ended := bye(l)
		if !ended {
			t.Fatal("a leg with a BYE has none")
		}
		return endedElsewhere(l, &b)
	}
	if passedOn(first) {
		t.Error("the first BYE is said to be passed on")
	}
	if !passedOn(second) {
		t.Error("the second BYE is said to begin the end")
	}
}

// A fingerprint is of a call: the same finding of another has another.
func TestFingerprintOfALeg(t *testing.T) {
	of := func(id string) string {
		return registry{}.fingerprint(&Finding{Code: "x", Leg: &trace.Leg{Dialog: &trace.Dialog{CallID: id}}})
	}
	a, b, again := of("a"), of("b"), of("a")
	if a == b || a != again {
		t.Errorf("%s, %s and %s", a, b, again)
	}
}

func TestFilterOfAGap(t *testing.T) {
	g := &lossGap{lo: 10, hi: 20, lacks: &trace.Stream{SSRC: 7}}
	if got := filterName(&Finding{Code: "media-loss", Data: MediaLoss{gap: g}, Filter: g.filter()}); got != "the gap" {
		t.Errorf("a gap's filter is called %q", got)
	}
	if got := filterName(&Finding{Code: "media-loss", Data: MediaLoss{}, Filter: "rtp"}); got != "that stream" {
		t.Errorf("a stream's filter is called %q", got)
	}
}

func TestRefuted(t *testing.T) {
	f := &Finding{Hypotheses: []Hypothesis{{Claim: "a", Confidence: Likely}, {Claim: "b", Confidence: Refuted}}}
	for claim, want := range map[string]bool{"a": false, "b": true, "c": false} {
		if f.refuted(claim) != want {
			t.Errorf("%s: %v", claim, !want)
		}
	}
}

func TestSummaryOfALatch(t *testing.T) {
	s := &sides{k: &trace.Talker{Streams: []*trace.Stream{{}}}}
	long := 2.0
	silent := gap{Direction: Direction{Silence: &long}}
	for state, want := range map[string]string{
		alive:  "2.00 s of silence of the talker, whose port had changed: the new one was not accepted; the way back is alive",
		unseen: "2.00 s of silence of the talker, whose port had changed: the new one was not accepted",
	} {
		if got := s.summary(silent, gap{Direction: Direction{State: state}}); got != want {
			t.Errorf("%s: %q", state, got)
		}
	}
}

// The longest of a row's silences, whichever comes first.
func TestLongestSilence(t *testing.T) {
	span := func(from, to float64, state ledger.State) ledger.Span {
		return ledger.Span{From: second(from), To: second(to), State: state}
	}
	r := &ledger.Row{Spans: []ledger.Span{
		span(0, 1, ledger.Delivered), span(1, 3, ledger.Stopped), span(3, 4, ledger.Misdirected), span(4, 5, ledger.Delivered), span(5, 7, ledger.Stopped),
	}}
	got := longestSilence([]*ledger.Row{r})
	if len(got) != 2 || got[0].Span != 1 || got[1].Span != 2 {
		t.Errorf("%+v", got)
	}
}

// Beside a stranger stands the first of the party's own streams to that port.
func TestOwnArriving(t *testing.T) {
	stream := func(host byte, port uint16, at float64) *trace.Stream {
		s := &trace.Stream{Src: endpoint.Endpoint{Addr: [16]byte{10: 0xff, 11: 0xff, 15: host}, Port: 4000}, Dst: endpoint.Endpoint{Addr: [16]byte{10: 0xff, 11: 0xff, 15: 9}, Port: port}}
		s.First = trace.Mark{Time: int64(at * 1e9), Frame: 1}
		return s
	}
	stranger, own, later, elsewhere := stream(66, 30000, 5), stream(1, 30000, 1), stream(1, 30000, 3), stream(1, 30002, 0)
	c := &trace.Call{Streams: []*trace.Stream{elsewhere, own, later, stranger}}
	if got := ownArriving(c, []*trace.Stream{stranger}); got != own {
		t.Errorf("%+v", got)
	}
	if got := ownArriving(&trace.Call{Streams: []*trace.Stream{elsewhere, stranger}}, []*trace.Stream{stranger}); got != nil {
		t.Errorf("none is there, got %+v", got)
	}
}

func TestUncapital(t *testing.T) {
	for s, want := range map[string]string{"The port moved": "the port moved", "RTP came": "RTP came", "A packet": "a packet", "x": "x", "": ""} {
		if got := uncapital(s); got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
}

func TestLossCounted(t *testing.T) {
	row := func(media string, due int64) []ledger.Row {
		return []ledger.Row{{Media: media, Quality: ledger.Quality{Due: due}}}
	}
	if !lossCounted(nil, row("audio", 1)) || lossCounted(nil, row("audio", 0)) || lossCounted(nil, row("video", 1)) {
		t.Error("the loss of audio is counted where packets of it were due, and nothing else")
	}
}

// Hosts of one name in one dialog are told apart by their addresses; those of two
// dialogs are not, unless both are the callee.
func TestHostsOfOneName(t *testing.T) {
	for _, tt := range []struct {
		name, role string
		callIDs    [2]string
		hosts      [2]byte
		want       bool
	}{
		{"two hosts", "other branch", [2]string{"a", "a"}, [2]byte{1, 2}, true},
		{"the same host", "other branch", [2]string{"a", "a"}, [2]byte{1, 1}, false},
		{"of two dialogs", "other branch", [2]string{"a", "b"}, [2]byte{1, 2}, false},
		{"callees of two dialogs", "callee", [2]string{"a", "b"}, [2]byte{1, 2}, true},
	} {
		n := &Names{names: map[netip.Addr]string{}, twice: map[string]bool{}}
		c := &trace.Call{}
		for i, id := range tt.callIDs {
			l := &trace.Leg{Dialog: &trace.Dialog{CallID: id}}
			h := endpoint.Endpoint{Addr: [16]byte{10: 0xff, 11: 0xff, 15: tt.hosts[i]}}
			l.Parties[trace.Callee].Hosts = []endpoint.Endpoint{h}
			n.names[h.IP()] = tt.role
			c.Legs = append(c.Legs, l)
		}
		n.ambiguous(c, func(int, trace.Side) string { return tt.role }, &aside{})
		if n.twice[tt.role] != tt.want {
			t.Errorf("%s: %v", tt.name, n.twice)
		}
	}
}

// The longest gap's filter shows a loss, if there is one: not where the numbers begin
// anew within it, nor where no SDP says that the stream is RTP.
func TestLossFilter(t *testing.T) {
	at := endpoint.Endpoint{Addr: [16]byte{10: 0xff, 11: 0xff, 15: 9}, Port: 30000}
	known := &trace.Stream{SSRC: 7, Dst: at}
	known.Place.Leg = &trace.Leg{Ports: []*trace.Port{{Media: &trace.Media{Addr: at, Terms: &trace.Terms{}}}}}
	unknown := &trace.Stream{SSRC: 7, Dst: at}
	whole := talkerFilter(known)
	for _, tt := range []struct {
		name string
		gap  *lossGap
		want bool // the gap's
	}{
		{"no gap", nil, false},
		{"a gap", &lossGap{lo: 10, hi: 20, lacks: known}, true},
		{"across the end of the numbers", &lossGap{lo: 65530, hi: 65540, lacks: known}, false},
		{"no RTP to Wireshark", &lossGap{lo: 10, hi: 20, lacks: unknown}, false},
	} {
		want := whole
		if tt.want {
			want = tt.gap.filter()
		}
		if got := lossFilter(known, tt.gap); got != want || got == "" {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// What was lost between two points has packets around it at the point that lacks it: a
// stream that only begins there later, or ends before, shows nothing.
func TestPassedAt(t *testing.T) {
	seen := &trace.Stream{SSRC: 7}
	for _, tt := range []struct {
		name        string
		first, last float64
		want        bool
	}{{"begins later", 10, 20, false}, {"ends before", 0, 4, false}, {"both", 0, 20, true}} {
		s := &trace.Stream{SSRC: 7, Point: 1}
		s.First, s.Last = trace.Mark{Time: int64(tt.first * 1e9), Frame: 1, Seq: 100}, trace.Mark{Time: int64(tt.last * 1e9), Frame: 2, Seq: 500}
		s.Break(trace.Gap{Before: trace.Mark{Time: 5e9, Seq: 200}, After: trace.Mark{Time: 8e9, Seq: 350}})
		row := &ledger.Row{Hops: []ledger.Hop{{Streams: []*trace.Stream{s}}}, Spans: []ledger.Span{{From: second(5), To: second(8), Seen: seen}}}
		got := passedAt(&trace.Trace{}, Claim{Row: row}, 1)
		if (got != nil) != tt.want {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// A silence goes back to the move before it, if what was sent went to where that move
// began; what vanished went nowhere that can be held against it.
func TestHeldBy(t *testing.T) {
	at := func(host byte) endpoint.Endpoint { return endpoint.Endpoint{Addr: [16]byte{15: host}, Port: 4000} }
	k := &trace.Talker{Travels: &trace.Travels{Moves: []trace.Move{{From: &trace.Stream{Src: at(1)}, To: &trace.Stream{Src: at(2)}, Before: second(5), After: second(5.1)}}}}
	for _, tt := range []struct {
		state ledger.State
		to    byte
		want  bool
	}{
		{ledger.Misdirected, 1, true}, {ledger.Misdirected, 9, false}, {ledger.Stopped, 9, true}, {ledger.Vanished, 9, true},
	} {
		r := &ledger.Row{Spans: []ledger.Span{{From: second(5.2), To: second(8), State: tt.state, Lost: &trace.Stream{Dst: at(tt.to)}}}}
		if got := heldBy(k, r, &r.Spans[0], false); (got != nil) != tt.want {
			t.Errorf("%s to %d: %+v", tt.state, tt.to, got)
		}
	}
}

// An incident asks for what its root wants done, also where the root itself is a
// remark only.
func TestIncidentOfAQuietRoot(t *testing.T) {
	found := []Finding{
		{ID: 1, Code: "a", Severity: Info, Actions: []Action{{Owner: "nat", What: "Keep the port."}}},
		{ID: 2, Code: "b", Severity: Warn, CausedBy: []int{1}},
	}
	list := registry{}.incidents(found)
	if len(list) != 1 || list[0].RootCause != "a" || len(list[0].Actions) != 1 {
		t.Errorf("%+v", list)
	}
}
