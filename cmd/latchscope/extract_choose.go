package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// chosen is what an extract must show.
type chosen struct {
	trace    *trace.Trace
	call     *trace.Call
	focus    *detect.Finding  // nil: everything about the call
	findings []detect.Finding // that must be found again
	calls    []*trace.Call    // that are needed for it, call first
	result   detect.Result
}

// extractTarget finds what the command line asks for: a finding, a call, or else the
// worst finding's call.
func extractTarget(t *trace.Trace, result detect.Result, finding, call string) (*chosen, error) {
	c := &chosen{trace: t, result: result}
	switch {
	case finding != "":
		f, err := findFinding(result, finding)
		if err != nil {
			return nil, err
		}
		c.focus, c.call = f, callOf(f)
		if c.call == nil {
			return nil, outcome{exitFound, fmt.Sprintf("finding %d belongs to no call that could be extracted", f.ID)}
		}
	case call != "":
		found, err := findCall(t, call)
		if err != nil {
			return nil, err
		}
		c.call = found
	default:
		if c.call = worstCall(t, result); c.call == nil {
			return nil, outcome{exitFound, "there is no finding to extract; name a call with --call"}
		}
	}
	for i := range result.Findings {
		f := &result.Findings[i]
		if callOf(f) == c.call && (c.focus == nil || f == c.focus || leadsTo(result, f.ID, c.focus)) {
			c.findings = append(c.findings, *f)
		}
	}
	c.calls = append([]*trace.Call{c.call}, c.companions()...)
	return c, nil
}

// callOf is the call of a finding; media without signalling is one, too.
func callOf(f *detect.Finding) *trace.Call {
	if f.Call == nil && len(f.Streams) > 0 {
		return f.Streams[0].Call
	}
	return f.Call
}

func findFinding(r detect.Result, name string) (*detect.Finding, error) {
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(r.Findings) {
		return &r.Findings[n-1], nil
	}
	var best *detect.Finding
	var codes []string
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Fingerprint == name {
			return f, nil
		}
		if !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
		if f.Code == name && (best == nil || worse(f, best)) {
			best = f
		}
	}
	if best != nil {
		return best, nil
	}
	if len(r.Findings) == 0 {
		return nil, &usageError{"--finding: no finding " + quoted(name), "nothing was found in this capture"}
	}
	return nil, &usageError{"--finding: no finding " + quoted(name), didYouMean(name, codes, fmt.Sprintf("there are 1 to %d", len(r.Findings)))}
}

func worse(a, b *detect.Finding) bool {
	return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Confidence, b.Confidence)) > 0
}

func findCall(t *trace.Trace, name string) (*trace.Call, error) {
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(t.Calls) {
		return t.Calls[n-1], nil
	}
	for _, c := range t.Calls {
		if slices.Contains(c.CallIDs(), name) {
			return c, nil
		}
	}
	return nil, &usageError{"--call: no call " + quoted(name), fmt.Sprintf("there are %d in this capture", len(t.Calls))}
}

// worstCall is the call of the worst finding, or the only call there is.
func worstCall(t *trace.Trace, r detect.Result) *trace.Call {
	var worst *detect.Finding
	for i := range r.Findings {
		if f := &r.Findings[i]; callOf(f) != nil && (worst == nil || worse(f, worst)) {
			worst = f
		}
	}
	if worst != nil {
		return callOf(worst)
	}
	if len(t.Calls) == 1 {
		return t.Calls[0]
	}
	return nil
}

// leadsTo tells whether a finding is among the causes of another.
func leadsTo(r detect.Result, id int, f *detect.Finding) bool {
	for _, c := range f.CausedBy {
		if c == id || c < f.ID && c >= 1 && leadsTo(r, id, &r.Findings[c-1]) {
			return true
		}
	}
	return false
}

// companions are other calls without which a finding would not be what it is:
// that a NAT failed over is told by three calls that move at once.
func (c *chosen) companions() []*trace.Call {
	var out []*trace.Call
	for _, f := range c.findings {
		for _, o := range f.Companions {
			if o != c.call && !slices.Contains(out, o) && len(out) < 4 {
				out = append(out, o)
			}
		}
	}
	return out
}

// wanted is what to take of the captures, the deeper the more.
func (c *chosen) wanted(depth extract.Depth) *extract.Wanted {
	w := extract.NewWanted(c.trace)
	var spans []trace.Window
	for _, f := range c.findings {
		end := f.End.Time
		if end < f.Start.Time {
			end = f.Start.Time
		}
		spans = append(spans, trace.Window{From: f.Start.Time, To: end})
	}
	for _, call := range c.calls {
		w.Call(call, depth, spans)
	}
	for _, f := range c.findings {
		if f.Witnessed {
			c.witnesses(w)
			break
		}
	}
	return w
}

// witnesses wants a little of the other media that proves that the capture
// would have seen this call's.
func (c *chosen) witnesses(w *extract.Wanted) {
	hosts := map[endpoint.Endpoint]int{}
	host := func(e endpoint.Endpoint) endpoint.Endpoint { return endpoint.Endpoint{Addr: e.Addr} }
	for _, l := range c.call.Legs {
		for _, p := range l.Ports {
			hosts[host(p.Addr)] = 0
		}
	}
	for _, s := range c.call.Streams {
		hosts[host(s.Src)], hosts[host(s.Dst)] = 0, 0
	}
	const enough = 6
	for _, s := range c.trace.Streams {
		if s.Call == c.call {
			continue
		}
		for _, e := range []endpoint.Endpoint{s.Src, s.Dst} {
			if n, ok := hosts[host(e)]; ok && n < enough {
				hosts[host(e)]++
				w.Stream(s, trace.Window{From: s.First.Time, To: s.First.Time + 2e9})
			}
		}
	}
}
