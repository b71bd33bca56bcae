package sip

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, file := range vectorFiles {
		for _, v := range readVectors(f, file) {
			f.Add(v.msg)
		}
	}
	f.Add([]byte(inviteSDP))
	for _, s := range []string{"SIP/2.0\r\n", "SIP/2.0 \r\n", " SIP/2.0\r\n", "A SIP/2.0\r\n", "A  SIP/2.0\r\n", "AAAAAAAAAAAA\r\n", "SIP/2.0 700 x\r\n"} {
		f.Add([]byte(s)) // nearly plain
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		in = bytes.Clone(in)
		in = in[:len(in):len(in)]
		before := bytes.Clone(in)
		var m, again Message
		ok := Parse(in, &m)
		if ok != Looks(in) {
			t.Fatalf("Looks is %v, Parse is %v", !ok, ok)
		}
		if !ok {
			return
		}
		checkMessage(t, in, &m)
		ParseURI(m.From.URI)
		Parse(in, &again)
		if dump(&m) != dump(&again) {
			t.Fatal("two readings differ")
		}
		if !bytes.Equal(in, before) {
			t.Fatal("the input was written to")
		}
		if m.ContentLength >= 0 && m.ContentLength < len(m.Body) {
			t.Fatalf("body of %d, Content-Length %d", len(m.Body), m.ContentLength)
		}
		if len(m.Vias) > maxVias || len(m.Related) > maxRelated || len(m.Defects) >= int(defectCodes) {
			t.Fatal("out of bounds")
		}
	})
}

func FuzzSDP(f *testing.F) {
	f.Add([]byte(webRTC))
	var m Message
	for _, file := range vectorFiles {
		for _, v := range readVectors(f, file) {
			if Parse(v.msg, &m); m.SDP() != nil {
				f.Add(bytes.Clone(m.SDP()))
			}
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		in = bytes.Clone(in)
		in = in[:len(in):len(in)]
		var s, again Session
		ok := ParseSDP(in, &s)
		if ok != ParseSDP(in, &again) || fmt.Sprintf("%+v", s) != fmt.Sprintf("%+v", again) {
			t.Fatal("two readings differ")
		}
		for _, b := range byteFields(new(Message), &s) {
			if !within(in, b) {
				t.Fatalf("%q lies outside of the input", b)
			}
		}
		if len(s.Media) > maxMedia || len(s.Bundle) > maxBundle {
			t.Fatal("out of bounds")
		}
		for i := range s.Media {
			md := &s.Media[i]
			if len(md.Formats) > maxFormats || len(md.Candidates) > maxCandidates || md.Bad && md.Port != 0 {
				t.Fatalf("%+v", md)
			}
			if md.TelephoneEvent != NoPT {
				if f, ok := md.Format(md.TelephoneEvent); !ok || !is(f.Name, "telephone-event") {
					// A later rtpmap may have renamed it.
					if bytes.Count(bytes.ToLower(in), []byte("rtpmap")) < 2 {
						t.Fatalf("%+v", md)
					}
				}
			}
			md.Addr()
			md.RTCP()
		}
	})
}

// FuzzFramer holds that what a Framer yields does not depend on where the
// stream was cut, and that whole messages come back as they were.
func FuzzFramer(f *testing.F) {
	for i, s := range []string{
		byeMsg + okMsg + inviteSDP,
		"junk\r\n" + byeMsg + "\r\n\r\n" + okMsg[:30] + byeMsg,
		wsFrame(0x81, true, byeMsg) + wsFrame(0x01, false, okMsg[:9]) + wsFrame(0x80, true, okMsg[9:]) + "\x8a\x00" + wsFrame(0x82, false, byeMsg),
		"INVITE sip:b SIP/2.0\r\nl: 30\r\nc: application/sdp\r\n\r\nv=0\r\nm=audio 1 RTP/AVP 0\r\n" + byeMsg,
		"INVITE sip:b SIP/2.0\nc: a/b\n\nv=0\nBYE sip:b SIP/2.0\n\n",
	} {
		f.Add([]byte(s), uint16(7*i+1), uint16(0))
		f.Add([]byte(s), uint16(100), uint16(90))
	}
	f.Fuzz(func(t *testing.T, in []byte, cut, max uint16) {
		newFramer := func() *Framer { return &Framer{Max: int(max)} }
		whole := frames(newFramer(), in, 0)
		for _, size := range []int{1, 3, int(cut%1500) + 1} {
			if got := frames(newFramer(), in, size); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", whole) {
				t.Fatalf("in one piece %q\nin pieces of %d %q", whole, size, got)
			}
		}
		for _, msg := range whole {
			if !Looks([]byte(msg)) && (max == 0 || max > maxLine) { // else the start line may be cut
				t.Fatalf("%q is no message", msg)
			}
			if max > 0 && len(msg) > int(max) {
				t.Fatalf("%d bytes, at most %d", len(msg), max)
			}
		}
		// Well-formed messages around it: those in front come back whole.
		pre := []string{byeMsg, inviteSDP, okMsg}
		var stream []byte
		for _, msg := range pre {
			stream = append(stream, msg...)
		}
		got := frames(&Framer{}, append(stream, in...), int(cut%1500)+1)
		if len(got) < len(pre) || fmt.Sprintf("%q", got[:len(pre)]) != fmt.Sprintf("%q", pre) {
			t.Fatalf("got %q", got)
		}
	})
}

