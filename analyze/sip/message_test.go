package sip

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// inviteSDP is a message of the usual size.
const inviteSDP = "INVITE sip:bob@192.0.2.4 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK77ef4c2312983.1;rport\r\n" +
	"Via: SIP/2.0/UDP 10.1.1.1:5062;received=192.0.2.101;rport=5999;branch=z9hG4bKnashds8\r\n" +
	"Max-Forwards: 69\r\n" +
	"To: Bob <sip:bob@biloxi.example.com>\r\n" +
	"From: \"Alice\" <sip:alice@atlanta.example.com>;tag=1928301774\r\n" +
	"Call-ID: a84b4c76e66710@pc33.atlanta.example.com\r\n" +
	"CSeq: 314159 INVITE\r\n" +
	"Contact: <sip:alice@10.1.1.1:5062>\r\n" +
	"User-Agent: Example Phone 1.0\r\n" +
	"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n" +
	"Supported: replaces, 100rel, timer\r\n" +
	"Content-Type: application/sdp\r\n" +
	"Content-Length: 281\r\n" +
	"\r\n" +
	"v=0\r\n" +
	"o=alice 2890844526 2890844526 IN IP4 10.1.1.1\r\n" +
	"s=-\r\n" +
	"c=IN IP4 10.1.1.1\r\n" +
	"t=0 0\r\n" +
	"m=audio 49170 RTP/AVP 0 8 18 101\r\n" +
	"a=rtpmap:0 PCMU/8000\r\n" +
	"a=rtpmap:8 PCMA/8000\r\n" +
	"a=rtpmap:18 G729/8000\r\n" +
	"a=fmtp:18 annexb=no\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n" +
	"a=fmtp:101 0-16\r\n" +
	"a=ptime:20\r\n" +
	"a=sendrecv\r\n"

func TestLooks(t *testing.T) {
	for _, in := range []string{
		inviteSDP,
		"ACK sip:a SIP/2.0\r\n\r\n",
		"\r\n\r\nACK sip:a SIP/2.0\r\n\r\n",
		"ACK sip:a SIP/2.0\n",
		"ACK sip:a SIP/2.0\r",
		"ACK sip:a SIP/2.0",
		"ack sip:a sip/2.0\r\n",
		"ACK\tsip:a\tSIP/2.0\r\n",
		"ACK a SIP/3.14\r\n",
		"ACK sip:a@exam",
		"INVITE tel:+1",
		"X-NEW! * SIP/2.0\r\n",
		"SIP/2.0 200 OK\r\n",
		"SIP/2.0 200\r\n",
		"SIP/2.0  200 OK\n",
		"sip/2.0 486",
		"SIP/2.0 1",
	} {
		if !Looks([]byte(in)) {
			t.Errorf("%.40q is SIP", in)
		}
	}
	for _, in := range []string{
		"", "\r\n\r\n", "\r\n", "\x00\x00\x00\x00", "\x00", "\x80\x00\x12\x34\x00\x00\x00\xa0SIP/2.0 200 OK\r\n",
		"\xab\xcd\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x01\x00\x01",
		"AB\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x01\x00\x01",
		"\x00\x01\x00\x00\x21\x12\xa4\x42",
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n", "NOTIFY * HTTP/1.1\r\n", "M-SEARCH * HTTP/1.1\r\n",
		"OPTIONS rtsp://a RTSP/1.0\r\n", "RTSP/1.0 200 OK\r\n", "GET / HTTP/1.1", "GET /SIP/2.0",
		"INVITE", "INVITE ", "SIP", "SIP/", "SIP/2.0", "SIP/2.0 ", "SIP/2.0 OK\r\n", "SIP/x 200 OK\r\n", "SIPS/2.0 200 OK\r\n", "SIP/2..0 200\r\n",
		"INVITE SIP/2.0\r\n", "INVITE  SIP/2.0\r\n", "INVITE sip:a SIP/\r\n", "INVITE sip:a SIP/2.0x\r\n", "INVITE sip:a\r\n SIP/2.0\r\n",
		" INVITE sip:a SIP/2.0\r\n", "IN(VITE sip:a SIP/2.0\r\n", "hello world", "ACK sip:a\x00b", strings.Repeat("A", 65) + " sip:a SIP/2.0\r\n",
		strings.Repeat("\r\n", 20) + "ACK sip:a SIP/2.0\r\n",
	} {
		if Looks([]byte(in)) {
			t.Errorf("%.40q is not SIP", in)
		}
		var m Message
		if Parse([]byte(in), &m) {
			t.Errorf("%.40q was parsed", in)
		}
	}
}

