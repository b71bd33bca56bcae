package correlate

import (
	"encoding/binary"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/internal/interval"
	"github.com/latchscope/latchscope/analyze/rtp"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// tieErrors finds out what each ICMP error is about, and takes out those that
// repeat one on another interface or on the other side of a NAT.
func (t *correlation) tieErrors(errors []*trace.ICMPError) {
	if len(errors) == 0 {
		return
	}
	ix := t.indexQuoted(errors)
	left := map[endpoint.Endpoint]map[*trace.Call]bool{} // sources that talkers of calls have moved away from
	for _, k := range t.Talkers {
		for _, m := range k.Moves {
			if left[m.From.Src] == nil {
				left[m.From.Src] = map[*trace.Call]bool{}
			}
			left[m.From.Src][k.Call] = true
		}
	}
	recent := map[quoteKey]*trace.ICMPError{}
	for _, e := range errors {
		k := key(e)
		if o := recent[k]; o != nil && e.Time-o.Time < 50*millisecond && (!k.weak() || e.Tap != o.Tap || e.By != o.By || e.To != o.To) {
			o.Copies++
			if e.File == o.File && e.By == o.By && e.To == o.To {
				o.Twice++
			}
			continue
		}
		recent[k] = e
		t.Errors = append(t.Errors, e)
		tie(e, ix)
		if calls := left[e.Quote.Dst]; len(calls) > 0 && (e.Call == nil || calls[e.Call]) {
			e.Toward = true
		}
		if c := e.Call; c != nil {
			c.Errors = append(c.Errors, e)
		}
	}
}

// quoted finds what an error's quote may be about: what was announced, and the
// streams between two endpoints, those of one SSRC or all.
type quoted struct {
	ports, rtcp portIndex
	all         *interval.Index[pair, *trace.Stream]
	each        *interval.Index[sourceKey, *trace.Stream]
}

// pair is where packets go from, and where they go to.
type pair struct{ src, dst endpoint.Endpoint }

type sourceKey struct {
	path pair
	ssrc uint32
}

// indexQuoted looks for no more than what the errors quote, which is little:
// most streams are refused by nobody.
func (t *correlation) indexQuoted(errors []*trace.ICMPError) quoted {
	targets, paths := map[endpoint.Endpoint]bool{}, map[pair]bool{}
	for _, e := range errors {
		targets[e.Quote.Dst] = true
		paths[pair{e.Quote.Src, e.Quote.Dst}] = true
		for _, k := range beside(e) {
			paths[k] = true
		}
	}
	ix := quoted{ports: indexPorts(t.Legs, targets)}
	ix.rtcp.Index = interval.IndexOf(func(yield func(endpoint.Endpoint, *trace.Port) bool) {
		for _, l := range t.Legs {
			for _, p := range l.Ports {
				if ep := p.RTCPAddr(); p.Addr.Port != 0 && targets[ep] && !yield(ep, p) {
					return
				}
			}
		}
	}, portLife)
	var streams []*trace.Stream
	for _, s := range t.Streams {
		if paths[pair{s.Src, s.Dst}] {
			streams = append(streams, s)
		}
	}
	// An error may be recorded before what it quotes, and well after it.
	life := func(s *trace.Stream) (int64, int64) { return s.First.Time - second, s.Last.Time + 5*second }
	ix.all = interval.IndexOf(func(yield func(pair, *trace.Stream) bool) {
		for _, s := range streams {
			if !yield(pair{s.Src, s.Dst}, s) {
				return
			}
		}
	}, life)
	ix.each = interval.IndexOf(func(yield func(sourceKey, *trace.Stream) bool) {
		for _, s := range streams {
			if !yield(sourceKey{pair{s.Src, s.Dst}, s.SSRC}, s) {
				return
			}
		}
	}, life)
	return ix
}

// quoteKey is what an error's quote keeps when a NAT translates it back.
type quoteKey struct {
	kind, code uint8
	ipid       uint32
	ssrc       uint32
	seq        uint16
	len        uint32
}

// weak tells a key under which a series of refused packets looks like one: the
// quote ends before the payload, and the packets had no identification. Such
// errors are copies of each other only where they were seen elsewhere.
func (k quoteKey) weak() bool { return k.ipid == 0 && k.seq == 0 }

func key(e *trace.ICMPError) quoteKey {
	k := quoteKey{kind: e.Quote.Type, code: e.Quote.Code, ipid: e.Quote.IPID, len: e.Quote.Len}
	var h rtp.Header
	if rtp.Parse(e.Quote.Payload, &h) {
		k.ssrc, k.seq = h.SSRC, h.Seq
	} else if len(e.Quote.Payload) == 0 {
		k.ssrc = uint32(e.Quote.Dst.Port)
	}
	return k
}

func tie(e *trace.ICMPError, ix quoted) {
	q := &e.Quote
	class := rtp.RTP
	var h rtp.Header
	known := len(q.Payload) >= 2
	if known {
		class = rtp.Classify(q.Payload)
		if class == rtp.Other && sip.Looks(q.Payload) || class == rtp.STUN || class == rtp.DTLS {
			return
		}
		if class == rtp.Other && len(q.Payload) < rtp.HeaderLen && q.Payload[0]>>6 == 2 {
			class = rtp.RTP
			if pt := q.Payload[1]; pt >= 192 && pt <= 223 {
				class = rtp.RTCP
			}
		}
	}
	path := pair{q.Src, q.Dst}
	whole := rtp.Parse(q.Payload, &h) && class == rtp.RTP
	list := ix.all.During(path, e.Time, e.Time)
	if whole {
		list = ix.each.During(sourceKey{path, h.SSRC}, e.Time, e.Time)
	}
	for _, s := range list {
		if s.First.Time-second > e.Time || e.Time > s.Last.Time+5*second {
			continue
		}
		if whole {
			e.Seq = near(s, h.Seq, e.Time)
		} else if len(q.Payload) >= 4 && class == rtp.RTP {
			e.Seq = near(s, binary.BigEndian.Uint16(q.Payload[2:]), e.Time)
		}
		e.Stream = s
		break
	}
	if e.Stream != nil {
		e.Call, e.Leg, e.Port = e.Stream.Call, e.Stream.Place.Leg, e.Stream.Place.Port
		e.Media = true
	}
	at := ix.ports.best(q.Dst, e.Time, e.Time)
	if at != nil && e.Port == nil && (e.Stream == nil || at.Leg.Call == e.Call) && (class == rtp.RTP || class == rtp.RTCP || class == rtp.Empty || !known) {
		e.Port, e.Leg, e.Call = at, at.Leg, at.Leg.Call
		e.Media = true
	}
	if r := ix.rtcp.best(q.Dst, e.Time, e.Time); r != nil && e.Stream == nil && (class == rtp.RTCP || !known) && (at == nil || class == rtp.RTCP) {
		e.Port, e.Leg, e.Call = r, r.Leg, r.Leg.Call
		e.Media, e.RTCP = true, true
	}
	if class == rtp.RTCP {
		e.RTCP = true
		if !e.Media {
			rtcpOf(e, ix)
		}
	}
	if e.Media && e.Leg == nil && e.Stream != nil {
		// Without signalling nobody knows when a call ends. What is refused in
		// its last moments is what every hang-up looks like.
		e.Dropped = e.Stream.Last.Time < e.Time+2*second
	}
	if e.Media && e.Leg != nil {
		e.Dropped = !e.Leg.End.IsZero() && e.Time >= e.Leg.End.Time
		if e.Call != nil && !e.Call.End.IsZero() && e.Time >= e.Call.End.Time {
			e.Dropped = true
		}
	}
}

// rtcpOf ties refused RTCP to the stream beside it.
func rtcpOf(e *trace.ICMPError, ix quoted) {
	for _, k := range beside(e) {
		for _, s := range ix.all.During(k, e.Time, e.Time) {
			if s.First.Time <= e.Time+second && e.Time <= s.Last.Time+5*second {
				e.Call, e.Leg, e.Media = s.Call, s.Place.Leg, true
				return
			}
		}
	}
}

// beside is where the media is whose RTCP an error may quote: one port below,
// the other way round or not.
func beside(e *trace.ICMPError) [2]pair {
	a, b := e.Quote.Src, e.Quote.Dst
	a.Port--
	b.Port--
	return [2]pair{{a, b}, {b, a}}
}

// near unwraps a sequence number on the wire by the time it was sent.
func near(s *trace.Stream, seq uint16, t int64) int64 {
	due := timeless(s, t)
	return due + int64(int16(seq-uint16(due)))
}
