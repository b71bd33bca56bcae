package analyze_test

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// speech never repeats.
func speech(ssrc uint32, seq int) []byte {
	h := fnv.New64a()
	fmt.Fprint(h, ssrc, " ", seq)
	x := h.Sum64()
	out := make([]byte, 160)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x)
	}
	return out
}

func rtpPacket(from, to string, ssrc uint32, seq int, payload []byte) []byte {
	b := []byte{0x80, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(seq))
	b = binary.BigEndian.AppendUint32(b, uint32(seq)*160)
	return datagram(endpointOf(from), endpointOf(to), 0, append(binary.BigEndian.AppendUint32(b, ssrc), payload...))
}

// datagram is b over UDP and IPv4.
func datagram(src, dst netip.AddrPort, id uint16, b []byte) []byte {
	udp := binary.BigEndian.AppendUint16(nil, src.Port())
	udp = binary.BigEndian.AppendUint16(udp, dst.Port())
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(b)))
	udp = append(append(udp, 0, 0), b...)
	return ipv4(src.Addr(), dst.Addr(), 17, id, udp)
}

func ipv4(src, dst netip.Addr, protocol byte, id uint16, b []byte) []byte {
	ip := []byte{0x45, 0}
	ip = binary.BigEndian.AppendUint16(ip, uint16(20+len(b)))
	ip = binary.BigEndian.AppendUint16(ip, id)
	ip = append(ip, 0x40, 0, 64, protocol, 0, 0)
	return slices.Concat(ip, src.AsSlice(), dst.AsSlice(), b)
}

func endpointOf(s string) netip.AddrPort {
	port := uint16(4000)
	if _, p, ok := strings.Cut(s, ":"); ok {
		fmt.Sscan(p, &port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, s[0]}), port)
}

// hostOf is the letter of an address, with its port where it is not 4000.
func hostOf(ap netip.AddrPort) string {
	a := ap.Addr().As4()
	name := string(rune(a[3]))
	if ap.Port() != 4000 {
		name += fmt.Sprint(":", ap.Port())
	}
	return name
}

// writer writes SIP and ICMP; it knows what was said before.
type writer struct {
	t       *testing.T
	methods map[string]string // by Call-ID and CSeq
	callers map[string]string // who began a Call-ID
}

func (w writer) sip(words []string) frame {
	w.t.Helper()
	if len(words) < 4 {
		w.t.Fatalf("sip %q", words)
	}
	var n int
	if _, err := fmt.Sscan(words[0], &n); err != nil {
		w.t.Fatalf("sip %q: %v", words, err)
	}
	from, to, _ := strings.Cut(words[1], ">")
	what, cseq, call, tag, direction, media, by, of, own := words[2], words[3], "1", "t", "", "", "", "", "f"
	for _, o := range words[4:] {
		key, value, _ := strings.Cut(o, "=")
		switch key {
		case "call":
			call = value
		case "tag":
			tag = value
		case "by":
			by = value
		case "of":
			of = value
		case "own":
			own = value
		case "sendonly", "recvonly", "inactive":
			direction = "a=" + key + "\r\n"
		default:
			media = o
		}
	}
	body := ""
	if media != "" {
		m := endpointOf(media)
		body = fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n%s", n, m.Addr(), m.Addr(), m.Port(), direction)
	}
	request := what[0] > '9'
	requester := cmp.Or(by, from)
	if !request {
		requester = cmp.Or(by, to)
	}
	if w.callers[call] == "" {
		w.callers[call] = requester
	}
	// Each side's requests count on their own.
	transaction := call + requester + cseq
	method := what
	if !request {
		method = cmp.Or(of, w.methods[transaction])
	} else if what != "ACK" && what != "CANCEL" {
		w.methods[transaction] = what
	}
	caller, callee := "<sip:caller@example.com>;tag="+own, "<sip:callee@example.com>"
	if initial := request && (what == "INVITE" && cseq == "1" && requester == w.callers[call] || what == "CANCEL") || tag == "-"; !initial {
		callee += ";tag=" + tag
	}
	if requester != w.callers[call] {
		caller, callee = callee, caller
	}
	start := what + " sip:x@example.com SIP/2.0"
	if !request {
		start = "SIP/2.0 " + what + " Reason"
	}
	text := fmt.Sprintf("%s\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s %s\r\n", start, requester, transaction, cmp.Or(of, method), caller, callee, call, cseq, method)
	if body != "" {
		text += "Content-Type: application/sdp\r\n"
	}
	text += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	port := func(host string) netip.AddrPort { return netip.AddrPortFrom(endpointOf(host).Addr(), 5060) }
	return frame{(n - 100) * 20, datagram(port(from), port(to), uint16(n), []byte(text))}
}

