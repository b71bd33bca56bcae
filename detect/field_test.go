package detect_test

import (
	"slices"
	"testing"

	"github.com/latchscope/latchscope/detect"
)

// TestField holds what is said of faults that people reported, rebuilt as
// captures, against what is true of them.
func TestField(t *testing.T) {
	for name, want := range map[string]struct {
		cause, audio string
		loud         []string // codes of the findings of warning or above, in order
	}{
		"advertised-port-not-bound":          {"icmp-unreachable", "lost", []string{"icmp-unreachable"}},
		"bye-past-the-proxy":                 {"none", "clear", nil},
		"call-failed-503":                    {"none", "", nil},
		"direct-media-unseen":                {"none", "partly", nil},
		"fork-cancelled-branch-first-oneway": {"one-way-audio", "lost", []string{"one-way-audio"}},
		"gap-10s-one-direction":              {"unknown", "lost", []string{"audio-gap"}},
		"keepalive-refused-before-answer":    {"none", "clear", nil},
		"loss-30-percent":                    {"media-loss", "impaired", []string{"media-loss"}},
		"missing-ack-drop-at-32s":            {"call-cut", "clear", []string{"call-cut"}},
		"private-sdp-never-learned":          {"wrong-target", "lost", []string{"wrong-target"}},
		"private-sdp-never-learned-icmp":     {"wrong-target", "lost", []string{"wrong-target"}},
		"relay-stops-after-reinvite":         {"not-relayed", "lost", []string{"not-relayed"}},
		"video-gap-drawn-as-audio":           {"unknown", "clear", []string{"audio-gap"}},
		"webrtc-bundle-only":                 {"none", "clear", nil},
	} {
		t.Run(name, func(t *testing.T) {
			j := analyzed(t, "../testdata/field/"+name+".pcap")
			var loud []string
			for _, f := range j.result.Findings {
				if f.Severity >= detect.Warn {
					loud = append(loud, f.Code)
				}
			}
			v := j.result.Verdicts[0]
			if v.RootCause != want.cause || v.Audio.String() != want.audio || !slices.Equal(loud, want.loud) {
				t.Errorf("%s, audio %q, %v; want %s, %q, %v", v.RootCause, v.Audio, loud, want.cause, want.audio, want.loud)
			}
			everyLoudFindingOnce(t, j.result)
		})
	}
}

// everyLoudFindingOnce fails where a finding of warning or above is in no
// incident, or in two.
func everyLoudFindingOnce(t *testing.T, r detect.Result) {
	t.Helper()
	in := map[int]int{}
	for _, inc := range r.Incidents {
		for _, id := range inc.Findings {
			in[id]++
		}
	}
	for _, f := range r.Findings {
		if want := map[bool]int{true: 1}[f.Severity >= detect.Warn]; in[f.ID] != want {
			t.Errorf("%s is in %d incidents, not in %d", f.Code, in[f.ID], want)
		}
	}
}
