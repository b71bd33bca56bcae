package detect

import (
	"math"
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

func at(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }

func TestMappingBehaviour(t *testing.T) {
	const in = "192.168.1.50:4000"
	for name, c := range map[string]struct {
		list []mapping
		want Behaviour
	}{
		"one destination": {[]mapping{{in: at(in), out: at("198.51.100.7:40000"), to: at("203.0.113.1:30000")}}, Behaviour{unknownTrait, 0}},
		"the same for two hosts": {[]mapping{{in: at(in), out: at("198.51.100.7:40000"), to: at("203.0.113.1:30000")}, {in: at(in), out: at("198.51.100.7:40000"), to: at("203.0.113.2:30000")}},
			Behaviour{"endpoint-independent", 1}},
		"another for another host": {[]mapping{{in: at(in), out: at("198.51.100.7:40000"), to: at("203.0.113.1:30000")}, {in: at(in), out: at("198.51.100.7:40001"), to: at("203.0.113.2:30000")}},
			Behaviour{"address-dependent", 1}},
		"another for another port": {[]mapping{{in: at(in), out: at("198.51.100.7:40000"), to: at("203.0.113.1:30000")}, {in: at(in), out: at("198.51.100.7:40001"), to: at("203.0.113.1:30002")}},
			Behaviour{"address-and-port-dependent", 1}},
		"both ways": {[]mapping{{in: at(in), out: at("198.51.100.7:40000"), to: at("203.0.113.1:30000")}, {in: at(in), out: at("198.51.100.7:40000"), to: at("203.0.113.1:30002")},
			{in: at(in), out: at("198.51.100.7:40001"), to: at("203.0.113.2:30000")}}, Behaviour{unknownTrait, 3}},
		"another call": {[]mapping{{in: at(in), out: at("198.51.100.7:40000"), to: at("203.0.113.1:30000"), call: 1}, {in: at(in), out: at("198.51.100.7:40001"), to: at("203.0.113.1:30002"), call: 2}},
			Behaviour{unknownTrait, 0}},
	} {
		if got := mappingBehaviour(c.list); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func ports(pairs ...uint16) (out []mapping) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, mapping{
			in: endpoint.From(netip.AddrPortFrom(netip.MustParseAddr("192.168.1.50"), pairs[i])), out: endpoint.From(netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), pairs[i+1])), at: int64(i), call: i,
		})
	}
	return out
}

func TestParity(t *testing.T) {
	for name, c := range map[string]struct {
		list []mapping
		want Behaviour
	}{
		"kept five times":     {ports(4000, 50000, 4002, 51002, 4003, 52001, 4004, 53330, 4006, 54000), Behaviour{"preserved", 5}},
		"kept four times":     {ports(4000, 50000, 4002, 51002, 4003, 52001, 4004, 53330), Behaviour{unknownTrait, 4}},
		"not kept once":       {ports(4000, 50000, 4002, 51003), Behaviour{"not-preserved", 2}},
		"of ports that stay":  {ports(4000, 4000, 4002, 4002, 4004, 4004, 4006, 4006, 4008, 4008), Behaviour{unknownTrait, 0}},
		"one of them is left": {ports(4000, 4000, 4002, 51001), Behaviour{"not-preserved", 1}},
	} {
		if got := parity(c.list); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestAssignment(t *testing.T) {
	for name, c := range map[string]struct {
		list []mapping
		want string
	}{
		"preserved":             {ports(4000, 4000, 4002, 4002, 4004, 4004), "preserving"},
		"preserved but twice":   {ports(4000, 4000, 4002, 4002), unknownTrait},
		"one after the other":   {ports(4000, 40000, 4002, 40002, 4004, 40004, 4006, 40010), "in-order"},
		"far apart and rising":  {ports(1, 10000, 3, 12000, 5, 15000, 7, 19000, 9, 24000, 11, 30000, 13, 37000, 15, 45000), "in-order"},
		"far apart and falling": {ports(1, 45000, 3, 37000, 5, 30000, 7, 24000, 9, 19000, 11, 15000, 13, 12000, 15, 10000), unknownTrait},
		"without order":         {ports(1, 31000, 3, 52000, 5, 14000, 7, 44000, 9, 20000, 11, 61000, 13, 11000, 15, 36000), "random"},
		"without order, seven":  {ports(1, 31000, 3, 52000, 5, 14000, 7, 44000, 9, 20000, 11, 61000, 13, 11000), unknownTrait},
	} {
		if got := assignment(c.list); got.Is != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

// Worked by hand: five in perfect order have S = 10, tau = 1, and a variance of
// 5*4*15/18 = 16.67; z = 9/4.082 = 2.205, p = 0.0275.
func TestKendall(t *testing.T) {
	c := kendall([]ranked{{port: 10}, {port: 20}, {port: 30}, {port: 40}, {port: 50}})
	if c.Tau != 1 || math.Abs(c.P-0.0275) > 0.0002 {
		t.Errorf("%+v", c)
	}
	// 30 10 20: S = -1, tau = -1/3, z = 0.
	if c = kendall([]ranked{{port: 30}, {port: 10}, {port: 20}}); math.Abs(c.Tau+1.0/3) > 1e-9 || c.P != 1 {
		t.Errorf("%+v", c)
	}
}
