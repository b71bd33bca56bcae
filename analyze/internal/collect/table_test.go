package collect

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// TestStreamTable: of the streams of a key the latest one is found, whatever was taken
// out, and however often the slots were moved.
func TestStreamTable(t *testing.T) {
	var table streamTable
	latest := map[uint32]*trace.Stream{}
	say := func(ssrc uint32) {
		s := &trace.Stream{Src: at(1, 4000), Dst: at(2, 4000), SSRC: ssrc}
		h := hashKey(&s.Src, &s.Dst, ssrc, 0)
		if known, at := table.find(h, &s.Src, &s.Dst, ssrc, 0); known != latest[ssrc] {
			t.Fatalf("of SSRC %d not the latest stream", ssrc)
		} else if known == nil {
			table.insert(h, at, s)
		} else {
			table.replace(at, s)
		}
		latest[ssrc] = s
	}
	for range 3000 { // one key is used again more often than there are slots
		say(1)
	}
	for ssrc := range uint32(500) {
		say(ssrc)
		say(ssrc)
	}
	if n := table.evict(func(s *trace.Stream) bool { return s.SSRC%5 != 4 }); n != 200 {
		t.Errorf("%d taken out, want 200", n)
	}
	for ssrc := range latest {
		if ssrc%5 == 4 {
			delete(latest, ssrc)
		}
	}
	for ssrc := range uint32(5000) {
		say(ssrc)
	}
	for ssrc := range uint32(5000) {
		say(ssrc)
	}
}
