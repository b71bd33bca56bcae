package detect

import (
	"fmt"
	"math"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var callCut = Detector{
	Code:  "call-cut",
	Title: "a call that a timer ended, and nobody's will",
	Doc: `The way a call ended is part of the trouble.

data.kind  no-ack         the 200 OK was sent again and again and no ACK came: the
                          answering side gave up after 64*T1, 32 s (RFC 3261 section
                          13.3.1.4)
           session-timer  no refresh came, and the BYE stands at the agreed interval, or
                          up to min(32 s, a third) before it (RFC 4028)
           media-timeout  one direction was silent for 10 s or more, not on hold, and the
                          other side hung up, with a Reason header that says so or at a
                          round interval after the last packet (10, 15, 20, 30, 60 s)
           unreachable    a re-INVITE or another request within the call drew an ICMP
                          error, a 408 or no answer for 64*T1, and its sender hung up
                          (RFC 3261 section 12.2.1.2)
           fragments      a request is too long for one packet, its IP fragments get lost
                          and nobody answers it: here they are missing, or they leave here
                          and shorter requests to the same host are answered. Of an INVITE
                          the call never comes about
data.by is who sent the BYE, empty where there was none.

What to do: see why the ACK, the refresh or the audio did not arrive; a longer timer only
hides that.`,
	Rank: 80,
	Causes: []Cause{
		cutBy(latchSilence.Code), cutBy(starvedLatch.Code), cutBy(notRelayed.Code), cutBy(wrongTarget.Code), cutBy(lostBetween.Code),
		cutBy(saidNotSent.Code), cutBy(oneWayAudio.Code), cutBy(noAudio.Code), cutBy(audioGap.Code),
	},
	Link:    func(f *Finding) string { return "the call was cut: " + f.Data.(CallCut).Kind },
	Key:     func(f *Finding) []string { return []string{f.Data.(CallCut).Kind} },
	Run:     findCuts,
	Visible: endSeen,
	Quiet:   quietEnd,
}

// CallCut is the data of call-cut.
type CallCut struct {
	Kind   string  `json:"kind"`             // no-ack, session-timer, media-timeout, unreachable, fragments
	Before float64 `json:"silence_before_s"` // silence that lasted to the end
	By     string  `json:"by"`               // who sent the BYE: caller, callee, or empty
}

func findCuts(t *trace.Trace, l *ledger.Ledger) []Finding {
	var out []Finding
	short := shorter{trace: t}
	for _, c := range t.Calls {
		for _, leg := range c.Legs {
			f, ok := inFragments(t, leg, &short)
			if b, ended := bye(leg); !ok && ended && !leg.Answer.IsZero() {
				f, ok = unacknowledged(leg, &b)
				if !ok {
					f, ok = unreached(t, leg, &b)
				}
				if !ok {
					f, ok = sessionTimer(leg, &b)
				}
				if !ok {
					f, ok = mediaTimeout(l, leg, &b)
				}
			}
			if ok {
				out = append(out, f)
				break // one a call: its other legs ended with it
			}
		}
	}
	return out
}

// cutBy is the link from a silence that lasted to the end of a call to its being
// ended for that.
func cutBy(code string) Cause {
	return Cause{Code: code, Anywhere: true, Confidence: Likely, Did: func(silence, f *Finding) bool {
		apart := f.End.Time - silence.End.Time
		return f.Kind == "media-timeout" && len(silence.Claims) > 0 && apart < atOnce && apart > -atOnce
	}}
}

// bye is the first BYE of a leg, if there is one.
func bye(l *trace.Leg) (b trace.Message, ok bool) {
	for i := range l.Messages.Len() {
		if k := l.Messages.Kind(i); k.Status == 0 && k.Method == "BYE" {
			if r := l.Messages.Record(i); !r.Copy && !r.Repeat {
				return l.Messages.At(i), true
			}
		}
	}
	return b, false
}

// byWhom names the side that sent a request.
func byWhom(l *trace.Leg, m *trace.Message) string {
	if m.FromTag == l.FromTag {
		return "caller"
	}
	return "callee"
}

func cut(l *trace.Leg, kind string, end trace.Moment) Finding {
	d := CallCut{Kind: kind}
	if b, ok := bye(l); ok {
		d.By = byWhom(l, &b)
	}
	return Finding{Severity: Warn, Confidence: Likely, Call: l.Call, Leg: l, Start: l.Answer, End: end, Data: d, Kind: kind, Party: partyHost(l), Filter: fmt.Sprintf("sip.Call-ID == %q", l.CallID)}
}

// partyHost is the address of a leg's callee, where it is known.
func partyHost(l *trace.Leg) string {
	if hosts := l.Parties[trace.Callee].Hosts; len(hosts) > 0 {
		return hosts[0].IP().String()
	}
	return ""
}

// unacknowledged finds a 200 OK that was sent again until its sender gave up.
func unacknowledged(l *trace.Leg, b *trace.Message) (Finding, bool) {
	var first, last trace.Moment
	n := 0
	for i := range l.Messages.Len() {
		m, k := l.Messages.Record(i), l.Messages.Kind(i)
		switch {
		case m.Copy:
		case k.Status == 0 && k.Method == "ACK":
			return Finding{}, false
		case k.Method == "INVITE" && k.Status >= 200 && k.Status < 300:
			if first.IsZero() {
				first = m.Moment
			}
			last = m.Moment
			n++
		}
	}
	if n < 4 {
		return Finding{}, false
	}
	if wait := b.Time - first.Time; wait < int64(28e9) || wait > int64(40e9) {
		return Finding{}, false
	}
	f := cut(l, "no-ack", b.Moment)
	f.Confidence = Confirmed
	f.Evidence = []Evidence{{first, "200 OK"}, {last, fmt.Sprintf("200 OK for the %dth time", n)}, {b.Moment, "BYE"}}
	f.Summary = fmt.Sprintf("cut after %s: the 200 OK was sent %d times and no ACK came", seconds(first.Seconds(b.Moment)), n)
	f.Detail = "The answering side sends its 200 OK until an ACK comes, and gives up after 64*T1 (RFC 3261 section 13.3.1.4)."
	f.Actions = []Action{{Owner: "caller", What: "Send the ACK to where the 200 OK's Contact and Record-Route say, and let these be reachable.", Why: f.Summary + ".", Cost: "A look at two headers, and a change where they are made.", Standard: "RFC 3261 section 13.2.2.4", Proof: Confirmed}}
	return f, true
}

// sessionTimer finds a BYE at the end of a session interval without a refresh.
func sessionTimer(l *trace.Leg, b *trace.Message) (Finding, bool) {
	var interval int64
	last := l.Answer
	for i := range l.Messages.Len() {
		m, k := l.Messages.Record(i), l.Messages.Kind(i)
		if m.Copy || m.Repeat || k.Status < 200 || k.Status >= 300 || k.Method != "INVITE" && k.Method != "UPDATE" {
			continue
		}
		interval = int64(k.Expires)
		if m.Time > last.Time {
			last = m.Moment
		}
	}
	if interval < 60 {
		return Finding{}, false
	}
	early := math.Min(32, float64(interval)/3)
	at := last.Seconds(b.Moment)
	if at < float64(interval)-early-1 || at > float64(interval)+1 {
		return Finding{}, false
	}
	f := cut(l, "session-timer", b.Moment)
	f.Evidence = []Evidence{{last, fmt.Sprintf("the session interval begins: %d s", interval)}, {b.Moment, "BYE"}}
	f.Summary = fmt.Sprintf("cut by the session timer: no refresh in %s, of an interval of %d s", seconds(at), interval)
	f.Detail = "Whoever was to refresh the session did not, or its request did not get through; the other side ends it up to min(32 s, a third) before the interval is over (RFC 4028 section 10)."
	f.Actions = []Action{{Owner: "unknown", What: "Let the refresher send its re-INVITE or UPDATE at half of the interval.", Why: f.Summary + ".", Cost: "A request every half interval.", Standard: "RFC 4028 section 10", Proof: Likely}}
	return f, true
}

// endedElsewhere reports whether a BYE only passes on what another leg of the call had
// begun: who was waiting for audio ends the call first.
func endedElsewhere(leg *trace.Leg, b *trace.Message) bool {
	for _, o := range leg.Call.Legs {
		if o != leg {
			if x, ok := bye(o); ok && x.Before(b.Moment) {
				return true
			}
		}
	}
	return false
}

// rounds are the media timeouts, in seconds, that servers are set to.
var rounds = [...]float64{10, 15, 20, 30, 60}

// mediaTimeout finds a call that was ended because one side heard nothing.
func mediaTimeout(l *ledger.Ledger, leg *trace.Leg, b *trace.Message) (Finding, bool) {
	if a := l.Audio(leg.Call); a != ledger.Lost || endedElsewhere(leg, b) {
		return Finding{}, false
	}
	rows := l.Rows(leg.Call)
	for i := range rows {
		r := &rows[i]
		if r.Media != "audio" || len(r.Spans) == 0 {
			continue
		}
		last := &r.Spans[len(r.Spans)-1]
		if !last.State.Silent() || last.Duration() < int64(10e9) {
			continue
		}
		silent := float64(last.Duration()) / 1e9
		by := byWhom(leg, b)
		if r.From.Name == by || r.From.Leg == leg && by == [2]string{"caller", "callee"}[r.From.Side] {
			continue // the silent side hung up itself
		}
		reason := strings.ToLower(b.Reason)
		said := strings.Contains(reason, "rtp") || strings.Contains(reason, "media") && strings.Contains(reason, "timeout")
		even := false
		for _, x := range rounds {
			even = even || math.Abs(silent-x) <= 0.5
		}
		if !said && !even {
			continue
		}
		f := cut(leg, "media-timeout", b.Moment)
		d := f.Data.(CallCut)
		d.Before = round(silent)
		f.Data = d
		f.Evidence = []Evidence{{last.From, "the last audio of the " + r.From.Name}, {b.Moment, "BYE"}}
		f.Summary = fmt.Sprintf("the %s hung up after %s without the %s's audio", by, seconds(silent), r.From.Name)
		f.Detail = "It hung up when that direction had been silent for so long."
		if said {
			f.Confidence = Confirmed
			f.Detail += " Its Reason header says so."
		}
		f.Actions = []Action{{Owner: "unknown", What: "Mend what stopped the audio, and leave the timeout as it is.", Why: f.Summary + ".", Cost: "None by itself: the timeout only ends what was silent already.", Proof: f.Confidence}}
		return f, true
	}
	return Finding{}, false
}
