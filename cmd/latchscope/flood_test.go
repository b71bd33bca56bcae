package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
)

// TestFloods drowns calls in what hits every bound, and holds that the report
// says so and tells of the calls what it tells without the flood.
func TestFloods(t *testing.T) {
	small := analyze.DefaultLimits()
	small.Candidates, small.Questions, small.Errors, small.Flows, small.Connections = 100, 100, 60, 60, 60
	small.Packet.Fragments, small.Packet.TCPConns = 64, 64
	dir := t.TempDir()
	calls := trunk.Shape{Calls: 6, AtOnce: 6, Packets: 620, Flips: 2}
	want := told(t, reportOf(t, analyze.Options{Limits: small}, writeTrunk(t, dir, "calm.pcap", calls)))
	if len(want) < 6+28+8+6 {
		t.Fatalf("only %d things to tell", len(want))
	}
	for kind, code := range map[trunk.Flood]string{
		trunk.NewSSRC:     "limit-candidates",
		trunk.NewCallID:   "limit-questions",
		trunk.NewFlow:     "limit-flows",
		trunk.NewError:    "limit-icmp",
		trunk.NewConn:     "tcp-connections-limit",
		trunk.NewFragment: "fragments-limit",
	} {
		s := calls
		s.Flood, s.Rate = kind, 10
		report := reportOf(t, analyze.Options{Limits: small}, writeTrunk(t, dir, "flood.pcap", s))
		if !strings.Contains(string(report), `"`+code+`"`) {
			t.Errorf("%s: the report does not say so", code)
		}
		got := told(t, report)
		for _, line := range want {
			if !got.has(line) {
				t.Errorf("%s: without the flood the report says\n%s", code, line)
			}
		}
	}
}

// tale is what a report tells of calls, frame numbers and counting left out.
type tale []string

func (l tale) has(line string) bool {
	for _, x := range l {
		if x == line {
			return true
		}
	}
	return false
}

func told(t *testing.T, report []byte) (out tale) {
	t.Helper()
	m := whatWasFound(t, report)
	for part, fields := range map[string][]string{
		"calls":    {"call_ids", "from", "to", "state", "invite_time", "answer_time", "end_time"},
		"streams":  {"ssrc", "source", "destination", "codec", "packets", "lost", "jitter_ms", "first_time", "last_time"},
		"findings": {"code", "severity", "confidence", "call_id", "start_time", "end_time", "summary"},
		"verdicts": {"root_cause", "confidence", "text"},
	} {
		for _, item := range m[part].([]any) {
			line := part
			for _, f := range fields {
				line += " " + f + "=" + show(item.(map[string]any)[f])
			}
			out = append(out, line)
		}
	}
	return out
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
