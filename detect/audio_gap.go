package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var audioGap = Detector{
	Code:  "audio-gap",
	Title: "silence that nothing here explains",
	Doc: `A direction of an answered call was silent although audio was due, and no other finding
says why. The account of the call's audio (the ledger) does not close without it: what
is left over is said to be unexplained, with the place where the audio was seen last.

shape  late   the direction begins later than it should
       ended  it ends before the call does
       hole   it breaks off and comes back
       whole  nothing of it was ever there
where  talker   the talker's own hop is in view, and he sends nothing
       path     it did not arrive at the first hop in view, or left one capture point
                and did not arrive at the next, or at the listener as its RTCP says
       relay    it arrived at a relay and was not passed on
       unknown

It is as severe as the silence is long: a "warning" below 0.5 s, "critical" from there.
Where the talker stopped sending and a muted phone would look the same, it is a "warning"
at most. The root cause of such a call is "unknown".

What to do: capture on the other side of the place that data.where names.`,
	Rank: 64,
	Key: func(f *Finding) []string {
		d := f.Data.(AudioGap)
		return []string{d.From, d.To, d.Shape, d.Where}
	},
	Explains: nil,
	Rest:     findGaps,
	Visible:  audioJudged,
	Quiet:    quietGaps,
}

// AudioGap is the data of audio-gap.
type AudioGap struct {
	From    string  `json:"from"` // the direction that was silent
	To      string  `json:"to"`
	Shape   string  `json:"shape"` // late, ended, hole, whole
	Where   string  `json:"where"` // talker, path, relay, unknown
	Silence float64 `json:"silence_s"`
	Media   string  `json:"media"`

	reported bool // path: it left, and the listener's reports say that it did not arrive
}

// mostGaps is how many gaps of one row are told one by one; what is beyond is
// told together with the last.
const mostGaps = 8

func findGaps(t *trace.Trace, _ *ledger.Ledger, left []Claim) []Finding {
	var out []Finding
	for len(left) > 0 {
		n := 1
		for n < len(left) && left[n].Row == left[0].Row {
			n++
		}
		episodes := adjoining(left[:n])
		for i, e := range episodes {
			if i == mostGaps-1 {
				for _, more := range episodes[i+1:] {
					e = append(e, more...)
				}
			}
			out = append(out, audioGapOf(t, e))
			if i == mostGaps-1 {
				break
			}
		}
		left = left[n:]
	}
	return out
}

// adjoining puts claims of a row together between which audio never passed, and
// short holes that were lost at the same place.
func adjoining(claims []Claim) [][]Claim {
	var out [][]Claim
	brief := map[ledger.State]int{} // the place in out of the short holes of a state, plus one
	for i, c := range claims {
		if n := len(out); i > 0 && c.Span == claims[i-1].Span+1 && out[n-1][len(out[n-1])-1] == claims[i-1] {
			out[n-1] = append(out[n-1], c)
			continue
		}
		s := c.span()
		if float64(s.Duration()) < hardSilence*1e9 {
			if n := brief[s.State]; n > 0 {
				out[n-1] = append(out[n-1], c)
				continue
			}
			brief[s.State] = len(out) + 1
		}
		out = append(out, []Claim{c})
	}
	return out
}

func audioGapOf(t *trace.Trace, claims []Claim) Finding {
	r := claims[0].Row
	start, end, silent, packets := extent(claims)
	d := AudioGap{From: r.Source.String(), To: r.Target.String(), Shape: shapeOf(r, claims), Where: whereOf(claims), Silence: inSeconds(silent), Media: r.Media}
	d.reported = longestOf(claims).Reported()
	f := Finding{
		Severity: severityOfClaims(claims), Confidence: sure(claims), Call: callOf(r), Leg: legOf(r), Start: start, End: end, Data: d,
		Claims: claims, Evidence: edgesOf(claims), Witnessed: d.Shape == "whole", Kind: d.Where, Party: r.Source.IP().String(),
	}
	if d.Where == "talker" && (d.Shape == "ended" || d.Shape == "hole") {
		f.Severity = min(f.Severity, Warn) // as a muted phone looks
	}
	for _, c := range claims {
		if s := c.span(); s.Seen != nil {
			f.Streams = appendOnce(f.Streams, s.Seen)
		}
	}
	if len(f.Streams) == 0 {
		if s := busiest(r); s != nil {
			f.Streams = []*trace.Stream{s}
		}
	}
	who := The(r.From.Name) + "'s " + r.Media
	what := map[string]string{"late": "came late", "ended": "ended early", "hole": "broke off", "whole": "never came"}[d.Shape]
	f.Summary = fmt.Sprintf("%s of silence: %s %s", seconds(d.Silence), who, what)
	if r.Media != "audio" {
		f.Summary = fmt.Sprintf("%s without %s: %s %s", seconds(d.Silence), r.Media, who, what)
	}
	f.Detail = fmt.Sprintf("From %s after the capture's beginning on, %s.", seconds(inSeconds(start.Time-t.First.Time)), whereText[d.place()])
	if packets > 0 {
		f.Detail += fmt.Sprintf(" About %s did not come.", plural(packets, "packet"))
	}
	f.Detail += " Nothing in this capture says why."
	f.Filter = portFilter(r.Target)
	if len(f.Streams) > 0 {
		f.Filter = talkerFilter(f.Streams[0])
	}
	if len(f.Evidence) == 0 || f.Evidence[0].Frame == 0 {
		f.Evidence = append(f.Evidence, Evidence{r.Start, "pick-up: both parties have answered"})
	}
	owner := map[string]string{"talker": ownerOf(r.From), "relay": "media-server"}[d.Where]
	if owner == "" {
		owner = "unknown"
	}
	f.Actions = []Action{{Owner: owner, What: captureAt[d.place()], Why: f.Summary + ".", Cost: "A capture, or a look into a log; what it takes to mend is known then.", Proof: Likely}}
	return f
}

