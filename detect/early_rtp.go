package detect

import (
	"fmt"
	"slices"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// harmlessLead is by how much RTP may beat the answer unremarked: it routinely
// overtakes the 200 that a proxy still has to pass on.
const harmlessLead = 0.080

var earlyRTP = Detector{
	Code:  "early-rtp",
	Title: "RTP before the answer",
	Doc: `RTP from an answerer passed this capture point before the SDP of its answer did:
before the first 18x or 200 that carries one in the same dialog (same To-tag), or
before the ACK of a delayed offer.

The offerer has to be ready for media once its offer is sent (RFC 3264 section 5.1),
so early RTP is lawful. It does harm where the media server has not opened its port
yet: the kernel answers with ICMP port unreachable, and some NATs tear the mapping
down on that (against RFC 4787 REQ-12).

Detected from the SDP of the dialog and the first packets of each of the answerer's
streams towards the offerer's port. Packets that nobody refused and that led the
answer by less than 80 ms are no finding; by more, it is "info"; refused, it is a
"warning".

What to do: bind the media port when the offer is sent and discard what comes before
the answer (unless early media is authorised, RFC 5009), or drop it without ICMP:
only port unreachable, only from the media range.`,
	Rank:    10,
	Link:    func(*Finding) string { return "early RTP" },
	Run:     findEarlyRTP,
	Visible: mediaAnswered,
	Quiet:   quietBeginnings,
}

func findEarlyRTP(t *trace.Trace, _ *ledger.Ledger) []Finding {
	var out []Finding
	for _, c := range t.Calls {
		var seen map[*trace.Talker]bool
		errors := refused{call: c}
		for _, s := range c.Streams {
			k := s.Talker
			if k == nil || seen[k] || s.CopyOf != nil {
				continue
			}
			f, ok := earlyStream(t, &errors, c, k)
			if !ok || s.RelayOf != nil && early(t, s.RelayOf) {
				continue
			}
			if seen == nil {
				seen = map[*trace.Talker]bool{}
			}
			seen[k] = true
			out = append(out, f)
		}
	}
	return out
}

// early tells whether a stream began before its party's answer.
func early(t *trace.Trace, s *trace.Stream) bool {
	at := t.Awaited(s)
	return !at.IsZero() && s.First.Time < at.Time
}

func earlyStream(t *trace.Trace, errors *refused, c *trace.Call, k *trace.Talker) (Finding, bool) {
	s := k.Streams[0]
	if !s.Place.Known() || s.Place.Port == nil {
		return Finding{}, false
	}
	answer := t.Awaited(s)
	if answer.IsZero() || s.First.Time >= answer.Time {
		return Finding{}, false
	}
	var packets, rejected int64
	for _, s := range k.Streams {
		packets += t.Sent([]*trace.Stream{s}, s.First.Time-1, answer.Time)
	}
	refused := errors.early(t, k)
	rejected = int64(len(refused))
	packets = max(packets, rejected, 1) // where the sequence is damaged, counting by it falls short
	lead := s.Start().Seconds(answer)
	if rejected == 0 && lead < harmlessLead {
		return Finding{}, false
	}
	f := Finding{
		Severity: Info, Confidence: Confirmed, Call: c, Leg: s.Place.Leg,
		Start: s.Start(), End: answer, Streams: k.Streams[:1],
		Data: EarlyRTP{Packets: packets, Lead: round(lead), Rejected: rejected}, Party: s.Src.IP().String(),
	}
	f.Summary = fmt.Sprintf("%s sent RTP %s before its answer (%s)", partyOf(k), seconds(lead), plural(packets, "packet"))
	f.Detail = fmt.Sprintf("RTP of %s, from %s to %s, began %s before its SDP passed this capture point; %s came that early.",
		partyOf(k), s.Src, s.Dst, seconds(lead), plural(packets, "packet"))
	f.Evidence = append(f.Evidence, Evidence{s.Start(), "the first audio packet of " + partyOf(k) + ", before its answer"})
	if rejected > 0 {
		f.Severity = Warn
		f.Summary += fmt.Sprintf(", %d refused", rejected)
		f.Detail += fmt.Sprintf(" %s drew an ICMP error: the port was not open.", plural(rejected, "packet"))
		f.Evidence = append(f.Evidence, Evidence{refused[0].Moment, "refused by ICMP"})
		f.Actions = []Action{openPort(c, refused[0].Quote.Dst)}
	} else {
		f.Detail += " Nobody refused them; RFC 3264 section 5.1 asks the offerer to be ready."
		f.Advice = "Nothing to do as long as the port is open from the offer on (RFC 3264 section 5.1). Discard media before the answer unless early media is authorised (RFC 5009)."
	}
	f.Evidence = append(f.Evidence, Evidence{answer, "the SDP of " + partyOf(k) + "'s answer"})
	f.Filter = fmt.Sprintf("%s && frame.number < %d", talkerFilter(s), answer.Frame)
	return f, true
}

// refused finds the ICMP errors of a call that quote packets of a stream, or of
// a copy of it.
type refused struct {
	call *trace.Call
	of   map[*trace.Stream][]*trace.ICMPError // once it is asked for
}

func (r *refused) by(s *trace.Stream) []*trace.ICMPError {
	if r.of == nil {
		r.of = map[*trace.Stream][]*trace.ICMPError{}
		for _, e := range r.call.Errors {
			if !e.Unreachable() || !e.Media || e.Toward || e.RTCP || e.Stream == nil || holePunch(e) {
				continue
			}
			r.of[e.Stream] = append(r.of[e.Stream], e)
			if o := e.Stream.CopyOf; o != nil {
				r.of[o] = append(r.of[o], e)
			}
		}
	}
	return r.of[s]
}

// early are the errors that quote a talker's own packets, as far as these came
// before the answer.
func (r *refused) early(t *trace.Trace, k *trace.Talker) []*trace.ICMPError {
	var out []*trace.ICMPError
	seen := map[*trace.ICMPError]bool{}
	for _, s := range append(slices.Clone(k.Streams), k.Copies...) {
		for _, e := range r.by(s) {
			at := e.Moment
			if !e.Quoted.IsZero() {
				at = e.Quoted
			}
			if answer := t.Awaited(e.Stream); !seen[e] && !answer.IsZero() && at.Time <= answer.Time {
				seen[e] = true
				out = append(out, e)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *trace.ICMPError) int { return a.Compare(b.Moment) })
	return out
}

// openAtOffer is what keeps early media from being refused.
var openAtOffer = Action{
	Owner:    "media-server",
	What:     "Have the media port open when the offer is sent (or mend the rule that rejects), and drop in silence what comes before the answer, unless early media is authorised.",
	Why:      "It refused packets that the offerer has to be ready for.",
	Cost:     "Ports are held while the phone rings.",
	Standard: "RFC 3264 section 5.1",
	Proof:    Confirmed,
}
