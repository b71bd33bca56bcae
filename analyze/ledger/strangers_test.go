package ledger

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Of two that send to one port at a time the party is who is known: a server that passes
// packets on, who sends from where SDP or signalling says. Else it is who sends more, and
// the other is a stranger, unless the two only overlap as long as a move takes.
func TestWithoutStrangers(t *testing.T) {
	leg := new(trace.Leg)
	announced := &trace.Port{Leg: leg, Media: &trace.Media{Addr: at("192.0.2.1:4000"), Terms: new(trace.Terms)}, Said: leg.Messages.Appender().Add(trace.Message{}), Side: trace.Caller}
	leg.Ports = []*trace.Port{announced}
	leg.Parties[trace.Caller].Hosts = []endpoint.Endpoint{at("198.51.100.7:5060")}
	stream := func(src string, from, to int64, change func(*trace.Stream)) *trace.Stream {
		s := &trace.Stream{Src: at(src), Dst: at("203.0.113.1:6000"), Place: trace.Place{Leg: leg},
			First: trace.Mark{Time: from * second / 10, Frame: uint32(from + 1)}, Last: trace.Mark{Time: to * second / 10, Frame: uint32(to + 1)}}
		s.Stats.Packets = uint32((to - from) * 5)
		s.SSRC = uint32(s.Src.Port)
		if change != nil {
			change(s)
		}
		return s
	}
	const here, other = "192.0.2.99:4001", "192.0.2.98:4002"
	for _, c := range []struct {
		name string
		list []*trace.Stream
		kept string // by port of the source
	}{
		{"one alone", []*trace.Stream{stream(here, 0, 300, nil)}, "[4001]"},
		{"who sends more", []*trace.Stream{stream(here, 0, 300, nil), stream(other, 100, 300, nil)}, "[4001]"},
		{"a relay", []*trace.Stream{stream(here, 0, 300, nil), stream(other, 100, 300, func(s *trace.Stream) { s.RelayOf = new(trace.Stream) })}, "[4002]"},
		{"who sends from where he listens", []*trace.Stream{stream(here, 0, 300, nil), stream(other, 100, 300, func(s *trace.Stream) { s.Place.Own = announced })}, "[4002]"},
		{"from a host that SDP names", []*trace.Stream{stream(here, 0, 300, nil), stream("192.0.2.1:4002", 100, 300, nil)}, "[4002]"},
		{"from a host that signals", []*trace.Stream{stream(here, 0, 300, nil), stream("198.51.100.7:4002", 100, 300, nil)}, "[4002]"},
		{"the other side's host", []*trace.Stream{stream(here, 0, 300, nil), stream("198.51.100.7:4002", 100, 300, func(s *trace.Stream) { s.Place.From = trace.Callee })}, "[4001]"},
		{"two that are known", []*trace.Stream{stream("192.0.2.1:4001", 0, 300, nil), stream("198.51.100.7:4002", 100, 300, nil)}, "[4001 4002]"},
		{"one after the other", []*trace.Stream{stream(here, 0, 100, nil), stream(other, 101, 300, nil)}, "[4001 4002]"},
		{"a move", []*trace.Stream{stream(here, 0, 105, nil), stream(other, 100, 300, nil)}, "[4001 4002]"},
		{"another point's view", []*trace.Stream{stream(here, 0, 300, nil), stream(other, 0, 290, func(s *trace.Stream) { s.Point = 1 })}, "[4001 4002]"},
		{"one source of two SSRCs", []*trace.Stream{stream(here, 0, 300, nil), stream(here, 0, 290, func(s *trace.Stream) { s.SSRC = 7 })}, "[4001 4001]"},
		{"one SSRC of two sources", []*trace.Stream{stream(here, 0, 300, nil), stream(other, 0, 290, func(s *trace.Stream) { s.SSRC = 4001 })}, "[4001 4002]"},
	} {
		d := direction{rower: new(rower)}
		h := &hop{legs: []orientedLeg{{Leg: leg}}}
		var got []uint16
		for _, s := range d.withoutStrangers(h, c.list) {
			got = append(got, s.Src.Port)
		}
		if fmt.Sprint(got) != c.kept {
			t.Errorf("%s: %v, want %s", c.name, got, c.kept)
		}
	}
}

