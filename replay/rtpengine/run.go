package rtpengine

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
	"github.com/latchscope/latchscope/replay/live"
)

// Run plays a Case to the daemon that a client speaks to. The notes are what the
// daemon itself counted. ended, if not nil, is closed when the daemon is known
// to have gone.
func Run(ctx context.Context, client *Client, c *replay.Case, flags []string, opt live.Options, ended <-chan struct{}) (replay.Result, []string, error) {
	if err := client.Ping(ctx); err != nil {
		return replay.Result{}, nil, err
	}
	for _, w := range opt.Ifs {
		if w.Policy != nil && !w.Opens {
			return replay.Result{}, nil, fmt.Errorf("the what-if %s cannot be asked of the real rtpengine", w.Name)
		}
	}
	stage, err := live.NewStage()
	if err != nil {
		return replay.Result{}, nil, err
	}
	defer stage.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := watch(ctx, client, ended, cancel)
	defer stop()
	s := session{
		client: client, stage: stage, c: c, flags: flags,
		id: fmt.Sprintf("latchscope-%s", client.base), tags: [2]string{"party-a", "party-b"}, offerer: latch.SideA,
	}
	defer s.end()
	srv := live.Server{Signal: s.signal, Port: s.port, Takes: func(latch.Side) bool { return true }}
	played, err := live.Play(ctx, c, s.stage, srv, opt, func(func() int64, []latch.Event) {})
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return replay.Result{}, nil, err
	}
	return c.Conclude(played, opt.Ifs...), s.notes, nil
}

// watch ends the run when the daemon goes away meanwhile.
func watch(ctx context.Context, client *Client, ended <-chan struct{}, cancel context.CancelCauseFunc) (stop func()) {
	done := make(chan struct{})
	quit := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-ended:
				cancel(fmt.Errorf("rtpengine ended in the middle of the run"))
				return
			case <-tick.C:
				if err := client.Ping(ctx); err != nil && ctx.Err() == nil {
					cancel(fmt.Errorf("in the middle of the run: %w", err))
					return
				}
			}
		}
	}()
	return func() { close(quit); <-done }
}

// session is one call at the daemon.
type session struct {
	client  *Client
	stage   live.Stage
	c       *replay.Case
	flags   []string
	id      string
	tags    [2]string
	ports   [2]netip.AddrPort // by side: where its party sends
	offerer latch.Side
	version int
	begun   bool
	notes   []string
}

func (s *session) port(side latch.Side) (netip.AddrPort, bool) {
	return s.ports[side], s.ports[side].IsValid()
}

// signal passes an offer or an answer on. An answer without an offer before is
// one to an offer that the capture does not have.
func (s *session) signal(ctx context.Context, ev *latch.Event) error {
	if ev.Kind == latch.KindBye {
		s.query(ctx)
		return nil
	}
	at, err := s.stage.At(ev.Media)
	if err != nil {
		return err
	}
	s.version++
	q := command{
		Command: "offer", CallID: s.id, FromTag: s.tags[ev.Side], SDP: describe(at, s.version, s.line(ev), s.types(ev.Side)),
		ICE: "remove", Replace: []string{"origin", "session-connection"}, Flags: s.flags,
	}
	if ev.Kind == latch.KindAnswer {
		if s.offerer == ev.Side {
			s.offerer = ev.Side.Other()
		}
		q.Command, q.FromTag, q.ToTag = "answer", s.tags[s.offerer], s.tags[ev.Side]
	} else {
		s.offerer = ev.Side
		if s.begun {
			q.ToTag = s.tags[ev.Side.Other()]
		}
	}
	r, err := s.client.do(ctx, q)
	if err != nil {
		return err
	}
	s.begun = true
	to, err := mediaPort(r.SDP)
	if err != nil {
		return fmt.Errorf("rtpengine at %s, to %q: %w", s.client.addr, q.Command, err)
	}
	s.ports[ev.Side.Other()] = to
	return nil
}

// query notes what the daemon counted.
func (s *session) query(ctx context.Context) {
	r, err := s.client.do(ctx, command{Command: "query", CallID: s.id})
	if err != nil {
		s.notes = append(s.notes, "The daemon's own counters could not be read.")
		return
	}
	for side, tag := range s.tags {
		t, ok := r.Tags[tag]
		if !ok || len(t.Medias) == 0 || len(t.Medias[0].Streams) == 0 {
			continue
		}
		st := t.Medias[0].Streams[0]
		way := "downlink"
		if latch.Side(side) == s.c.Near {
			way = "uplink"
		}
		s.notes = append(s.notes, fmt.Sprintf("The daemon counted %d packets and %d errors %s.", st.Stats.Packets, st.Stats.Errors, way))
	}
}

// end takes the call off the daemon, whatever became of the run.
func (s *session) end() {
	if !s.begun {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	now := 0
	_, _ = s.client.do(ctx, command{Command: "delete", CallID: s.id, FromTag: s.tags[s.offerer], DeleteDelay: &now})
}

func (s *session) line(ev *latch.Event) *trace.Media {
	for i := range s.c.Events {
		if e := &s.c.Events[i]; e.Kind == ev.Kind && e.Ref == ev.Ref && e.Side == ev.Side {
			return s.c.Facts[i].SDP
		}
	}
	return nil
}

// types are the payload types that a side sends.
func (s *session) types(side latch.Side) []uint8 {
	var seen [128]bool
	var out []uint8
	for i := range s.c.Events {
		e := &s.c.Events[i]
		if e.Kind == latch.KindRTP && e.Side == side && s.c.Facts[i].Main && !seen[e.PT&0x7f] {
			seen[e.PT&0x7f] = true
			out = append(out, e.PT&0x7f)
		}
	}
	return out
}
