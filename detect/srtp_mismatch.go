package detect

import (
	"fmt"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

var srtpMismatch = Detector{
	Code:  "srtp-mismatch",
	Title: "encrypted media that its receiver cannot take apart",
	Doc: `SRTP packets (RFC 3711) arrive whose authentication tag does not fit what the session
descriptions agree on (a=crypto, RFC 4568; suites of RFC 6188 and RFC 7714, too), or SRTP
was agreed on without a key: the receiver drops them, or cannot decrypt them.

data.kind  key       the tag fails with the key in force; data.why says what it fits:
                       old-key        a key that the sender had announced before
                       other-side     the other side's key
                       other-tag      the right key with another length of tag
                       not-chosen     a key that was offered and not chosen
                       not-encrypted  the packets look as if nothing protected them
                     and is absent where none of the keys in view fits
           rollover  the tag fits with another rollover counter than the receiver's:
                     data.off says by how much it differs
           replay    the tag fits, and the numbers fell back to what the receiver has
                     had: it takes them for packets that somebody sends again
           no-key    an answered m= line with an SAVP profile, and neither a=crypto nor a
                     fingerprint (RFC 5763) nor key management (RFC 4567) nor ZRTP
                     (RFC 6189) on one of the two sides
data.silence_s is how long it lasted; data.suite what was agreed on, data.sent_suite what
the packets fit, where that is another one.

Quiet under 2 s: whoever changes keys may use the old ones for a round trip. Encrypted
media under a plain profile is lawful (OSRTP, RFC 8643), and so is DTLS, of which the
capture holds no key. Nothing is said of a rollover counter where the talker's beginning
is not in view, nor of keys that several new descriptions may have replaced unseen. Keys
are held for the time of the check and wiped; none is printed, and nothing is decrypted.

"likely", for the receiver's drops are not in view; "confirmed" where the capture shows
that the server passed none of it on, and whose key it was.

What to do: see which description the sender took its key from; after a re-INVITE, mostly
an older one. Where there is no key, look at who dropped it on the way: mostly a server
that passes the profile on and not the attribute.`,
	Rank:     38,
	Link:     func(f *Finding) string { return "the receiver could not authenticate it" },
	Key:      func(f *Finding) []string { d := f.Data.(SRTPMismatch); return []string{d.Kind, d.Why} },
	Explains: []ledger.State{ledger.Unplayable, ledger.Stopped},
	Run:      findSRTP,
	Visible:  mediaSecured,
	Quiet:    quietKeys,
}

// SRTPMismatch is the data of srtp-mismatch.
type SRTPMismatch struct {
	Kind    string  `json:"kind"` // key, rollover, replay, no-key
	Why     string  `json:"why,omitempty"`
	Off     int64   `json:"off,omitempty"` // rollover: the sender's counter less the receiver's
	Suite   string  `json:"suite,omitempty"`
	Sent    string  `json:"sent_suite,omitempty"`
	Silence float64 `json:"silence_s,omitempty"`
	Packets int64   `json:"packets,omitempty"`
}

func findSRTP(t *trace.Trace, l *ledger.Ledger) []Finding {
	return append(findKeyless(t), findUnauthentic(t, l)...)
}

// findKeyless finds SRTP that was agreed on without a key.
func findKeyless(t *trace.Trace) []Finding {
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
				Severity: Warn, Confidence: Likely, Call: l.Call, Leg: l, Start: p.From(), End: p.From(), Data: SRTPMismatch{Kind: noKey}, Kind: noKey, Party: p.Addr.IP().String(),
				Evidence: []Evidence{{offer.From(), "the offer: SRTP"}, {p.From(), "the answer: SRTP, and no key"}},
				Summary:  "SRTP was agreed on without a key",
				Detail:   fmt.Sprintf("The answer for %s has an SRTP profile, and no attribute that agrees on a key: what is encrypted cannot be decrypted.", p.Addr),
				Filter:   fmt.Sprintf("sip.Call-ID == %q && sdp", l.CallID),
			}
			for _, s := range l.Call.Streams {
				if s.Place.Leg == l && s.CopyOf == nil {
					f.Streams = appendOnce(f.Streams, s)
				}
			}
			f.Actions = []Action{{Owner: "media-server", What: "Answer SRTP with a key, or with a plain profile.", Why: f.Summary + ".", Cost: "None to a call; a setting or a mend of the server.", Standard: "RFC 4568 section 6.1", Proof: Likely}}
			out = append(out, f)
			break
		}
	}
	return out
}

// noKey is the kind of mismatch in which no key was agreed on at all.
const noKey = "no-key"
