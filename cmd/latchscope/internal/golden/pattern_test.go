package golden

import (
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"192.0.2.1:*", "192.0.2.1:4000", true},
		{"192.0.2.1:*", "192.0.2.10:4000", false},
		{"*@gw", "leg1@gw", true},
		{"*@gw", "leg1@gw2", false},
		{"a*b*c", "a1b2c", true},
		{"a*b*c", "a1c2b", false},
		{"ab*ba", "aba", false},
		{"*", "", true},
		{"same", "same", true},
		{"same", "same ", false},
	} {
		if got := matches(c.pattern, c.text); got != c.want {
			t.Errorf("%q, %q: %v", c.pattern, c.text, got)
		}
	}
}

// Patterns and tolerances that a person wrote survive --update, each with the
// finding that it was written for.
func TestUpdateKeepsWhatWasWritten(t *testing.T) {
	const text = `latchscope: expectations/1
tolerance: 0.02

finding: latch-silence
  call: 1
  call_id: ~ *@gw
  data.latched: ~ 198.51.100.7:*
  data.silence_s: 10 +- 0.5

finding: latch-silence
  call: 2
  data.silence_s: 3 +- 0.1
`
	old, err := Parse([]byte(text), Vocabulary{Codes: []string{"latch-silence"}})
	if err != nil {
		t.Fatal(err)
	}
	item := func(call, silence float64, latched string) Item {
		return Item{Kind: "finding", Name: "latch-silence", Fields: []Field{
			{Key: "call", Value: number(call)},
			{Key: "call_id", Value: Value{Text: "leg7@gw"}},
			{Key: "data.latched", Value: Value{Text: latched}},
			{Key: "data.silence_s", Value: number(silence)},
		}}
	}
	got := string(Update(old, Facts{Calls: 2, Items: []Item{item(2, 3.3, "203.0.113.9:1"), item(1, 12, "198.51.100.7:99")}}).Format())
	for _, want := range []string{"data.silence_s: 3.3 +- 0.1\n", "data.silence_s: 12 +- 0.5\n", "data.latched: ~ 198.51.100.7:*\n", "data.latched: 203.0.113.9:1\n", "call_id: ~ *@gw\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestKindsOfDifferences(t *testing.T) {
	for want, d := range map[string]Difference{"new": {Got: "x"}, "missing": {Want: "x"}, "changed": {Want: "x", Got: "y"}} {
		if d.Kind() != want {
			t.Errorf("%+v is %s", d, d.Kind())
		}
	}
}
