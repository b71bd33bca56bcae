package golden

import (
	"errors"
	"strings"
	"testing"
)

var words = Vocabulary{
	Codes: []string{"early-rtp", "nat-port-flip", "latch-silence"},
	Suggest: func(got string, names []string) string {
		for _, n := range names {
			if got != "" && got[0] == n[0] {
				return "did you mean " + n + "?"
			}
		}
		return ""
	},
}

const sample = `# Ten seconds.
# By hand.

latchscope: expectations/1
captures: a.pcap b.pcap
tolerance: 0.05   # seconds

calls: 1
call: 1
  state: completed
  root_cause: early-rtp
finding: latch-silence
  call: 1
  severity: critical
  data.silence_s: 10.06 +- 0.5
  data.latched: "198.51.100.7:36716"   # quotes are optional
  data.timeout_s: unknown
  data.directions[0].packets_lost: 499
`

func facts(change ...func(*Item)) Facts {
	text := func(s string) Value { return Value{Text: s} }
	f := Facts{Calls: 1, Texts: map[int]string{1: "10.06 s of silence"}, Items: []Item{
		{Kind: "call", Name: "1", Fields: []Field{{Key: "state", Value: text("completed")}, {Key: "root_cause", Value: text("early-rtp")}}},
		{Kind: "finding", Name: "latch-silence", Fields: []Field{
			{Key: "call", Value: number(1)}, {Key: "severity", Value: text("critical")}, {Key: "confidence", Value: text("likely")},
			{Key: "data.silence_s", Value: number(10.3)}, {Key: "data.latched", Value: text("198.51.100.7:36716")},
			{Key: "data.timeout_s", Value: Value{Null: true}}, {Key: "data.directions[0].packets_lost", Value: number(499)},
		}},
	}}
	for _, c := range change {
		c(&f.Items[1])
	}
	return f
}

