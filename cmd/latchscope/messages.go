package main

import (
	"context"
	"strings"

	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/trace"
)

// messages are the SIP messages of calls with findings, for a page that shows
// them: redacted where that was asked for, and without credentials, keys and
// digits in any case. Harvests have none.
func (r *redaction) messages(ctx context.Context, one *examined) (map[trace.Ref]string, error) {
	if one.set == nil || len(one.set.Files) != len(one.trace.Captures) || ctx.Err() != nil {
		return nil, nil
	}
	var calls []*trace.Call
	seen := map[*trace.Call]bool{}
	add := func(c *trace.Call) {
		if c != nil && !seen[c] {
			seen[c] = true
			calls = append(calls, c)
		}
	}
	for i := range one.result.Incidents { // the worst first
		for _, c := range one.result.Incidents[i].Calls {
			add(c)
		}
	}
	for i := range one.result.Findings {
		add(one.result.Findings[i].Call)
	}
	if len(calls) == 0 {
		return nil, nil
	}
	raw, err := extract.Messages(ctx, one.set, one.trace, calls, one.keys)
	if ctx.Err() != nil {
		return nil, nil // the report says that it was interrupted
	}
	if err != nil {
		return nil, err
	}
	names := r.pseudonyms()
	out := make(map[trace.Ref]string, len(raw))
	for at, msg := range raw {
		if names != nil {
			msg = names.SIP(msg)
		}
		out[at] = strings.ReplaceAll(string(redact.Safe(msg)), "\r\n", "\n")
	}
	return out, nil
}
