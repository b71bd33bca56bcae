package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var mediaLoss = Detector{
	Code:  "media-loss",
	Title: "packets lost here and there, too few in a row to be silence",
	Doc: `Packets of a direction are missing in runs that are too short for a silence (under
0.1 s, or under three packets): concealment covers them one by one, and from a few
percent on they are heard. What a listener gets is rated by ITU-T G.107 without its
delay term: R = 93.2 - Ie,eff, with Ie and Bpl of G.113.

"info" while R is 70 or more; "warning" from two ten-second windows in a row below that;
"critical" under 50 over the whole call.

data.where  before     the talker's side of the first hop in view
            relay      it arrived at the relay and was not passed on
            after      behind the last hop in view, by the listener's receiver reports
            recording  the capture itself dropped packets
            unknown
data.by_source is what each source of a talker that sends from several lost: a latch that
takes one of two uplinks only loses the other's packets.

What to do: look for congestion, a bad radio link or a wrong duplex setting on the side
that data.where names; where it is the recording, record again.`,
	Rank: 70,
	Causes: []Cause{{
		Code:       lostBetween.Code,
		Anywhere:   true,
		Confidence: Confirmed,
		Did: func(lost, f *Finding) bool {
			d, between := f.Data.(MediaLoss), lost.Data.(LostBetween)
			return d.between != nil && *d.between == [2]int{between.From, between.To} && between.Requests == 0
		},
	}, {
		Code:       natPortFlip.Code,
		Anywhere:   true, // a relay that numbers anew has an SSRC of its own
		Confidence: Confirmed,
		Did: func(flip, f *Finding) bool {
			k := f.Data.(MediaLoss).mover
			return k != nil && slices.ContainsFunc(k.Streams, func(s *trace.Stream) bool { return slices.Contains(flip.Streams, s) })
		},
	}},
	Key:     func(f *Finding) []string { return []string{f.Data.(MediaLoss).direction} },
	Run:     findLoss,
	Visible: lossCounted,
	Quiet:   quietLoss,
}

// MediaLoss is the data of media-loss.
type MediaLoss struct {
	Percent   float64      `json:"percent"`
	Worst     float64      `json:"worst_percent"` // in the worst ten seconds
	Lost      int64        `json:"packets_lost"`
	MeanBurst float64      `json:"mean_burst"` // packets lost in a row
	Where     string       `json:"where"`      // before, relay, after, recording, unknown
	BySource  []SourceLoss `json:"by_source"`
	R         *float64     `json:"r_factor"`

	// The worst ten seconds; null where it is not known when the packets were lost.
	WorstStart *float64 `json:"worst_start_s"` // since the capture's first packet
	WorstLost  *int64   `json:"worst_lost"`    // packets
	WorstR     *float64 `json:"worst_r_factor"`

	direction string
	between   *[2]int       // capture points, where two of them show it
	mover     *trace.Talker // who sends by several ways in turns, of which the relay's latch takes one
	row       *ledger.Row
	back      *ledger.Row // the other direction, nil if there is none
	gap       *lossGap    // nil where only reports tell
}

// SourceLoss is what one source of a talker lost.
type SourceLoss struct {
	Source  string `json:"source"`
	Packets int64  `json:"packets"`
	Lost    int64  `json:"lost"`
}

// audibleLoss is the share, in percent, from which loss is worth a word.
const audibleLoss = 1.0

func findLoss(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for _, c := range t.Calls {
		if len(c.Streams) == 0 || !lossy(t, c) && (l.Audio(c) == ledger.Clear || l.Audio(c) == ledger.NoVerdict) {
			continue
		}
		rows := l.Rows(c)
		for i := range rows {
			if f, ok := lossOf(t, rows, &rows[i]); ok {
				out = append(out, f)
			}
		}
	}
	return out
}

