package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var srtpMismatch = Detector{
	Code:  "srtp-mismatch",
	Title: "encrypted media without a key that both sides have",
	Doc: `The answered session description asks for SRTP (RFC 3711) and agrees on no key: the
listener cannot decrypt what comes.

data.kind  no-key  an answered m= line with an SAVP profile, and neither a=crypto (RFC
                   4568) nor a fingerprint (RFC 5763) nor key management (RFC 4567) nor
                   ZRTP (RFC 6189) on one of the two sides

Encrypted media under a plain profile is lawful (OSRTP, RFC 8643), and so is DTLS. No key
is printed or kept. Tags are not checked against keys by this version: a wrong key, a
lost rollover counter and numbers that fall back are not told.

What to do: look at which of the two ends offered SRTP, and who dropped the key on the
way: mostly a server that passes the profile on and not the attribute.`,
	Rank:    52,
	Key:     func(f *Finding) []string { return []string{f.Data.(SRTPMismatch).Kind} },
	Run:     findSRTP,
	Visible: mediaSecured,
}

// SRTPMismatch is the data of srtp-mismatch.
type SRTPMismatch struct {
	Kind string `json:"kind"` // key, rollover, replay, no-key
}

func findSRTP(t *trace.Trace, _ *ledger.Ledger) []Finding {
	var out []Finding
	for _, l := range t.Legs {
		if l.Answer.IsZero() {
			continue
		}
		for _, p := range l.Ports {
			if p.Media.Kind != "audio" || !p.Keyless || p.Addr.Port == 0 || p.Offer {
				continue
			}
			// Only where the offer stands for SRTP as well: what an answerer says of a
			// line that it was not asked for binds nobody.
			var offer *trace.Port
			for _, o := range l.Ports {
				if o.Offer && o.Side != p.Side && o.Line == p.Line && o.From().Time <= p.From().Time && (o.Secure || o.Keyless) {
					offer = o
				}
			}
			if offer == nil {
				continue
			}
			f := Finding{
				Severity: Warn, Confidence: Likely, Call: l.Call, Leg: l, Start: p.From(), End: p.From(), Data: SRTPMismatch{"no-key"}, Kind: "no-key", Party: p.Addr.IP().String(),
				Evidence: []Evidence{{offer.From(), "the offer: SRTP"}, {p.From(), "the answer: SRTP, and no key"}},
				Summary:  "SRTP was agreed on without a key",
				Detail:   fmt.Sprintf("The answer for %s has an SRTP profile, and no attribute that agrees on a key: what is encrypted cannot be decrypted.", p.Addr),
				Advice:   "Look at who dropped the key on the way: mostly a server that passes the profile on and not the attribute (a=crypto, a=fingerprint).",
				Filter:   fmt.Sprintf("sip.Call-ID == %q && sdp", l.CallID),
			}
			for _, s := range l.Call.Streams {
				if s.Place.Leg == l && s.CopyOf == nil {
					f.Streams = appendOnce(f.Streams, s)
				}
			}
			f.Actions = []Action{{Owner: "media-server", What: "Answer SRTP with a key, or with a plain profile.", Why: f.Summary + ".", Standard: "RFC 4568 section 6.1", Proof: Likely}}
			out = append(out, f)
			break
		}
	}
	return out
}
