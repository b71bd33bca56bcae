package analyze

import (
	"context"
	"maps"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/authenticate"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/level"
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/trace"
)

// payloads is the part of the second look that sees the bytes of packets: whether
// the tags of SRTP fit the keys that were agreed on, and how silent is what seems
// to be digital silence. A trace without either costs nothing. keys are wiped by
// the caller.
func payloads(ctx context.Context, t *trace.Trace, set *capture.Set, opt collect.Options, keys *srtp.Keyring, levels *level.Look) error {
	tags := authenticate.New(t, keys)
	want := tags.Want()
	maps.Copy(want, levels.Want()) // of what is silent nothing is encrypted
	if len(want) > 0 {
		if err := collect.Payloads(ctx, t, set, opt, want, func(s *trace.Stream, p *collect.RawPacket) {
			tags.Take(s, p)
			levels.Take(s, p)
		}); err != nil {
			return err
		}
	}
	t.Levels = levels.Levels()
	if again := tags.Doubtful(); again != nil {
		if err := collect.Payloads(ctx, t, set, opt, again.Want(), again.Take); err != nil {
			return err
		}
		t.Mismatches = again.Mismatches()
	}
	if keys.Full() {
		t.Warnings = append(t.Warnings, trace.Warning{Code: "limit-keys", File: -1, Count: 1, Text: "the keys of further session descriptions were not read: tags of their SRTP are not checked"})
	}
	return nil
}
