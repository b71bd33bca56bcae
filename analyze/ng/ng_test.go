package ng

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// reply is one of rtpengine 10.5.3.5 to delete, shortened.
const reply = `4711_4 d7:createdi1795922045e6:result2:ok4:tagsd7:ft-a84bd3:tag7:ft-a84b6:mediasld5:indexi1e4:type5:audio7:streamsl` +
	`d10:local porti30020e13:local address12:203.0.113.208:endpointd6:family4:IPv47:address12:198.51.100.74:porti4000ee` +
	`19:advertised endpointd7:address8:10.0.0.54:porti4000ee5:flagsl3:RTP6:filled9:confirmede5:statsd7:packetsi600e5:bytesi103200e6:errorsi2eeee` +
	`5:flagsl11:initializedeeeeee`

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Message
		bad      bool
	}{
		{name: "offer", in: "5_1 d7:command5:offer7:call-id3:c-18:from-tag2:f15:flagsl13:trust-address10:asymmetrice3:ICE6:remove7:replacel6:origine13:received-froml3:IP49:192.0.2.1e3:sdp3:v=0e",
			want: Message{Cookie: "5_1", Command: "offer", CallID: "c-1", FromTag: "f1", SDP: "v=0", From: netip.MustParseAddr("192.0.2.1"),
				Settings: []string{"trust-address", "asymmetric", "ICE=remove", "replace=origin"}}},
		{name: "older spelling, and flags in one string", in: `a {"command":"answer","call-id":"c","from-tag":"f","to-tag":"t","received from":["IP6","2001:db8::1"],"rtpp-flags":"strict-source asymmetric","transport protocol":"RTP/AVP"}`,
			want: Message{Cookie: "a", JSON: true, Command: "answer", CallID: "c", FromTag: "f", ToTag: "t", From: netip.MustParseAddr("2001:db8::1"),
				Settings: []string{"strict-source", "asymmetric", "transport-protocol=RTP/AVP"}}},
		{name: "refusal", in: "x d6:result5:error12:error-reason15:Unknown call-ide", want: Message{Cookie: "x", Result: "error", Reason: "Unknown call-id"}},
		{name: "pong", in: `7 {"result":"pong"}`, want: Message{Cookie: "7", JSON: true, Result: "pong"}},
		{name: "delete's reply", in: reply, want: Message{Cookie: "4711_4", Result: "ok", Streams: []Stream{{
			Tag: "ft-a84b", Local: netip.MustParseAddrPort("203.0.113.20:30020"), Endpoint: netip.MustParseAddrPort("198.51.100.7:4000"),
			Advertised: netip.MustParseAddrPort("10.0.0.5:4000"), Confirmed: true, Packets: 600, Errors: 2}}}},
		{name: "cut", in: "5_1 d7:command5:offer7:call-id3:c-18:from-tag2:f", bad: true},
		{name: "length beyond the end", in: "5_1 d7:command999:offere", bad: true},
		{name: "a list for a key", in: "5_1 d7:commandl5:offeree", bad: true},
		{name: "no cookie", in: " d7:command4:pinge", bad: true},
		{name: "a sentence", in: "hello d6:nothing", bad: true},
		{name: "SIP", in: "OPTIONS sip:a@b SIP/2.0\r\n\r\n", bad: true},
		{name: "JSON of others", in: `hello {"command":7}`, bad: true},
		{name: "lists without end", in: "5 d7:command" + strings.Repeat("l", 60000), bad: true},
	} {
		var m Message
		if ok := Parse([]byte(c.in), &m); ok == c.bad {
			t.Errorf("%s: read %v", c.name, ok)
			continue
		}
		if !c.bad && !reflect.DeepEqual(m, c.want) {
			t.Errorf("%s:\n %+v, want\n %+v", c.name, m, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for s, want := range map[string]bool{
		"trust-address": true, "trust address": true, "ICE=remove": true, "replace=origin,session-connection": true, "delete-delay=30": true,
		"acme-special": false, "direction=public,customer-7": false, "media-address=192.0.2.1": false, "interface=acme": false,
	} {
		if Plain(s) != want {
			t.Errorf("%s: plain %v", s, !want)
		}
	}
}

// FuzzNG reads anything. What is read is written and read again as the same: what
// a redacted capture rests on.
func FuzzNG(f *testing.F) {
	f.Add([]byte(reply))
	f.Add([]byte("5_1 d7:command5:offer7:call-id3:c-15:flagsl13:trust-addresse3:sdp3:v=0e"))
	f.Add([]byte(`a {"command":"answer","call-id":"c","flags":["x y"],"ICE":"force","received from":["IP6","2001:db8::1"]}`))
	f.Add([]byte(`7 {"result":"ok","tags":{"a":{"medias":[{"streams":[{"local port":1e99}]}]}}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var m, again Message
		if !Parse(in, &m) {
			return
		}
		if len(m.Streams) > maxStreams || len(m.Settings) > maxSettings || len(m.Cookie) > maxCookie {
			t.Fatalf("%d streams, %d settings, a cookie of %d bytes", len(m.Streams), len(m.Settings), len(m.Cookie))
		}
		out := m.Append(nil)
		if !Parse(out, &again) {
			t.Fatalf("%q became %q, which is none", in, out)
		}
		if m.CallID != again.CallID || m.FromTag != again.FromTag || m.Command != again.Command || m.SDP != again.SDP || m.From != again.From || len(m.Streams) != len(again.Streams) {
			t.Fatalf("%+v became %+v", m, again)
		}
	})
}
