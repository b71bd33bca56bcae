package report

import (
	"iter"
	"math"
	"sync"

	"github.com/latchscope/latchscope/analyze/ledger"
)

// LedgerRow is the account of one party's voice on its way to another's ear.
type LedgerRow struct {
	Call        int          `json:"call"`
	Line        int          `json:"line"`
	Media       string       `json:"media"`
	Direction   string       `json:"direction"`
	FromParty   string       `json:"from_party"`
	ToParty     string       `json:"to_party"`
	From        Endpoint     `json:"from"`
	To          Endpoint     `json:"to"`
	Start       Seconds      `json:"start_s"`
	End         Seconds      `json:"end_s"`
	Verdict     Word         `json:"verdict"`
	Hops        []LedgerHop  `json:"hops"`
	Spans       []LedgerSpan `json:"spans"`
	Due         Seconds      `json:"due_s"`
	Silent      Seconds      `json:"silent_s"`
	Unexplained Seconds      `json:"unexplained_s"`
	Paused      Seconds      `json:"paused_s"`
	Unseen      Seconds      `json:"unseen_s"`
	Mute        Seconds      `json:"mute_s"`
	Loss        Millis       `json:"loss_percent"`
	R           Seconds      `json:"r_factor"` // NaN, which is null, where the codec is not on the scale
	MOS         Seconds      `json:"mos"`
}

// LedgerHop is one stretch of the way from talker to listener.
type LedgerHop struct {
	Name    string     `json:"name"`
	Point   int        `json:"point"`
	InView  bool       `json:"in_view"`
	Assumed bool       `json:"assumed"`
	Seen    []HopSight `json:"seen"`
}

// HopSight is what the packets of a hop looked like at a capture point: null what
// the capture does not hold.
type HopSight struct {
	Point   int    `json:"point"`
	TTL     Number `json:"ttl"`         // as recorded
	Initial Number `json:"initial_ttl"` // what it set out with, as systems do: 64, 128 or 255
	VLAN    Number `json:"vlan"`
}

// LedgerSpan is a stretch of a row in one state. Frames are null where no frame of
// the capture stands at that edge.
type LedgerSpan struct {
	Start      Seconds `json:"start_s"`
	End        Seconds `json:"end_s"`
	State      string  `json:"state"`
	Confidence Word    `json:"confidence"`
	At         string  `json:"at,omitempty"`
	Packets    int64   `json:"packets,omitempty"`
	StartFrame uint32  `json:"start_frame,omitempty"`
	EndFrame   uint32  `json:"end_frame,omitempty"`
	File       int32   `json:"file"`
	Findings   []int   `json:"findings,omitempty"`
}

// Ledger is the rows of the calls of the report, in order. A row's hops and spans
// are good until the next.
func (r *Report) Ledger() iter.Seq[LedgerRow] { return r.rowsOf()(0, r.ledgered()) }

// ledgered is how many calls have rows.
func (r *Report) ledgered() int {
	if r.result.Ledger == nil {
		return 0
	}
	return len(r.trace.Calls)
}

// rowsOf are the rows of some calls, for whoever reads those of several stretches of
// calls at a time, too.
func (r *Report) rowsOf() func(from, to int) iter.Seq[LedgerRow] {
	type reader struct {
		*ledger.Reader
		out LedgerRow
	}
	readers := sync.Pool{New: func() any { return &reader{Reader: r.result.Ledger.Reader()} }}
	return func(from, to int) iter.Seq[LedgerRow] {
		return func(yield func(LedgerRow) bool) {
			if from == to {
				return
			}
			account := readers.Get().(*reader)
			defer readers.Put(account)
			for _, c := range r.trace.Calls[from:to] {
				if !r.has(c) {
					continue
				}
				rows := account.Rows(c)
				for i := range rows {
					r.row(&account.out, &rows[i])
					if !yield(account.out) {
						return
					}
				}
			}
		}
	}
}

// row describes a row, where out has room for its hops and spans.
func (r *Report) row(out *LedgerRow, w *ledger.Row) {
	*out = LedgerRow{
		Call: w.Call.ID, Line: w.Line, Media: w.Media, Direction: w.Direction(), FromParty: w.From.Name, ToParty: w.To.Name,
		From: r.written(w.Source), To: r.written(w.Target),
		Start: r.since(w.Start.Time), End: r.since(w.End.Time), Verdict: Word(w.Verdict.String()),
		Hops: resized(out.Hops, len(w.Hops)), Spans: resized(out.Spans, len(w.Spans)),
		Due: length(w.Due()), Silent: length(w.Silent()), Paused: length(w.In(ledger.Paused)), Unseen: length(w.In(ledger.Unseen)),
		Unexplained: length(r.result.Unexplained(w)), Mute: length(r.result.Mute(w)), Loss: Millis(w.Quality.Percent),
		R: Seconds(w.Quality.R), MOS: Seconds(w.Quality.MOS),
	}
	if !w.Quality.Rated {
		out.R, out.MOS = Seconds(math.NaN()), Seconds(math.NaN())
	}
	for i := range w.Hops {
		h := &w.Hops[i]
		out.Hops[i] = LedgerHop{h.Name, h.Point, h.InView, h.Assumed, sightsOf(out.Hops[i].Seen, h)}
	}
	for i := range w.Spans {
		s := &w.Spans[i]
		out.Spans[i] = LedgerSpan{
			Start: r.since(s.From.Time), End: r.since(s.To.Time), State: s.State.String(), At: s.At, Packets: s.Packets,
			StartFrame: s.From.Frame, EndFrame: s.To.Frame, File: s.From.File, Findings: r.result.Explaining(w, i),
		}
		if s.Confidence > 0 {
			out.Spans[i].Confidence = Word(s.Confidence.String())
		}
	}
}

// resized is a list of n in the room of another, its elements as they were; never nil.
func resized[T any](list []T, n int) []T {
	if list == nil || cap(list) < n {
		return make([]T, n, max(n, 4))
	}
	return list[:n]
}

// sightsOf are the looks of a hop at each point, in the room of another's.
func sightsOf(room []HopSight, h *ledger.Hop) []HopSight {
	out := resized(room, len(h.Seen))
	for i, s := range h.Seen {
		out[i] = HopSight{Point: s.Point, TTL: Number(s.TTL), VLAN: Number(s.VLAN)}
		if s.TTL != 0 {
			out[i].Initial = Number(s.Initial())
		}
	}
	return out
}

// since is a time in seconds since the capture's first packet.
func (r *Report) since(at int64) Seconds { return length(at - r.trace.First.Time) }

func length(ns int64) Seconds { return Seconds(float64(ns) / 1e9) }
