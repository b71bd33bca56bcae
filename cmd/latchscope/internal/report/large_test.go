package report

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// trunk is a capture of n healthy calls with two streams each.
func trunk(n int) (*trace.Trace, detect.Result) {
	t := &trace.Trace{First: at(0, 1), Last: at(100, int64(n)), Captures: []trace.Capture{{}}}
	t.Captures[0].Path, t.Captures[0].Format, t.Captures[0].Packets = "trunk.pcap", "pcap", int64(n)
	result := detect.Result{Coverage: detect.Coverage{Calls: n, Judged: n}}
	for i := range n {
		c := &trace.Call{ID: i + 1, State: trace.Completed, From: fmt.Sprintf("sip:%d@a.example", i), To: "sip:b@b.example",
			Invite: at(float64(i), int64(i+1)), Answer: at(float64(i)+1, int64(i+2)), End: at(float64(i)+9, int64(i+3))}
		l := &trace.Leg{ID: i, Call: c, Dialog: &trace.Dialog{CallID: fmt.Sprintf("%d@a.example", i)}, State: trace.Completed, Status: 200, Invite: c.Invite, Answer: c.Answer, End: c.End}
		c.Legs = []*trace.Leg{l}
		add := l.Messages.Appender()
		for side, addr := range []string{"192.0.2.1:1000", "192.0.2.2:1000"} {
			l.Parties[side].Hosts = []endpoint.Endpoint{ep(addr)}
			said := trace.Message{Moment: c.Invite, Dialog: l.Dialog, Kind: &trace.Kind{Method: "INVITE", Status: int16(200 * side)},
				Passage: &trace.Passage{Src: ep(addr), Dst: ep("192.0.2.3:1000")},
				SDP:     &trace.SDP{Media: []trace.Media{{Addr: ep(addr), Terms: &trace.Terms{Kind: "audio", Formats: []trace.Format{{Name: "PCMU", Clock: 8000}}}}}}}
			l.Ports = append(l.Ports, &trace.Port{Leg: l, Side: trace.Side(side), Media: &said.SDP.Media[0], Said: add.Add(said), Offer: side == 0})
		}
		for side, from := range []string{"192.0.2.1:1000", "192.0.2.2:1000"} {
			s := streamOf(int32(len(t.Streams)+1), from, l.Ports[1-side].Addr.String(), uint32(len(t.Streams)+1), float64(i)+1, float64(i)+9, 1)
			s.Call, s.Place = c, trace.Place{Leg: l, From: trace.Side(side), Port: l.Ports[1-side], Own: l.Ports[side]}
			k := &trace.Talker{ID: len(t.Talkers) + 1, Call: c, Streams: []*trace.Stream{s}, Travels: &trace.Travels{}}
			s.Talker = k
			c.Streams, c.Talkers, t.Streams, t.Talkers = append(c.Streams, s), append(c.Talkers, k), append(t.Streams, s), append(t.Talkers, k)
		}
		t.Legs = append(t.Legs, l)
		t.Calls = append(t.Calls, c)
		result.Verdicts = append(result.Verdicts, detect.Verdict{Call: c, RootCause: "none", Confidence: detect.Confirmed})
	}
	return t, result
}

func TestHealthyCallsTakeFewLines(t *testing.T) {
	tr, result := trunk(103)
	r, err := New(tr, result, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"text", "markdown"} {
		out := render(t, r, writers()[name])
		if n := strings.Count(out, "\n"); n > 60 {
			t.Errorf("%s has %d lines", name, n)
		}
		if name == "text" && !strings.Contains(out, "... and 83 more calls") {
			t.Errorf("what is left out is not said:\n%s", out)
		}
	}
}

// A hundred thousand streams are written one by one: what is held meanwhile is
// little beside the trace.
func TestLargeReportsAreStreamed(t *testing.T) {
	tr, result := trunk(50_000)
	r, err := New(tr, result, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, write := range []func(io.Writer, *Report) error{JSON, NDJSON} {
		var most, before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		w := &watcher{most: &most}
		if err := write(w, r); err != nil {
			t.Fatal(err)
		}
		if w.n < 30<<20 {
			t.Errorf("only %d bytes", w.n)
		}
		if grown := int64(most.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
			t.Errorf("the heap holds %d KiB more while writing %d KiB", grown>>10, w.n>>10)
		}
	}
}

// watcher notes the largest heap in use at a few moments of the writing.
type watcher struct {
	n, next int64
	most    *runtime.MemStats
}

func (w *watcher) Write(b []byte) (int, error) {
	w.n += int64(len(b))
	if w.n > w.next {
		w.next += 10 << 20
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > w.most.HeapAlloc {
			*w.most = m
		}
	}
	return len(b), nil
}
