package latch_test

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay/latch"
)

// A phone behind a NAT changes its port in the middle of a call. The engine
// has locked on the old one and does not take the new one until the old one has
// been silent for two seconds.
func Example() {
	at := func(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }
	ms := func(n int) int64 { return int64(n) * int64(time.Millisecond) }

	lock, _ := latch.Lookup("session-lock")
	policy, err := latch.Config{Profile: lock}.With(latch.Setting{Name: "timeout", Value: "2s"}).Policy()
	if err != nil {
		panic(err)
	}
	trunk := latch.Policy{} // sends to and takes from where SDP says, and anywhere
	engine, err := latch.New(trunk, policy)
	if err != nil {
		panic(err)
	}

	engine.Step(latch.Event{Time: ms(0), Kind: latch.KindOffer, Side: latch.SideA, Media: at("198.51.100.20:6000")})
	engine.Step(latch.Event{Time: ms(800), Kind: latch.KindAnswer, Side: latch.SideB, Media: at("10.0.0.5:4000")})
	last := ""
	for seq := range 300 {
		source := at("192.0.2.1:36001")
		if seq >= 100 {
			source = at("192.0.2.1:36077")
		}
		now := ms(1000 + 20*seq)
		d := engine.Step(latch.Event{Time: now, Kind: latch.KindRTP, Side: latch.SideB, Source: source, SSRC: 7, Seq: uint16(seq)})
		if what := strings.TrimSpace(fmt.Sprint(d.Action, " ", d.Changes)); what != last {
			fmt.Printf("%.2f s from port %d: %s\n", time.Duration(now).Seconds(), source.Port, what)
			last = what
		}
	}
	fmt.Println("sent to", engine.State(latch.SideB, latch.KindRTP).Destination)

	// Output:
	// 1.00 s from port 36001: relayed candidate
	// 1.02 s from port 36001: relayed
	// 1.04 s from port 36001: relayed locked,moved
	// 1.06 s from port 36001: relayed
	// 3.00 s from port 36077: dropped
	// 4.98 s from port 36077: relayed candidate,released,moved
	// 5.00 s from port 36077: relayed
	// 5.02 s from port 36077: relayed relocked,moved
	// 5.04 s from port 36077: relayed
	// sent to 192.0.2.1:36077
}
