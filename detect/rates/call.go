package rates

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// Call is what a population keeps of a call.
type Call struct {
	File    string // in which it begins
	Number  int    // in the report about that file's captures
	CallID  string // of its first leg; empty without signalling
	Time    int64  // of its beginning, ns since the Unix epoch
	Audio   ledger.Verdict
	Visible []string // codes of the causes that the capture would have shown in it, in the order of the detectors
	Found   []Found  // those that it has, in that order

	// What it is grouped by; each of it counts.
	Agents []string // User-Agent and Server of its parties
	Hosts  []string // addresses that its talkers send from
	Codecs []string
}

// Found is a cause in a call: its gravest finding of that code, of warning or
// above.
type Found struct {
	Code     string
	Severity detect.Severity
	Silence  float64 // seconds that it explains
	Summary  string
	Frames   []Frame // that show it
}

// Frame is a frame of a file.
type Frame struct {
	File  string `json:"file"`
	Frame uint32 `json:"frame"`
}

// mostFrames bounds the frames that are kept of a finding.
const mostFrames = 6

// Population is calls, and the incidents that hit them, by root cause.
type Population struct {
	Calls     []Call
	Incidents map[string]int // nil: they are not known
	Captures  int
}

// Add adds the calls of a trace, of which result is all that ds have to say.
func (p *Population) Add(t *trace.Trace, result detect.Result, ds []detect.Detector) {
	found := map[*trace.Call][]*detect.Finding{}
	for i := range result.Findings {
		f := &result.Findings[i]
		if c := callOf(f); c != nil && f.Severity >= detect.Warn {
			found[c] = append(found[c], f)
		}
	}
	p.Captures += len(t.Captures)
	for _, c := range t.Calls {
		p.Calls = append(p.Calls, of(t, c, result, found[c], ds))
	}
	if p.Incidents == nil {
		p.Incidents = map[string]int{}
	}
	for _, i := range result.Incidents {
		p.Incidents[i.RootCause]++
	}
}

func callOf(f *detect.Finding) *trace.Call {
	if f.Call == nil && len(f.Streams) > 0 {
		return f.Streams[0].Call
	}
	return f.Call
}

func of(t *trace.Trace, c *trace.Call, result detect.Result, found []*detect.Finding, ds []detect.Detector) Call {
	begin := c.Start()
	out := Call{Number: c.ID, Time: begin.Time, Audio: result.Ledger.Audio(c), File: pathOf(t, begin.Ref)}
	if ids := c.CallIDs(); len(ids) > 0 {
		out.CallID = ids[0]
	}
	rows := result.Ledger.Rows(c)
	for i := range ds {
		d := &ds[i]
		var worst *detect.Finding
		for _, f := range found {
			if f.Code == d.Code && (worst == nil || graver(f, worst) < 0) {
				worst = f
			}
		}
		if worst != nil || d.Visible == nil || d.Visible(c, rows) {
			out.Visible = append(out.Visible, d.Code)
		}
		if worst != nil {
			out.Found = append(out.Found, foundOf(t, worst))
		}
	}
	for _, l := range c.Legs {
		for _, party := range l.Parties {
			out.Agents = appendOnce(out.Agents, party.Agent)
		}
	}
	for i := range rows {
		if r := &rows[i]; r.Media == "audio" && !r.Source.IsZero() {
			out.Hosts = appendOnce(out.Hosts, r.Source.IP().String())
		}
	}
	for _, s := range c.Streams {
		if s.CopyOf == nil {
			out.Codecs = appendOnce(out.Codecs, s.Codec())
		}
	}
	return out
}

// graver orders findings, the graver first.
func graver(a, b *detect.Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(silence(b), silence(a)))
}

func foundOf(t *trace.Trace, f *detect.Finding) Found {
	out := Found{Code: f.Code, Severity: f.Severity, Silence: silence(f), Summary: f.Summary}
	for _, e := range f.Evidence {
		frame := Frame{pathOf(t, e.Ref), e.Frame}
		if len(out.Frames) < mostFrames && e.Frame > 0 && !slices.Contains(out.Frames, frame) {
			out.Frames = append(out.Frames, frame)
		}
	}
	return out
}

// silence is how many seconds of silence a finding explains.
func silence(f *detect.Finding) float64 {
	var n int64
	for _, c := range f.Claims {
		n += c.Row.Spans[c.Span].Duration()
	}
	return float64(n) / 1e9
}

func pathOf(t *trace.Trace, r trace.Ref) string {
	if int(r.File) < 0 || int(r.File) >= len(t.Captures) {
		return ""
	}
	return t.Captures[r.File].Path
}

func appendOnce(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// has is the cause of a code in the call, nil where it has none.
func (c *Call) has(code string) *Found {
	for i := range c.Found {
		if c.Found[i].Code == code {
			return &c.Found[i]
		}
	}
	return nil
}

// Hour of the day in which the call begins, in UTC.
func (c *Call) Hour() string { return time.Unix(0, c.Time).UTC().Format("15") + ":00" }

// Prefixes are the networks that the call's talkers send from: those of the
// customers and of the servers. A site mostly has a /24 of IPv4 or a /48 of IPv6.
func (c *Call) Prefixes() []string {
	var out []string
	for _, h := range c.Hosts {
		a, err := netip.ParseAddr(h)
		if err != nil {
			continue
		}
		bits := 48
		if a = a.Unmap(); a.Is4() {
			bits = 24
		}
		if net, err := a.WithZone("").Prefix(bits); err == nil {
			out = appendOnce(out, net.String())
		}
	}
	return out
}
