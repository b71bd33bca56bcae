package report

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// appender is what stands in a report by the hundred thousand: it writes its own
// JSON, as encoding/json does by its tags, in a fraction of the time and without
// garbage. A test holds every byte to encoding/json's.
type appender interface {
	appendJSON(b []byte) []byte
}

func (c *Call) appendJSON(b []byte) []byte {
	b = appendInt(b, `{"id":`, c.ID)
	b = appendStrings(append(b, `,"call_ids":`...), c.CallIDs)
	b = appendText(b, `,"from":`, c.From)
	b = appendText(b, `,"to":`, c.To)
	b = appendText(b, `,"state":`, c.State.String())
	b = c.Status.append(append(b, `,"sip_status":`...))
	b = c.Invite.append(append(b, `,"invite_time":`...))
	b = c.Answer.append(append(b, `,"answer_time":`...))
	b = c.End.append(append(b, `,"end_time":`...))
	b = appendInts(append(b, `,"streams":`...), c.Streams)
	if c.Engine != nil {
		// Plain structs of strings and numbers: there is nothing in them to fail.
		b, _ = appendAny(append(b, `,"engine":`...), c.Engine)
	}
	return append(b, '}')
}

func (s *Stream) appendJSON(b []byte) []byte {
	b = appendInt(b, `{"id":`, s.ID)
	b = s.Call.append(append(b, `,"call":`...))
	b = s.SSRC.append(append(b, `,"ssrc":`...))
	b = s.Source.append(append(b, `,"source":`...))
	b = s.Destination.append(append(b, `,"destination":`...))
	b = appendInt(b, `,"payload_type":`, s.PayloadType)
	b = appendText(b, `,"codec":`, s.Codec)
	b = appendInt(b, `,"packets":`, s.Packets)
	b = appendInt(b, `,"lost":`, s.Lost)
	b = s.Jitter.append(append(b, `,"jitter_ms":`...))
	b = s.JitterMax.append(append(b, `,"jitter_max_ms":`...))
	b = appendInt(b, `,"first_file":`, s.FirstFile)
	b = appendInt(b, `,"first_frame":`, s.FirstFrame)
	b = appendInt(b, `,"last_file":`, s.LastFile)
	b = appendInt(b, `,"last_frame":`, s.LastFrame)
	b = s.First.append(append(b, `,"first_time":`...))
	b = s.Last.append(append(b, `,"last_time":`...))
	b = s.Continues.append(append(b, `,"continues":`...))
	b = s.CopyOf.append(append(b, `,"copy_of":`...))
	return append(b, '}')
}

func (v *Verdict) appendJSON(b []byte) []byte {
	b = appendInt(b, `{"call":`, v.Call)
	b = appendText(b, `,"root_cause":`, v.RootCause)
	b = appendInts(append(b, `,"chain":`...), v.Chain)
	b = appendText(b, `,"confidence":`, v.Confidence)
	b = appendText(b, `,"text":`, v.Text)
	b = v.Audio.append(append(b, `,"audio":`...))
	return append(b, '}')
}

func (r *LedgerRow) appendJSON(b []byte) []byte {
	b = appendInt(b, `{"call":`, r.Call)
	b = appendInt(b, `,"line":`, r.Line)
	b = appendText(b, `,"media":`, r.Media)
	b = appendText(b, `,"direction":`, r.Direction)
	b = appendText(b, `,"from_party":`, r.FromParty)
	b = appendText(b, `,"to_party":`, r.ToParty)
	b = r.From.append(append(b, `,"from":`...))
	b = r.To.append(append(b, `,"to":`...))
	b = r.Start.append(append(b, `,"start_s":`...))
	b = r.End.append(append(b, `,"end_s":`...))
	b = r.Verdict.append(append(b, `,"verdict":`...))
	b = appendList(append(b, `,"hops":`...), r.Hops, (*LedgerHop).appendJSON)
	b = appendList(append(b, `,"spans":`...), r.Spans, (*LedgerSpan).appendJSON)
	b = r.Due.append(append(b, `,"due_s":`...))
	b = r.Silent.append(append(b, `,"silent_s":`...))
	b = r.Unexplained.append(append(b, `,"unexplained_s":`...))
	b = r.Paused.append(append(b, `,"paused_s":`...))
	b = r.Unseen.append(append(b, `,"unseen_s":`...))
	b = r.Mute.append(append(b, `,"mute_s":`...))
	b = r.Loss.append(append(b, `,"loss_percent":`...))
	b = r.R.append(append(b, `,"r_factor":`...))
	b = r.MOS.append(append(b, `,"mos":`...))
	return append(b, '}')
}

