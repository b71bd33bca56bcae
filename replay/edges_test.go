package replay

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// What the first and the last second of a call excuse of a silence: parties learn where the other
// is, and hang up. What was refused counts, from the first packet that could be; what lasts for a
// second counts whole.
func TestEdgesOf(t *testing.T) {
	const answer, end = 10.0, 60.0
	for _, c := range []struct {
		name     string
		fate     Fate
		sent     []float64 // s
		first    bool      // of its direction
		refused  bool
		a, b     float64
		from, to float64
	}{
		{"in mid-call", Lost, []float64{30, 31}, false, false, 30, 32, 30, 32},
		{"the first half second", Lost, []float64{10.1, 10.4}, true, false, 10, 10.5, 10, 10},
		{"the first two seconds", Lost, []float64{10.1, 11.9}, true, false, 10, 12, 10, 12},
		{"from soon after the answer on", Lost, []float64{10.6, 12.4}, true, false, 10.5, 12.5, 10, 12.5},
		{"who began late was learned of late", Lost, []float64{10.8, 11.4}, true, false, 10, 11.5, 10, 10},
		{"refused", Refused, []float64{10.05, 10.4}, true, true, 10, 10.5, 10, 10.5},
		{"refused, once something was sent", Refused, []float64{10.2, 10.4}, true, true, 10, 10.5, 10.2, 10.5},
		{"the last half second, astray", Misdirected, []float64{59.6, 59.9}, false, false, 59.5, 60, 59.5, 59.5},
		{"the last half second, lost", Lost, []float64{59.6, 59.9}, false, false, 59.5, 60, 59.5, 60},
		{"the last two seconds, astray", Misdirected, []float64{58.1, 59.9}, false, false, 58, 60, 58, 60},
	} {
		ns := func(s float64) int64 { return int64(s*1000+0.5) * 1e6 }
		k := &Case{Answer: ns(answer), End: ns(end), refused: c.refused}
		var part []passage
		for _, s := range c.sent {
			part = append(part, passage{time: ns(s), fate: c.fate})
		}
		if from, to := k.edgesOf(part, c.first, ns(c.a), ns(c.b)); from != ns(c.from) || to != ns(c.to) {
			t.Errorf("%s: from %d to %d ms, want %d to %d", c.name, from/1e6, to/1e6, ns(c.from)/1e6, ns(c.to)/1e6)
		}
	}
}

// Where the captured server sent to an address that its party does not send from, and nowhere
// else, that is heard; an engine that also sends to where the party is is judged by that.
func TestAsymmetric(t *testing.T) {
	at := func(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }
	gateway, source := at("192.0.2.2:4000"), at("192.0.2.3:4000")
	for _, c := range []struct {
		name  string
		taken []endpoint.Endpoint
		sent  []endpoint.Endpoint // to side B
		fates []Fate
		want  []Fate
	}{
		{"to the gateway alone", []endpoint.Endpoint{gateway}, []endpoint.Endpoint{gateway, {}, gateway}, []Fate{Misdirected, Lost, Misdirected}, []Fate{Arrived, Lost, Arrived}},
		{"to where it sends from, too", []endpoint.Endpoint{gateway}, []endpoint.Endpoint{gateway, source}, []Fate{Misdirected, Arrived}, []Fate{Misdirected, Arrived}},
		{"no such gateway", nil, []endpoint.Endpoint{gateway}, []Fate{Misdirected}, []Fate{Misdirected}},
		{"refused there", []endpoint.Endpoint{gateway}, []endpoint.Endpoint{gateway}, []Fate{Refused}, []Fate{Refused}},
	} {
		k := new(Case)
		k.taken[latch.SideB] = c.taken
		events := make([]latch.Event, len(c.sent)+1)
		for i := range c.sent {
			events[i].Side = latch.SideA
		}
		events[len(c.sent)].Side = latch.SideB // what the other party sends is no matter
		res := &Result{Sent: append(slices.Clone(c.sent), source), Fates: append(slices.Clone(c.fates), Misdirected)}
		k.asymmetric(events, res)
		if want := append(slices.Clone(c.want), Misdirected); !slices.Equal(res.Fates, want) {
			t.Errorf("%s: %v, want %v", c.name, res.Fates, want)
		}
	}
}
