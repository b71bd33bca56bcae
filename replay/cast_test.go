package replay

import (
	"net/netip"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
)

func place(s string) endpoint.Endpoint { return endpoint.From(netip.MustParseAddrPort(s)) }

// The cast: a trunk that is not behind a NAT, and a phone that is.
var (
	trunk    = place("198.51.100.20:6000")
	phoneSDP = place("10.0.0.5:4000")
	nat1     = place("192.0.2.1:36001")
	nat2     = place("192.0.2.1:36077")
	stranger = place("203.0.113.66:1234")
)

const (
	epoch  = int64(1_700_000_000_000_000_000) // a whole second
	ptime  = 20 * time.Millisecond
	answer = 800 * time.Millisecond
)
