package detect

import (
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var deadAir = Detector{
	Code:  "dead-air",
	Title: "packets that carry nothing but digital silence",
	Doc: `A direction's packets are all there, and every one of them is digital silence (G.711,
A-law or μ-law), from the first to the last, for 10 s or more: in no second does the level
reach -65 dBm0, which is what the smallest steps of the code make. The listener hears
nothing at all, not even the room. Only of talkers that are no servers: these play silence
for many reasons. Quiet where the talker sends comfort noise (RFC 3389), pauses instead of
sending, or is on hold, and where there is any noise at all, however low.

data.level_dbm0 is the level of the loudest second, null where no sample ever moves.

A "warning", "likely": a muted phone looks the same. It is no silent state of the account:
what is mute is summed in mute_s.

What to do: ask whether the phone was muted. If not, look at its microphone, or at what
stands between the microphone and the encoder (an application without permission, a
sound device that is in use).`,
	Rank:    74,
	Run:     findDeadAir,
	Visible: silenceTold,
	Quiet:   quietLevels,
}

// DeadAir is the data of dead-air.
type DeadAir struct {
	Silence float64  `json:"silence_s"`
	Codec   string   `json:"codec"`
	Level   *float64 `json:"level_dbm0"` // of the loudest second
}

// hushed is the level, in dBm0, that digital silence stays below: one step up or
// down, the smallest that G.711 has, comes to -66.
const hushed = -65.0

// deadFor is how long, in nanoseconds, a talker must have sent nothing but
// silence.
const deadFor = int64(10e9)

func findDeadAir(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for _, c := range t.Calls {
		if c.State == trace.MediaOnly {
			continue
		}
		flat := false
		for _, s := range c.Streams {
			flat = flat || s.Flat && s.Last.Time-s.First.Time >= deadFor
		}
		if !flat {
			continue
		}
		rows := l.Rows(c)
		for i := range rows {
			r := &rows[i]
			if r.Media != "audio" || len(r.Hops) == 0 || len(r.Hops[0].Streams) == 0 {
				continue
			}
			if f, ok := digitalSilence(t, r); ok {
				out = append(out, f)
			}
		}
	}
	return out
}

func digitalSilence(t *trace.Trace, r *ledger.Row) (Finding, bool) {
	first := r.Hops[0].Streams
	start, end := first[0].Start(), first[0].End()
	var total, heard int64
	loudest := trace.DigitalSilence
	for _, s := range first {
		if !s.Flat {
			return Finding{}, false
		}
		if s.CopyOf == nil {
			level, measured := t.Levels[s]
			if !measured || level.Noise || level.Loudest > hushed {
				return Finding{}, false
			}
			loudest = max(loudest, level.Loudest)
			heard += level.Seconds * int64(1e9)
		}
		if s.Start().Before(start) {
			start = s.Start()
		}
		if end.Before(s.End()) {
			end = s.End()
		}
		if s.CopyOf == nil {
			total += s.Last.Time - s.First.Time
		}
	}
	if total < deadFor || r.Due() < deadFor || heard*10 < total*9 || r.From.Leg != nil && serves(t, first[0]) {
		return Finding{}, false
	}
	d := DeadAir{Silence: inSeconds(total), Codec: strings.ToUpper(first[0].Codec())}
	if loudest > trace.DigitalSilence {
		d.Level = pointer(round(loudest))
	}
	f := Finding{
		Severity: Warn, Confidence: Likely, Call: r.Call, Leg: r.From.Leg, Start: start, End: end, Data: d, Streams: first, Mute: []*ledger.Row{r}, Party: first[0].Src.IP().String(),
		Evidence: []Evidence{{start, "first packet, silent"}, {end, "last packet, silent"}}, Filter: talkerFilter(first[0]),
		Summary: fmt.Sprintf("%s of digital silence: every packet of the %s is there and carries nothing", seconds(d.Silence), r.From.Name),
		Detail:  fmt.Sprintf("All of the %s's %s packets to %s are digital silence, from the first to the last. A muted phone looks the same.", r.From.Name, d.Codec, first[0].Dst),
	}
	f.Actions = []Action{{Owner: ownerOf(r.From), What: "Look whether the phone was muted, and at its microphone if not.", Why: f.Summary + ".", Cost: "A question to whoever held the phone.", Proof: Possible}}
	return f, true
}

// serves reports whether a talker is a server, as far as what it sends elsewhere
// shows: a host that talks to several others.
func serves(t *trace.Trace, s *trace.Stream) bool {
	var peer address
	met := false
	for _, o := range t.Streams {
		if o.Src.Addr != s.Src.Addr || o.CopyOf != nil {
			continue
		}
		if met && o.Dst.Addr != peer {
			return true
		}
		peer, met = o.Dst.Addr, true
	}
	return s.RelayOf != nil
}
