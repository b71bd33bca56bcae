package measure

import (
	"context"
	"net/netip"
)

// Driver makes a real engine take part in a call. The engine must be able to
// send to and receive from loopback addresses (127.0.0.0/8). Drivers are called
// from one goroutine.
type Driver interface {
	// Signal tells the engine an offer or an answer. media is where the event's
	// side wants packets: a loopback address, or 0.0.0.0 on hold.
	Signal(ctx context.Context, ev Event, media netip.AddrPort) error

	// Ports are where the two sides' packets go, A's and B's; one that is not
	// known yet is the zero AddrPort, and nothing is sent there.
	Ports() [2]netip.AddrPort

	// Close ends the call.
	Close() error
}
