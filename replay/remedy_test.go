package replay

import (
	"testing"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// pausing is a call whose talker pauses, and moves when it comes back: long for
// one timeout, short for another.
func pausing(pause time.Duration) *Case {
	c := played(1000)
	events, facts := c.Events[:0:0], c.Facts[:0:0]
	flip := c.Moves[0].After
	for i, ev := range c.Events {
		if ev.Kind == latch.KindRTP && ev.Side == latch.SideB && ev.Time < flip && ev.Time >= flip-int64(pause) {
			continue
		}
		events, facts = append(events, ev), append(facts, c.Facts[i])
	}
	c.Events, c.Facts = events, facts
	return c
}

// A remedy that mends this call is counted on the others: those that it mends,
// those that it harms, those that it leaves alone.
func TestOthers(t *testing.T) {
	still := played(1000) // its source never moves
	for i := range still.Events {
		if ev := &still.Events[i]; ev.Kind == latch.KindRTP && ev.Side == latch.SideB {
			ev.Source = nat1
		}
	}
	still.Moves = nil
	still.visits[latch.SideB] = []visit{{nat1, still.Answer, still.End}}
	still.homes[latch.SideB] = homesOf(still.visits[latch.SideB])

	base := config(t, "session-lock")
	shorter := Remedy{Config: config(t, "session-lock", "timeout=2s")}
	longer := Remedy{Config: config(t, "session-lock", "timeout=15s")}
	early := Remedy{Config: base, IfName: "icmp=off"}
	list := []Remedy{shorter, longer, early}
	cases := []*Case{played(1000), pausing(3 * time.Second), still}
	if err := Others(cases, base, list); err != nil {
		t.Fatal(err)
	}
	for i, want := range [3][3]int{{2, 0, 3}, {0, 1, 3}, {0, 0, 0}} {
		if got := [3]int{list[i].Gain, list[i].Lose, list[i].Compared}; got != want {
			t.Errorf("%s %s: gain, lose, compared %v, want %v", list[i].Config, list[i].IfName, got, want)
		}
	}
}
