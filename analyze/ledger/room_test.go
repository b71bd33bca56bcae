package ledger

import (
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

// The lists of a call are used again for the next one, and hold on to nothing of it.
func TestRoomsAreLeft(t *testing.T) {
	var r rooms
	s := &trace.Stream{TTL: 64}
	sights := sightsOf(r.sights.take(1), []*trace.Stream{s})
	homes := homesOf(r.homes.take(1), []*trace.Stream{s})
	r.leave()
	if len(sights) != 1 || len(homes) != 1 || sights[0] != (Sight{}) || homes[0] != (home{}) {
		t.Errorf("%v and %v are still there", sights, homes)
	}
	if r.sights.used != 0 || r.homes.used != 0 {
		t.Errorf("%d and %d are in use after they were left", r.sights.used, r.homes.used)
	}
	if again := r.sights.take(1)[:1]; &again[0] != &sights[0] {
		t.Error("the next call has another room")
	}
}
