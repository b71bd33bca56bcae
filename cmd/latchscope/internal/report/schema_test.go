package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("testdata/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, doc string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	if err != nil {
		t.Fatalf("not JSON: %v\n%s", err, doc)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, doc)
	}
}

func TestJSONKeepsTheContract(t *testing.T) {
	s := schema(t)
	validate(t, s, render(t, sampleReport(t, nil), JSON))

	empty, err := New(&trace.Trace{}, detect.Result{}, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	validate(t, s, render(t, empty, JSON))

	for name, r := range map[string]*Report{"hostile": hostileReport(t, "x\x1b[31m\u202e\"\n<b>"), "bare": bareReport(t)} {
		t.Run(name, func(t *testing.T) { validate(t, s, render(t, r, JSON)) })
	}
}

// bareReport has a finding and a stream with everything left out that may be.
func bareReport(t *testing.T) *Report {
	t.Helper()
	s := streamOf(1, "[2001:db8::1]:30000", "[2001:db8::2]:30002", 1, 0, 1, 1)
	tr := &trace.Trace{Streams: []*trace.Stream{s}, First: at(0, 1), Last: at(1, 50)}
	r, err := New(tr, detect.Result{Findings: []detect.Finding{
		{ID: 1, Code: "no-audio", Severity: detect.Info, Confidence: detect.Possible, Summary: "something"},
	}}, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every line of NDJSON is an object of its own that says its type, and
// together they hold what the JSON report holds.
func TestNDJSONHoldsTheSame(t *testing.T) {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal([]byte(render(t, sampleReport(t, nil), JSON)), &whole); err != nil {
		t.Fatal(err)
	}
	parts := map[string][]json.RawMessage{}
	out := render(t, sampleReport(t, nil), NDJSON)
	for line := range strings.Lines(out) {
		var kind struct{ Type string }
		if err := json.Unmarshal([]byte(line), &kind); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		prefix := `{"type":"` + kind.Type + `",`
		if !strings.HasPrefix(line, prefix) {
			t.Errorf("the type is not first: %s", line)
		}
		parts[kind.Type] = append(parts[kind.Type], json.RawMessage("{"+strings.TrimPrefix(strings.TrimSpace(line), prefix)))
	}
	if len(parts["report"]) != 1 {
		t.Errorf("%d headers", len(parts["report"]))
	}
	for kind, list := range map[string]string{"capture": "captures", "call": "calls", "stream": "streams", "finding": "findings", "verdict": "verdicts", "row": "ledger", "incident": "incidents", "nat": "nats"} {
		var items []string
		for _, p := range parts[kind] {
			items = append(items, string(p))
		}
		got := "[" + strings.Join(items, ",") + "]"
		var want bytes.Buffer
		if err := json.Compact(&want, whole[list]); err != nil {
			t.Fatal(err)
		}
		if got != want.String() {
			t.Errorf("%s differ:\n%s\n%s", list, got, want.String())
		}
	}
}

func TestRoundedSeconds(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0", 1.0790000001: "1.079", 10.06: "10.06", 0.0000014: "0.000001", -0.0000001: "0", 1e9: "1000000000", 123456.7890125: "123456.789013",
	} {
		if got := rounded(in); got != want {
			t.Errorf("rounded(%v) = %s, want %s", in, got, want)
		}
	}
}

func TestRewriteReachesEverything(t *testing.T) {
	tr, result := sampleTrace()
	r, err := New(tr, result, Options{Version: "0.0.0", Docs: sampleDocs(), Rewrite: func(k Kind, s string) string {
		for _, secret := range []string{"198.51.100.7", "203.0.113.20", "203.0.113.10", "192.0.2.50", "192.168.1.50", "leg1-795b", "leg2-795b", "+15550100", "2001@", "story.pcap", "Softphone", "Gateway"} {
			s = strings.ReplaceAll(s, secret, "REDACTED")
		}
		return s
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range writers() {
		out := render(t, r, write)
		for _, secret := range []string{"198.51.100", "203.0.113", "192.0.2.50", "192.168", "795b", "15550100", "story.pcap", "Softphone"} {
			if strings.Contains(out, secret) {
				t.Errorf("%s still holds %s", name, secret)
			}
		}
	}
}
