package rtpengine

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
)

// describe writes the SDP of a party at a loopback address, with the formats
// and the direction that the captured one had.
func describe(at netip.AddrPort, version int, m *trace.Media, types []uint8) string {
	direction, port := "sendrecv", int(at.Port())
	var formats []string
	var maps strings.Builder
	if m != nil {
		direction = m.Direction.String()
		if m.Addr.Port == 0 {
			port = 0
		}
		for _, f := range m.Formats {
			formats = append(formats, strconv.Itoa(int(f.PT)))
			if f.Name != "" && f.Clock > 0 && plain(f.Name) {
				fmt.Fprintf(&maps, "a=rtpmap:%d %s/%d\r\n", f.PT, f.Name, f.Clock)
			}
		}
	}
	if len(formats) == 0 {
		for _, pt := range types {
			formats = append(formats, strconv.Itoa(int(pt)))
			if pt >= 96 {
				fmt.Fprintf(&maps, "a=rtpmap:%d PCMU/8000\r\n", pt) // some name: the daemon passes it on
			}
		}
	}
	if len(formats) == 0 {
		formats = []string{"0"}
	}
	return fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\n%sa=%s\r\n",
		version, at.Addr(), at.Addr(), port, strings.Join(formats, " "), maps.String(), direction)
}

// plain tells names of codecs from what a stranger put into their place.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '/' {
			return false
		}
	}
	return s != ""
}

// mediaPort is where an SDP of the daemon wants its first m= line's packets.
func mediaPort(sdp string) (netip.AddrPort, error) {
	var addr netip.Addr
	port := -1
	for line := range strings.Lines(sdp) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "c=IN IP4 "), strings.HasPrefix(line, "c=IN IP6 "):
			a, err := netip.ParseAddr(strings.TrimSpace(line[9:]))
			if err == nil && (port < 0 || !addr.IsValid() || port >= 0) {
				addr = a
			}
		case strings.HasPrefix(line, "m="):
			if port >= 0 {
				return finished(addr, port)
			}
			f := strings.Fields(line)
			if len(f) < 2 {
				continue
			}
			n, err := strconv.ParseUint(f[1], 10, 16)
			if err != nil {
				return netip.AddrPort{}, fmt.Errorf("its SDP has no media port: %s", clip(line))
			}
			port = int(n)
		}
	}
	return finished(addr, port)
}

func finished(addr netip.Addr, port int) (netip.AddrPort, error) {
	switch {
	case port <= 0:
		return netip.AddrPort{}, fmt.Errorf("its SDP has no media port")
	case !addr.IsValid():
		return netip.AddrPort{}, fmt.Errorf("its SDP has no address")
	case !addr.Unmap().Is4() || !addr.Unmap().IsLoopback():
		return netip.AddrPort{}, fmt.Errorf("it offers %s: a replay needs it on loopback, --interface=127.0.0.1", addr)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), nil
}
