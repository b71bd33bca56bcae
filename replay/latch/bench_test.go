package latch

import (
	"testing"
	"time"
)

// BenchmarkStep is one decision about one packet. The call has been going for a
// while, and a second source disturbs it with every eighth packet.
func BenchmarkStep(b *testing.B) {
	for _, name := range []string{"session-lock", "rtpengine-delayed", "rtpengine-heuristic", "asterisk", "pjmedia", "rtpproxy"} {
		b.Run(name, func(b *testing.B) {
			p := with(b, name)
			e, err := New(p, p)
			if err != nil {
				b.Fatal(err)
			}
			events := script{from: nat1, to: nat1, end: 10 * time.Second}.events()
			for _, ev := range events {
				e.Step(ev)
			}
			tail := events[len(events)-256:]
			for i := range tail {
				if i%16 == 1 {
					tail[i].Source, tail[i].Side = stranger, SideB
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e.Step(tail[i&255])
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mdecisions/s")
		})
	}
}
