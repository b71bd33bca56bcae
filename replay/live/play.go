package live

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// Longest is how long a call may last to be played: it takes as long as it did.
const Longest = 15 * time.Minute

// Server is whoever is played to. Its functions are called in order of the
// events, from one goroutine.
type Server struct {
	// Signal hands over an offer, an answer or the end of the call.
	Signal func(ctx context.Context, ev *latch.Event) error
	// Port is where the packets of a side are sent to; false: not known yet.
	Port func(side latch.Side) (netip.AddrPort, bool)
	// Takes tells whether a side's port would take a packet that the capture
	// shows as refused; then it is not sent.
	Takes func(side latch.Side) bool
}

// Options of a play.
type Options struct {
	Ifs      []replay.WhatIf
	Progress func(done, total time.Duration) // nil: nobody looks
}

// Stage is where captured endpoints are on loopback while a Case is played.
type Stage struct {
	*stage
}

// At is where a captured endpoint is.
func (s Stage) At(e endpoint.Endpoint) (netip.AddrPort, error) { return s.on(e) }

// NewStage takes a part of loopback. Whoever takes it closes it.
func NewStage() (Stage, error) {
	s, err := newStage()
	return Stage{s}, err
}

// Close gives it back.
func (s Stage) Close() { s.close() }

// Play sends the packets of a Case to a server at their own pace and notes what
// comes out where. began is called once, with the clock that was started, before
// anything is sent.
func Play(ctx context.Context, c *replay.Case, s Stage, srv Server, opt Options, began func(now func() int64, events []latch.Event)) (replay.Played, error) {
	events, in := c.Altered(opt.Ifs...)
	events, in = trimmed(c, events, in)
	if len(events) == 0 {
		return replay.Played{}, fmt.Errorf("the call has no packets to play")
	}
	total := time.Duration(events[len(events)-1].Time - events[0].Time)
	if total > Longest {
		return replay.Played{}, fmt.Errorf("the call lasts %s: longer than the %s that are played live", total.Round(time.Second), Longest)
	}
	const lead = 50 * time.Millisecond
	k := clock{events[0].Time, time.Now().Add(lead)}
	p := newParties(s.stage, k, len(c.Events))
	defer p.close()
	if err := p.listeners(events); err != nil {
		return replay.Played{}, err
	}
	began(k.now, c.Events)
	drive := driver{c: c, p: p, srv: srv, events: events, in: in, progress: opt.Progress, total: total}
	if err := drive.run(ctx); err != nil {
		return replay.Played{}, err
	}
	if err := wait(ctx, 100*time.Millisecond); err != nil { // what is still on its way
		return replay.Played{}, err
	}
	p.close()
	all := append([]latch.Event{}, c.Events...)
	copy(all, events)
	return p.played(all, make([]latch.Decision, len(all))), nil
}

// trimmed leaves out what came after the end of the call: ports are closed then
// and nothing is due.
func trimmed(c *replay.Case, events []latch.Event, in []bool) ([]latch.Event, []bool) {
	n := len(events)
	for n > 0 && events[n-1].Time > c.End {
		n--
	}
	return events[:n], in[:n]
}

// listeners opens sockets where SDP says that somebody listens, whether he also
// sends from there or not.
func (p *parties) listeners(events []latch.Event) error {
	for i := range events {
		ev := &events[i]
		if ev.Kind != latch.KindOffer && ev.Kind != latch.KindAnswer {
			continue
		}
		if m := ev.Media; m.Port != 0 && !m.IP().IsUnspecified() {
			if _, err := p.open(m, netip.AddrPort{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// driver sends the events one after another when they are due.
type driver struct {
	c        *replay.Case
	p        *parties
	srv      Server
	events   []latch.Event
	in       []bool
	total    time.Duration
	progress func(done, total time.Duration)
}

func (d *driver) run(ctx context.Context) error {
	buf := make([]byte, headerLen+mostSize)
	for i := range d.events {
		ev := &d.events[i]
		if err := wait(ctx, d.p.clock.until(ev.Time)); err != nil {
			return err
		}
		if d.progress != nil {
			d.progress(time.Duration(ev.Time-d.p.clock.capture), d.total)
		}
		switch ev.Kind {
		case latch.KindRTP, latch.KindKeepalive:
			if err := d.packet(i, ev, buf); err != nil {
				return err
			}
		case latch.KindRTCP:
		case latch.KindError: // the capture's; loopback makes its own
		default:
			if err := d.srv.Signal(ctx, ev); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *driver) packet(i int, ev *latch.Event, buf []byte) error {
	port, known := d.srv.Port(ev.Side)
	if !known || !d.in[i] && d.srv.Takes(ev.Side) {
		d.p.mu.Lock()
		d.p.refused[i] = true
		d.p.mu.Unlock()
		return nil
	}
	s, err := d.p.open(ev.Source, port)
	if err != nil {
		return err
	}
	return d.p.send(s, i, datagram(buf, i, ev, &d.c.Facts[i]))
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