// Steps of audio-gap: what is known of a silence that nothing explains.
func (d AudioGap) Steps(f *Finding, _ *Names) []Step {
	if len(f.Claims) == 0 {
		return nil
	}
	r := f.Claims[0].Row
	_, _, _, packets := extent(f.Claims)
	did := map[string]string{"late": "came late", "ended": "ended before the call did", "hole": "broke off and came back", "whole": "never came"}[d.Shape]
	text := fmt.Sprintf("%s's %s %s: %s without it", capital(The(r.From.Name)), r.Media, did, seconds(d.Silence))
	if packets > 0 {
		text += fmt.Sprintf(", about %s", plural(packets, "packet"))
	}
	text += ". " + map[string]string{
		"talker":   "Its own side is in view, and nothing was sent there.",
		"path":     "It did not arrive at this capture point, which shows that way at other times.",
		"reported": "It left this capture point and did not arrive, by the listener's RTCP receiver reports.",
		"relay":    "It arrived at the server and was not passed on.",
		"unknown":  "Where it was lost is not in view.",
	}[d.place()]
	if d.Shape == "whole" && d.place() == "path" {
		text = strings.ReplaceAll(text, "which shows that way at other times", "which would have shown it")
	}
	s := Step{Text: text, Clause: clauseOf(f.Summary), Frames: someFrames(f.Evidence, 2), Sure: f.Confidence}
	none := "Nothing in this capture says why."
	if c := r.Call; len(c.Errors) == 0 && !slices.ContainsFunc(c.Talkers, func(k *trace.Talker) bool { return len(k.Moves) > 0 }) {
		none = "Nothing in this capture says why: no source changed in this call, and no ICMP error is about it."
	}
	return []Step{s, {Text: none, Sure: Confirmed, Frames: wholeCall(r.Call)}}
}

// place is data.where, told apart further for texts.
func (d AudioGap) place() string {
	if d.reported {
		return "reported"
	}
	return d.Where
}

var whereText = map[string]string{
	"talker":   "nothing was sent, seen at its own hop",
	"path":     "the packets did not arrive where they were seen before",
	"reported": "the packets left this capture point and did not arrive, by the listener's RTCP receiver reports",
	"relay":    "packets arrived at the relay and were not passed on",
	"unknown":  "nothing reached the listener",
}

var captureAt = map[string]string{
	"talker":   "Look at the sender's device: a mute that stops sending, an application that lost its microphone, or a phone that never began. Its own log tells.",
	"path":     "Capture at the sender's own device or router over the same kind of call: it shows whether the packets left.",
	"reported": "Capture at the listener's own device or router over the same kind of call: it shows how far the packets come.",
	"relay":    "Look at the relay's log for that moment, and capture on both of its sides.",
	"unknown":  "Capture at both ends over the same kind of call.",
}

// shapeOf says where in its row a silence lies.
func shapeOf(r *ledger.Row, claims []Claim) string {
	first, last := claims[0].Span, claims[len(claims)-1].Span
	before, after := false, false
	for i := range r.Spans {
		if s := r.Spans[i].State; !s.Silent() && s != ledger.Setup && s != ledger.Closing && s != ledger.Agreed && s != ledger.Paused {
			before = before || i < first
			after = after || i > last
		}
	}
	switch {
	case before && after:
		return "hole"
	case before:
		return "ended"
	case after:
		return "late"
	}
	return "whole"
}

// whereOf says where the audio of a silence was lost, by its longest span.
func whereOf(claims []Claim) string {
	switch longestOf(claims).State {
	case ledger.Absent:
		return "talker"
	case ledger.Missing, ledger.Vanished:
		return "path"
	case ledger.Stopped:
		return "relay"
	}
	return "unknown"
}

func longestOf(claims []Claim) (longest *ledger.Span) {
	for _, c := range claims {
		if s := c.span(); longest == nil || s.Duration() > longest.Duration() {
			longest = s
		}
	}
	return longest
}
