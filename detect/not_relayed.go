package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var notRelayed = Detector{
	Code:  "not-relayed",
	Title: "media that arrived at the server and was not passed on",
	Doc: `Packets of a party arrive at a server that relays the call's media, and are not passed
on, although the server passed media on before or sends the other party nothing at all,
and no source moved that a latch could have held on to.

data.since  start     from the answer on
            reinvite  from a re-INVITE on
            update    from an UPDATE on
            none      in mid-call, with no signalling beside it
data.endpoint is where the party sends from that is not passed on; data.directions has
each direction with its silence.

It comes of a relay whose forwarding was set up anew with the wrong address or not at
all (kernel offload, a re-INVITE that the media server did not get or answered with an
error), of ICE on one side and none on the other, or of a server that stalls.

What to do: look at the media server's log around data.since, and compare what it was
told (SDP in the re-INVITE and its answer) with where it forwards to. Under a second at
the start is "info": latches learn.`,
	Rank:     42,
	Link:     func(*Finding) string { return "the server did not pass it on" },
	Key:      func(f *Finding) []string { d := f.Data.(NotRelayed); return []string{d.Endpoint, d.Since} },
	Explains: []ledger.State{ledger.Stopped},
	Yields:   true,
	Run:      findNotRelayed,
	Visible:  relaySeen,
	Quiet:    quietRelay,
}

// NotRelayed is the data of not-relayed.
type NotRelayed struct {
	Endpoint   string      `json:"endpoint"` // where the party that is not passed on sends from
	Since      string      `json:"since"`    // start, reinvite, update, none
	Silence    float64     `json:"silence_s"`
	Directions []Direction `json:"directions"`
}

// atOnce is within how many nanoseconds two silences begin that are one event.
const atOnce = int64(2e9)

func findNotRelayed(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	var open []stopping // of one call
	var call *trace.Call
	flush := func() {
		for len(open) > 0 {
			one := open[:1]
			rest := open[1:1]
			for _, s := range open[1:] {
				if d := s.claims[0].span().From.Time - one[0].claims[0].span().From.Time; d > -atOnce && d < atOnce && s.since == one[0].since {
					one = append(one[:len(one):len(one)], s)
				} else {
					rest = append(rest[:len(rest):len(rest)], s)
				}
			}
			out = append(out, relayStopped(t, one))
			open = rest
		}
	}
	for row := range l.Troubled() {
		if row.Call != call {
			flush()
			call = row.Call
		}
		if inTurns(row) != nil {
			continue // a latch that takes one of the talker's sources
		}
		for _, e := range episodes(row, ledger.Stopped) {
			if s := e[0].span(); s.Seen != nil {
				open = append(open, stopping{row, e, since(row, s)})
			}
		}
	}
	flush()
	return out
}

// stopping is a silence of one direction at a relay.
type stopping struct {
	row    *ledger.Row
	claims []Claim
	since  string
}

// episodes are the silences of a row in some states; short ones that follow each
// other within ten seconds are one.
func episodes(r *ledger.Row, states ...ledger.State) [][]Claim {
	var out [][]Claim
	for i := range r.Spans {
		s := &r.Spans[i]
		if !slices.Contains(states, s.State) {
			continue
		}
		if n := len(out); n > 0 {
			last := out[n-1][len(out[n-1])-1].span()
			brief := float64(s.Duration()) < hardSilence*1e9 && float64(last.Duration()) < hardSilence*1e9
			if s.From.Time-last.To.Time < slack || brief && s.From.Time-last.To.Time < int64(10e9) {
				out[n-1] = append(out[n-1], Claim{r, i})
				continue
			}
		}
		out = append(out, []Claim{{r, i}})
	}
	return out
}

// since says with what a relay stopped passing audio on.
func since(r *ledger.Row, s *ledger.Span) string {
	if s.From.Time-r.Start.Time < slack {
		return "start"
	}
	best, at := "none", int64(0)
	for _, l := range r.Call.Legs {
		for _, m := range l.Messages.All() {
			if !m.Request() || m.Copy || m.Repeat || m.Method != "INVITE" && m.Method != "UPDATE" || m.ToTag == "" {
				continue
			}
			if m.Time > s.From.Time-int64(3e9) && m.Time < s.From.Time+slack && m.Time > at {
				best, at = map[string]string{"INVITE": "reinvite", "UPDATE": "update"}[m.Method], m.Time
			}
		}
	}
	return best
}