// stun is a connectivity check (RFC 8445 section 7), or what answers one.
func (w writer) stun(words []string) frame {
	w.t.Helper()
	var n int
	if _, err := fmt.Sscan(words[0], &n); err != nil || len(words) != 3 {
		w.t.Fatalf("stun %q", words)
	}
	src, dst, _ := strings.Cut(words[1], ">")
	kind, attributes := uint16(1), []byte{0, 6, 0, 4, 'a', ':', 'b', 'c'} // a request with a USERNAME
	switch words[2] {
	case "asks":
	case "nominates":
		attributes = append(attributes, 0, 0x25, 0, 0) // USE-CANDIDATE
	case "answers":
		kind, attributes = 0x101, nil
	default:
		w.t.Fatalf("stun %q", words)
	}
	b := binary.BigEndian.AppendUint16(nil, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(attributes)))
	b = append(append(b, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), attributes...)
	return frame{(n - 100) * 20, datagram(endpointOf(src), endpointOf(dst), 0, b)}
}

// payloads are what else may be refused.
var payloads = map[string][]byte{
	"rtcp": append([]byte{0x80, 200, 0, 6, 0, 0, 0, 1}, make([]byte, 20)...),
	"stun": append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...),
	"dtls": {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0},
	"sip":  []byte("OPTIONS sip:x@example.com SIP/2.0\r\n\r\n"),
	"junk": []byte("What is this, and what is it for?"),
}

func (w writer) icmp(words []string) frame {
	w.t.Helper()
	var n, kind, code int
	var ssrc uint32
	if len(words) < 6 || words[3] != "of" {
		w.t.Fatalf("icmp %q", words)
	}
	if _, err := fmt.Sscan(words[0]+" "+strings.Replace(words[2], "/", " ", 1)+" "+words[5], &n, &kind, &code, &ssrc); err != nil {
		w.t.Fatalf("icmp %q: %v", words, err)
	}
	by, to, _ := strings.Cut(words[1], ">")
	src, dst, _ := strings.Cut(words[4], ">")
	shift, size, what, id := 1, 1<<16, "", uint16(0)
	for _, o := range words[6:] {
		key, value, _ := strings.Cut(o, "=")
		switch key {
		case "bytes":
			fmt.Sscan(value, &size)
		case "as":
			what = value
		case "id":
			id = uint16(n)
		default:
			fmt.Sscanf(o, "+%d", &shift)
		}
	}
	quote := rtpPacket(src, dst, ssrc, n, speech(ssrc, n))
	if what != "" {
		if payloads[what] == nil {
			w.t.Fatalf("icmp %q: as what?", words)
		}
		quote = datagram(endpointOf(src), endpointOf(dst), 0, payloads[what])
	}
	binary.BigEndian.PutUint16(quote[4:], id)
	quote = quote[:20+min(size, len(quote)-20)]
	b := append([]byte{byte(kind), byte(code), 0, 0, 0, 0, 0, 0}, quote...)
	return frame{(n-100)*20 + shift, ipv4(endpointOf(by).Addr(), endpointOf(to).Addr(), 1, 7, b)}
}
