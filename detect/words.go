package detect

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Words for people: numbers as a ticket says them, filters as Wireshark takes
// them. Summaries are one line, observations first, no blame.

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", group(n), what)
}

// group writes 12345 as 12,345.
func group(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// seconds writes a duration with the precision it deserves.
func seconds(s float64) string {
	switch {
	case s > 0 && s < 0.0005:
		return "under 1 ms"
	case s < 0.9995:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s >= 9.995:
		return fmt.Sprintf("%.1f s", s)
	default:
		return fmt.Sprintf("%.2f s", s)
	}
}

// round cuts what a float64 of nanoseconds has too many digits of.
func round(s float64) float64 { return math.Round(s*1e6) / 1e6 }

func pointer[T any](v T) *T { return &v }

// talkerFilter shows a stream's talker at its receiver, whatever its source.
// Wireshark knows RTP by the SDP that announced it; without signalling the SSRC
// is found at its place in the payload.
func talkerFilter(s *trace.Stream) string {
	ssrc := fmt.Sprintf("rtp.ssrc == 0x%08x", s.SSRC)
	if !s.Place.Known() {
		b := binary.BigEndian.AppendUint32(nil, s.SSRC)
		ssrc = fmt.Sprintf("udp.payload[8:4] == %02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3])
	}
	return fmt.Sprintf("%s && udp.dstport == %d && %s", ssrc, s.Dst.Port, NotQuoted(s.Dst.IP()))
}

// NotQuoted is a part of a Wireshark filter that leaves out the ICMP errors that
// quote what the rest of it shows, to or from an address.
func NotQuoted(ip netip.Addr) string {
	if ip.Is6() {
		return "!icmpv6"
	}
	return "!icmp"
}

func addrFilter(dir, addr string) string {
	if strings.Contains(addr, ":") {
		return "ipv6." + dir + " == " + addr
	}
	return "ip." + dir + " == " + addr
}

// rfc3339 writes nanoseconds since the epoch in UTC with all their digits.
func rfc3339(ns int64) string {
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
}

// upper makes a sentence of a clause, to stand behind another one; "" of "".
func upper(clause string) string {
	if clause == "" {
		return ""
	}
	return " " + strings.ToUpper(clause[:1]) + clause[1:] + "."
}