func relayStopped(t *trace.Trace, all []stopping) Finding {
	slices.SortStableFunc(all, func(a, b stopping) int { return -compareDuration(a.claims, b.claims) })
	worst := all[0]
	d := NotRelayed{Endpoint: sourceOf(worst).String(), Since: worst.since}
	f := Finding{Confidence: sure(worst.claims), Call: callOf(worst.row), Leg: worst.row.From.Leg}
	for _, s := range all {
		start, end, silent, packets := extent(s.claims)
		long := inSeconds(silent)
		d.Silence = max(d.Silence, long)
		src := sourceOf(s).String()
		d.Directions = append(d.Directions, Direction{
			Direction: s.row.Direction(), Endpoint: src, From: src, To: s.row.Target.String(), State: dead, Silence: pointer(long),
			StartS: pointer(inSeconds(start.Time - t.First.Time)), EndS: pointer(inSeconds(end.Time - t.First.Time)), PacketsLost: pointer(packets), Evidence: relayGap,
		})
		f.Claims = append(f.Claims, s.claims...)
		last, next := "the last packet of the "+s.row.From.Name+" passed on", "the next packet of the "+s.row.From.Name+" passed on"
		if start == s.row.Start {
			last = "pick-up: both parties have answered"
		}
		if start == s.claims[0].span().From {
			last = s.claims[0].begins(last)
		}
		if end == s.row.End {
			next = "the end of the call"
		}
		f.Evidence = append(f.Evidence, Evidence{start, last}, Evidence{end, next})
		f.Streams = appendOnce(f.Streams, s.claims[0].span().Seen)
		if lost := s.claims[0].span().Lost; lost != nil {
			f.Streams = appendOnce(f.Streams, lost)
		}
	}
	f.Start, f.End, _, _ = extent(worst.claims)
	f.Data, f.Kind, f.Party = d, d.Since, worst.claims[0].span().Seen.Dst.IP().String()
	f.Severity = severityOfClaims(worst.claims)
	if d.Since == "start" && d.Silence < 1 {
		f.Severity = Info // latches learn
	}
	seen := worst.claims[0].span().Seen
	which := "the " + worst.row.From.Name + "'s " + worst.row.Media
	if len(all) > 1 {
		which = "both directions' " + worst.row.Media
	}
	f.Summary = fmt.Sprintf("%s of silence: %s arrived at the server and was not passed on", seconds(d.Silence), which)
	f.Detail = fmt.Sprintf("%s arrived at %s, and the server sent none of it on to the %s for %s.", upper(which)[1:len(upper(which))-1], seen.Dst, worst.row.To.Name, seconds(d.Silence)) + map[string]string{
		"start": " It never did so from the answer on.", "reinvite": " It began with a re-INVITE.", "update": " It began with an UPDATE.", "none": " No signalling stands beside it.",
	}[d.Since]
	what := map[string]string{
		"start":    "Look at what the media server was told at the answer, and where it forwards to.",
		"reinvite": "Look at how the media server handles a re-INVITE: what it was told, and where it forwards to afterwards.",
		"update":   "Look at how the media server handles an UPDATE: what it was told, and where it forwards to afterwards.",
		"none":     "Look at the media server's log and load at that moment.",
	}[d.Since]
	f.Actions = []Action{{Owner: "media-server", What: what, Why: "Packets arrived there and did not leave.", Cost: "The time to read its log of that minute.", Proof: f.Confidence}}
	f.Next = NextCapture{"at the media server again, with its debug log, and at one of the parties, over the same kind of call", "what the server was told and did when it stopped, and whether anything left it"}
	f.Filter = relayFilter(seen.Dst, worst.row.Hops[len(worst.row.Hops)-1].Streams)
	return f
}

// wholeMeanwhile reports whether the server sent the talker of a stream audio
// throughout a time, and the capture lacks none of it: then it was recording.
func wholeMeanwhile(c *trace.Call, in *trace.Stream, from, to int64) bool {
	for _, s := range c.Streams {
		if s.Src.Addr != in.Dst.Addr || s.Dst.Addr != in.Src.Addr || s.First.Time > from || s.Last.Time < to || s.GapsDropped() > 0 {
			continue
		}
		if !slices.ContainsFunc(s.Gaps(), func(g trace.Gap) bool { return g.After.Time > from && g.Before.Time < to }) {
			return true
		}
	}
	return false
}

func compareDuration(a, b []Claim) int {
	_, _, x, _ := extent(a)
	_, _, y, _ := extent(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// sourceOf is where the packets came from that were stopped.
func sourceOf(s stopping) interface{ String() string } { return s.claims[0].span().Seen.Src }
