package detect

import (
	"fmt"
	"sort"

	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

var noAudio = Detector{
	Code:  "no-audio",
	Title: "an answered call without media",
	Doc: `A call was answered and lasted more than a few seconds, and the capture holds no media
of it, although it would have seen some: other media of the same hosts is there, at the
same time and point.

Quiet on hold, with T.38, in calls of which the capture saw only a part, and in captures
of signalling only (there it is a line under limits).`,
	Rank:   52,
	Causes: []Cause{refusedMedia},
	Run:    findNoAudio,
}

func findNoAudio(t *trace.Trace) []Finding {
	var out []Finding
	var hosts company
	for _, c := range t.Calls {
		if !conversed(t, c) || len(c.Streams) > 0 {
			continue
		}
		if hosts == nil {
			hosts = companyOf(t)
		}
		if f, ok := mute(t, hosts, c); ok {
			out = append(out, f)
		}
	}
	return out
}

func mute(t *trace.Trace, hosts company, c *trace.Call) (Finding, bool) {
	end := c.End
	if end.IsZero() {
		end = t.Last
	}
	for _, l := range c.Legs {
		if l.Answer.IsZero() || noticeOf(l) {
			continue
		}
		var audio [2]*trace.Port
		for _, p := range l.Ports {
			if p.Media.Kind == "audio" && p.Addr.Port != 0 && p.Live(c.Answer.Time+1) {
				audio[p.Side] = p
			}
		}
		if audio[0] == nil || audio[1] == nil {
			continue
		}
		if l.Held(audio[0].Line, trace.Caller, c.Answer.Time, end.Time-1) && l.Held(audio[0].Line, trace.Callee, c.Answer.Time, end.Time-1) {
			continue
		}
		other := hosts.otherMedia(c, audio, end)
		if other == nil {
			continue
		}
		f := Finding{
			Severity: Critical, Confidence: Confirmed, Call: c, Leg: l, Start: c.Answer, End: end, Data: struct{}{}, Witnessed: true,
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

// company is what the capture shows of each host: the media that it sends or
// receives, and with how many others it is seen.
type company map[address]*companion

type companion struct {
	streams []*trace.Stream // in order of their beginning
	ended   []int64         // the latest end among the streams up to each
	peer    address         // somebody that it talks to
	met     bool            // there is one
	several bool            // and there are others
}

func companyOf(t *trace.Trace) company {
	all := company{}
	of := func(a address) *companion {
		h := all[a]
		if h == nil {
			h = new(companion)
			all[a] = h
		}
		return h
	}
	for _, s := range t.Streams {
		a, b := s.Src.Addr, s.Dst.Addr
		h := of(a)
		h.meet(b)
		h.add(s)
		if a != b {
			h = of(b)
			h.meet(a)
			h.add(s)
		}
	}
	for _, l := range t.Legs {
		var from, to address // of the message before
		for _, m := range l.Messages {
			a, b := m.Src.Addr, m.Dst.Addr
			if a == from && b == to || a == to && b == from {
				continue // met already
			}
			from, to = a, b
			of(a).meet(b)
			if a != b {
				of(b).meet(a)
			}
		}
	}
	return all
}

func (h *companion) meet(o address) {
	h.several = h.several || h.met && h.peer != o
	h.peer, h.met = o, true
}

func (h *companion) add(s *trace.Stream) {
	end := s.Last.Time
	if n := len(h.ended); n > 0 {
		end = max(end, h.ended[n-1])
	}
	h.streams, h.ended = append(h.streams, s), append(h.ended, end)
}

// otherMedia is media of another call that shows that the capture sees media
// of this call's hosts while the call lasts: between the very same two, or of
// one that the capture sees with several others, so that it stands beside it.
func (hosts company) otherMedia(c *trace.Call, ports [2]*trace.Port, end trace.Moment) *trace.Stream {
	const near = int64(600e9)
	for side, p := range ports {
		host, other := p.Addr.Addr, ports[1-side].Addr.Addr
		h := hosts[host]
		if h == nil || !h.several && h.peer != other {
			continue
		}
		first := sort.Search(len(h.ended), func(i int) bool { return h.ended[i] >= c.Answer.Time-near })
		for _, s := range h.streams[first:] {
			if s.First.Time > end.Time+near {
				break
			}
			if s.Call != c && s.Last.Time >= c.Answer.Time-near {
				return s
			}
		}
	}
	return nil
}

func isRTCP(f *trace.Flow) bool { return rtp.Class(f.Class) == rtp.RTCP }
