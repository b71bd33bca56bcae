package detect

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A refusal that has passed fewer routers than the party's own packets was sent by
// something before the party: its time to live says so, whatever it set out with.
func TestRefuser(t *testing.T) {
	for _, tt := range []struct {
		name     string
		ttl, own uint8
		routers  int
		known    bool
		says     string
	}{
		{"one nearer", 58, 57, 1, true, "one router nearer"},
		{"two nearer, another system", 251, 58, 2, true, "2 routers nearer"},
		{"as far", 57, 57, 0, true, "from as far away"},
		{"no time to live", 0, 57, 0, false, "(code 3) from 198.51.100.7"},
	} {
		e := &trace.ICMPError{TTL: tt.ttl, By: endpoint.From(netip.MustParseAddrPort("198.51.100.7:0")), Quote: packet.Quote{Type: 3, Code: 3}}
		s := &trace.Stream{TTL: tt.own}
		if n, known := nearer(e, s); n != tt.routers || known != tt.known {
			t.Errorf("%s: %d, %t", tt.name, n, known)
		}
		if text := refuserWords(e, s, "the callee"); !strings.Contains(text, tt.says) || strings.Contains(text, "TTL") != tt.known {
			t.Errorf("%s: %s", tt.name, text)
		}
	}
}
