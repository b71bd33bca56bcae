package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A request is lost between two points where both show the dialog and the second, which was
// recorded at that time, does not show it; not where somebody answered it.
func TestLostRequests(t *testing.T) {
	for _, c := range []struct {
		name     string
		until    int64 // of the second point's capture, s
		both     int   // messages that both points show
		answered bool
		ack      bool // what is missing is an ACK, whose 200 was sent again
		want     int
	}{
		{"a BYE", 60, 3, false, false, 1},
		{"a BYE that was answered", 60, 3, true, false, 0},
		{"the recording had ended", 20, 3, false, false, 0},
		{"it ended just then", 30, 3, false, false, 0},
		{"too little of the dialog is in both", 60, 2, false, false, 0},
		{"an ACK", 60, 3, false, true, 1},
	} {
		file := func(point int, last int64) trace.Capture {
			return trace.Capture{Point: point, Info: capture.Info{First: 0, Last: last * 1e9}}
		}
		tr := &trace.Trace{Captures: []trace.Capture{file(0, 60), file(1, c.until)}}
		l := &trace.Leg{Dialog: &trace.Dialog{CallID: "x"}, Call: new(trace.Call)}
		add := l.Messages.Appender()
		frame := int64(0)
		say := func(s int64, method string, status int16, files ...int32) {
			for _, f := range files {
				frame++
				add.Add(trace.Message{Moment: trace.Moment{Ref: trace.Ref{Frame: uint32(frame), File: f}, Time: s * 1e9}, Passage: &trace.Passage{}, Dialog: l.Dialog,
					Kind: &trace.Kind{Method: method, Status: status}, CSeq: 1, Copy: f == 1, Branch: trace.Branch(uint64(s)<<8 | uint64(len(method)))})
			}
		}
		for i := range c.both {
			say(int64(i+1), "INVITE", int16(100*i), 0, 1)
		}
		say(5, "INVITE", 183, 1) // what only the second shows comes from there
		l.Messages.Record(l.Messages.Len() - 1).Copy = false
		if c.ack {
			say(29, "ACK", 0, 0)
			say(30, "INVITE", 200, 0, 1)
		} else {
			say(30, "BYE", 0, 0)
		}
		if c.answered {
			say(31, "BYE", 200, 0)
		}
		tr.Legs = []*trace.Leg{l}
		got := 0
		for _, f := range lostRequests(tr) {
			if d := f.Data.(LostBetween); d.From == 0 && d.To == 1 {
				got += d.Requests
			}
		}
		if got != c.want {
			t.Errorf("%s: %d are lost, want %d", c.name, got, c.want)
		}
	}
}

// That a loss is none of the recording's is told of what two points show, where the server's
// own packets lack the numbers, too.
func TestLacksTooIsSaid(t *testing.T) {
	lossy := func(in *trace.Stream, lost int) *trace.Stream {
		s := &trace.Stream{Src: at("203.0.113.1:6000"), Dst: at("192.0.2.2:4000"), RelayOf: in}
		for n := range 1000 {
			if n < 100 || n >= 100+lost {
				s.Stats.Update(int64(n)*20e6, rtp.Stamp{Seq: uint16(n), TS: uint32(n * 160)}, 8000)
			}
		}
		return s
	}
	for _, c := range []struct {
		name    string
		between *[2]int
		out     int // packets that are missing behind the server
		want    bool
	}{
		{"two points", &[2]int{0, 1}, 50, true}, {"one point", nil, 50, false}, {"the server sent them", &[2]int{0, 1}, 0, false},
	} {
		in := lossy(nil, 50)
		row := &ledger.Row{Call: new(trace.Call), From: ledger.Party{Name: "caller"}, To: ledger.Party{Name: "callee"}, Hops: []ledger.Hop{{Streams: []*trace.Stream{in}}, {Streams: []*trace.Stream{lossy(in, c.out)}}}}
		d := MediaLoss{Where: "before", row: row, between: c.between, gap: &lossGap{lo: 3, hi: 4, lacks: in}}
		var all []string
		for _, s := range d.Steps(&Finding{Confidence: Confirmed}, &Names{}) {
			all = append(all, s.Text)
		}
		if got := strings.Contains(strings.Join(all, " "), "no loss of the recording"); got != c.want {
			t.Errorf("%s: %s", c.name, fmt.Sprint(all))
		}
	}
}
