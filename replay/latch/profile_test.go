package latch

import (
	"strings"
	"testing"
)

// The names are a promise to other people's scripts.
var promised = []string{
	"session-lock", "rtpengine-off", "rtpengine-immediate", "rtpengine-delayed", "rtpengine-heuristic",
	"asterisk", "freeswitch", "rtpproxy", "pjmedia", "sems", "yeti", "audiocodes-dynamic", "no-latch",
}

func TestProfiles(t *testing.T) {
	known := map[string]bool{}
	for _, q := range append(Policy{}.Params(), Aliases()...) {
		known[q.Name] = true
	}
	seen := map[string]bool{}
	for _, p := range Profiles() {
		if seen[p.Name] {
			t.Errorf("%s stands twice", p.Name)
		}
		seen[p.Name] = true
		if p.Title == "" || p.Source == "" || p.Doc == "" {
			t.Errorf("%s is incomplete", p.Name)
		}
		if p.Engine != "" && (p.Release == "" || len(p.ConfigNames) == 0 || p.Confidence == Defined) {
			t.Errorf("%s: an engine has a version, its own words and a basis", p.Name)
		}
		for _, c := range p.ConfigNames {
			if !known[c.Param] || c.Words == "" {
				t.Errorf("%s: config name %+v", p.Name, c)
			}
		}
		if err := p.Policy.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	for _, name := range promised {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestProfilesAreFresh(t *testing.T) {
	Profiles()[0].Policy.LearnPackets = 99
	Profiles()[1].ConfigNames[0].Words = "spoiled"
	if p := Profiles(); p[0].Policy.LearnPackets == 99 || p[1].ConfigNames[0].Words == "spoiled" {
		t.Error("a caller changed the profiles")
	}
}

func TestUnknownProfile(t *testing.T) {
	for word, want := range map[string]string{
		"astrisk": "asterisk", "rtpengine-imediate": "rtpengine-immediate", "sessionlock": "session-lock", "free-switch": "freeswitch",
	} {
		if _, ok := Lookup(word); ok {
			t.Errorf("%s was found", word)
		}
		if err := UnknownProfile(word); !strings.Contains(err.Error(), "did you mean "+want+"?") {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// Where a profile opens its ports decides what early RTP meets.
func TestEarlyRTP(t *testing.T) {
	for _, tt := range []struct{ profile, lines string }{
		{"rtpengine-delayed", `
			100 rtp B x => not-bound port-closed
			200 offer A trunk
			205 rtp A trunk => withheld no-destination
			210 rtp B x => relayed no-sdp`},
		{"freeswitch", `
			200 offer A trunk
			210 rtp B x => not-bound port-closed
			500 answer B sdp early
			510 rtp B x => dropped flushed candidate
			530 rtp B x => relayed candidate`},
		{"session-lock", `
			200 offer A trunk
			210 rtp B x => not-bound port-closed`},
		{"asterisk", `
			200 offer A trunk
			210 rtp B x => queued no-sdp`},
		{"pjmedia", `
			200 offer A trunk
			210 rtp B x => queued no-sdp @nowhere
			800 answer B sdp => noted none candidate,locked,moved @x
			810 rtp B x => relayed latched`},
		{"rtpproxy", `
			200 offer A trunk
			210 rtp B x => dropped no-sdp @nowhere
			800 answer B sdp => noted none moved @sdp
			810 rtp B x => relayed learned candidate,locked,moved @x`},
		{"no-latch", `
			200 offer A trunk
			210 rtp B x => dropped no-sdp
			800 answer B sdp
			810 rtp B x => dropped elsewhere
			820 rtp B sdp => relayed latched @sdp`},
	} {
		t.Run(tt.profile, func(t *testing.T) { runTimeline(t, with(t, tt.profile), tt.lines) })
	}
}

// An older Asterisk reads another stack's packets: its document says what differs.
func TestOlderAsterisk(t *testing.T) {
	for name, want := range map[string]string{"asterisk": "when offer and answer are complete", "asterisk@chan_sip": "with each party's own SDP"} {
		if p, _ := Lookup(name); !strings.Contains(p.Doc, "The five seconds begin "+want) {
			t.Errorf("%s: %s", name, p.Doc)
		}
	}
}

// Particulars of single engines that the flip table does not show.
func TestParticulars(t *testing.T) {
	for _, tt := range []struct{ profile, lines string }{
		{"asterisk", begin + `

			810 rtp B x seq=1 => dropped candidate candidate @sdp
			830 rtp B x seq=2 => dropped candidate
			850 rtp B x seq=3 => dropped candidate
			870 rtp B x seq=4 => dropped candidate
			890 rtp B x seq=5 => relayed learned moved @x
			900 rtp B sdp seq=1 => relayed sdp-source moved @sdp
			5801 rtp B x seq=6 => dropped elsewhere locked @sdp
			99999 rtp B x seq=7 => dropped elsewhere @sdp`},
		{"freeswitch", begin + `
			801 rtp B x => dropped flushed candidate
			802 rtp B y => relayed candidate
			803 rtp B x pt=13 => relayed ignored-type
			804 rtp B sdp => relayed sdp-source locked @sdp
			805 rtp B x => dropped elsewhere @sdp
			900 offer B sdp2 => noted none reopened,moved @sdp2
			901 rtp B x => dropped flushed candidate`},
		{"pjmedia", begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			820 rtp B sdp => dropped elsewhere candidate @x`},
		{"audiocodes-dynamic", begin + `
			800 rtp B x
			980 rtp B y
			990 rtp B y
			999 rtp B y => dropped elsewhere
			1000 rtp B y => relayed relatched relocked,moved @y
			1001 rtp B x => relayed snapped-back relocked,moved @x`},
		{"yeti", begin + `
			810 rtp B x => relayed candidate candidate @sdp
			820 rtp B x => relayed learned locked,moved @x
			830 rtp B y => dropped elsewhere @x`},
		{"sems", begin + `
			810 rtp B x => relayed learned candidate,locked,moved @x
			900 offer A trunk => noted none
			901 rtp B y => relayed learned candidate,relocked,moved @y`},
	} {
		t.Run(tt.profile, func(t *testing.T) { runTimeline(t, with(t, tt.profile), tt.lines) })
	}
}
