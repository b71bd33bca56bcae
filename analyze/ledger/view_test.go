package ledger

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// SIP that passes one way is noted for each capture point that shows it, however often
// and in whatever turns it passed.
func TestSignalled(t *testing.T) {
	host := func(n byte) endpoint.Endpoint { return endpoint.Endpoint{Addr: [16]byte{15: n}, Port: 5060} }
	there, back, on := &trace.Passage{Src: host(1), Dst: host(2)}, &trace.Passage{Src: host(2), Dst: host(1)}, &trace.Passage{Src: host(1), Dst: host(3)}
	var list []trace.Message
	for i, m := range []struct {
		by   *trace.Passage
		file int32
	}{{there, 0}, {there, 1}, {back, 0}, {back, 0}, {there, 0}, {back, 2}, {on, 1}} {
		list = append(list, trace.Message{Moment: trace.Moment{Ref: trace.FrameOf(m.file, int64(i+1))}, Passage: m.by, Dialog: &trace.Dialog{}, Kind: &trace.Kind{Method: "INFO"}})
	}
	v := viewOf(&trace.Trace{
		Captures: []trace.Capture{{Point: 0}, {Point: 1}, {Point: 2}},
		Legs:     []*trace.Leg{{Messages: trace.MessagesOf(list...)}},
	})
	want := []way{
		{pair{host(1).Addr, host(2).Addr}, 0}, {pair{host(1).Addr, host(2).Addr}, 1}, {pair{host(2).Addr, host(1).Addr}, 0},
		{pair{host(2).Addr, host(1).Addr}, 2}, {pair{host(1).Addr, host(3).Addr}, 1},
	}
	for _, w := range want {
		if !v.signal[w] {
			t.Errorf("%v is not noted", w)
		}
	}
	if len(v.signal) != len(want) {
		t.Errorf("%d ways are noted, want %d", len(v.signal), len(want))
	}
}
