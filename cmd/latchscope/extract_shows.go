package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// shows tells in what the findings of an extract differ from those it was made
// for; nothing means that it shows them. p is what it was redacted with, or nil.
func (c *chosen) shows(got detect.Result, p *redact.Pseudonyms) []string {
	say := func(s string) string { return s }
	callIDs := map[string]bool{}
	for _, call := range c.calls {
		for _, id := range call.CallIDs() {
			if p != nil {
				id = p.Text(id)
			}
			callIDs[id] = true
		}
	}
	if p != nil {
		say = p.Prose(c.trace).Text
	}
	var rest []*detect.Finding // of this call, as found in the extract
	for i := range got.Findings {
		if f := &got.Findings[i]; sameCall(callIDs, callOf(f)) {
			rest = append(rest, f)
		}
	}
	var diff []string
	c.left = nil
	keyless := false // what only the keys show is not shown
	for i := range c.findings {
		f := &c.findings[i]
		best, least := -1, []string(nil)
		for k, o := range rest {
			if o.Code != f.Code {
				continue
			}
			if d := findingDiffers(f, o, say); best < 0 || len(d) < len(least) {
				best, least = k, d
			}
		}
		if best < 0 && c.alone && witnessed(*f) {
			c.left = append(c.left, f.Code+" is not shown: other calls' media prove it, and are not taken")
			continue
		}
		if best < 0 && p != nil && byKeys(f) {
			c.left = append(c.left, f.Code+" is not shown: the keys that show it are redacted")
			keyless = true
			continue
		}
		if best < 0 && p != nil && cutShort(f) {
			c.left = append(c.left, f.Code+" is not shown: messages of which a part is missing cannot be redacted")
			continue
		}
		if best < 0 {
			diff = append(diff, fmt.Sprintf("%s is not found again", f.Code))
			continue
		}
		rest = slices.Delete(rest, best, best+1)
		if c.alone && failover(*f) {
			c.left = append(c.left, f.Code+" does not show that other calls moved at once: these are not taken")
			least = nil
		}
		for _, d := range least {
			diff = append(diff, f.Code+": "+d)
		}
	}
	for _, o := range rest {
		if keyless && len(o.Claims) > 0 {
			continue // the same silence, without its reason
		}
		if !c.known(o.Code) {
			diff = append(diff, fmt.Sprintf("%s is found, which the capture did not have", o.Code))
		}
	}
	return diff
}

// byKeys tells findings that rest on the keys of SRTP.
func byKeys(f *detect.Finding) bool {
	d, ok := f.Data.(detect.SRTPMismatch)
	return ok && d.Kind != "no-key"
}

// cutShort tells findings about messages of which fragments are missing.
func cutShort(f *detect.Finding) bool {
	d, ok := f.Data.(detect.CallCut)
	return ok && d.Kind == "fragments" && f.Confidence == detect.Confirmed
}

// known tells whether the whole call has findings of a code; an extract of one
// of them may show the others, too.
func (c *chosen) known(code string) bool {
	if c.focus == nil {
		return false
	}
	for i := range c.result.Findings {
		if f := &c.result.Findings[i]; f.Code == code && c.has(callOf(f)) {
			return true
		}
	}
	return false
}

func sameCall(ids map[string]bool, c *trace.Call) bool {
	if c == nil {
		return len(ids) == 0
	}
	own := c.CallIDs()
	return len(own) == 0 && len(ids) == 0 || slices.ContainsFunc(own, func(id string) bool { return ids[id] })
}

func findingDiffers(want, got *detect.Finding, say func(string) string) []string {
	var diff []string
	if want.Severity != got.Severity {
		diff = append(diff, fmt.Sprintf("severity %v instead of %v", got.Severity, want.Severity))
	}
	if want.Confidence != got.Confidence {
		diff = append(diff, fmt.Sprintf("confidence %v instead of %v", got.Confidence, want.Confidence))
	}
	a, b := plainData(want.Data), plainData(got.Data)
	return append(diff, valueDiffers("", a, b, say)...)
}

func plainData(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	_ = json.Unmarshal(raw, &out)
	return out
}

// valueDiffers compares data field by field. Frames and times are others in an
// extract; durations are the same to the millisecond.
func valueDiffers(path string, want, got any, say func(string) string) []string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch name {
	case "frame", "file", "time", "start_s", "end_s":
		return nil
	}
	one := func() []string {
		return []string{fmt.Sprintf("%s is %v instead of %v", strings.TrimPrefix(path, "."), written(got), written(want))}
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return one()
		}
		var diff []string
		for _, k := range sortedKeys(w) {
			diff = append(diff, valueDiffers(path+"."+k, w[k], g[k], say)...)
		}
		return diff
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return one()
		}
		var diff []string
		for i := range w {
			diff = append(diff, valueDiffers(fmt.Sprintf("%s[%d]", path, i), w[i], g[i], say)...)
		}
		return diff
	case float64:
		within := 0.001
		if name == "timeout_s" {
			within = 0.25 // an estimate, which is coarser where there is less to see
		}
		if g, ok := got.(float64); !ok || math.Abs(g-w) > within {
			return one()
		}
	case string:
		if want = say(w); want != got {
			return one()
		}
	default:
		if want != got {
			return one()
		}
	}
	return nil
}

func written(v any) string {
	if v == nil {
		return "unknown"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func sortedKeys(m map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
