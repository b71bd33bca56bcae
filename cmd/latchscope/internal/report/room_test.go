package report

import (
	"encoding/json"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A call is told in the room of the one before, and has nothing of it.
func TestCallsInOneRoom(t *testing.T) {
	leg := func(id string) *trace.Leg { return &trace.Leg{Dialog: &trace.Dialog{CallID: id}} }
	r := &Report{trace: &trace.Trace{Calls: []*trace.Call{
		{ID: 1, Legs: []*trace.Leg{leg("a"), leg("b"), leg("a")}, Streams: []*trace.Stream{{ID: 1}, {ID: 2}}},
		{ID: 2},
		{ID: 3, Legs: []*trace.Leg{leg("c")}, Streams: []*trace.Stream{{ID: 3}}},
	}}}
	want := []string{`[["a","b"],[1,2]]`, `[[],[]]`, `[["c"],[3]]`}
	n := 0
	for c := range r.Calls() {
		if got, _ := json.Marshal([]any{c.CallIDs, c.Streams}); string(got) != want[n] {
			t.Errorf("call %d has %s, want %s", c.ID, got, want[n])
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%d calls, want %d", n, len(want))
	}
}

// What is not known of a row is null, whatever the row before had there.
func TestRowsInOneRoom(t *testing.T) {
	call := &trace.Call{ID: 1}
	rated := ledger.Row{Call: call, Quality: ledger.Quality{Rated: true, R: 90, MOS: 4.25}, Hops: []ledger.Hop{{Seen: []ledger.Sight{{Point: 0, TTL: 63, VLAN: 7}, {Point: 1, TTL: 120}}}}}
	other := ledger.Row{Call: call, Quality: ledger.Quality{R: 90, MOS: 4.25}, Hops: []ledger.Hop{{Seen: []ledger.Sight{{Point: 2, VLAN: 8}}}}}
	r := &Report{trace: &trace.Trace{}}
	var out LedgerRow
	for _, c := range []struct {
		row  *ledger.Row
		want string
	}{
		{&rated, `[90,4.25,[{"point":0,"ttl":63,"initial_ttl":64,"vlan":7},{"point":1,"ttl":120,"initial_ttl":128,"vlan":null}]]`},
		{&other, `[null,null,[{"point":2,"ttl":null,"initial_ttl":null,"vlan":8}]]`},
	} {
		r.row(&out, c.row)
		if got, _ := json.Marshal([]any{out.R, out.MOS, out.Hops[0].Seen}); string(got) != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
