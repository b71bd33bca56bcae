package trace

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

// TestAwaitedByIndex: of a leg in which very much is said the index finds the answers that
// looking through it finds.
func TestAwaitedByIndex(t *testing.T) {
	host := func(n int) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), 4000))
	}
	found := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := &Leg{Dialog: &Dialog{FromTag: "a"}, Tag: "b"}
		tr := &Trace{Captures: []Capture{{Point: 0}, {Point: 1}}, Legs: []*Leg{l}}
		add := l.Messages.Appender()
		for i := range manyMessages + 10 {
			at := Moment{Ref: Ref{Frame: uint32(i + 1), File: int32(r.IntN(2))}, Time: int64(i) * millisecond}
			m := Message{Moment: at, Dialog: &Dialog{FromTag: "a", ToTag: fmt.Sprint("t", r.IntN(3))}, Kind: &Kind{Method: "INVITE", Status: int16(183 + 17*r.IntN(2))}, CSeq: uint32(r.IntN(3)), SDP: &SDP{}}
			number := add.Add(m)
			if r.IntN(4) == 0 {
				side := Side(r.IntN(2))
				l.Ports = append(l.Ports, &Port{Leg: l, Media: &Media{Addr: host(r.IntN(4)), Terms: &Terms{}}, Said: number, Side: side, Offer: side == Caller && i < 5, Alias: r.IntN(9) == 0})
			}
		}
		tr.Index()
		if tr.answers[l] == nil {
			t.Fatal("it is not indexed")
		}
		for n := range 16 {
			s := &Stream{Src: host(n % 4), Point: uint16(n / 4 % 2), Place: Place{Leg: l, From: Side(n / 8)}}
			got := tr.Awaited(s)
			index := tr.answers
			tr.answers = nil
			want := tr.Awaited(s)
			if tr.answers = index; got != want {
				t.Errorf("seed %d, stream %d: %v, looking through it %v", seed, n, got, want)
			}
			if !got.IsZero() {
				found++
			}
		}
	}
	if found < 1000 {
		t.Errorf("only %d streams have an answer", found)
	}
}