// TestPrefixes holds that a message cut anywhere is read as far as it goes:
// never a panic, and never a value that the whole does not have.
func TestPrefixes(t *testing.T) {
	for _, file := range vectorFiles {
		for _, v := range readVectors(t, file) {
			var m Message
			for n := range v.msg {
				cut := v.msg[:n:n]
				if Looks(cut) != Parse(cut, &m) {
					t.Fatalf("%s cut at %d: Looks and Parse disagree", v.name, n)
				}
				if m.Request || m.Status > 0 {
					checkMessage(t, cut, &m)
				}
			}
		}
	}
}

// TestMessageReuse holds that nothing of a former message is left.
func TestMessageReuse(t *testing.T) {
	var used Message
	for _, file := range vectorFiles {
		for _, v := range readVectors(t, file) {
			var fresh Message
			Parse(v.msg, &used)
			Parse(v.msg, &fresh)
			if g, w := dump(&used), dump(&fresh); g != w {
				t.Errorf("%s:\n got %s\nwant %s", v.name, g, w)
			}
		}
	}
	if Parse([]byte("hello"), &used); dump(&used) != dump(func() *Message { m := new(Message); m.reset(); return m }()) {
		t.Error("what is not SIP must leave an empty message")
	}
}

// TestParseFor holds that what is wanted is read as Parse reads it, and that
// reading never stops short of the method.
func TestParseFor(t *testing.T) {
	var m, whole Message
	for _, file := range vectorFiles {
		for _, v := range readVectors(t, file) {
			Parse(v.msg, &whole)
			for _, want := range []bool{true, false} {
				wanted, ok := ParseFor(v.msg, &m, func(method []byte) bool {
					return bytes.Equal(method, whole.Method) == want
				})
				switch {
				case !ok || wanted != want || !bytes.Equal(m.Method, whole.Method) || m.Status != whole.Status:
					t.Errorf("%s: wanted %v of %v, %s", v.name, wanted, want, m.Method)
				case want && dump(&m) != dump(&whole):
					t.Errorf("%s:\n got %s\nwant %s", v.name, dump(&m), dump(&whole))
				}
			}
		}
	}
}

func dump(m *Message) string { return fmt.Sprintf("%+v", *m) }

