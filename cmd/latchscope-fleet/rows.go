package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
	"github.com/latchscope/latchscope/detect/rates"
)

const schema = "latchscope.fleet/1"

// call is a row: a call, what became of it, and the frames that show it.
type call struct {
	Schema    string    `json:"schema"`
	Kind      string    `json:"kind"`      // "call"
	Component string    `json:"component"` // the calls that were judged together: the first of the files that are read as one, and a number
	File      string    `json:"file"`      // in which it begins
	Frame     int64     `json:"frame"`
	Call      int       `json:"call"` // number in the component
	CallIDs   []string  `json:"call_ids"`
	Time      string    `json:"time"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	State     string    `json:"state"`
	Audio     *string   `json:"audio"`
	RootCause string    `json:"root_cause"`
	Findings  []finding `json:"findings"`
	Visible   []string  `json:"visible"` // causes that the captures would have shown
	Engines   []string  `json:"engines"` // User-Agent, Server
	Prefixes  []string  `json:"prefixes"`
	Codecs    []string  `json:"codecs"`
	Hour      string    `json:"hour"` // of the day, UTC
}

type finding struct {
	Code        string  `json:"code"`
	Severity    string  `json:"severity"`
	Confidence  string  `json:"confidence"`
	Start       string  `json:"start_time"`
	Summary     string  `json:"summary"`
	Fingerprint string  `json:"fingerprint"`
	Evidence    []frame `json:"evidence"`
}

type frame struct {
	File  string `json:"file"`
	Frame int64  `json:"frame"`
	Note  string `json:"note"`
}

// file is the row of a file that is not in the rest, and why; bound that of a bound
// that was met.
type file struct {
	Schema string `json:"schema"`
	Kind   string `json:"kind"` // "file", "bound"
	File   string `json:"file"`
	Code   string `json:"code,omitempty"`
	Error  string `json:"error"`
}

// aboutRow is the first row, and the only one where there are no files.
func aboutRow() string {
	return encode(struct {
		Schema string `json:"schema"`
		Kind   string `json:"kind"`
		Tool   string `json:"tool"`
	}{schema, "about", "latchscope-fleet"})
}

// sum is a row: how many calls, of those by engine, prefix or hour of a value, would
// have shown a cause, or have it.
type sum struct {
	Schema string `json:"schema"`
	Kind   string `json:"kind"` // "sum"
	By     string `json:"by"`   // all, engine, prefix, hour
	Value  string `json:"value"`
	Cause  string `json:"cause"`
	What   string `json:"what"` // visible, with
	Calls  int    `json:"calls"`
}

func encode(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf(`{"schema":%q,"kind":"file","file":"","error":%q}`, schema, err.Error())
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func fileRow(name string, err error) string {
	return encode(file{Schema: schema, Kind: "file", File: name, Error: err.Error()})
}

func boundRow(code, text, name string) string {
	return encode(file{Schema: schema, Kind: "bound", File: name, Code: code, Error: text})
}

func parseCall(row string) (*call, error) {
	var c call
	if err := json.Unmarshal([]byte(row), &c); err != nil {
		return nil, err
	}
	return &c, nil
}

// callRows are the rows of those calls of a trace that own says, nil: of all.
func callRows(component string, t *trace.Trace, result detect.Result, own func(*trace.Call) bool) []string {
	var p rates.Population
	p.Add(t, result, detect.Detectors())
	cause := map[*trace.Call]string{}
	for i := range result.Verdicts {
		cause[result.Verdicts[i].Call] = result.Verdicts[i].RootCause
	}
	of := map[*trace.Call][]finding{}
	for i := range result.Findings {
		f := &result.Findings[i]
		c := f.Call
		if c == nil && len(f.Streams) > 0 {
			c = f.Streams[0].Call
		}
		out := finding{
			Code: f.Code, Severity: f.Severity.String(), Confidence: f.Confidence.String(), Start: stamp(f.Start.Time),
			Summary: f.Summary, Fingerprint: f.Fingerprint, Evidence: []frame{},
		}
		for _, e := range f.Evidence {
			if int(e.File) < len(t.Captures) && e.Frame > 0 {
				out.Evidence = append(out.Evidence, frame{t.Captures[e.File].Path, int64(e.Frame), e.Note})
			}
		}
		of[c] = append(of[c], out)
	}
	var rows []string
	for i, c := range t.Calls {
		if own != nil && !own(c) {
			continue
		}
		seen := &p.Calls[i]
		r := call{
			Schema: schema, Kind: "call", Component: component, File: seen.File, Frame: int64(c.Start().Frame), Call: len(rows) + 1, CallIDs: append([]string{}, c.CallIDs()...),
			Time: stamp(seen.Time), From: c.From, To: c.To, State: c.State.String(), RootCause: cause[c], Findings: append([]finding{}, of[c]...),
			Visible: append([]string{}, seen.Visible...), Engines: append([]string{}, seen.Agents...), Prefixes: append([]string{}, seen.Prefixes()...), Codecs: append([]string{}, seen.Codecs...), Hour: seen.Hour(),
		}
		if word := seen.Audio.String(); word != "" {
			r.Audio = &word
		}
		rows = append(rows, encode(r))
	}
	return rows
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// sums are the keys of what the call is one more of.
func (c *call) sums() []string {
	has := map[string]bool{}
	for _, f := range c.Findings {
		if f.Severity != detect.Info.String() {
			has[f.Code] = true
		}
	}
	var out []string
	add := func(by, value string) {
		value = strings.ReplaceAll(value, "\x00", "?") // which stands between the parts
		for _, code := range c.Visible {
			out = append(out, by+"\x00"+value+"\x00"+code+"\x00visible")
			if has[code] {
				out = append(out, by+"\x00"+value+"\x00"+code+"\x00with")
			}
		}
	}
	add("all", "")
	for _, e := range c.Engines {
		add("engine", e)
	}
	for _, p := range c.Prefixes {
		add("prefix", p)
	}
	add("hour", c.Hour)
	return out
}
