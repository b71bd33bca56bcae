package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
)

// comparedJSON is what scripts read of a comparison.
type comparedJSON struct {
	Schema string `json:"schema"`
	Before struct {
		Incidents *int `json:"incidents"`
	} `json:"before"`
	Rates []struct {
		Cause      string      `json:"cause"`
		Before     counted     `json:"before"`
		After      counted     `json:"after"`
		Interval   *[2]float64 `json:"interval"`
		Conclusion string      `json:"conclusion"`
		Needed     *int        `json:"needed_calls"`
		Calls      []struct {
			Side   string `json:"side"`
			File   string `json:"file"`
			Call   int    `json:"call"`
			Frames []struct {
				Frame int64 `json:"frame"`
			} `json:"frames"`
		} `json:"calls"`
	} `json:"rates"`
	By []struct {
		By     string `json:"by"`
		Groups []struct {
			Value string `json:"value"`
		} `json:"groups"`
	} `json:"by"`
}

type counted struct{ Calls, With int }

func compared(t *testing.T, before, after string) (out comparedJSON) {
	t.Helper()
	doc := output(t, []string{"compare", "-q", "--format", "json", before, after})
	keepsSchema(t, "compare", doc)
	if err := json.Unmarshal([]byte(doc), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// keepsSchema holds a document against the schema that the program prints.
func keepsSchema(t *testing.T, kind, doc string) {
	t.Helper()
	var parsed [2]any
	for i, text := range [2]string{output(t, []string{"schema", kind}), doc} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatalf("not JSON: %v\n%s", err, text)
		}
		parsed[i] = v
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", parsed[0]); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(parsed[1]); err != nil {
		t.Errorf("%v\n%s", err, doc)
	}
}

// TestCompare: of 60 calls 4 live through the story before and 25 after.
func TestCompare(t *testing.T) {
	dir := t.TempDir()
	before := writeTrunk(t, dir, "before.pcap", trunk.Shape{Calls: 60, AtOnce: 20, Packets: 620, Flips: 4})
	after := writeTrunk(t, dir, "after.pcap", trunk.Shape{Calls: 60, AtOnce: 20, Packets: 620, Flips: 25})
	few := writeTrunk(t, dir, "few.pcap", trunk.Shape{Calls: 20, AtOnce: 20, Packets: 620, Flips: 20})

	got := compared(t, before, after)
	if got.Schema != "latchscope.compare/1" {
		t.Errorf("schema %s", got.Schema)
	}
	seen := map[string]bool{}
	for _, r := range got.Rates {
		seen[r.Cause] = true
		if r.Before != (counted{60, 4}) || r.After != (counted{60, 25}) || r.Conclusion != "more" || r.Interval == nil || r.Interval[0] <= 0 {
			t.Errorf("%+v", r)
		}
		if len(r.Calls) == 0 || r.Calls[0].Side != "after" || r.Calls[0].File != after || r.Calls[0].Call > 25 || len(r.Calls[0].Frames) == 0 {
			t.Errorf("%s: the calls that show it: %+v", r.Cause, r.Calls)
		}
	}
	for _, code := range []string{"early-rtp", "icmp-unreachable", "nat-port-flip", "latch-silence"} {
		if !seen[code] {
			t.Errorf("no rate of %s", code)
		}
	}
	for _, b := range got.By {
		if len(b.Groups) == 0 && b.By != "engine" {
			t.Errorf("no group by %s", b.By)
		}
	}
	for _, r := range compared(t, after, before).Rates {
		if r.Conclusion != "less" || r.Interval[1] >= 0 {
			t.Errorf("the other way round: %+v", r)
		}
	}
	for _, r := range compared(t, before, before).Rates {
		if r.Conclusion != "no-difference" || r.Interval[0] > 0 || r.Interval[1] < 0 {
			t.Errorf("with itself: %+v", r)
		}
	}
	for _, r := range compared(t, before, few).Rates {
		if r.Conclusion != "too-few" || r.Needed == nil || *r.Needed < 30 {
			t.Errorf("with 20 calls: %+v", r)
		}
	}
}

// TestCompareFormats: what every way of writing says, and that none of them lets
// out what is to be redacted.
func TestCompareFormats(t *testing.T) {
	dir := t.TempDir()
	before := writeTrunk(t, dir, "before.pcap", trunk.Shape{Calls: 40, AtOnce: 20, Packets: 620})
	after := writeTrunk(t, dir, "after.pcap", trunk.Shape{Calls: 40, AtOnce: 20, Packets: 620, Flips: 20})
	for _, format := range []string{"text", "json", "markdown", "html"} {
		plain := output(t, []string{"compare", "-q", "--format", format, before, after})
		flat := strings.Join(strings.Fields(plain), " ")
		for _, w := range []string{"latch-silence", "new", "after.pcap"} {
			if !strings.Contains(flat, w) {
				t.Errorf("%s does not say %q:\n%s", format, w, plain)
			}
		}
		if format == "json" {
			keepsSchema(t, "compare", plain)
			keepsSchema(t, "compare", output(t, []string{"compare", "-q", "--redact", "--format", "json", before, after}))
		}
		if again := output(t, []string{"compare", "-q", "--format", format, before, after}); again != plain {
			t.Errorf("%s differs from run to run", format)
		}
		hidden := output(t, []string{"compare", "-q", "--redact", "--key", "not a secret", "--format", format, before, after})
		for _, w := range []string{"198.51.100.", "203.0.113.", dir} {
			if strings.Contains(hidden, w) {
				t.Errorf("%s, redacted, still has %s", format, w)
			}
		}
		if format == "html" && strings.Contains(strings.ToLower(plain), "<script") {
			t.Error("the page needs no script")
		}
		if format == "text" {
			for line := range strings.Lines(plain) {
				if len(strings.TrimSuffix(line, "\n")) > 80 {
					t.Errorf("more than 80 columns: %s", line)
				}
			}
		}
	}
}

// TestCompareStatus: what is worse may fail, and what cannot be read does.
func TestCompareStatus(t *testing.T) {
	dir := t.TempDir()
	before := writeTrunk(t, dir, "before.pcap", trunk.Shape{Calls: 40, AtOnce: 20, Packets: 620})
	after := writeTrunk(t, dir, "after.pcap", trunk.Shape{Calls: 40, AtOnce: 20, Packets: 620, Flips: 20})
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{before, after}, exitDone},
		{[]string{"--fail-on", "worse", before, after}, exitFound},
		{[]string{"--fail-on", "worse", after, before}, exitDone},
		{[]string{before}, exitUsage},
		{[]string{before, after, after}, exitUsage},
		{[]string{"-o", "out.xml", before, after}, exitUsage},
		{[]string{before, filepath.Join(dir, "nothing.pcap")}, exitInput},
	} {
		var out, errs strings.Builder
		if got := run(t.Context(), slices.Concat([]string{"compare"}, tt.args), nil, &out, &errs); got != tt.want {
			t.Errorf("%v: status %d, want %d: %s", tt.args, got, tt.want, errs.String())
		}
	}
}
