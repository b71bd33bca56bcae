package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// findUnauthentic finds silences in which the tags of what was sent fail, or in
// which a server got nothing whose tag is right.
func findUnauthentic(t *trace.Trace, l *ledger.Ledger) []Finding {
	if len(t.Mismatches) == 0 {
		return nil
	}
	var out []Finding
	for row := range l.Troubled() {
		if row.Media != "audio" {
			continue
		}
		var open *unauthenticity
		for _, c := range silentSpans(row, ledger.Unplayable, ledger.Stopped) {
			s := c.span()
			from := s.Lost
			if s.State == ledger.Stopped {
				from = s.Seen
			}
			if from == nil {
				continue
			}
			m := mismatchOver(t.MismatchesOf(from), s)
			if m == nil {
				continue
			}
			if open != nil && open.Kind == m.Kind && open.Why == m.Why {
				open.claims = append(open.claims, c)
				continue
			}
			if open != nil {
				out = append(out, open.finding())
			}
			open = &unauthenticity{Mismatch: *m, row: row, stream: from, claims: []Claim{c}}
		}
		if open != nil {
			out = append(out, open.finding())
		}
	}
	return out
}

// mismatchOver is the mismatch that covers most of a span, if that is half of it or
// more.
func mismatchOver(list []trace.Mismatch, s *ledger.Span) *trace.Mismatch {
	var best *trace.Mismatch
	longest := s.Duration() / 2
	for i := range list {
		m := &list[i]
		if n := min(m.To.Time, s.To.Time) - max(m.From.Time, s.From.Time); n >= longest {
			best, longest = m, n
		}
	}
	return best
}

// unauthenticity is a stretch of a row whose packets are dropped for their tags.
type unauthenticity struct {
	trace.Mismatch
	row    *ledger.Row
	stream *trace.Stream
	claims []Claim
}

func (u *unauthenticity) finding() Finding {
	start, end, silent, packets := extent(u.claims)
	d := SRTPMismatch{Kind: u.Kind.String(), Why: u.Why.String(), Off: u.Off, Suite: u.Suite, Sent: u.Sent, Silence: inSeconds(silent), Packets: packets}
	sender, owner := The(u.row.From.Name), ownerOf(u.row.From)
	if !sentBy(u.row, u.stream) {
		sender, owner = "the server", "media-server"
	}
	f := Finding{
		Severity: severityOfClaims(u.claims), Confidence: Likely, Call: callOf(u.row), Leg: u.stream.Place.Leg, Start: start, End: end, Data: d, Claims: u.claims,
		Streams: []*trace.Stream{u.stream}, Kind: d.Kind, Party: u.stream.Src.IP().String(), Filter: talkerFilter(u.stream),
		Evidence: append([]Evidence{{u.Negotiated, "the answer: these keys are agreed on"}, {u.From.Moment(), "the first packet whose tag the receiver refuses"}, {u.To.Moment(), "the last one"}}, edgesOf(u.claims)...),
	}
	if u.claims[0].span().State == ledger.Stopped && u.Why != trace.CauseUnknown && u.Why != trace.CausePlain {
		f.Confidence = Confirmed
	}
	what, do, standard := u.words(sender)
	f.Summary = fmt.Sprintf("%s of audio that the %s cannot authenticate: %s", seconds(d.Silence), u.row.To.Name, what)
	f.Detail = fmt.Sprintf("%s from %s to %s: %s. Agreed on was %s. Whoever gets such packets drops them before they are decrypted (RFC 3711 section 3.3).", plural(packets, "packet"), u.stream.Src, u.stream.Dst, what, u.Suite)
	f.Actions = []Action{{Owner: owner, What: do, Why: f.Summary + ".", Cost: "A mend of whose program it is; none to other calls.", Standard: standard, Proof: f.Confidence}}
	return f
}

// sentBy reports whether a stream is one that the row's talker sends itself.
func sentBy(r *ledger.Row, s *trace.Stream) bool {
	for _, o := range r.Hops[0].Streams {
		if o == s || o.CopyOf == s || s.CopyOf == o {
			return true
		}
		// What a relay passes on as it is was made by the talker.
		if s.RelayOf != nil && (s.RelayOf == o || s.RelayOf.Talker == o.Talker) && s.SSRC == o.SSRC {
			return true
		}
	}
	return false
}

// words says in a few words what is wrong, what to do, and who says so.
func (u *unauthenticity) words(sender string) (what, do, standard string) {
	switch {
	case u.Kind == trace.MismatchRollover:
		return fmt.Sprintf("%s counts the rollovers of its sequence numbers otherwise than its receiver, by %+d", sender, u.Off),
			"Keep the rollover counter over a re-INVITE that leaves the key as it is, on both sides; a new key lets both begin anew.", "RFC 3711 section 3.3.1"
	case u.Kind == trace.MismatchReplay:
		return sender + "'s sequence numbers fell back to those that the receiver has had, and look like a replay",
			"Let sequence numbers go on where the SSRC and the key stay, or take a new SSRC or a new key.", "RFC 3711 section 3.3.2"
	}
	switch u.Why {
	case trace.CauseOldKey:
		return sender + " goes on with a key that a newer answer has replaced",
			"Take the key of the newest answered description, from its answer on.", "RFC 4568 section 7.1.4"
	case trace.CauseOtherSide:
		return sender + " uses the key that the other side announced for what it sends itself",
			"Protect what is sent with the key of one's own description: the other side's is for receiving.", "RFC 4568 section 6.1"
	case trace.CauseOtherTag:
		return fmt.Sprintf("%s makes tags as of %s", sender, u.Sent), "Make tags of the length that the agreed suite has.", "RFC 4568 section 6.2"
	case trace.CauseNotChosen:
		return sender + " uses a key that was offered and not chosen", "Use the attribute whose tag the answer repeats.", "RFC 4568 section 5.1.2"
	case trace.CausePlain:
		return sender + " does not seem to encrypt what it sends", "Encrypt what was agreed on as SRTP, or answer with a plain profile.", "RFC 4568 section 5.1.3"
	}
	return sender + " uses a key that no description in this capture names",
		"Compare the key that the sender uses with the one in its own session description: a description that was replaced on the way (a server that passes another's key on) or a re-INVITE that is not in this capture.", "RFC 4568 section 6.1"
}
