package endpoint

import (
	"net/netip"
	"testing"
)

func TestEmbeds(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"[64:ff9b::203.0.113.20]:30002", "203.0.113.20:30002", true},
		{"203.0.113.20:30002", "[2001:db8:64:ff::cb00:7114]:30002", true},  // a network's own prefix
		{"[64:ff9b::203.0.113.20]:30002", "203.0.113.20:30004", false},     // another port
		{"[64:ff9b::203.0.113.21]:30002", "203.0.113.20:30002", false},     // another host
		{"203.0.113.20:30002", "203.0.113.20:30002", false},                // one name only
		{"[2001:db8::cb00:7114]:4000", "[64:ff9b::cb00:7114]:4000", false}, // both IPv6
	} {
		if got := From(netip.MustParseAddrPort(c.a)).Embeds(From(netip.MustParseAddrPort(c.b))); got != c.want {
			t.Errorf("%s and %s: %t", c.a, c.b, got)
		}
	}
}
