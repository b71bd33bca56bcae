package detect

import (
	"fmt"
	"net/netip"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/rtp"
)

var noAudio = Detector{
	Code:  "no-audio",
	Title: "an answered call without media",
	Doc: `A call was answered and lasted more than a few seconds, and the capture holds no media
of it, although it would have seen some: other media of the same hosts is there, at the
same time and point.

Quiet on hold, with T.38, in calls of which the capture saw only a part, and in captures
of signalling only (there it is a line under limits).`,
	Run: findNoAudio,
}

func findNoAudio(t *analyze.Trace) []Finding {
	var out []Finding
	for _, c := range t.Calls {
		if !conversed(t, c) || len(c.Streams) > 0 {
			continue
		}
		if f, ok := mute(t, c); ok {
			out = append(out, f)
		}
	}
	return out
}

func mute(t *analyze.Trace, c *analyze.Call) (Finding, bool) {
	end := c.End
	if end.IsZero() {
		end = t.Last
	}
	for _, l := range c.Legs {
		if l.Answer.IsZero() || noticeOf(l) {
			continue
		}
		var audio [2]*analyze.Port
		for _, p := range l.Ports {
			if p.Media.Kind == "audio" && p.Addr.Port != 0 && p.Live(c.Answer.Time+1) {
				audio[p.Side] = p
			}
		}
		if audio[0] == nil || audio[1] == nil {
			continue
		}
		if l.Held(audio[0].Line, analyze.Caller, c.Answer.Time, end.Time-1) && l.Held(audio[0].Line, analyze.Callee, c.Answer.Time, end.Time-1) {
			continue
		}
		other := otherMedia(t, c, audio, end)
		if other == nil {
			continue
		}
		f := Finding{
			Severity: Critical, Confidence: Confirmed, Call: c, Leg: l, Start: c.Answer, End: end, Data: struct{}{},
			Summary:  fmt.Sprintf("no media at all in %s after the answer", seconds(c.Answer.Seconds(end))),
			Evidence: []Evidence{{c.Answer, "the answer"}, {other.Start(), "other media of the same host: the capture sees it"}},
			Filter:   fmt.Sprintf("sip.Call-ID == %q || udp.port in {%d, %d}", l.CallID, audio[0].Addr.Port, audio[1].Addr.Port),
		}
		f.Detail = fmt.Sprintf("SDP agreed on %s and %s, and neither sent a packet that reached this point, while media of the same host is there (%s to %s).",
			audio[0].Addr, audio[1].Addr, other.Src, other.Dst)
		f.Advice = "Check that both parties can reach the address that the other one named in SDP (RFC 3264 section 5.1), and that no firewall stands between; a capture beside one of the parties would show whether it sends at all."
		return f, true
	}
	return Finding{}, false
}

// otherMedia is media of another call that shows that the capture sees media
// of this call's hosts while the call lasts: between the very same two, or of
// one that the capture sees with several others, so that it stands beside it.
func otherMedia(t *analyze.Trace, c *analyze.Call, ports [2]*analyze.Port, end analyze.Moment) *analyze.Stream {
	for side, p := range ports {
		host, other := p.Addr.IP(), ports[1-side].Addr.IP()
		for _, s := range t.Streams {
			if s.Call == c || s.Last.Time < c.Answer.Time-int64(600e9) || s.First.Time > end.Time+int64(600e9) {
				continue
			}
			peer := s.Src.IP()
			switch host {
			case s.Src.IP():
				peer = s.Dst.IP()
			case s.Dst.IP():
			default:
				continue
			}
			if peer == other || peers(t, host) > 1 {
				return s
			}
		}
	}
	return nil
}

// peers counts the addresses that a host is seen to talk to, up to two.
func peers(t *analyze.Trace, host netip.Addr) int {
	seen := map[netip.Addr]bool{}
	meet := func(a, b packet.Endpoint) bool {
		if a.IP() == host {
			seen[b.IP()] = true
		} else if b.IP() == host {
			seen[a.IP()] = true
		}
		return len(seen) > 1
	}
	for _, s := range t.Streams {
		if meet(s.Src, s.Dst) {
			return 2
		}
	}
	for _, l := range t.Legs {
		for _, m := range l.Messages {
			if meet(m.Src, m.Dst) {
				return 2
			}
		}
	}
	return len(seen)
}

func isRTCP(f *analyze.Flow) bool { return rtp.Class(f.Class) == rtp.RTCP }