func TestMessageBounds(t *testing.T) {
	const start = "INVITE sip:a SIP/2.0\r\n"
	var m Message
	for name, in := range map[string]string{
		"headers":    strings.Repeat("X: y\r\n", 10000),
		"vias":       strings.Repeat("v: SIP/2.0/UDP a\r\n", 500),
		"via list":   "v: SIP/2.0/UDP a" + strings.Repeat(",SIP/2.0/UDP a", 10000),
		"cr headers": strings.Repeat("X: y\r", 10000),
		"folds":      "Call-ID: x\r\n" + strings.Repeat(" \r\n", 20000),
		"related":    strings.Repeat("X-ID: y\r\n", 500),
		"quotes":     "From: " + strings.Repeat(`"`, 60000),
		"brackets":   "Contact: " + strings.Repeat(`<`, 60000),
		"commas":     "Contact: " + strings.Repeat(`,`, 60000),
		"params":     "To: <sip:a>" + strings.Repeat(`;`, 60000),
		"defects":    strings.Repeat("junk\r\nContent-Length: x\r\nCSeq:\r\n", 200),
	} {
		if !Parse([]byte(start+in+"\r\n\r\n"), &m) {
			t.Errorf("%s: not parsed", name)
		}
		if len(m.Vias) > maxVias || len(m.Related) > maxRelated || len(m.Defects) >= int(defectCodes) {
			t.Errorf("%s: %d vias, %d related, %d defects", name, len(m.Vias), len(m.Related), len(m.Defects))
		}
	}
	// The body is found behind any number of headers.
	if Parse([]byte(start+strings.Repeat("X: y\r\n", 10000)+"\r\nbody"), &m); string(m.Body) != "body" || !m.Has(TooManyHeaders) {
		t.Errorf("body %q", m.Body)
	}
	for _, part := range []string{"--b\r\n", "--b\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n", "b", "--"} {
		if Parse([]byte(start+"Content-Type: multipart/mixed;boundary=b\r\n\r\n"+strings.Repeat(part, 20000)), &m); m.SDP() != nil {
			t.Error("SDP from nothing")
		}
	}
}

func TestContentEncoding(t *testing.T) {
	var m Message
	for enc, want := range map[string]bool{"gzip": false, "identity": true, "": true} {
		Parse([]byte("INVITE sip:a SIP/2.0\r\nContent-Type: application/sdp\r\ne: "+enc+"\r\n\r\nv=0\r\n"), &m)
		if got := m.SDP() != nil; got != want {
			t.Errorf("%q: %v", enc, got)
		}
	}
}

