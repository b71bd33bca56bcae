package report

import (
	"fmt"
	"math"

	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// liveNear is how far, in seconds, a silence measured at sockets may be off.
const liveNear = 0.060

// Add adds a run.
func (r *Replay) Add(s ReplaySetup, res replay.Result, p replay.Pauses) *ReplayRun {
	run := ReplayRun{
		Engine: s.Engine, Parameters: s.Config, Live: s.Live, meant: s.Meant,
		Changes: []string{}, Basis: ReplayBasis{Latch: "replayed", NAT: "captured"}, Events: []ReplayEvent{},
	}
	if s.Shown != nil {
		run.Parameters = *s.Shown
	}
	if run.Engine == "" {
		run.Engine = s.Config.Profile.String()
		if s.Config.Profile.Engine != "" {
			run.Evidence = s.Config.Profile.Evidence()
		}
	}
	for _, w := range s.Ifs {
		run.Changes = append(run.Changes, w.Name)
		if w.Inferred {
			run.Basis.NAT = "inferred"
		}
		for _, why := range w.Why {
			run.Notes = append(run.Notes, r.as(Prose, why))
		}
	}
	for _, n := range s.Notes {
		run.Notes = append(run.Notes, r.as(Prose, n))
	}
	changed, near := len(s.Ifs) > 0, r.near
	if s.Live {
		near = max(near, liveNear) // sockets and clocks have their say
	}
	var both []replay.Silences
	for i, w := range []replay.Way{res.Uplink, res.Downlink} {
		o := r.Observed.Directions[i]
		d := ReplayDirection{
			Direction: o.Direction, Endpoint: o.Endpoint, From: o.From, To: o.To,
			In: w.In, Relayed: w.Relayed, Dropped: w.Dropped, Misdirected: w.Misdirected, Withheld: w.Withheld, Refused: w.Refused,
		}
		sil := replay.Silences{Observed: o.Silence}
		if w.Same && w.Seen && o.Silence != nil {
			// No packet differs: what was lost is what the account of the capture says.
			sil.Replayed = o.Silence
			d.Silence, d.Start, d.End = (*Seconds)(o.Silence), (*Seconds)(o.StartS), (*Seconds)(o.EndS)
		} else if w.Seen {
			s := float64(w.Silence) / 1e9
			sil.Replayed = &s
			d.Silence = secondsOf(w.Silence)
			if w.Silence > 0 {
				d.Start, d.End = secondsOf(w.Start-r.kase.Zero), secondsOf(w.End-r.kase.Zero)
			}
		}
		if s.Worst != nil {
			// Only what holds at every fraction of a second mends a call.
			worst := float64([2]replay.Way{s.Worst.Uplink, s.Worst.Downlink}[i].Silence) / 1e9
			if j := sil.Judge(near, changed); j == replay.Fixed && worst >= float64(replay.Audible)/1e9 {
				sil.Replayed = &worst
				run.Notes = append(run.Notes, fmt.Sprintf("This version compares whole seconds of the clock: at another fraction of a second %s would have been silent for up to %s.", o.Direction, seconds(worst)))
			}
		}
		if sil.Observed != nil && sil.Replayed != nil {
			run.off = max(run.off, math.Abs(*sil.Observed-*sil.Replayed))
		}
		d.Verdict = sil.Judge(near, changed)
		both = append(both, sil)
		run.Directions = append(run.Directions, d)
		run.rows = append(run.rows, r.row(o.Direction, w))
	}
	run.Verdict = replay.Overall(near, changed, both...)
	for i := range res.Story {
		run.Events = append(run.Events, r.event(&res.Story[i]))
	}
	if pol, err := s.Config.Policy(); err == nil && s.Config.Profile.Name != "" {
		run.Exposure = exposure(pol.Exposure(), p)
		run.Exposure.signalling = pol.LearnPackets > 0 && (pol.Reset != 0 || pol.AnySourceWithin > 0)
		run.Exposure.stream = pol.RelatchDistance > 0
	}
	if s.Differ != nil {
		run.Differ = &ReplayDiffer{s.Differ.Packets, s.Differ.Compared}
	}
	if run.inPart() {
		r.Limit("Of the silence that was observed the latch that fits makes only a part: the rest was lost for another reason, and no setting of it mends that.")
	}
	r.Runs = append(r.Runs, run)
	return &r.Runs[len(r.Runs)-1]
}

func secondsOf(ns int64) *Seconds {
	s := Seconds(float64(ns) / 1e9)
	return &s
}

func exposure(e latch.Exposure, p replay.Pauses) *ReplayExposure {
	out := &ReplayExposure{Packets: e.Packets, Heard: e.Heard}
	if !e.Never {
		out.Quiet = secondsOf(int64(e.Quiet))
	}
	if n, ok := p.Openings(e); ok {
		out.Openings = &n
	}
	return out
}

func (r *Replay) event(h *replay.Happening) ReplayEvent {
	e := ReplayEvent{
		Time: *secondsOf(h.Time - r.kase.Zero), File: h.Ref.File, Frame: h.Ref.Frame, Event: h.What,
		Direction: r.direction(h.Side), Source: r.endpoint(h.Source), Destination: r.endpoint(h.To), Packets: h.Count,
	}
	if h.Reason != latch.ReasonNone {
		e.Reason = h.Reason.String()
	}
	if h.Count > 1 {
		e.Until = *secondsOf(h.Until - r.kase.Zero)
	}
	return e
}

// direction is the way of packets that arrive at a side.
func (r *Replay) direction(side latch.Side) string {
	if side == r.kase.Near {
		return "uplink"
	}
	return "downlink"
}

// replaySymbols are what became of packets in a run.
var replaySymbols = map[replay.Fate]Symbol{
	replay.Arrived:     {Key: "sent", ASCII: "=", Unicode: "▓", Word: "passed on"},
	replay.Lost:        {Key: "stopped", ASCII: "-", Unicode: "░", Word: "not passed on", Silent: true},
	replay.Kept:        {Key: "stopped", ASCII: "-", Unicode: "░", Word: "not passed on", Silent: true},
	replay.Misdirected: {Key: "misdirected", ASCII: "x", Unicode: "x", Word: "sent to where nobody listens", Silent: true},
	replay.Refused:     {Key: beforeKey, ASCII: ".", Unicode: "·", Word: "before the answer, or refused then"},
}

// row is one direction of a run's timeline.
func (r *Replay) row(name string, w replay.Way) PictureRow {
	row := PictureRow{Name: name}
	for _, s := range w.Stretches {
		symbol, ok := replaySymbols[s.Fate]
		if !ok {
			continue
		}
		if s.Early {
			symbol = replaySymbols[replay.Refused]
		}
		row.Spans = append(row.Spans, PictureSpan{From: float64(s.From-r.zero) / 1e9, To: float64(s.To-r.zero) / 1e9, Symbol: symbol})
	}
	return row
}