// FuzzStartLine holds that more bytes never turn a verdict, which the Framer
// relies on.
func FuzzStartLine(f *testing.F) {
	for _, s := range []string{"INVITE sip:a SIP/2.0\r\n", "SIP/2.0 200 OK\r\n", "GET / HTTP/1.1\r\n", "\x16\x03", "A b SIP/2.0\rC\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		last := perhaps
		for n := 0; n <= len(in); n++ {
			v := judge(in[:n:n])
			if last != perhaps && v != last {
				t.Fatalf("%q: %d, but %q: %d", in[:n-1], last, in[:n], v)
			}
			last = v
		}
	})
}

func FuzzAddr(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "fe80::1%eth0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := parseAddr([]byte(in))
		want, err := netip.ParseAddr(in)
		if err == nil && got != want.WithZone("") {
			t.Fatalf("%v, want %v", got, want)
		}
		if err != nil && got.Is6() && in[0] != '[' && want.Zone() == "" && !bytes.ContainsAny([]byte(in), ".%") {
			t.Fatalf("%v for %q: %v", got, in, err)
		}
	})
}

// FuzzDeflate holds the same of a WebSocket with permessage-deflate: messages that
// were compressed come back, whatever follows them, and what is yielded depends
// neither on where the stream was cut nor exceeds the bound.
func FuzzDeflate(f *testing.F) {
	z := deflated(byeMsg, inviteSDP, byeMsg)
	f.Add([]byte(wsFrame(0xc1, true, z[0])+wsFrame(0x81, false, okMsg)), []byte{3, 0, 1}, uint16(7), uint16(0))
	f.Add([]byte(wsFrame(0x41, false, z[1][:40])+wsFrame(0x80, false, z[1][40:])), []byte{2, 2, 0}, uint16(900), uint16(200))
	f.Add([]byte(wsFrame(0xc1, false, "\xff\xff\xff")), []byte{}, uint16(1), uint16(90))
	f.Fuzz(func(t *testing.T, tail, choice []byte, cut, max uint16) {
		all := []string{byeMsg, inviteSDP, okMsg}
		var want []string
		for _, c := range choice[:min(len(choice), 20)] {
			want = append(want, all[int(c)%len(all)])
		}
		stream := []byte(upgraded)
		for i, z := range deflated(want...) {
			// In one frame or in two, masked or not.
			at := int(choice[i]) * len(z) / 256
			masked := choice[i]&1 != 0
			if at == 0 {
				stream = append(stream, wsFrame(0xc1, masked, z)...)
			} else {
				stream = append(stream, wsFrame(0x41, masked, z[:at])+wsFrame(0x80, masked, z[at:])...)
			}
		}
		stream = append(stream, tail...)
		size := int(cut%1500) + 1
		got := frames(new(Framer), stream, size)
		if len(got) < len(want) || fmt.Sprintf("%q", got[:len(want)]) != fmt.Sprintf("%q", want) {
			t.Fatalf("got %q, want %q first", got, want)
		}
		whole := frames(&Framer{Max: int(max)}, stream, 0)
		if pieces := frames(&Framer{Max: int(max)}, stream, size); fmt.Sprintf("%q", pieces) != fmt.Sprintf("%q", whole) {
			t.Fatalf("in one piece %q\nin pieces of %d %q", whole, size, pieces)
		}
		for _, msg := range whole {
			if max > 0 && len(msg) > int(max) {
				t.Fatalf("%d bytes, at most %d", len(msg), max)
			}
		}
	})
}
