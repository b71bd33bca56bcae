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
	left := t.sourcesLeft()
	recent := map[quoteKey]*trace.ICMPError{}
	for _, e := range errors {
		k := keyOf(e)
		if o := recent[k]; o != nil && repeats(e, o, k) {
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

// sourcesLeft are the endpoints that talkers have moved away from, and the calls
// of these talkers.
func (t *correlation) sourcesLeft() map[endpoint.Endpoint]map[*trace.Call]bool {
	left := map[endpoint.Endpoint]map[*trace.Call]bool{}
	for _, k := range t.Talkers {
		for _, m := range k.Moves {
			if left[m.From.Src] == nil {
				left[m.From.Src] = map[*trace.Call]bool{}
			}
			left[m.From.Src][k.Call] = true
		}
	}
	return left
}

// repeats reports whether e is another recording of o, an earlier error whose
// quote has the same key.
func repeats(e, o *trace.ICMPError, k quoteKey) bool {
	return e.Time-o.Time < 50*millisecond && (!k.weak() || e.Tap != o.Tap || e.By != o.By || e.To != o.To)
}

// quoteIndex finds what an error's quote may be about: what was announced, and the
// streams between two endpoints, those of one SSRC or all.
type quoteIndex struct {
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
func (t *correlation) indexQuoted(errors []*trace.ICMPError) quoteIndex {
	targets, paths := map[endpoint.Endpoint]bool{}, map[pair]bool{}
	for _, e := range errors {
		targets[e.Quote.Dst] = true
		paths[pair{e.Quote.Src, e.Quote.Dst}] = true
		for _, k := range beside(e) {
			paths[k] = true
		}
	}
	ix := quoteIndex{ports: indexPorts(t.Legs, targets)}
	ix.rtcp.Index = interval.IndexOf(len(targets), len(targets), func(yield func(endpoint.Endpoint, *trace.Port) bool) {
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
	ix.all = interval.IndexOf(len(streams), len(streams), func(yield func(pair, *trace.Stream) bool) {
		for _, s := range streams {
			if !yield(pair{s.Src, s.Dst}, s) {
				return
			}
		}
	}, life)
	ix.each = interval.IndexOf(len(streams), len(streams), func(yield func(sourceKey, *trace.Stream) bool) {
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

func keyOf(e *trace.ICMPError) quoteKey {
	k := quoteKey{kind: e.Quote.Type, code: e.Quote.Code, ipid: e.Quote.IPID, len: e.Quote.Len}
	var h rtp.Header
	if rtp.Parse(e.Quote.Payload, &h) {
		k.ssrc, k.seq = h.SSRC, h.Seq
	} else if len(e.Quote.Payload) == 0 {
		k.ssrc = uint32(e.Quote.Dst.Port)
	}
	return k
}

// tie finds what an error is about: the stream that it quotes, the port that SDP
// announced where the packet went, for RTCP the media beside it; and whether the
// call wanted media there any more.
func tie(e *trace.ICMPError, ix quoteIndex) {
	q := readQuote(e)
	if q.foreign {
		return
	}
	ix.tieToStream(e, q)
	ix.tieToPort(e, q)
	if q.class == rtp.RTCP {
		e.RTCP = true
		if !e.Media {
			rtcpOf(e, ix)
		}
	}
	e.Dropped = e.Media && unwanted(e)
}

// quote is what an error's quote says of the packet that was refused.
type quote struct {
	class   rtp.Class
	header  rtp.Header // where whole
	whole   bool       // a complete RTP header
	known   bool       // class is more than a guess
	foreign bool       // certainly no media
}

func readQuote(e *trace.ICMPError) quote {
	payload := e.Quote.Payload
	q := quote{class: rtp.RTP, known: len(payload) >= 2}
	if q.known {
		q.class = rtp.Classify(payload)
		switch {
		case q.class == rtp.STUN, q.class == rtp.DTLS, q.class == rtp.Other && sip.Looks(payload):
			q.foreign = true
			return q
		case q.class == rtp.Other && len(payload) < rtp.HeaderLen && payload[0]>>6 == 2:
			// Too short to be classified. What RTCP has as its type is no
			// payload type with a marker that anybody uses (RFC 5761 section 4).
			q.class = rtp.RTP
			if pt := payload[1]; pt >= 192 && pt <= 223 {
				q.class = rtp.RTCP
			}
		}
	}
	q.whole = rtp.Parse(payload, &q.header) && q.class == rtp.RTP
	return q
}

// mayBeMedia reports whether the quote can be of a packet sent to a media port.
func (q *quote) mayBeMedia() bool {
	return q.class == rtp.RTP || q.class == rtp.RTCP || q.class == rtp.Empty || !q.known
}

// tieToStream looks for the stream that the quoted packet belongs to: that of
// its SSRC, or any between its endpoints where the quote ends before the SSRC.
func (ix quoteIndex) tieToStream(e *trace.ICMPError, q quote) {
	path := pair{e.Quote.Src, e.Quote.Dst}
	list := ix.all.During(path, e.Time, e.Time)
	if q.whole {
		list = ix.each.During(sourceKey{path, q.header.SSRC}, e.Time, e.Time)
	}
	for _, s := range list {
		if s.First.Time-second > e.Time || e.Time > s.Last.Time+5*second {
			continue
		}
		switch {
		case q.whole:
			e.Seq = near(s, q.header.Seq, e.Time)
		case len(e.Quote.Payload) >= 4 && q.class == rtp.RTP:
			e.Seq = near(s, binary.BigEndian.Uint16(e.Quote.Payload[2:]), e.Time)
		}
		e.Stream, e.Media = s, true
		e.Call, e.Leg, e.Port = s.Call, s.Place.Leg, s.Place.Port
		return
	}
}

// tieToPort looks for who announced the port that the quoted packet went to, for
// media or for RTCP.
func (ix quoteIndex) tieToPort(e *trace.ICMPError, q quote) {
	media := ix.ports.best(e.Quote.Dst, e.Time, e.Time)
	if p := media; p != nil && e.Port == nil && (e.Stream == nil || p.Leg.Call == e.Call) && q.mayBeMedia() {
		e.Port, e.Leg, e.Call, e.Media = p, p.Leg, p.Leg.Call, true
	}
	if q.known && q.class != rtp.RTCP || e.Stream != nil {
		return
	}
	if p := ix.rtcp.best(e.Quote.Dst, e.Time, e.Time); p != nil && (media == nil || q.class == rtp.RTCP) {
		e.Port, e.Leg, e.Call, e.Media, e.RTCP = p, p.Leg, p.Leg.Call, true, true
	}
}

// unwanted reports whether the leg, or the call, had ended when the packet was
// refused. Without signalling nobody knows when a call ends: what is refused in
// a stream's last moments is what every hang-up looks like.
func unwanted(e *trace.ICMPError) bool {
	if e.Leg == nil {
		return e.Stream != nil && e.Stream.Last.Time < e.Time+2*second
	}
	over := func(end trace.Moment) bool { return !end.IsZero() && e.Time >= end.Time }
	return over(e.Leg.End) || e.Call != nil && over(e.Call.End)
}

// rtcpOf ties refused RTCP to the stream beside it.
func rtcpOf(e *trace.ICMPError, ix quoteIndex) {
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
