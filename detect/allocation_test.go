package detect

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// How a NAT picks ports is told from three moves on: the next free one, in the order of time,
// or as if at random, which takes six; and whether parity is preserved, which takes five
// (RFC 4787 section 4.2).
func TestAllocations(t *testing.T) {
	at := func(host string, port uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.MustParseAddr(host), port))
	}
	const nat = "198.51.100.7"
	const next, order, random, parity = "the next free one or close to it", "hands them out in order", "picked at random", "parity of the ports is preserved"
	for _, c := range []struct {
		name  string
		moves [][2]uint16 // in order of time
		want  []string
	}{
		{"two tell nothing", [][2]uint16{{4000, 4001}, {4010, 4011}}, nil},
		{"the next free one", [][2]uint16{{4000, 4001}, {4010, 4016}, {4003, 4006}}, []string{next}},
		{"in order", [][2]uint16{{4000, 5001}, {4010, 5003}, {4020, 5010}}, []string{order}},
		{"back once", [][2]uint16{{4000, 5001}, {4010, 5003}, {4020, 5002}}, nil},
		{"the same again", [][2]uint16{{4000, 5001}, {4010, 5003}, {4020, 5003}}, nil},
		{"at random", [][2]uint16{{4000, 50_001}, {4010, 9003}, {4020, 31_002}, {4031, 2000}, {4041, 61_000}, {4050, 33_003}}, []string{random}},
		{"five of these", [][2]uint16{{4000, 50_001}, {4010, 9003}, {4020, 31_002}, {4031, 2000}, {4041, 61_000}}, nil},
		{"at random, by twos", [][2]uint16{{4000, 50_000}, {4011, 9003}, {4020, 31_002}, {4030, 2000}, {4041, 61_001}, {4050, 33_002}}, []string{random, parity}},
		{"five by twos", [][2]uint16{{4000, 4002}, {4011, 4013}, {4020, 4022}, {4030, 4034}, {4041, 4043}}, []string{next, parity}},
		{"but one", [][2]uint16{{4000, 4002}, {4011, 4013}, {4020, 4022}, {4030, 4034}, {4041, 4042}}, []string{next}},
		{"four by twos", [][2]uint16{{4000, 4002}, {4011, 4013}, {4020, 4022}, {4030, 4034}}, []string{next}},
	} {
		tr := new(trace.Trace)
		for i := range c.moves { // talkers in another order than their moves
			n := len(c.moves) - 1 - i
			m := trace.Move{From: &trace.Stream{Src: at(nat, c.moves[n][0])}, To: &trace.Stream{Src: at(nat, c.moves[n][1])}, After: trace.Moment{Time: int64(n) * 1e9}}
			elsewhere, said := m, m
			elsewhere.To = &trace.Stream{Src: at("198.51.100.8", 4000)}
			said.Announced = trace.BySDP
			tr.Talkers = append(tr.Talkers, &trace.Talker{Travels: &trace.Travels{Moves: []trace.Move{m, elsewhere, said}}})
		}
		f := fleet{ports: map[netip.Addr]string{}}
		f.allocations(tr)
		got := f.ports[netip.MustParseAddr(nat)]
		for _, words := range []string{next, order, random, parity} {
			has, want := strings.Contains(got, words), false
			for _, w := range c.want {
				want = want || w == words
			}
			if has != want {
				t.Errorf("%s: %q", c.name, got)
			}
		}
	}
}
