package ledger

import "testing"

// A packet's time to live tells how far it has come, by the value that its
// sender's system begins with.
func TestSight(t *testing.T) {
	for _, c := range []struct {
		ttl     uint8
		initial uint8
		routers int
	}{
		{0, 0, 0}, // no IP header in the capture
		{1, 64, 63}, {57, 64, 7}, {64, 64, 0},
		{65, 128, 63}, {127, 128, 1}, {128, 128, 0},
		{129, 255, 126}, {254, 255, 1}, {255, 255, 0},
	} {
		s := Sight{TTL: c.ttl}
		if s.Initial() != c.initial || s.Routers() != c.routers {
			t.Errorf("TTL %d: set out with %d and passed %d routers; want %d and %d", c.ttl, s.Initial(), s.Routers(), c.initial, c.routers)
		}
	}
}
