package detect

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
)

// quietGaps: what became of each direction's time, state by state. What is left
// over when every other finding has claimed its part is a gap.
func quietGaps(q *quiet) {
	q.audio(func(r *ledger.Row) {
		var parts []string
		for s := ledger.Unseen; s <= ledger.Sent; s++ {
			if ns := r.In(s); ns > 0 {
				parts = append(parts, seconds(float64(ns)/1e9)+" "+s.String())
			}
		}
		q.say("The %s's voice to the %s, %s from frame %d to frame %d: %s.", r.From.Name, r.To.Name, seconds(float64(r.End.Time-r.Start.Time)/1e9), r.Start.Frame, r.End.Frame, strings.Join(parts, ", "))
	})
	q.say("It takes what is silent and claimed by no other finding, from %s and three packets on.", seconds(softSilence))
}

// quietLevels: what each talker's packets carry, as far as the codec shows it.
func quietLevels(q *quiet) {
	q.own(func(k *trace.Talker, s *trace.Stream) {
		who := capital(partyOf(k))
		lasts := inSeconds(s.Last.Time - s.First.Time)
		codec := strings.ToUpper(s.Codec())
		level, measured := q.trace.Levels[s]
		switch {
		case !strings.HasPrefix(codec, "PCM"):
			q.say("%s sends %s from %s: only G.711 shows silence in its bytes without decoding.", who, cmp.Or(codec, "a codec that is not known"), s.Src)
		case !s.Flat:
			q.say("%s sends %s of %s from %s, frames %d to %d, and they are not all alike: there is sound in them.", who, seconds(lasts), codec, s.Src, s.First.Frame, s.Last.Frame)
		case s.Last.Time-s.First.Time < deadFor:
			q.say("%s sends %s of %s from %s, all of it alike: too short, it takes %s.", who, seconds(lasts), codec, s.Src, seconds(inSeconds(deadFor)))
		case !measured:
			q.say("%s sends %s of %s from %s, which seems to be silence; its level was not measured.", who, seconds(lasts), codec, s.Src)
		case level.Noise:
			q.say("%s sends %s of %s from %s with comfort noise between (RFC 3389): it pauses.", who, seconds(lasts), codec, s.Src)
		default:
			q.say("%s sends %s of %s from %s; its loudest second comes to %.1f dBm0 in %s measured, and digital silence stays below %.0f.", who, seconds(lasts), codec, s.Src, level.Loudest, plural(level.Seconds, "second"), hushed)
		}
	})
	q.say("Servers, which play silence for many reasons, are left out.")
}

// quietStarved: how much each party sent, and what the server sent it.
func quietStarved(q *quiet) {
	q.audio(func(r *ledger.Row) {
		var in, out int64
		for i := range r.Hops {
			for _, s := range r.Hops[i].Streams {
				switch {
				case s.CopyOf != nil:
				case i == 0:
					in += int64(s.Stats.Packets)
				case i == len(r.Hops)-1:
					out += int64(s.Stats.Packets)
				}
			}
		}
		text := fmt.Sprintf("The %s sent %s", r.From.Name, plural(in, "packet"))
		switch {
		case len(r.Hops) < 2:
			text += fmt.Sprintf("; no server is in view between it and the %s", r.To.Name)
		case !r.Hops[len(r.Hops)-1].InView:
			text += fmt.Sprintf("; what the server sent the %s is not in view", r.To.Name)
		default:
			text += fmt.Sprintf(", of which the server sent the %s %s", r.To.Name, plural(out, "packet"))
		}
		q.say("%s; %s of it did not leave the server.", text, seconds(float64(r.In(ledger.Stopped))/1e9))
	})
	q.say("It takes a party that sends nothing at all, to which the server sends nothing, while the other one's audio arrives at the server.")
}

// quietKeys: what SDP said of encryption, and whether a tag failed.
func quietKeys(q *quiet) {
	secured := false
	for i, l := range q.call.Legs {
		if i == mostQuiet {
			break
		}
		for _, p := range l.Ports[:min(len(l.Ports), mostQuiet)] {
			if p.Alias || p.Media.Kind != "audio" || p.Addr.Port == 0 {
				continue
			}
			what := "plain RTP"
			switch {
			case p.Keyless:
				what = "an SRTP profile without anything that agrees on a key"
			case p.Secure:
				what = "SRTP, with what agrees on a key"
			}
			secured = secured || p.Secure || p.Keyless
			q.say("Leg %s, frame %d: the SDP for %s offers or answers %s.", q.names.Leg(l), p.From().Frame, p.Addr, what)
		}
	}
	if !secured {
		q.say("None of it is encrypted: there is no tag to check.")
		return
	}
	n := 0
	for _, s := range q.call.Streams {
		for _, m := range q.trace.MismatchesOf(s) {
			if n++; n <= mostQuiet {
				q.say("The tags of %s to %s fail from frame %d to frame %d (%s).", s.Src, s.Dst, m.From.Frame, m.To.Frame, m.Kind)
			}
		}
	}
	if n == 0 {
		q.say("No tag that could be checked failed: only keys in SDP (a=crypto, RFC 4568) can be, those of DTLS-SRTP are not in a capture.")
	}
}