// lossy reports whether a stream of a call lost enough to be worth a look, here or
// by the reports of whoever gets it.
func lossy(t *trace.Trace, c *trace.Call) bool {
	return slices.ContainsFunc(c.Streams, func(s *trace.Stream) bool {
		lost := int64(s.Stats.Lost())
		if len(t.Reports) > 0 && s.CopyOf == nil {
			for r := range t.ReportsOn([]*trace.Stream{s}) {
				if n := len(r.Reports); n > 0 && r.Dst.Addr == s.Src.Addr {
					lost = max(lost, int64(r.Reports[n-1].Lost))
				}
			}
		}
		return float64(lost)*100 >= audibleLoss*float64(s.Stats.Expected()) && lost > 0
	})
}

// worthTelling reports whether a row lost enough for a finding of its own.
func worthTelling(q *ledger.Quality) bool {
	return q.Lost >= 3 && (q.Percent >= audibleLoss || q.Bad >= 2)
}

func lossOf(t *trace.Trace, rows []ledger.Row, r *ledger.Row) (Finding, bool) {
	q, mover := r.Quality, inTurns(r)
	counted := q.Lost < 3 && mover != nil && manyGaps(mover) // a relay that numbers anew: only what each source sent tells
	if counted {
		q = countedBySource(r)
	}
	if !worthTelling(&q) && !counted {
		return Finding{}, false
	}
	s := busiestOf(r.Hops[len(r.Hops)-1].Streams)
	if s == nil {
		s = busiest(r)
	}
	if s == nil {
		return Finding{}, false
	}
	d := MediaLoss{Percent: round(q.Percent), Worst: round(q.Worst), Lost: q.Lost, MeanBurst: round(q.MeanBurst), direction: r.Direction(),
		mover: mover, row: r, back: opposite(rows, r), gap: lossGapOf(t, r)}
	if q.Rated {
		d.R = pointer(round(q.R))
	}
	if w := &q.Window; w.To > 0 {
		d.WorstStart, d.WorstLost = pointer(round(float64(w.From-t.First.Time)/1e9)), pointer(w.Lost)
		if q.Rated {
			d.WorstR = pointer(round(w.R))
		}
	}
	if d.Where = lostWhere(t, r); counted {
		d.Where = "relay"
	}
	if d.Where == "relay" {
		d.BySource = bySource(r)
	}
	d.between = lostBetweenPoints(r)
	if d.between != nil {
		d.Where, d.BySource = "before", nil
	}
	f := Finding{Confidence: Confirmed, Call: callOf(r), Leg: legOf(r), Start: r.Start, End: r.End, Streams: []*trace.Stream{s}, Data: d, Kind: d.Where, Party: s.Src.IP().String()}
	f.Severity = mildFor(r, lossSeverity(r, &q, counted))
	f.Claims = d.claims(f.Severity)
	if d.Where == "recording" {
		f.Severity, f.Confidence = min(f.Severity, Info), Possible
	}
	f.Evidence = []Evidence{{s.Start(), "the first packet of the " + r.From.Name + "'s stream"}, {s.End(), "the last packet of it"}}
	if d.gap != nil {
		f.Evidence = d.gap.evidence()
	}
	f.Summary = fmt.Sprintf("%.1f %% of the %s's %s was lost, %.1f %% in the worst ten seconds", q.Percent, r.From.Name, r.Media, q.Worst)
	f.Detail = fmt.Sprintf("%s of %s are missing, %.1f in a row on the average, %s.", group(q.Lost), plural(q.Due, "packet"), q.MeanBurst, d.place())
	if q.Rated {
		f.Detail += fmt.Sprintf(" What is left rates R %.0f (ITU-T G.107, without delay).", q.R)
	}
	f.Filter = lossFilter(s, d.gap)
	f.Next = d.next()
	f.Actions = []Action{d.action(f.Summary)}
	return f, true
}

// countedBySource is the quality of a row by what each of a talker's sources lost.
func countedBySource(r *ledger.Row) ledger.Quality {
	q := r.Quality
	q.Lost, q.Due = 0, 0
	for _, s := range bySource(r) {
		q.Lost, q.Due = q.Lost+s.Lost, q.Due+s.Packets
	}
	q.Percent = float64(q.Lost) * 100 / float64(max(1, q.Due))
	q.Worst, q.Rated = q.Percent, false
	return q
}

