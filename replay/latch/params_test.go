package latch

import (
	"strings"
	"testing"
	"time"
)

// Every parameter of every profile can be written down and read back.
func TestParamsRoundTrip(t *testing.T) {
	policies := []Policy{{}, {Match: MatchPrefix, PrefixBits: 24, Reset: resetAll, Ignored: PayloadTypesOf(0, 13, 64, 127)}}
	for _, p := range Profiles() {
		policies = append(policies, p.Policy)
	}
	for _, want := range policies {
		var got Policy
		for _, q := range want.Params() {
			if q.Doc == "" {
				t.Errorf("%s has no documentation", q.Name)
			}
			if err := got.Set(q.Name, q.Value); err != nil {
				t.Errorf("Set(%s, %s): %v", q.Name, q.Value, err)
			}
		}
		if got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
}

func TestSet(t *testing.T) {
	for _, tt := range []struct {
		profile, name, value string
		want                 func(Policy) bool
	}{
		{"session-lock", "lock_packets", "5", func(p Policy) bool { return p.LearnPackets == 5 }},
		{"session-lock", "timeout", "2s", func(p Policy) bool { return p.RelatchSilence == 2*time.Second }},
		{"session-lock", "timeout", "0", func(p Policy) bool { return p.RelatchSilence == 0 }},
		{"session-lock", "while_learning", "drop", func(p Policy) bool { return p.WhileLearning == Drop }},
		{"session-lock", "match", "prefix/24", func(p Policy) bool { return p.Match == MatchPrefix && p.PrefixBits == 24 }},
		{"session-lock", "match", "ip", func(p Policy) bool { return p.Match == MatchAddress && p.PrefixBits == 0 }},
		{"freeswitch", "reset", "answer+sdp-changed", func(p Policy) bool { return p.Reset == ResetAnswer|ResetSDPChanged }},
		{"freeswitch", "reset", "never", func(p Policy) bool { return p.Reset == 0 }},
		{"freeswitch", "ignored_payload_types", "none", func(p Policy) bool { return p.Ignored == PayloadTypes{} }},
		{"rtpengine-immediate", "strict_source", "true", func(p Policy) bool { return p.LockedMismatch == MismatchDrop }},
		{"rtpengine-immediate", "strict_source", "false", func(p Policy) bool { return p.LockedMismatch == MismatchRelay }},
		{"rtpengine-immediate", "media_handover", "yes", func(p Policy) bool { return p.LockedMismatch == MismatchFollow }},
		{"rtpengine-immediate", "media_handover", "no", func(p Policy) bool { return p.LockedMismatch == MismatchRelay }},
	} {
		p := with(t, tt.profile, tt.name, tt.value)
		if !tt.want(p) {
			t.Errorf("%s: %s=%s gave %+v", tt.profile, tt.name, tt.value, p)
		}
	}
	// endpoint_learning turns one of rtpengine's profiles into another.
	for _, mode := range []string{"off", "immediate", "delayed", "heuristic"} {
		want, _ := Lookup("rtpengine-" + mode)
		if got := with(t, "rtpengine-heuristic", "endpoint_learning", mode); got != want.Policy {
			t.Errorf("endpoint_learning=%s gave %+v", mode, got)
		}
	}
}

func TestSetErrors(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"lock_packet", "3", "did you mean lock_packets?"},
		{"time_out", "3s", "did you mean timeout?"},
		{"strict-source", "true", "did you mean strict_source?"},
		{"lock_packets", "-1", "not a number"},
		{"lock_packets", "70000", "not a number"},
		{"timeout", "10", "not a duration"},
		{"timeout", "-1s", "not a duration"},
		{"while_learning", "hold", "not one of relay, drop"},
		{"match", "prefix", "not a prefix"},
		{"match", "prefix/33", "not a prefix"},
		{"match", "ip/24", "not a prefix"},
		{"match", "ipv6", "not one of"},
		{"reset", "answer+noon", "neither never nor one of"},
		{"ignored_payload_types", "128", "not a payload type"},
		{"whole_seconds", "maybe", "neither true nor false"},
		{"strict_source", "maybe", "neither true nor false"},
		{"media_handover", "maybe", "neither true nor false"},
		{"endpoint_learning", "eager", "not one of off, immediate"},
	} {
		p := with(t, "asterisk")
		before := p
		err := p.Set(tt.name, tt.value)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Set(%s, %s): %v, want %q", tt.name, tt.value, err, tt.want)
		}
		if p != before {
			t.Errorf("Set(%s, %s) failed and changed the policy", tt.name, tt.value)
		}
	}
}

func TestAliases(t *testing.T) {
	for _, a := range Aliases() {
		if a.Name == "" || a.Doc == "" {
			t.Errorf("%+v is incomplete", a)
		}
	}
}
