package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var saidNotSent = Detector{
	Code:  "said-not-sent",
	Title: "media that the listener's SDP never asked for",
	Doc: `Packets pass whose payload type, or codec, the listener's session description never
named: it cannot play them. "likely": some phones accept more than they say.

data.kind  payload-type  neither side's SDP has the number
           codec         the sender's own SDP has it, the listener's has not
data.said is what the listener's SDP names, data.sent what came.

Quiet for less than 2 s of it, for comfort noise (13), telephone events, numbers that
differ between the two directions for one codec (RFC 3264 section 5.1), and where the
stream also has packets that the listener named.

What to do: look at whoever makes the answer, mostly a server that passes one leg's
answer on to another leg.`,
	Rank:     50,
	Key:      func(f *Finding) []string { d := f.Data.(SaidNotSent); return []string{d.Kind, d.Sent} },
	Explains: []ledger.State{ledger.Unplayable},
	Yields:   true,
	Run:      findSaidNotSent,
	Visible:  mediaDescribed,
	Quiet:    quietPayloads,
}

// SaidNotSent is the data of said-not-sent.
type SaidNotSent struct {
	Kind string `json:"kind"` // payload-type, codec
	Said string `json:"said"`
	Sent string `json:"sent"`
}

func findSaidNotSent(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	for row := range l.Troubled() {
		for _, e := range episodes(row, ledger.Unplayable) {
			if s := e[0].span().Lost; s != nil && ledger.CannotPlay(s) {
				out = append(out, unplayable(row, e, s))
			}
		}
	}
	return out
}

func unplayable(r *ledger.Row, claims []Claim, s *trace.Stream) Finding {
	start, end, silent, packets := extent(claims)
	said := named(s.Place.Leg, 1-s.Place.From)
	d := SaidNotSent{Kind: "payload-type", Said: strings.Join(said, ", "), Sent: inSDP(s.PT, s.Codec())}
	for _, p := range s.Place.Leg.Ports {
		if p.Side == s.Place.From && p.Media.Kind == "audio" && slices.ContainsFunc(p.Formats, func(f trace.Format) bool { return f.PT == s.PT }) {
			d.Kind = "codec"
		}
	}
	f := Finding{
		Severity: severityOfClaims(claims), Confidence: Likely, Call: callOf(r), Leg: s.Place.Leg, Start: start, End: end, Data: d, Claims: claims,
		Streams: []*trace.Stream{s}, Kind: d.Kind, Party: s.Src.IP().String(), Filter: talkerFilter(s),
		Evidence: append([]Evidence{{s.Start(), "first packet that the listener did not ask for"}}, edgesOf(claims)...),
		Summary:  fmt.Sprintf("%s of audio that the %s cannot play: %s was sent, its SDP says %s", seconds(inSeconds(silent)), r.To.Name, d.Sent, d.Said),
		Detail:   fmt.Sprintf("%s from %s have payload type %s. The %s's SDP never named it.", plural(packets, "packet"), s.Src, d.Sent, r.To.Name),
	}
	f.Actions = []Action{{Owner: "media-server", What: "Send what the answer names, or transcode.", Why: f.Summary + ".", Cost: "Transcoding takes processing.", Standard: "RFC 3264 section 6.1", Proof: Likely}}
	return f
}

// named is what a side of a leg named for its audio, in order.
func named(l *trace.Leg, side trace.Side) []string {
	var out []string
	for _, p := range l.Ports {
		if p.Side != side || p.Media.Kind != "audio" {
			continue
		}
		for _, f := range p.Formats {
			if s := inSDP(f.PT, f.Name); !slices.Contains(out, s) && len(out) < 12 {
				out = append(out, s)
			}
		}
	}
	return out
}

func inSDP(pt uint8, name string) string {
	if name == "" {
		return fmt.Sprint(pt)
	}
	return fmt.Sprintf("%d (%s)", pt, name)
}