// Reports that stand still say that nothing arrives: until one advances, to the end where the
// stream ends soon after the last of them, and no longer than them where they ceased.
func TestStandstills(t *testing.T) {
	talker, listener := endpoint.From(netip.MustParseAddrPort("192.0.2.1:4000")), endpoint.From(netip.MustParseAddrPort("203.0.113.1:5000"))
	type report struct{ at, highest, lost int64 } // s
	for _, c := range []struct {
		name string
		list []report
		end  int64  // of the stream, s
		want string // from and to, s
	}{
		{"all advance", []report{{10, 500, 0}, {15, 750, 0}, {20, 1000, 0}}, 40, "[]"},
		{"they stand, and advance", []report{{10, 500, 0}, {15, 500, 0}, {20, 500, 0}, {25, 1250, 0}}, 40, "[10-25]"},
		{"and count what was lost", []report{{10, 500, 3}, {15, 500, 3}, {20, 500, 3}, {25, 1250, 603}}, 40, "[10-22]"},
		{"and count less than was sent while they stood", []report{{10, 500, 3}, {15, 500, 3}, {20, 500, 3}, {25, 1250, 403}}, 40, "[10-25]"},
		{"and count more than they went on by", []report{{10, 500, 3}, {15, 500, 3}, {20, 500, 3}, {25, 1250, 903}}, 40, "[10-25]"},
		{"they advance, and count half and more, where nothing tells", []report{{10, 500, 3}, {15, 750, 3}, {25, 1250, 353}}, 40, "[16-23]"},
		{"where the one before was late", []report{{10, 500, 3}, {16, 750, 3}, {25, 1250, 353}}, 40, "[15-22]"},
		{"where they stood for a moment", []report{{10, 500, 3}, {13, 500, 3}, {20, 1000, 303}}, 40, "[10-16]"},
		{"all of it", []report{{10, 500, 3}, {15, 750, 3}, {25, 1250, 503}}, 40, "[15-25]"},
		{"they count less than half", []report{{10, 500, 3}, {15, 750, 3}, {25, 1250, 252}}, 40, "[]"},
		{"more than was sent", []report{{10, 500, 3}, {15, 750, 3}, {25, 1250, 504}}, 40, "[]"},
		{"half, but few", []report{{10, 500, 3}, {11, 550, 3}, {12, 598, 51}}, 40, "[]"},
		{"before the row", []report{{1, 50, 3}, {5, 250, 153}}, 40, "[]"},
		{"they stand to the end", []report{{10, 500, 0}, {15, 500, 0}, {20, 500, 0}}, 35, "[10-]"},
		{"they cease", []report{{10, 500, 0}, {15, 500, 0}, {20, 500, 0}}, 36, "[10-20]"},
		{"too short", []report{{10, 500, 0}, {13, 500, 0}, {16, 800, 0}}, 40, "[]"},
		{"one alone", []report{{10, 500, 0}}, 40, "[]"},
		{"twice", []report{{10, 500, 0}, {15, 500, 0}, {20, 1000, 0}, {25, 1000, 0}, {30, 1500, 0}}, 40, "[10-20 20-30]"},
		{"nothing was sent meanwhile", []report{{40, 2000, 0}, {45, 2000, 0}, {50, 2000, 0}}, 40, "[]"},
	} {
		s := &trace.Stream{Src: talker, Dst: listener, SSRC: 7, Last: trace.Mark{Time: c.end * second, Seq: c.end * 50}}
		s.Stats.Packets = uint32(s.Last.Seq)
		track := &trace.ReportTrack{Src: listener, Dst: talker, SSRC: 7}
		for _, r := range c.list {
			track.Reports = append(track.Reports, trace.Report{Moment: trace.Moment{Ref: trace.Ref{Frame: uint32(r.at)}, Time: r.at * second}, Highest: uint32(r.highest), Lost: int32(r.lost)})
		}
		tr := &trace.Trace{Reports: []*trace.ReportTrack{track}}
		tr.Index()
		d := direction{rower: &rower{Ledger: &Ledger{trace: tr}}, from: trace.Moment{Time: 2 * second}, to: trace.Moment{Time: 100 * second}}
		got := []string{}
		for _, st := range d.standstills(s) {
			to := ""
			if st.to != always {
				to = fmt.Sprint(st.to / second)
			}
			got = append(got, fmt.Sprintf("%d-%s", st.from/second, to))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestBeginAt(t *testing.T) {
	for at, want := range map[int64]int64{5: 10, 10: 10, 15: 15, 20: 10, 25: 10} {
		st := standstill{from: 10, to: 20}
		if st.beginAt(at); st.from != want || st.to != 20 {
			t.Errorf("at %d: from %d to %d, want %d", at, st.from, st.to, want)
		}
	}
}

// Who comes with a codec that nobody agreed on, from where nobody is known, is no party
// that moved: unless the party itself has no other.
func TestStrangersCodec(t *testing.T) {
	leg := new(trace.Leg)
	leg.Ports = []*trace.Port{{Leg: leg, Side: trace.Callee, Media: &trace.Media{Addr: at("203.0.113.1:6000"), Terms: &trace.Terms{Kind: "audio", Formats: []trace.Format{{PT: 18, Name: "G729"}}}}}}
	leg.Parties[trace.Caller].Hosts = []endpoint.Endpoint{at("198.51.100.7:5060")}
	const own, other = "198.51.100.7:4001", "192.0.2.98:4002"
	stream := func(src string, from, to int64, pt uint8) *trace.Stream {
		s := &trace.Stream{Src: at(src), Dst: at("203.0.113.1:6000"), PT: pt, Place: trace.Place{Leg: leg},
			First: trace.Mark{Time: from * second, Frame: uint32(from + 1)}, Last: trace.Mark{Time: to * second, Frame: uint32(to + 1)}}
		s.Stats.Packets, s.SSRC = uint32(to-from)*50, uint32(s.Src.Port)
		return s
	}
	for _, c := range []struct {
		name string
		list []*trace.Stream
		kept string // by port of the source
	}{
		{"the party, and then a stranger", []*trace.Stream{stream(own, 0, 10, 18), stream(other, 11, 30, 0)}, "[4001]"},
		{"the party moves", []*trace.Stream{stream(own, 0, 10, 18), stream(other, 11, 30, 18)}, "[4001 4002]"},
		{"from where it signals", []*trace.Stream{stream(own, 0, 10, 18), stream("198.51.100.7:4002", 11, 30, 0)}, "[4001 4002]"},
		{"its own is not agreed on either", []*trace.Stream{stream(own, 0, 10, 8), stream(other, 11, 30, 0)}, "[4001 4002]"},
		{"comfort noise", []*trace.Stream{stream(own, 0, 10, 18), stream(other, 11, 30, 13)}, "[4001 4002]"},
	} {
		d := direction{rower: new(rower)}
		var got []uint16
		for _, s := range d.withoutStrangers(&hop{legs: []orientedLeg{{Leg: leg}}}, c.list) {
			got = append(got, s.Src.Port)
		}
		if fmt.Sprint(got) != c.kept {
			t.Errorf("%s: %v, want %s", c.name, got, c.kept)
		}
	}
}
