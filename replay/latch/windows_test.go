package latch

import (
	"strings"
	"testing"
)

func TestWindows(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"rtpengine-off", "A stranger cannot take the port: nothing is learned."},
		{"rtpengine-immediate", "Once it has locked a stranger cannot take the port until signalling opens it."},
		{"rtpengine-delayed@10.5", "for 3 s to 4 s after each offer and answer, any packet of a stranger takes the port"},
		{"rtpengine-delayed", "for 3 s after each offer and answer, any packet of a stranger takes the port"},
		{"rtpengine-heuristic", "if it resembles SDP's address more"},
		{"rtpproxy", "Any packet of a stranger takes the port within 10 s after each further offer or answer"},
		{"rtpproxy", "needs the call's SSRC"},
		{"pjmedia", "10 packets of a stranger take the port, at any time, if the party sends none in between."},
		{"session-lock", "3 packets of a stranger take the port once the party has been quiet for 10 s."},
		{"asterisk", "What he sends otherwise is dropped."},
		{"sems", "he is heard."},
		{"rtpengine-immediate", "While it learns, before the party's own first packets after each offer and answer, any packet of a stranger takes the port."},
		{"diago", "before the party's own first packets, again after each re-INVITE, any packet"},
		{"pjmedia", "before the party's own first packets, again after SDP that names another address, any packet"},
		{"livekit", "A stranger cannot take the port: nothing is learned."},
		{"ortp", "Once it has locked a stranger cannot take the port."},
		{"ortp@5.1", "Any packet of a stranger takes the port, at any time."},
	} {
		got := strings.Join(with(t, tt.name).Windows(), " ")
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
	for _, name := range []string{"rtpengine-off", "livekit"} {
		if got := strings.Join(with(t, name).Windows(), " "); strings.Contains(got, "While it learns") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := strings.Join(with(t, "rtpengine-immediate", "media_handover", "true").Windows(), " "); !strings.Contains(got, "Any packet of a stranger takes the port, at any time.") {
		t.Error(got)
	}
}

// A lock that opens by the marker bit or by a new SSRC is no lock to a stranger.
func TestExposureOfOtherLocks(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		want        Exposure
	}{
		{"marker_locks", "true", Exposure{Packets: 1}},
		{"new_ssrc_at_once", "true", Exposure{Packets: 1}},
		{"new_ssrc_packets", "50", Exposure{Packets: 51}},
	} {
		if got := with(t, "rtpengine-immediate", "strict_source", "true", tt.name, tt.value).Exposure(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	if got := strings.Join(with(t, "rtpengine-immediate", "marker_locks", "true").Windows(), " "); !strings.Contains(got, "that has the marker bit takes the port, at any time") {
		t.Error(got)
	}
	if got := strings.Join(with(t, "rtpengine-immediate", "marker_locks", "true", "strict_source", "true", "relatch_packets", "1").Windows(), " "); !strings.Contains(got, "Any packet of a stranger takes the port, at any time") {
		t.Error(got)
	}
	if got := strings.Join(with(t, "rtpengine-immediate", "new_ssrc_packets", "50").Windows(), " "); !strings.Contains(got, "51 packets of a stranger take the port, at any time") {
		t.Error(got)
	}
}

// What opens more comes later.
func TestOpenness(t *testing.T) {
	order := []Policy{
		with(t, "rtpengine-immediate", "strict_source", "true"), with(t, "rtpengine-delayed", "strict_source", "true"),
		with(t, "rtpengine-immediate"), with(t, "rtpengine-delayed"), with(t, "session-lock"), with(t, "pjmedia"),
		with(t, "rtpengine-immediate", "media_handover", "true"),
	}
	if ten, one := with(t, "pjmedia"), with(t, "pjmedia", "relatch_packets", "1"); ten.Openness() >= one.Openness() {
		t.Errorf("ten packets open as much as one: %d, %d", ten.Openness(), one.Openness())
	}
	for i := 1; i < len(order); i++ {
		if order[i-1].Openness() > order[i].Openness() {
			t.Errorf("%d opens more than %d", i-1, i)
		}
	}
}
