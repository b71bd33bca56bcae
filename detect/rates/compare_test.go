package rates

import (
	"fmt"
	"testing"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/detect"
)

// population is n calls in which a cause was visible, the first with of which have
// it, and hidden ones in which it was not.
func population(n, with, hidden int, engine string) *Population {
	p := &Population{}
	for i := range n + hidden {
		c := Call{Number: i + 1, File: "a.pcap", Audio: ledger.Clear, Agents: []string{engine}, Hosts: []string{"192.0.2.1", "2001:db8:1:2::3"}}
		if i < n {
			c.Visible = []string{"not-relayed"}
		}
		if i < with {
			c.Audio = ledger.Lost
			c.Found = []Found{{Code: "not-relayed", Severity: detect.Critical, Silence: float64(i), Summary: fmt.Sprint(i)}}
		}
		p.Calls = append(p.Calls, c)
	}
	return p
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		before, after *Population
		want          Conclusion
		needed        bool
	}{
		{population(100, 2, 500, "e"), population(100, 30, 0, "e"), More, false},
		{population(100, 30, 0, "e"), population(100, 2, 0, "e"), Less, false},
		{population(200, 0, 0, "e"), population(200, 20, 0, "e"), New, false},
		{population(200, 20, 0, "e"), population(200, 0, 0, "e"), Gone, false},
		{population(100, 5, 0, "e"), population(100, 7, 0, "e"), NoDifference, true},
		{population(100, 5, 0, "e"), population(100, 5, 0, "e"), NoDifference, false},
		{population(29, 0, 1000, "e"), population(500, 400, 0, "e"), TooFew, true}, // those that could not show it do not count
		{population(500, 0, 0, "e"), population(29, 29, 0, "e"), TooFew, true},
	} {
		got := Compare(c.before, c.after, detect.Detectors())
		if len(got.Rates) != 1 || got.Rates[0].Cause != "not-relayed" {
			t.Fatalf("rates: %v", got.Rates)
		}
		r := got.Rates[0]
		if r.Conclusion != c.want || r.Needed > 0 != c.needed {
			t.Errorf("%v to %v: %s, needs %d; want %s", r.Before, r.After, r.Conclusion, r.Needed, c.want)
		}
		if i, ok := r.Interval(); !ok || r.Conclusion.Differs() != i.excludes() && r.Conclusion != TooFew {
			t.Errorf("%v to %v: %s, though the interval is %v", r.Before, r.After, r.Conclusion, i)
		}
	}
}

// TestCompareBothSides: a cause that one side alone has is looked at on both, the
// audio of all calls, too, and the calls that are named are the worst of the side
// that has more.
func TestCompareBothSides(t *testing.T) {
	got := Compare(population(100, 40, 0, "old"), population(100, 3, 0, "new"), detect.Detectors())
	if r := got.Audio; r.Before != (Count{100, 40}) || r.After != (Count{100, 3}) || r.Conclusion != Less {
		t.Errorf("audio: %+v", r)
	}
	ex := got.Rates[0].Examples
	if len(ex) != mostExamples || ex[0].After || ex[0].Call.Number != 40 || ex[1].Call.Number != 39 {
		t.Errorf("examples: %v", ex)
	}
	engine := got.By[0]
	if len(engine.Groups) != 2 || engine.Groups[0].Value != "new" || engine.Groups[0].Before != 0 || engine.Groups[0].After != 100 {
		t.Fatalf("by engine: %+v", engine)
	}
	if r := engine.Groups[1].Rates[0]; r.Conclusion != TooFew || r.Before != (Count{100, 40}) {
		t.Errorf("an engine that only one side has: %+v", r)
	}
	prefix := got.By[1]
	if len(prefix.Groups) != 2 || prefix.Groups[0].Value != "192.0.2.0/24" || prefix.Groups[1].Value != "2001:db8:1::/48" || prefix.Groups[0].Rates[0].Conclusion != Less {
		t.Errorf("by prefix: %+v", prefix)
	}
}

// TestCompareManyRows: among many rows a difference counts only beyond what the
// best of so many would show by chance.
func TestCompareManyRows(t *testing.T) {
	alone := []Rate{{Before: Count{200, 10}, After: Count{200, 24}}}
	conclude(alone)
	if alone[0].Conclusion != More {
		t.Fatalf("alone: %s, p=%g", alone[0].Conclusion, alone[0].P)
	}
	many := append([]Rate{}, alone...)
	for range 9 {
		many = append(many, Rate{Before: Count{200, 10}, After: Count{200, 11}})
	}
	conclude(many)
	if many[0].Conclusion != NoDifference || many[0].Needed <= 200 {
		t.Errorf("among ten rows: %s, needs %d", many[0].Conclusion, many[0].Needed)
	}
}

func TestCompareNothing(t *testing.T) {
	got := Compare(&Population{}, &Population{}, detect.Detectors())
	if len(got.Rates) != 0 || got.Audio.Conclusion != TooFew || got.Audio.Needed != Fewest {
		t.Errorf("%+v", got)
	}
	if _, ok := got.Audio.Interval(); ok {
		t.Error("an interval of nothing")
	}
}