func TestParseURI(t *testing.T) {
	for in, want := range map[string]string{
		"sip:alice@atlanta.example.com":           "sip|alice|atlanta.example.com|0|",
		"sips:alice:secret@a.example:5061;x=y?z=": "sips|alice|a.example|5061|x=y",
		"sip:192.0.2.1":                           "sip||192.0.2.1|0|",
		"SIP:192.0.2.1:5070":                      "SIP||192.0.2.1|5070|",
		"sip:5060:1":                              "sip||5060|1|",
		"sip:[2001:db8::1]:5070;lr":               "sip||2001:db8::1|5070|lr",
		"sip:a@2001:db8::1":                       "sip|a|2001:db8::1|0|",
		"sip:a@fe80:0:0:0:1:2:3:4:5060":           "sip|a|fe80:0:0:0:1:2:3:4|5060|",
		"sip:a@b@c":                               "sip|a@b|c|0|",
		"sip:a;b=c@d;e":                           "sip|a;b=c|d|0|e",
		"sip:a?b@c":                               "sip|a?b|c|0|",
		"sip:c?b=d":                               "sip||c|0|",
		"tel:+1-555;phone-context=x":              "tel|+1-555||0|phone-context=x",
		"example.com:5060":                        "||example.com|5060|",
		"alice@example.com":                       "|alice|example.com|0|",
		"<sip:a@b>":                               "|<sip|b>|0|",
		"*":                                       "||*|0|",
		"":                                        "||0|",
		"sip:a@b:99999":                           "sip|a|b|0|",
	} {
		u := ParseURI([]byte(in))
		if want == "||0|" {
			want = "|||0|"
		}
		if got := fmt.Sprintf("%s|%s|%s|%d|%s", u.Scheme, u.User, u.Host, u.Port, u.Params); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// TestHeaderNames holds the table against the names it is made for: no two
// share a place, and case does not matter.
func TestHeaderNames(t *testing.T) {
	names := map[string]header{
		"Call-ID": hCallID, "CSeq": hCSeq, "From": hFrom, "To": hTo, "Via": hVia, "Contact": hContact, "Route": hRoute,
		"Record-Route": hRecordRoute, "Content-Type": hContentType, "Content-Encoding": hContentEncoding,
		"Content-Length": hContentLength, "User-Agent": hUserAgent, "Server": hServer, "Expires": hExpires,
		"Session-Expires": hSessionExpires, "Max-Forwards": hMaxForwards, "RSeq": hRSeq, "RAck": hRAck, "Require": hRequire,
		"Supported": hSupported, "Authorization": hCredentials, "Proxy-Authorization": hCredentials, "Replaces": hReplaces,
		"Refer-To": hReferTo, "Referred-By": hReferredBy, "Reason": hReason, "P-Early-Media": hEarlyMedia, "Event": hEvent,
		"Session-ID": hSessionID, "P-Charging-Vector": hChargingVector, "Join": hDialog, "Target-Dialog": hDialog,
		"In-Reply-To": hDialog, "Allow": hIgnored, "Accept": hIgnored, "Date": hIgnored,
		"i": hCallID, "f": hFrom, "t": hTo, "v": hVia, "m": hContact, "l": hContentLength, "c": hContentType, "e": hContentEncoding,
		"k": hSupported, "x": hSessionExpires, "r": hReferTo, "b": hReferredBy, "o": hEvent,
		"": otherHeader, "s": otherHeader, "Subject": otherHeader, "Warning": otherHeader, "Callx-ID": otherHeader, "Vias": otherHeader,
		"Alert-Info": otherHeader, "WWW-Authenticate": otherHeader, "Timestamp": otherHeader, "Geolocation": otherHeader,
	}
	for name, want := range names {
		for _, s := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			if got := headerOf([]byte(s)); got != want {
				t.Errorf("%q: %d, want %d", s, got, want)
			}
		}
	}
}

func TestDefectNames(t *testing.T) {
	seen := map[string]bool{}
	for c := DefectCode(1); c < defectCodes; c++ {
		if s := c.String(); s == "" || s == "unknown" || seen[s] {
			t.Errorf("%d: %q", c, s)
		}
		seen[c.String()] = true
	}
	if DefectCode(0).String() != "unknown" || defectCodes.String() != "unknown" || defectCodes > 64 {
		t.Error("out of range")
	}
}

func TestNoAllocations(t *testing.T) {
	in := []byte(inviteSDP)
	web := []byte(webRTC)
	var m Message
	var s Session
	run := func() {
		if !Looks(in) || !Parse(in, &m) || !ParseSDP(m.SDP(), &s) || !ParseSDP(web, &s) {
			t.Fatal("not parsed")
		}
	}
	run()
	if len(m.Defects) > 0 || !bytes.Equal(m.CallID, []byte("a84b4c76e66710@pc33.atlanta.example.com")) {
		t.Errorf("%+v", m)
	}
	if n := testing.AllocsPerRun(100, run); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// An LF too many among lines that end in CR LF is no end of the headers where one that we know
// follows. A blank line that is whole is, whatever the body looks like (RFC 3420).
func TestStrayBlankLine(t *testing.T) {
	const head = "MESSAGE sip:b SIP/2.0\r\nCall-ID: x\r\n"
	for text, want := range map[string]string{ // the CSeq's method, and the body
		head + "\nCSeq: 1 MESSAGE\r\n\r\nhello":               "MESSAGE hello",
		head + "\r\nCSeq: 1 MESSAGE\r\n\r\nhello":             " CSeq: 1 MESSAGE\r\n\r\nhello",
		head + "\nX-Other: 1\r\nCSeq: 1 MESSAGE\r\n\r\nhello": " X-Other: 1\r\nCSeq: 1 MESSAGE\r\n\r\nhello",
		head + "\nhello": " hello",
		strings.ReplaceAll(head, "\r", "") + "\nCSeq: 1 MESSAGE\r\n\r\nhello": " CSeq: 1 MESSAGE\r\n\r\nhello",
	} {
		var m Message
		Parse([]byte(text), &m)
		if got := string(m.CSeqMethod) + " " + string(m.Body); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