// lossSeverity is how grave the loss of a row is; counted says that it was counted by
// source.
func lossSeverity(r *ledger.Row, q *ledger.Quality, counted bool) Severity {
	switch {
	case r.Quality.Heard() < 50, counted && q.Percent >= 20:
		return Critical
	case q.Bad >= 2, counted:
		return Warn
	}
	return Info
}

// claims are the silences that the loss explains. Where a line loses packets all
// the time, some runs of them are as long as a short silence; a relay drops what
// comes from the other source of one that sends from two in turn.
func (d *MediaLoss) claims(severity Severity) []Claim {
	var out []Claim
	if severity >= Warn {
		for _, c := range silentSpans(d.row, ledger.Missing) {
			if float64(c.span().Duration()) < hardSilence*1e9 && c.span().Confidence == Confirmed {
				out = append(out, c)
			}
		}
	}
	if d.Where == "relay" && d.mover != nil {
		out = append(out, silentSpans(d.row, ledger.Stopped)...)
	}
	return out
}

// place says where packets were lost, as far as the capture tells.
func (d *MediaLoss) place() string {
	if b := d.between; b != nil {
		return fmt.Sprintf("between capture point %d, which shows them, and point %d", b[0], b[1])
	}
	switch d.Where {
	case "before":
		return "before the first place that this capture shows"
	case "relay":
		return "between the two sides of the relay"
	case "after":
		return "behind the last place that this capture shows, as the listener reports"
	case "recording":
		return "most likely by the recording, which dropped packets"
	}
	return "and this capture does not say where"
}

// action is where to look for the cause, and whose that is.
func (d *MediaLoss) action(why string) Action {
	if b := d.between; b != nil {
		look := lookBetween(b[0], b[1], hopAt(d.row, b[0], b[1]))
		look.Shown = 1
		return look
	}
	owner, look := "unknown", "Capture on both sides of the media server."
	switch d.Where {
	case "before":
		owner, look = ownerOf(d.row.From), "Look at the line on the sender's side of this capture point: congestion, radio, duplex."
	case "relay":
		owner, look = "media-server", "Look at the relay: its load, and whether a latch drops one of several sources."
	case "after":
		owner, look = ownerOf(d.row.To), "Look at the line towards the listener."
	case "recording":
		look = "Record again with a larger buffer (dumpcap -B), and see whether packets are still missing."
	}
	return Action{Owner: owner, What: look, Why: why + ".", Cost: "A look at counters and logs; what it takes to mend is known then.", Proof: Likely, Shown: 1,
		Side: d.Where == "before" || d.Where == "after"}
}

// next is the capture that would tell more of where the packets are lost.
func (d *MediaLoss) next() NextCapture {
	const half = "on which half of the way the packets are lost"
	switch {
	case d.between != nil:
		where := fmt.Sprintf("between capture points %d and %d", d.between[0], d.between[1])
		if d.gap != nil && d.gap.has != nil {
			if in, out := d.gap.has.Src.IP(), d.gap.lacks.Src.IP(); in != out && inside(in) && !inside(out) {
				where += fmt.Sprintf(", outside the NAT at %s", out)
			}
		}
		return NextCapture{where, half}
	case d.Where == "before":
		return NextCapture{"at the " + d.row.From.Name + ", at the same time as here", "whether the packets leave there whole and are lost on the way"}
	case d.Where == "after":
		return NextCapture{"at the " + d.row.To.Name + ", at the same time as here", "whether the packets arrive there, and so " + half}
	case d.Where == "recording":
		return NextCapture{"here again, with a larger buffer (dumpcap -B)", "whether packets are missing at all"}
	case d.Where == "relay":
		return NextCapture{"at the media server again, both sides of it, with its drop counters", "whether the packets are dropped by it"}
	}
	return NextCapture{"on both sides of the media server", "on which side of it the packets are lost"}
}

