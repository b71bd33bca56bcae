package replay

import (
	"net/netip"
	"testing"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// What a server calls itself says which profiles are tried first.
func TestNamed(t *testing.T) {
	for _, tt := range []struct {
		agent string
		want  []string
	}{
		{"", nil},
		{"Grandstream GXP1625 1.0.4.55", nil},
		{"Asterisk PBX 18.10.0", []string{"asterisk", "asterisk@chan_sip"}},
		{"Asterisk PBX 21.4.1", []string{"asterisk"}},
		{"ASTERISK PBX GIT-master", []string{"asterisk", "asterisk@chan_sip"}},
		{"FPBX-16.0.40.7(18.20.2)", []string{"asterisk", "asterisk@chan_sip"}},
		{"FreeSWITCH-mod_sofia/1.10.11-release~64bit", []string{"freeswitch"}},
		{"LinphoneAndroid/5.2.4 (Pixel) LinphoneSDK/5.3.0", []string{"ortp", "ortp@5.1"}},
		{"PJSUA v2.14 Linux-6.1", []string{"pjsua"}},
		{"Janus WebRTC Server SIP Plugin 0.0.9", []string{"janus-sip"}},
		{"\u0130\u0130\u0130\u0130 asterisk", []string{"asterisk", "asterisk@chan_sip"}}, // letters whose small form is longer
	} {
		c := &Case{Agent: tt.agent}
		var got []string
		for _, p := range c.Named() {
			got = append(got, p.String())
		}
		if len(got) != len(tt.want) {
			t.Errorf("%q: %q, want %q", tt.agent, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%q: %q, want %q", tt.agent, got, tt.want)
			}
		}
	}
}

// A talker whose port rtpengine gave out by its control protocol goes to rtpengine.
func TestControlled(t *testing.T) {
	port := func(n uint16) endpoint.Endpoint {
		return endpoint.From(netip.AddrPortFrom(netip.MustParseAddr("203.0.113.20"), n))
	}
	call := &trace.Call{Controls: []*trace.Control{{Given: &trace.SDP{Media: []trace.Media{{Addr: port(30000)}, {Addr: port(30002)}}}}}}
	for _, tt := range []struct {
		name string
		call *trace.Call
		to   endpoint.Endpoint
		want bool
	}{
		{"given out", call, port(30002), true},
		{"another's", call, port(30004), false},
		{"no control protocol", &trace.Call{}, port(30002), false},
		{"no call", nil, port(30002), false},
	} {
		talker := &trace.Talker{Call: tt.call, Streams: []*trace.Stream{{Dst: tt.to}}}
		if got := (&assembly{Case: &Case{Talker: talker}}).controlled(); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// A name in the capture outweighs how well a profile is known.
func TestStanding(t *testing.T) {
	sems, _ := latch.Lookup("sems")                   // read
	rtpengine, _ := latch.Lookup("rtpengine-delayed") // measured
	dynamic, _ := latch.Lookup("audiocodes-dynamic")
	lock, _ := latch.Lookup("session-lock") // nobody's
	c := &Case{}
	if a, b, d, e := c.standing(rtpengine), c.standing(sems), c.standing(dynamic), c.standing(lock); !(a > b && b > d && d > e) {
		t.Errorf("measured %d, read %d, documented %d, nobody's %d", a, b, d, e)
	}
	c.Agent = "Sipwise SEMS 2.1"
	if a, b := c.standing(sems), c.standing(rtpengine); a <= b {
		t.Errorf("named by the capture %d, measured %d", a, b)
	}
}

// The profile of a later version wins where both explain, and one that fits
// worse is not the same fit.
func TestVersionsOfOneEngine(t *testing.T) {
	c := &Case{}
	newest, _ := latch.Lookup("ortp")
	old, _ := latch.Lookup("ortp@5.1")
	lock, _ := latch.Lookup("session-lock")
	fit := func(p latch.Profile, differ int) Fit {
		return Fit{Config: latch.Config{Profile: p}, Disagreement: Disagreement{Packets: differ, Compared: 1000}}
	}
	f := c.rank([]Fit{fit(old, 0), fit(newest, 0), fit(lock, 300)})
	if len(f.List) != 2 || f.Ties != 1 || f.List[0].Config.Profile.Version != newest.Version || len(f.List[0].Versions) != 2 {
		t.Errorf("%d ties, %+v", f.Ties, f.List)
	}
	f = c.rank([]Fit{fit(old, 0), fit(newest, 300), fit(lock, 300)})
	if len(f.List) != 2 || f.List[0].Config.Profile.Version != "5.1" || len(f.List[0].Versions) != 1 {
		t.Errorf("%+v", f.List)
	}
	if !f.Tells() {
		t.Error("one of two engines is excluded, and nothing is told")
	}
	if f := c.rank([]Fit{fit(old, 60), fit(lock, 300)}); f.Explained() {
		t.Error("an engine that differs in six per cent explains nothing")
	}
}
