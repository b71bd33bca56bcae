package rtpengine

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/latchscope/latchscope/replay/latch"
	"github.com/latchscope/latchscope/replay/measure"
)

// calls numbers the calls of this process, for their Call-IDs.
var calls atomic.Uint64

// Driver is one call at a daemon, for package measure. Flags are as of Flags.
type Driver struct {
	client  *Client
	flags   []string
	id      string
	ports   [2]netip.AddrPort
	offerer latch.Side
	version int
}

// NewDriver begins a call at the daemon that a client speaks to.
func NewDriver(c *Client, flags []string) *Driver {
	return &Driver{client: c, flags: flags, id: fmt.Sprintf("latchscope-measure-%s-%d", c.base, calls.Add(1))}
}

func tagOf(side latch.Side) string { return "party-" + strings.ToLower(side.String()) }

// Signal passes an offer or an answer on.
func (d *Driver) Signal(ctx context.Context, ev measure.Event, media netip.AddrPort) error {
	d.version++
	q := command{
		Command: "offer", CallID: d.id, FromTag: tagOf(ev.Side), SDP: describe(media, d.version, nil, []uint8{0}),
		ICE: "remove", Replace: []string{"origin", "session-connection"}, Flags: d.flags,
	}
	if ev.What == measure.Offer {
		d.offerer = ev.Side
		if d.version > 1 {
			q.ToTag = tagOf(ev.Side.Other())
		}
	} else {
		q.Command, q.FromTag, q.ToTag = "answer", tagOf(d.offerer), tagOf(ev.Side)
	}
	r, err := d.client.do(ctx, q)
	if err != nil {
		return err
	}
	if ev.Place == measure.None {
		return nil // the daemon passes 0.0.0.0 on; its port stays
	}
	to, err := mediaPort(r.SDP)
	if err != nil {
		return fmt.Errorf("rtpengine at %s, to %q: %w", d.client.addr, q.Command, err)
	}
	d.ports[ev.Side.Other()] = to
	return nil
}

// Ports are where the daemon wants the two sides' packets.
func (d *Driver) Ports() [2]netip.AddrPort { return d.ports }

// Close takes the call off the daemon.
func (d *Driver) Close() error {
	if d.version == 0 {
		return nil
	}
	now := 0
	_, err := d.client.do(context.Background(), command{Command: "delete", CallID: d.id, FromTag: tagOf(d.offerer), DeleteDelay: &now})
	return err
}