// lostWhere says between which hops packets were lost.
func lostWhere(t *trace.Trace, r *ledger.Row) string {
	var lost []int64
	for i := range r.Hops {
		if n, some := lostOn(&r.Hops[i]); some {
			lost = append(lost, n)
		}
	}
	if r.Quality.After*2 >= r.Quality.Lost {
		return "after"
	}
	var missed int64
	for i := range t.Captures {
		missed += dropped(&t.Captures[i])
	}
	if missed*2 >= r.Quality.Lost {
		return "recording"
	}
	switch {
	case len(lost) == 0:
		return "unknown"
	case len(lost) > 1 && lost[len(lost)-1] > 2*lost[0]+2:
		return "relay"
	case lost[0]*2 >= r.Quality.Lost:
		return "before"
	}
	return "unknown"
}

// lostBetweenPoints are the two capture points of a hop between which most of a
// row's loss lies, nil where no two points show the hop, or it lies elsewhere.
func lostBetweenPoints(r *ledger.Row) *[2]int {
	for i := range r.Hops {
		lost := map[uint16]int64{}
		var points []uint16
		for _, s := range r.Hops[i].Streams {
			if _, known := lost[s.Point]; !known {
				points = append(points, s.Point)
			}
			lost[s.Point] += int64(s.Stats.Lost())
		}
		for _, a := range points {
			for _, b := range points {
				if d := lost[b] - lost[a]; a != b && d > 2 && d*2 >= r.Quality.Lost {
					return &[2]int{int(a), int(b)}
				}
			}
		}
	}
	return nil
}

// lostOn is how many numbers no packet of a hop has. What one source of a talker
// lacks the other may have, where its packets leave by several in turns.
func lostOn(h *ledger.Hop) (lost int64, some bool) {
	type talk struct{ first, last, packets, lost int64 }
	by := map[uint32]talk{}
	for _, s := range h.Streams {
		if s.CopyOf != nil {
			continue
		}
		k, known := by[s.SSRC]
		if !known {
			k.first, k.last = s.First.Seq, s.Last.Seq
		}
		by[s.SSRC] = talk{min(k.first, s.First.Seq), max(k.last, s.Last.Seq), k.packets + int64(s.Stats.Packets), k.lost + int64(s.Stats.Lost())}
	}
	for _, k := range by {
		lost += max(0, min(k.lost, k.last-k.first+1-k.packets))
	}
	return lost, len(by) > 0
}

// dropped is how many packets a recording lost: it says so itself, or a relay
// sent on what is not in it.
func dropped(c *trace.Capture) int64 {
	n := c.Missed
	for _, i := range c.Info.Interfaces {
		n += int64(min(i.Dropped.N, 1<<40) + min(i.OSDropped.N, 1<<40))
	}
	return n
}

// bySource is what each source of a row's talker sent and lost at the relay,
// where there are several.
func bySource(r *ledger.Row) []SourceLoss {
	if len(r.Hops) < 2 {
		return nil
	}
	var out []SourceLoss
	passed := r.Hops[len(r.Hops)-1].Streams
	seen := map[string]int{}
	for _, s := range r.Hops[0].Streams {
		if s.CopyOf != nil {
			continue
		}
		src := s.Src.String()
		i, ok := seen[src]
		if !ok {
			i = len(out)
			seen[src] = i
			out = append(out, SourceLoss{Source: src})
		}
		out[i].Packets += int64(s.Stats.Packets)
	}
	if len(out) < 2 {
		return nil
	}
	var through int64
	for _, s := range passed {
		if s.CopyOf == nil {
			through += int64(s.Stats.Packets)
		}
	}
	// What passed is the source's whose count it comes near to: a latch takes one.
	best := 0
	for i := range out {
		if abs(out[i].Packets-through) < abs(out[best].Packets-through) {
			best = i
		}
	}
	for i := range out {
		if i == best {
			out[i].Lost = max(0, out[i].Packets-through)
			continue
		}
		out[i].Lost = out[i].Packets
	}
	return out
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