func (h *LedgerHop) appendJSON(b []byte) []byte {
	b = appendText(b, `{"name":`, h.Name)
	b = appendInt(b, `,"point":`, h.Point)
	b = strconv.AppendBool(append(b, `,"in_view":`...), h.InView)
	b = strconv.AppendBool(append(b, `,"assumed":`...), h.Assumed)
	b = appendList(append(b, `,"seen":`...), h.Seen, (*HopSight).appendJSON)
	return append(b, '}')
}

func (s *HopSight) appendJSON(b []byte) []byte {
	b = appendInt(b, `{"point":`, s.Point)
	b = s.TTL.append(append(b, `,"ttl":`...))
	b = s.Initial.append(append(b, `,"initial_ttl":`...))
	b = s.VLAN.append(append(b, `,"vlan":`...))
	return append(b, '}')
}

func (s *LedgerSpan) appendJSON(b []byte) []byte {
	b = s.Start.append(append(b, `{"start_s":`...))
	b = s.End.append(append(b, `,"end_s":`...))
	b = appendText(b, `,"state":`, s.State)
	b = s.Confidence.append(append(b, `,"confidence":`...))
	if s.At != "" {
		b = appendText(b, `,"at":`, s.At)
	}
	if s.Packets != 0 {
		b = appendInt(b, `,"packets":`, s.Packets)
	}
	if s.StartFrame != 0 {
		b = appendInt(b, `,"start_frame":`, s.StartFrame)
	}
	if s.EndFrame != 0 {
		b = appendInt(b, `,"end_frame":`, s.EndFrame)
	}
	b = appendInt(b, `,"file":`, s.File)
	if len(s.Findings) > 0 {
		b = appendInts(append(b, `,"findings":`...), s.Findings)
	}
	return append(b, '}')
}

// append writes RFC 3339 in UTC with all nine digits, or null.
func (t Time) append(b []byte) []byte {
	if !t.Seen {
		return append(b, "null"...)
	}
	at := t.In(time.UTC)
	b = at.AppendFormat(append(b, '"'), time.RFC3339) // which has a fast way of its own
	b = appendDigits(append(b[:len(b)-len("Z")], '.'), at.Nanosecond(), 9)
	return append(b, 'Z', '"')
}

// appendDigits writes n with leading zeros.
func appendDigits(b []byte, n, digits int) []byte {
	b = append(b, "0000000000"[:digits]...)
	for i := len(b) - 1; n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

func (s Seconds) append(b []byte) []byte { return appendRounded(b, float64(s)) }

func (m Millis) append(b []byte) []byte {
	return appendRounded(b, float64(int64(float64(m)*1000+0.5))/1000)
}

// appendRounded writes seconds to the microsecond, without trailing zeros and
// without an exponent.
func appendRounded(b []byte, s float64) []byte {
	if math.IsNaN(s) || math.IsInf(s, 0) {
		return append(b, "null"...)
	}
	n := math.Round(s * 1e6)
	if n == 0 {
		return append(b, '0') // no negative zero
	}
	if math.Abs(n) > mostExact {
		return strconv.AppendFloat(b, n/1e6, 'f', -1, 64)
	}
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	whole, part := int64(n)/1e6, int(int64(n)%1e6)
	b = strconv.AppendInt(b, whole, 10)
	if part == 0 {
		return b
	}
	b = appendDigits(append(b, '.'), part, 6)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// mostExact are microseconds up to which a float of seconds has fifteen digits, which
// are then the shortest that tell it from its neighbours.
const mostExact = 999_999_999_999_999

func appendInt[T int | int16 | int32 | int64 | uint8 | uint32](b []byte, name string, n T) []byte {
	return strconv.AppendInt(append(b, name...), int64(n), 10)
}

func appendText(b []byte, name, s string) []byte { return appendString(append(b, name...), s) }

func appendInts(b []byte, list []int) []byte {
	return appendList(b, list, func(n *int, b []byte) []byte { return strconv.AppendInt(b, int64(*n), 10) })
}

func appendStrings(b []byte, list []string) []byte {
	return appendList(b, list, func(s *string, b []byte) []byte { return appendString(b, *s) })
}

func appendList[T any](b []byte, list []T, one func(*T, []byte) []byte) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(&list[i], b)
	}
	return append(b, ']')
}

// appendString writes s as encoding/json does that leaves <, > and & alone.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[from:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\b':
				b = append(b, '\\', 'b')
			case '\f':
				b = append(b, '\\', 'f')
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(append(b, s[from:i]...), `\ufffd`...)
			from = i + n
		case r == '\u2028' || r == '\u2029':
			b = append(append(b, s[from:i]...), `\u202`...)
			b = append(b, hex[r&15])
			from = i + n
		}
		i += n
	}
	return append(append(b, s[from:]...), '"')
}
