package rtpengine

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

func TestParseReply(t *testing.T) {
	for _, tt := range []struct {
		in   string
		ours bool
		err  string // part of it; "" for none
	}{
		{`c_1 {"result":"pong"}`, true, ""},
		{`c_1 {"result":"ok","sdp":"v=0","unknown":[1,{"a":2}]}`, true, ""},
		{`c_2 {"result":"pong"}`, false, ""},
		{`c_1`, false, ""},
		{``, false, ""},
		{`c_1 d6:result4:ponge`, true, "not JSON"},
		{`c_1 {"result":"error","error-reason":"Unknown call-id"}`, true, "Unknown call-id"},
		{`c_1 {"result":"error"}`, true, "no reason"},
		{`c_1 {}`, true, "no result"},
		{`c_1 {"result":7}`, true, "not JSON"},
	} {
		_, ours, err := parseReply("c_1", []byte(tt.in))
		if ours != tt.ours || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v, %v", tt.in, ours, err)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add([]byte(`c_1 {"result":"ok","sdp":"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 30000 RTP/AVP 8\r\n"}`))
	f.Add([]byte(`c_1 {"result":"ok","tags":{"a":{"medias":[{"streams":[{"local port":1,"stats":{"packets":1}}]}]}}}`))
	f.Add([]byte(`c_1 {"result":"error","error-reason":"x"}`))
	f.Add([]byte("c_1 d6:result4:ponge"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ours, err := parseReply("c_1", b)
		if !ours && (err != nil || r.Result != "") {
			t.Error("somebody else's answer said something")
		}
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("not one line: %q", err)
			}
			return
		}
		if at, err := mediaPort(r.SDP); err == nil && (!at.Addr().IsLoopback() || at.Port() == 0) {
			t.Errorf("%q leads to %s", r.SDP, at)
		} else if err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Errorf("not one line: %q", err)
		}
	})
}

func TestMediaPort(t *testing.T) {
	for _, tt := range []struct{ sdp, want string }{
		{"v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 8\r\na=sendrecv\r\n", "127.0.0.1:30000"},
		{"v=0\nm=audio 30000 RTP/AVP 8\nc=IN IP4 127.0.0.1\n", "127.0.0.1:30000"},
		{"c=IN IP4 203.0.113.1\nm=audio 30000 RTP/AVP 8\nc=IN IP4 127.0.0.1\nm=video 4 RTP/AVP 9\nc=IN IP4 127.0.0.9\n", "127.0.0.1:30000"},
		{"c=IN IP4 203.0.113.1\nm=audio 30000 RTP/AVP 8\n", ""},
		{"c=IN IP6 ::1\nm=audio 30000 RTP/AVP 8\n", ""},
		{"c=IN IP4 127.0.0.1\nm=audio 0 RTP/AVP 8\n", ""},
		{"c=IN IP4 127.0.0.1\nm=audio 99999 RTP/AVP 8\n", ""},
		{"m=audio 30000 RTP/AVP 8\n", ""},
		{"", ""},
	} {
		got, err := mediaPort(tt.sdp)
		if (err != nil) != (tt.want == "") || err == nil && got.String() != tt.want {
			t.Errorf("%q: %s, %v", tt.sdp, got, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	at := netip.MustParseAddrPort("127.0.2.1:4000")
	m := &trace.Media{
		Addr: endpoint.Endpoint{Port: 4000},
		Terms: &trace.Terms{Direction: trace.SendOnly, Formats: []trace.Format{
			{PT: 8, Name: "PCMA", Clock: 8000}, {PT: 101, Name: "telephone-event", Clock: 8000}, {PT: 102, Name: "evil\r\na=x", Clock: 8000}}},
	}
	got := describe(at, 3, m, nil)
	for _, want := range []string{"o=- 1 3 IN IP4 127.0.2.1\r\n", "m=audio 4000 RTP/AVP 8 101 102\r\n", "a=rtpmap:101 telephone-event/8000\r\n", "a=sendonly\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if strings.Contains(got, "evil") {
		t.Error("a codec's name broke out of its line")
	}
	if got := describe(at, 1, nil, []uint8{0, 96}); !strings.Contains(got, "RTP/AVP 0 96\r\na=rtpmap:96 ") {
		t.Errorf("%q", got)
	}
}

func TestFlags(t *testing.T) {
	set := func(text string) (out []latch.Setting) {
		for w := range strings.FieldsSeq(text) {
			s, _ := latch.ParseSetting(w)
			out = append(out, s)
		}
		return out
	}
	for _, tt := range []struct {
		sets, want string
		bad        bool
	}{
		{"", "", false},
		{"endpoint_learning=immediate strict_source=true", "endpoint-learning-immediate strict-source", false},
		{"strict_source=false media_handover=true", "media-handover", false},
		{"endpoint_learning=sometimes", "", true},
		{"strict_source=maybe", "", true},
		{"timeout=2s", "", true},
	} {
		got, err := Flags(set(tt.sets))
		if (err != nil) != tt.bad || strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, %v", tt.sets, got, err)
		}
	}
}

// A daemon that is slow, repeats itself, or says no.
func TestClient(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		buf := make([]byte, 65536)
		questions := 0
		for {
			n, from, err := conn.ReadFromUDP(buf)
			if err != nil {
				return
			}
			cookie, body, _ := strings.Cut(string(buf[:n]), " ")
			var q command
			if json.Unmarshal([]byte(body), &q) != nil {
				continue
			}
			say := func(s string) { _, _ = conn.WriteToUDP([]byte(s), from) }
			switch q.Command {
			case "ping":
				if questions++; questions == 1 {
					continue // lost
				}
				say("other {\"result\":\"pong\"}")
				say(cookie + ` {"result":"pong"}`)
			case "offer":
				say(cookie + ` {"result":"error","error-reason":"no ports left"}`)
			case "query":
				say(cookie + " \x1b[2Jgarbage")
			}
		}
	}()
	c, err := Dial(conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.do(t.Context(), command{Command: "offer"}); err == nil || !strings.Contains(err.Error(), "no ports left") {
		t.Error(err)
	}
	if _, err := c.do(t.Context(), command{Command: "query"}); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	if _, err := c.do(ctx, command{Command: "delete"}); err == nil {
		t.Error("no answer, no error")
	}
}
