//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// codec is a static payload type of RFC 3551.
type codec struct {
	pt    uint8
	name  string
	bytes int // of 20 ms
}

var (
	pcmu = codec{0, "PCMU", 160}
	g729 = codec{18, "G729", 20}
)

// describe writes an SDP body. direction is "sendrecv", "sendonly", "inactive" ...
func describe(owner string, version int, at netip.AddrPort, c codec, direction string) string {
	family := "IP4"
	if at.Addr().Is6() {
		family = "IP6"
	}
	return strings.Join([]string{
		"v=0",
		fmt.Sprintf("o=%s 20260302 %d IN %s %s", owner, version, family, at.Addr()),
		"s=-",
		fmt.Sprintf("c=IN %s %s", family, at.Addr()),
		"t=0 0",
		fmt.Sprintf("m=audio %d RTP/AVP %d", at.Port(), c.pt),
		fmt.Sprintf("a=rtpmap:%d %s/8000", c.pt, c.name),
		"a=ptime:20",
		"a=" + direction,
		"",
	}, "\r\n")
}

// mediaOf reads where an SDP body wants its audio.
func mediaOf(body string) (at netip.AddrPort, direction string, ok bool) {
	var addr netip.Addr
	direction = "sendrecv"
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "c=IN "):
			f := strings.Fields(line)
			addr, _ = netip.ParseAddr(f[len(f)-1])
		case strings.HasPrefix(line, "m=audio "):
			port, _ := strconv.ParseUint(strings.Fields(line)[1], 10, 16)
			at = netip.AddrPortFrom(netip.Addr{}, uint16(port))
		case line == "a=sendonly", line == "a=recvonly", line == "a=inactive", line == "a=sendrecv":
			direction = line[2:]
		}
	}
	return netip.AddrPortFrom(addr, at.Port()), direction, addr.IsValid() && at.Port() != 0
}

// readdress puts another address and port into an SDP body, as a B2BUA with a
// media relay does.
func readdress(body string, at netip.AddrPort) string {
	family := "IP4"
	if at.Addr().Is6() {
		family = "IP6"
	}
	var out strings.Builder
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=IN "):
			line = fmt.Sprintf("c=IN %s %s", family, at.Addr())
		case strings.HasPrefix(line, "o=") && len(f) == 6:
			f[4], f[5] = family, at.Addr().String()
			line = strings.Join(f, " ")
		case strings.HasPrefix(line, "m=audio ") && f[1] != "0":
			f[1] = strconv.Itoa(int(at.Port()))
			line = strings.Join(f, " ")
		case strings.HasPrefix(line, "a=rtcp:"):
			continue
		}
		out.WriteString(line + "\r\n")
	}
	return out.String()
}
