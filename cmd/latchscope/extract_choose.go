package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// chosen is what an extract must show.
type chosen struct {
	trace    *trace.Trace
	calls    []*trace.Call    // that are extracted
	focus    *detect.Finding  // nil: everything about the calls
	findings []detect.Finding // that must be found again
	result   detect.Result
	alone    bool     // other calls are not taken, though a finding would need them
	left     []string // what is not shown for that reason, one line each
}

// extractTarget finds what the command line asks for: a finding, the calls that
// are selected, or else the worst finding's call.
func extractTarget(a *examined, finding string, selected []*trace.Call) (*chosen, error) {
	c := &chosen{trace: a.trace, result: a.result, calls: selected}
	switch {
	case finding != "":
		f, err := findFinding(a.result, finding)
		if err != nil {
			return nil, err
		}
		call := callOf(f)
		if call == nil {
			return nil, outcome{exitFound, fmt.Sprintf("finding %d belongs to no call that could be extracted", f.ID)}
		}
		c.focus, c.calls = f, []*trace.Call{call}
	case len(selected) == 0:
		call := worstCall(a.trace, a.result)
		if call == nil {
			return nil, outcome{exitFound, "there is no finding to extract; name a call with --call"}
		}
		c.calls = []*trace.Call{call}
	}
	for i := range a.result.Findings {
		f := &a.result.Findings[i]
		if c.has(callOf(f)) && (c.focus == nil || f == c.focus || leadsTo(a.result, f.ID, c.focus)) {
			c.findings = append(c.findings, *f)
		}
	}
	return c, nil
}

// has reports whether a call is one of those that are extracted.
func (c *chosen) has(call *trace.Call) bool { return call != nil && slices.Contains(c.calls, call) }

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
			if !c.has(o) && !slices.Contains(out, o) && len(out) < 4 {
				out = append(out, o)
			}
		}
	}
	return out
}

func failover(f detect.Finding) bool { return len(f.Companions) > 0 }

// witnessed reports whether a finding is proven by other calls' media: they show
// that the capture would have seen this one's.
func witnessed(f detect.Finding) bool { return f.Witnessed }

// others is what else an extract holds, and why; nothing where it is alone.
func (c *chosen) others() []string {
	if c.alone {
		return nil
	}
	var out []string
	if list := c.companions(); len(list) > 0 {
		out = append(out, "with "+callNumbers(list)+", without which it would not be seen that many moved at once")
	}
	if slices.ContainsFunc(c.findings, witnessed) {
		out = append(out, "with a little of other calls' media between the same hosts: it shows that the capture would have seen this call's")
	}
	return out
}

// needsOthers reports whether other calls are part of what is to be shown.
func (c *chosen) needsOthers() bool {
	return slices.ContainsFunc(c.findings, func(f detect.Finding) bool { return failover(f) || witnessed(f) })
}

// callNumbers names calls: "call 3", "calls 3, 4 and 5".
func callNumbers(list []*trace.Call) string {
	var b strings.Builder
	b.WriteString("call")
	if len(list) > 1 {
		b.WriteString("s")
	}
	for i, c := range list {
		switch {
		case i == 0:
			b.WriteString(" ")
		case i == len(list)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(c.ID))
	}
	return b.String()
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
	shown := map[*trace.Call]bool{}
	for _, call := range c.calls {
		shown[call] = true
	}
	if !c.alone {
		for _, call := range c.companions() {
			w.Call(call, depth, spans)
			shown[call] = true
		}
		if slices.ContainsFunc(c.findings, witnessed) {
			c.witnesses(w)
		}
	}
	for _, s := range c.trace.Streams {
		if s.Call != nil && !shown[s.Call] && !c.about(s) {
			w.Except(s)
		}
	}
	return w
}

// about reports whether a stream is what a finding is about: of a crossed call,
// that is another call's.
func (c *chosen) about(s *trace.Stream) bool {
	return slices.ContainsFunc(c.findings, func(f detect.Finding) bool { return slices.Contains(f.Streams, s) })
}

// witnesses wants a little of the other media that proves that the capture
// would have seen this call's.
func (c *chosen) witnesses(w *extract.Wanted) {
	hosts := map[endpoint.Endpoint]int{}
	host := func(e endpoint.Endpoint) endpoint.Endpoint { return endpoint.Endpoint{Addr: e.Addr} }
	for _, call := range c.calls {
		for _, l := range call.Legs {
			for _, p := range l.Ports {
				hosts[host(p.Addr)] = 0
			}
		}
		for _, s := range call.Streams {
			hosts[host(s.Src)], hosts[host(s.Dst)] = 0, 0
		}
	}
	const enough = 6
	for _, s := range c.trace.Streams {
		if c.has(s.Call) {
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
