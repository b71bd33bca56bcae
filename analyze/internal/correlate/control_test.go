package correlate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestControlled makes messages of what a media engine was told: "time method or
// status, from, to, announced address", and of what SIP shows of the same call none.
func TestControlled(t *testing.T) {
	ep := func(s string) endpoint.Endpoint {
		if s == "" {
			return endpoint.Endpoint{}
		}
		return endpoint.From(netip.MustParseAddrPort(s))
	}
	sdp := func(s string) *trace.SDP {
		if s == "" {
			return nil
		}
		return &trace.SDP{Media: []trace.Media{{Addr: ep(s), Terms: &trace.Terms{Kind: "audio"}}}}
	}
	at := func(s int) trace.Moment {
		return trace.Moment{Ref: trace.Ref{Frame: uint32(s)}, Time: int64(s) * second}
	}
	const proxy, engine = "203.0.113.10:5000", "203.0.113.20:2223"
	control := func(s int, command, from, to, said, given string) *trace.Control {
		return &trace.Control{Moment: at(s), Reply: at(s), Client: ep(proxy), Engine: ep(engine), Command: command,
			Dialog: trace.Dialog{CallID: "c", FromTag: from, ToTag: to}, Said: sdp(said), Given: sdp(given)}
	}
	const caller, callee, near, far = "198.51.100.7:4000", "192.0.2.33:5000", "203.0.113.20:30020", "203.0.113.20:30000"
	offer, answer := control(1, "offer", "f", "", caller, far), control(3, "answer", "f", "t", callee, near)
	bye := control(9, "delete", "f", "t", "", "")
	lost := control(3, "answer", "f", "t", callee, "") // nobody recorded what the engine replied
	lost.Reply = trace.Moment{}
	for _, c := range []struct {
		name string
		sip  string // announced by SIP at 1 s
		list []*trace.Control
		want []string
	}{
		{"a call", "", []*trace.Control{offer, answer, bye}, []string{
			"1 INVITE 198.51.100.7:0 203.0.113.10:5000 " + caller, "1 INVITE 203.0.113.10:5000 192.0.2.33:0 " + far,
			"3 200 192.0.2.33:0 203.0.113.10:5000 " + callee, "3 200 203.0.113.10:5000 198.51.100.7:0 " + near,
			"9 BYE 198.51.100.7:0 203.0.113.10:5000 -", "9 BYE 203.0.113.10:5000 192.0.2.33:0 -"}},
		{"the caller's SIP is in view", caller, []*trace.Control{offer, answer, bye}, []string{
			"1 INVITE 203.0.113.10:5000 192.0.2.33:0 " + far, "3 200 192.0.2.33:0 203.0.113.10:5000 " + callee, "9 BYE 203.0.113.10:5000 192.0.2.33:0 -"}},
		{"the callee's SIP is in view", far, []*trace.Control{offer, answer, bye}, []string{
			"1 INVITE 198.51.100.7:0 203.0.113.10:5000 " + caller, "3 200 203.0.113.10:5000 198.51.100.7:0 " + near, "9 BYE 198.51.100.7:0 203.0.113.10:5000 -"}},
		{"early and final answer", "", []*trace.Control{offer, answer, control(5, "answer", "f", "t", callee, near)}, []string{
			"1 INVITE 198.51.100.7:0 203.0.113.10:5000 " + caller, "1 INVITE 203.0.113.10:5000 192.0.2.33:0 " + far,
			"3 183 192.0.2.33:0 203.0.113.10:5000 " + callee, "3 183 203.0.113.10:5000 198.51.100.7:0 " + near,
			"5 200 192.0.2.33:0 203.0.113.10:5000 " + callee, "5 200 203.0.113.10:5000 198.51.100.7:0 " + near}},
		{"an answer whose reply is missing", "", []*trace.Control{offer, lost}, []string{
			"1 INVITE 198.51.100.7:0 203.0.113.10:5000 " + caller, "1 INVITE 203.0.113.10:5000 192.0.2.33:0 " + far,
			"3 200 192.0.2.33:0 203.0.113.10:5000 " + callee, "3 200 203.0.113.10:5000 198.51.100.7:0 -"}},
		{"a line that was rejected names nobody", "192.0.2.33:0", []*trace.Control{control(1, "offer", "f", "", "192.0.2.33:0", far), control(2, "answer", "f", "t", callee, near)}, []string{
			"1 INVITE 192.0.2.33:0 203.0.113.10:5000 192.0.2.33:0", "1 INVITE 203.0.113.10:5000 192.0.2.33:0 " + far,
			"2 200 192.0.2.33:0 203.0.113.10:5000 " + callee, "2 200 203.0.113.10:5000 192.0.2.33:0 " + near}},
		{"given up", "", []*trace.Control{offer, control(4, "delete", "f", "", "", "")}, []string{
			"1 INVITE 198.51.100.7:0 203.0.113.10:5000 " + caller, "4 CANCEL 198.51.100.7:0 203.0.113.10:5000 -"}},
		{"the callee's re-INVITE", "", []*trace.Control{offer, answer, control(5, "offer", "t", "f", "192.0.2.33:5002", near), control(6, "answer", "t", "f", caller, far)}, []string{
			"1 INVITE 198.51.100.7:0 203.0.113.10:5000 " + caller, "1 INVITE 203.0.113.10:5000 192.0.2.33:0 " + far,
			"3 200 192.0.2.33:0 203.0.113.10:5000 " + callee, "3 200 203.0.113.10:5000 198.51.100.7:0 " + near,
			"5 INVITE 192.0.2.33:0 203.0.113.10:5000 192.0.2.33:5002", "5 INVITE 203.0.113.10:5000 198.51.100.7:0 " + near,
			"6 200 198.51.100.7:0 203.0.113.10:5000 " + caller, "6 200 203.0.113.10:5000 192.0.2.33:0 " + far}},
	} {
		var sip trace.Messages
		if c.sip != "" {
			sip = trace.MessagesOf(trace.Message{Moment: at(1), SDP: sdp(c.sip)})
		}
		var got []string
		for _, m := range controlled(sip, c.list) {
			what, addr := m.Method, "-"
			if !m.Request() {
				what = fmt.Sprint(m.Status)
			}
			if m.SDP != nil {
				addr = m.SDP.Media[0].Addr.String()
			}
			got = append(got, fmt.Sprintf("%d %s %s %s %s", m.Time/second, what, m.Src, m.Dst, addr))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// TestControlsAreBounded: who repeats himself without end is followed for a while.
func TestControlsAreBounded(t *testing.T) {
	at := endpoint.From(netip.MustParseAddrPort("198.51.100.7:4000"))
	var list []*trace.Control
	for i := range maxControls + 10 {
		m := trace.Moment{Ref: trace.Ref{Frame: uint32(i + 1)}, Time: int64(i+1) * second}
		list = append(list, &trace.Control{Moment: m, Reply: m, Command: "offer", Dialog: trace.Dialog{CallID: "c", FromTag: "f"},
			Said: &trace.SDP{Media: []trace.Media{{Addr: at, Terms: &trace.Terms{Kind: "audio"}}}}})
	}
	if got := len(controlled(trace.Messages{}, list)); got != maxControls {
		t.Errorf("%d messages of %d offers, want %d", got, len(list), maxControls)
	}
}