func parsed(t *testing.T, text string) *Expectation {
	t.Helper()
	e, err := Parse([]byte(text), words)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestCompare(t *testing.T) {
	set := func(key string, v Value) func(*Item) {
		return func(it *Item) {
			for i := range it.Fields {
				if it.Fields[i].Key == key {
					it.Fields[i].Value = v
				}
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*Item)
		want   []string
	}{
		{"as expected", func(*Item) {}, nil},
		{"at the edge of its tolerance", set("data.silence_s", number(10.56)), nil},
		{"beyond it", set("data.silence_s", number(10.57)), []string{"latch-silence of call 1: data.silence_s: expected 10.06 +- 0.5, got 10.57"}},
		{"known where it was not", set("data.timeout_s", number(10)), []string{"latch-silence of call 1: data.timeout_s: expected unknown, got 10"}},
		{"a count has no tolerance", set("data.directions[0].packets_lost", number(500)), []string{"latch-silence of call 1: data.directions[0].packets_lost: expected 499, got 500"}},
		{"what is not mentioned is not compared", set("confidence", Value{Text: "possible"}), nil},
		{"another finding", func(it *Item) { it.Name = "early-rtp" }, []string{
			"latch-silence of call 1: expected, but not there",
			"early-rtp of call 1: not expected: 10.06 s of silence (critical, likely)",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, d := range Compare(parsed(t, sample), facts(c.change)) {
				got = append(got, d.String())
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// A capture without findings expects nothing, whatever detectors there are.
func TestQuietCapture(t *testing.T) {
	quiet := parsed(t, "latchscope: expectations/1\ncalls: 1\n")
	f := facts()
	f.Items = f.Items[:1]
	if d := Compare(quiet, f); len(d) != 0 {
		t.Errorf("differences in a quiet capture: %v", d)
	}
	if d := Compare(quiet, facts()); len(d) != 1 || d[0].Want != "" {
		t.Errorf("a finding in a quiet capture: %v", d)
	}
}

// Two findings of one code are told apart by their calls, in any order.
func TestFindingsAreMatchedByCall(t *testing.T) {
	e := parsed(t, "latchscope: expectations/1\nfinding: early-rtp\n  call: 2\n  severity: info\nfinding: early-rtp\n  call: 1\n  severity: warning\n")
	item := func(call float64, severity string) Item {
		return Item{Kind: "finding", Name: "early-rtp", Fields: []Field{{Key: "call", Value: number(call)}, {Key: "severity", Value: Value{Text: severity}}}}
	}
	if d := Compare(e, Facts{Items: []Item{item(1, "warning"), item(2, "info")}}); len(d) != 0 {
		t.Error(d)
	}
	if d := Compare(e, Facts{Items: []Item{item(1, "info"), item(2, "info")}}); len(d) != 1 || d[0].What != "early-rtp of call 1: severity" {
		t.Error(d)
	}
}

func TestSyntaxErrors(t *testing.T) {
	const head = "latchscope: expectations/1\n"
	for text, want := range map[string]string{
		"":                                              "line 1: it does not begin with",
		"calls: 1":                                      "line 1: it does not begin with",
		"latchscope: expectations/2":                    "line 1: it does not begin with",
		head + "cals: 1":                                "line 2: unknown key cals; did you mean captures?",
		head + "finding: latch-silense":                 `line 2: there is no finding "latch-silense"; did you mean latch-silence?`,
		head + "finding: early-rtp\n  x: 1":             "line 3: unknown key x of a finding",
		head + "call: 1\n  data.x: 1":                   "line 3: unknown key data.x of a call",
		head + "  severity: info":                       "line 2: severity belongs to no call and no finding",
		head + "call: one":                              "line 2: call: one is not the number of a call",
		head + "calls: 1.5":                             "line 2: calls: 1.5 is not a whole number",
		head + "calls: 1\ncalls: 1":                     "line 3: calls: stands twice",
		head + "call: 1\n  state: a\n  state: b":        "line 4: state stands twice",
		head + "tolerance: -1":                          `line 2: "-1" is not a number of seconds`,
		head + "captures: ../a.pcap":                    "line 2: ../a.pcap: captures stand beside their expectations",
		head + "captures:":                              "line 2: captures: names none",
		head + "call: 1\n  state:":                      "line 3: the value is missing",
		head + "finding: early-rtp\n  summary: \"x":     "line 3: \"x is no string: quotes and escapes as in JSON",
		head + "finding: early-rtp\n  data.a_s: 1 +- x": "line 3: 1 +- x are not two numbers",
		head + "nonsense":                               `line 2: "nonsense" is not "key: value"`,
		head + "calls: \xff":                            "line 2: this is no UTF-8 text",
	} {
		_, err := Parse([]byte(text), words)
		if _, ok := errors.AsType[*SyntaxError](err); !ok || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestUpdateKeeps(t *testing.T) {
	old := parsed(t, sample)
	now := Update(old, facts())
	text := string(now.Format())
	for _, want := range []string{"# Ten seconds.\n# By hand.\n", "captures: a.pcap b.pcap\n", "tolerance: 0.05\n", "data.silence_s: 10.3 +- 0.5\n", "data.timeout_s: unknown\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is gone:\n%s", want, text)
		}
	}
	if d := Compare(parsed(t, text), facts()); len(d) != 0 {
		t.Errorf("what was written does not hold: %v", d)
	}
}

// Strings that look like something else keep being strings.
func TestValuesSurvive(t *testing.T) {
	for _, s := range []string{"", "12", "+4912345", "1e5", "0x1a2b3c4d", "Inf", "NaN", "unknown", "null", "true", "a # b", "#", " a ", `q"q`, `\`, "a +- b", "±", "naïve\x1b[31m", "tab\t", "x: y", "a#b"} {
		e := &Expectation{Items: []Item{{Kind: "finding", Name: "early-rtp", Fields: []Field{{Key: "summary", Value: Value{Text: s}}}}}}
		back, err := Parse(e.Format(), words)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if got := back.Items[0].Fields[0].Value; got.Text != s || got.IsNum || got.Null {
			t.Errorf("%q came back as %+v", s, got)
		}
	}
}

// FuzzParse: nothing breaks the parser, and what it accepts it writes in a way
// that means the same.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("latchscope: expectations/1\nfinding: early-rtp\n  data.x: \"\\u00e9\" # y\n")
	f.Add("latchscope: expectations/1\r\ncall: 1\r\n\tstate: a ± b\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse([]byte(text), words)
		if err != nil {
			if s, ok := errors.AsType[*SyntaxError](err); !ok || s.Line < 1 || s.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("error %v", err)
			}
			return
		}
		once := e.Format()
		back, err := Parse(once, words)
		if err != nil {
			t.Fatalf("%v in what was written:\n%s", err, once)
		}
		if twice := back.Format(); string(twice) != string(once) {
			t.Fatalf("written differently the second time:\n%s\n---\n%s", once, twice)
		}
		if len(back.Items) != len(e.Items) || back.Tolerance != e.Tolerance || len(back.Captures) != len(e.Captures) {
			t.Fatalf("%+v became %+v", e, back)
		}
		for i := range e.Items {
			for k := range e.Items[i].Fields {
				if a, b := e.Items[i].Fields[k].Value, back.Items[i].Fields[k].Value; !same(e, "data.x", a, b) || a.Own != b.Own {
					t.Fatalf("%+v became %+v", a, b)
				}
			}
		}
	})
}
