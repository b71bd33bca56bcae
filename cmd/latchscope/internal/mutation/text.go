package mutation

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
)

// textWays are what happens to messages, each to some of them.
var textWays = []func(*rand.Rand, []Frame){
	func(rng *rand.Rand, l []Frame) { messages(rng, l, startLine) },
	func(rng *rand.Rand, l []Frame) { messages(rng, l, lines) },
	func(rng *rand.Rand, l []Frame) { messages(rng, l, lines) },
	func(rng *rand.Rand, l []Frame) { messages(rng, l, values) },
	func(rng *rand.Rand, l []Frame) { messages(rng, l, ends) },
}

// words that mean something somewhere in SIP or SDP.
var words = []string{
	"INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK", "REFER", "NOTIFY", "SIP/2.0", "SIP/2.0 200 OK", "SIP/2.0 183 Session Progress", "100rel",
	"sip:", "tel:", "tag=", "branch=z9hG4bK", "Call-ID: ", "CSeq: 1 INVITE", "Content-Length: 0", "Content-Length: -1", "Content-Length: 99999999999",
	"Via: SIP/2.0/UDP ", "Contact: *", "From: ", "To: ", "i: ", "f:", "Replaces: ", "Reason: Q.850;cause=16", "Content-Type: multipart/mixed;boundary=", "--",
	"v=0", "o=- 1 1 IN IP4 0.0.0.0", "c=IN IP4 0.0.0.0", "c=IN IP6 ::", "c=IN IP4 224.2.1.1/127", "m=audio 0 RTP/AVP 0", "m=audio 65535 RTP/SAVP 0 8 101",
	"m=image 9000 udptl t38", "a=sendonly", "a=inactive", "a=recvonly", "a=rtcp:1", "a=rtcp-mux", "a=ptime:0", "a=rtpmap:0 PCMU/0", "a=rtpmap:127 X/4294967295",
	"a=candidate:1 1 UDP 1 192.0.2.9 9 typ host", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", "<", ">", "\"", ";", "=", "@", ":", ",", "\t", " ", "\x00", "\xc9\xc9",
	"ɐɐɐ", "İ", "%00", "%", "[::1]", "2147483648", "-1", "18446744073709551616",
}

// Message is a SIP message with its text changed in one to four ways.
func Message(rng *rand.Rand, msg []byte) []byte {
	ways := []func(*rand.Rand, []byte) []byte{startLine, lines, values, ends}
	msg = append([]byte(nil), msg...)
	for range 1 + rng.IntN(4) {
		if len(msg) == 0 {
			break
		}
		msg = ways[rng.IntN(len(ways))](rng, msg)
	}
	return msg
}

// messages does something to some of the frames that hold SIP, and mends the
// lengths around it as often as not.
func messages(rng *rand.Rand, l []Frame, do func(*rand.Rand, []byte) []byte) {
	rate := 1 + rng.IntN(4)
	for i := range l {
		f := &l[i]
		at := f.udp()
		if at < 0 || len(f.Data) < at+40 || !bytes.Contains(f.Data[at+8:min(len(f.Data), at+200)], []byte("SIP/2.0")) || rng.IntN(rate) > 0 {
			continue
		}
		msg := do(rng, append([]byte(nil), f.Data[at+8:]...))
		if len(msg) > 8000 {
			msg = msg[:8000]
		}
		by := len(msg) - len(f.Data[at+8:])
		f.Data = append(f.Data[:at+8:at+8], msg...)
		f.Len = uint32(len(f.Data))
		if ip := f.ip(); rng.IntN(4) > 0 {
			binary.BigEndian.PutUint16(f.Data[at+4:], uint16(len(msg)+8))
			if f.Data[ip]>>4 == 4 {
				binary.BigEndian.PutUint16(f.Data[ip+2:], uint16(len(f.Data)-ip))
			} else {
				binary.BigEndian.PutUint16(f.Data[ip+4:], uint16(int(binary.BigEndian.Uint16(f.Data[ip+4:]))+by))
			}
		}
	}
}

func word(rng *rand.Rand) string { return words[rng.IntN(len(words))] }

// startLine changes the first line word by word.
func startLine(rng *rand.Rand, msg []byte) []byte {
	line, rest, _ := bytes.Cut(msg, []byte("\r\n"))
	f := strings.Split(string(line), " ")
	for range 1 + rng.IntN(2) {
		i := rng.IntN(len(f))
		switch rng.IntN(5) {
		case 0:
			f[i] = word(rng)
		case 1:
			f = append(f[:i], f[i+1:]...)
		case 2:
			f = append(f, f[i])
		case 3:
			f[i] = f[i][:rng.IntN(len(f[i])+1)] + word(rng) + f[i][rng.IntN(len(f[i])+1):]
		case 4:
			f[i] = strings.ToLower(f[i])
		}
		if len(f) == 0 {
			f = []string{""}
		}
	}
	return append([]byte(strings.Join(f, " ")+"\r\n"), rest...)
}

// lines takes lines out, repeats them, moves them, adds others.
func lines(rng *rand.Rand, msg []byte) []byte {
	l := bytes.Split(msg, []byte("\r\n"))
	for range 1 + rng.IntN(3) {
		i, j := rng.IntN(len(l)), rng.IntN(len(l))
		switch rng.IntN(6) {
		case 0:
			l[i], l[j] = l[j], l[i]
		case 1:
			l = append(l[:i:i], append([][]byte{l[j]}, l[i:]...)...)
		case 2:
			if len(l) > 1 {
				l = append(l[:i], l[i+1:]...)
			}
		case 3:
			l = append(l[:i:i], append([][]byte{[]byte(word(rng) + word(rng))}, l[i:]...)...)
		case 4: // folded
			n := rng.IntN(len(l[i]) + 1)
			l[i] = bytes.Join([][]byte{l[i][:n], l[i][n:]}, []byte("\r\n "))
		case 5: // two lines are one
			if i+1 < len(l) {
				l[i] = append(append([]byte(nil), l[i]...), l[i+1]...)
				l = append(l[:i+1], l[i+2:]...)
			}
		}
	}
	return bytes.Join(l, []byte("\r\n"))
}

// values puts words into lines, or other lines' values.
func values(rng *rand.Rand, msg []byte) []byte {
	for range 1 + rng.IntN(4) {
		at := rng.IntN(len(msg))
		w := word(rng)
		if rng.IntN(3) == 0 {
			from := rng.IntN(len(msg))
			w = string(msg[from:min(len(msg), from+rng.IntN(30))])
		}
		end := at
		if rng.IntN(2) == 0 {
			end = min(len(msg), at+len(w))
		}
		msg = append(msg[:at:at], append([]byte(w), msg[end:]...)...)
	}
	return msg
}

// ends writes other line ends.
func ends(rng *rand.Rand, msg []byte) []byte {
	with := []string{"\n", "\r", "\n\r", "", " \r\n", "\r\n\r\n", "\r\r\n"}[rng.IntN(7)]
	if rng.IntN(3) > 0 { // one of them
		all := bytes.Split(msg, []byte("\r\n"))
		i := rng.IntN(len(all))
		return bytes.Join([][]byte{bytes.Join(all[:i], []byte("\r\n")), bytes.Join(all[i:], []byte("\r\n"))}, []byte(with))
	}
	return bytes.ReplaceAll(msg, []byte("\r\n"), []byte(with))
}
