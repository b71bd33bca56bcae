package main

import (
	"bytes"
	"math"
	"os"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
	"github.com/latchscope/latchscope/replay/measure"
)

// measured is what the trace of a real engine tells of the silence on the way from
// each side, in seconds: the capture of it, measured with what the engine did.
type measured struct {
	trace *measure.Trace
	cfg   latch.Config
	c     *replay.Case
	shown [2]float64 // by side, of the packets that arrive there: as the capture has it
	truth [2]float64 // as it was, by where the parties were
}

// ways are the silences of a result by side, in seconds.
func ways(c *replay.Case, r replay.Result) (out [2]float64) {
	out[c.Near] = float64(r.Uplink.Silence) / 1e9
	out[c.Near.Other()] = float64(r.Downlink.Silence) / 1e9
	return out
}

func measuredCalls(t *testing.T) []measured {
	t.Helper()
	list, err := measure.Load(os.DirFS("../../testdata"), "engine-traces")
	if err != nil {
		t.Fatal(err)
	}
	var out []measured
	for _, tr := range list {
		var b bytes.Buffer
		if err := tr.WriteCapture(&b); err != nil {
			t.Fatal(err)
		}
		tt, set := analysed(t, b.Bytes())
		if len(tt.Calls) != 1 {
			t.Fatalf("%s %d: %d calls", tr.Engine, tr.Seed, len(tt.Calls))
		}
		x := subjectOf(tt, ledger.Of(tt), tt.Calls[0])
		c, err := replay.GatherOne(t.Context(), tt, set, analyze.Options{}, x.talker)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := tr.Config()
		if err != nil {
			t.Fatal(err)
		}
		// What came out of the engine, judged by where the parties are.
		real := c.Conclude(replay.Played{
			Events: c.Events, Arrived: cameOut(tr, c), At: make([]int64, len(c.Events)),
			Refused: make([]bool, len(c.Events)), Decisions: make([]latch.Decision, len(c.Events)),
		})
		out = append(out, measured{tr, cfg, c, ways(c, c.AsCaptured()), ways(c, real)})
	}
	return out
}

// cameOut is where the trace says that the packet of each event of its case came
// out, zero if nowhere.
func cameOut(tr *measure.Trace, c *replay.Case) []endpoint.Endpoint {
	type packet struct {
		side latch.Side
		ssrc uint32
		seq  uint16
	}
	to := map[packet]measure.Place{}
	for i := range tr.Events {
		if ev := &tr.Events[i]; ev.What == measure.RTP {
			to[packet{ev.Side, ev.SSRC, ev.Seq}] = ev.To
		}
	}
	out := make([]endpoint.Endpoint, len(c.Events))
	for i, ev := range c.Events {
		if ev.Kind == latch.KindRTP {
			out[i] = measure.Endpoint(ev.Side.Other(), to[packet{ev.Side, ev.SSRC, ev.Seq}])
		}
	}
	return out
}

// The case that is put together from the capture of a trace is the whole call:
// its replay does with every packet what the engine did.
func TestCaseIsTheWholeCall(t *testing.T) {
	packets, differ, keepalives := 0, 0, 0
	for _, m := range measuredCalls(t) {
		var there, staged [2]int // keepalives: datagrams, headers without payload
		for i := range m.trace.Events {
			switch m.trace.Events[i].What {
			case measure.Empty, measure.CRLF, measure.STUN:
				staged[0]++
			case measure.NoMedia:
				staged[1]++
			}
		}
		for _, ev := range m.c.Events {
			switch {
			case ev.Kind == latch.KindKeepalive:
				there[0]++
			case ev.Kind == latch.KindRTP && ev.Empty:
				there[1]++
			}
		}
		if there != staged {
			t.Errorf("%s %d: keepalives %v, want %v", m.trace.Engine, m.trace.Seed, there, staged)
		}
		keepalives += staged[0] + staged[1]
		r, err := m.c.RunConfig(m.cfg)
		if err != nil {
			t.Fatal(err)
		}
		type packet struct {
			side latch.Side
			ssrc uint32
			seq  uint16
		}
		sent := map[packet]bool{}
		for i, ev := range m.c.Events {
			if ev.Kind == latch.KindRTP {
				sent[packet{ev.Side, ev.SSRC, ev.Seq}] = !r.Sent[i].IsZero()
			}
		}
		for i := range m.trace.Events {
			ev := &m.trace.Events[i]
			if ev.What != measure.RTP {
				continue
			}
			packets++
			got, there := sent[packet{ev.Side, ev.SSRC, ev.Seq}]
			if !there || got != (ev.To != measure.Nowhere) {
				differ++
			}
		}
	}
	if keepalives == 0 {
		t.Error("no trace has keepalives")
	}
	if differ*200 > packets {
		t.Errorf("%d of %d packets are missing or met another fate", differ, packets)
	}
	t.Logf("%d of %d packets are missing or met another fate", differ, packets)
}

// The same schedules were played under several settings: what a replay of one
// setting's capture says of another is held against what that one did. Engines
// that compare whole seconds may be luckier or not by the fraction of a second
// at which a call begins; a replay only calls fixed what is at each of them. What
// a capture cannot tell is whether a party hears that is only ever sent to where
// it does not send from.
func TestWhatIfAgainstReality(t *testing.T) {
	const near = 0.06 // s: schedules are played with the jitter of a busy machine
	calls := measuredCalls(t)
	total, right, falsely := 0, 0, 0
	for _, from := range calls {
		for _, to := range calls {
			a, b := from.trace, to.trace
			if a.Build != b.Build || a.Seed != b.Seed || a.Engine == b.Engine && a.Flags == b.Flags {
				continue
			}
			r, err := from.c.RunConfig(to.cfg)
			if err != nil {
				t.Fatal(err)
			}
			worst, whole, err := from.c.WorstPhase(to.cfg)
			if err != nil {
				t.Fatal(err)
			}
			said, most := ways(from.c, r), ways(from.c, r)
			if whole {
				most = ways(from.c, worst)
			}
			for side := range said {
				total++
				was := to.truth[side]
				switch audible := float64(replay.Audible) / 1e9; {
				case math.Abs(said[side]-was) <= near, said[side] < audible && was < audible,
					said[side] >= audible && was >= audible:
					right++
				case said[side] < audible && most[side] < audible && from.shown[side] >= audible:
					falsely++
					t.Logf("%s %s from %s, seed %d, side %s: said fixed, was silent for %.2f s", b.Build, to.cfg, from.cfg, a.Seed, latch.Side(side), was)
				default:
					t.Logf("%s %s from %s, seed %d, side %s: said %.2f s (up to %.2f), was %.2f", b.Build, to.cfg, from.cfg, a.Seed, latch.Side(side), said[side], most[side], was)
				}
			}
		}
	}
	t.Logf("%d of %d directions right, %d said to be fixed that were not", right, total, falsely)
	if total < 1000 || right*100 < total*97 || falsely > 0 {
		t.Errorf("%d of %d directions right, %d said to be fixed that were not", right, total, falsely)
	}
}
