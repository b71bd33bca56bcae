package e2e

import (
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
)

// Every bound that was hit stands in the report: as a warning of the capture
// for scripts, and for people as a line of what could not be judged.
func TestBoundsAreTold(t *testing.T) {
	for code, c := range map[string]struct {
		burden string
		tight  func(*analyze.Limits)
	}{
		"limit-streams":    {"many streams to one port", func(l *analyze.Limits) { l.Streams = 50 }},
		"limit-candidates": {"one host in all media", func(l *analyze.Limits) { l.Candidates = 50 }},
		"limit-messages":   {"every packet a new Call-ID", func(l *analyze.Limits) { l.Messages = 50 }},
		"limit-icmp":       {"every quote another port", func(l *analyze.Limits) { l.Errors = 50 }},
		"limit-flows":      {"every packet a new flow", func(l *analyze.Limits) { l.Flows = 50 }},
		"limit-reports":    {"reports on everything", func(l *analyze.Limits) { l.Streams = 50 }},
		"limit-closeup":    {"every packet a refusal of one stream", func(l *analyze.Limits) { l.Closeup = 10 }},
		"limit-ports":      {"one call of re-INVITEs", nil},
		"limit-relays":     {"legs of one call", nil},
	} {
		t.Run(code, func(t *testing.T) {
			limits := analyze.DefaultLimits()
			if c.tight != nil {
				c.tight(&limits)
			}
			for _, b := range burdens {
				if b.name != c.burden {
					continue
				}
				tp := newTape()
				b.play(tp, b.n)
				r := must(t, analyze.Options{Limits: limits}, file(t, t.TempDir(), "a.pcap", tp.data))
				sound(t, r)
				if out := rendered(t, r, jsonOf); strings.Count(out, `"code":"`+code+`"`) != 1 {
					t.Errorf("JSON does not say so")
				}
				if len(r.report.Coverage.Limits) == 0 || !strings.Contains(strings.Join(r.report.Coverage.Limits, "\n"), "A bound was hit: ") {
					t.Errorf("coverage does not say so: %q", r.report.Coverage.Limits)
				}
				if out := rendered(t, r, textOf(100)); !strings.Contains(out, "A bound was hit: ") {
					t.Errorf("the text does not say so")
				}
				return
			}
			t.Fatalf("no burden is called %q", c.burden)
		})
	}
}
