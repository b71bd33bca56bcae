package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// captureCase is a set of captures that are read as one.
type captureCase struct {
	name  string
	paths []string
}

// everyCapture is what there is under testdata: scenes, staged, each with all its
// capture points, and what was recorded. A fifth of them, but for the long run.
func everyCapture(t *testing.T) []captureCase {
	t.Helper()
	var out []captureCase
	dir := t.TempDir()
	for _, s := range stagedScenes(t) {
		one := captureCase{name: s.Name}
		for _, c := range s.Captures {
			path := filepath.Join(dir, s.Name+"."+c.Name+".pcap")
			if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			one.paths = append(one.paths, path)
		}
		out = append(out, one)
	}
	for _, folder := range []string{"../../testdata/field", "../../testdata/lab", "../../testdata/hard", "../../testdata/wrappings", "testdata/hostile"} {
		list, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range list {
			if name := filepath.Base(path); strings.Contains(name, ".pcap") && !strings.HasSuffix(name, ".expect") {
				out = append(out, captureCase{name, []string{path}})
			}
		}
	}
	if len(out) < 150 {
		t.Fatalf("only %d captures", len(out))
	}
	return sample.Every(t, 5, out)
}

// examine reads a case as analyze does.
func (c captureCase) examine(t *testing.T) *examined {
	t.Helper()
	set, err := capture.OpenSet(c.paths, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	tr, err := analyze.Run(t.Context(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result := detect.Run(tr, detect.Detectors())
	return &examined{set: set, path: c.paths[0], trace: tr, result: result, account: result.Ledger}
}

// formats are the reports of a capture in every format, redacted by names or not.
func (one *examined) formats(t *testing.T, names *redaction) map[string]string {
	t.Helper()
	var err error
	if one.messages, err = names.messages(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	r, err := report.New(one.trace, one.result, report.Options{Version: version, Docs: detect.Detectors(), Rewrite: names.report(one.trace), Messages: one.messages})
	if err != nil {
		t.Fatal(err)
	}
	if err := one.closer(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var b bytes.Buffer
	if err := report.Text(&b, r, report.TextOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	out["text"] = b.String()
	for _, f := range report.Formats() {
		b.Reset()
		if err := f.Write(&b, r); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out[f.Name] = b.String()
	}
	return out
}

// schemas are those that reports are held to.
type schemas struct {
	report, sarif *jsonschema.Schema
	lines         map[string]*jsonschema.Schema // of NDJSON, by type
}

func newSchemas(t *testing.T) *schemas {
	t.Helper()
	const ours = "internal/report/testdata/report.schema.json"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compile := func(name string) *jsonschema.Schema {
		s, err := compiler.Compile(name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := &schemas{report: compile(ours), sarif: compile("internal/report/testdata/sarif-2.1.0.schema.json"), lines: map[string]*jsonschema.Schema{}}
	for _, kind := range []string{"capture", "call", "stream", "finding", "verdict", "row", "incident", "nat"} {
		s.lines[kind] = compile(ours + "#/$defs/" + kind)
	}
	return s
}

func (s *schemas) check(t *testing.T, what string, schema *jsonschema.Schema, doc string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	if err != nil {
		t.Fatalf("%s is no JSON: %v", what, err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// Every format of every capture is well-formed by the rules of whoever reads it:
// JSON and NDJSON by our schema, SARIF by the standard's, JUnit by Jenkins', tables of
// Markdown by their bars. And no call that is not clear passes in JUnit.
func TestEveryFormatIsWellFormed(t *testing.T) {
	s := newSchemas(t)
	for _, c := range everyCapture(t) {
		t.Run(c.name, func(t *testing.T) {
			one := c.examine(t)
			out := one.formats(t, &redaction{})
			s.check(t, "JSON", s.report, out["json"])
			s.check(t, "SARIF", s.sarif, out["sarif"])
			s.ndjson(t, out["ndjson"])
			for _, fault := range tableFaults(out["markdown"]) {
				t.Error(fault)
			}
			junitHolds(t, one, out["junit"])
		})
	}
}

// ndjson checks each line by its type.
func (s *schemas) ndjson(t *testing.T, doc string) {
	t.Helper()
	first := true
	for line := range strings.Lines(doc) {
		var one map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		var kind string
		if err := json.Unmarshal(one["type"], &kind); err != nil {
			t.Fatalf("a line of no type: %s", line)
		}
		if delete(one, "type"); first != (kind == "report") {
			t.Errorf("a line of the type %s stands where it should not", kind)
		}
		if first {
			first = false
			if string(one["schema"]) != `"`+report.Schema+`"` {
				t.Errorf("the schema is %s", one["schema"])
			}
			continue
		}
		if s.lines[kind] == nil {
			t.Errorf("a line of an unknown type: %s", kind)
			continue
		}
		rest, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		s.check(t, "a line of the type "+kind, s.lines[kind], string(rest))
	}
	if first {
		t.Error("no line")
	}
}

// junitHolds checks a document by the rules, and its calls by the account.
func junitHolds(t *testing.T, one *examined, doc string) {
	t.Helper()
	faults, suites := junitFaults(doc)
	for _, f := range faults {
		t.Error(f)
	}
	for _, c := range one.trace.Calls {
		i := slices.IndexFunc(suites, func(s junitSuite) bool { return s.name == fmt.Sprintf("call %d", c.ID) })
		if i < 0 {
			t.Errorf("call %d has no suite", c.ID)
			continue
		}
		want := map[ledger.Verdict]string{ledger.Clear: "ok", ledger.Lost: "failure", ledger.Impaired: "failure"}[one.account.Audio(c)]
		if want == "" {
			want = "skipped"
		}
		if suites[i].audio != want {
			t.Errorf("call %d is %q, and its case of audio: %q", c.ID, one.account.Audio(c), suites[i].audio)
		}
		// What is to be heeded does not pass either.
		for _, f := range one.result.Findings {
			if f.Call == c && f.Severity >= detect.Warn && suites[i].failures == 0 {
				t.Errorf("call %d has a %s and no failure", c.ID, f.Code)
			}
		}
	}
}

var escapedBar = regexp.MustCompile(`\\.`)

// tableFaults says which tables of a Markdown document come apart: rows of another
// number of cells than their head, heads without a rule, tables and fences that do
// not end.
func tableFaults(doc string) (faults []string) {
	fenced := false
	var table []string
	end := func() {
		if len(table) == 0 {
			return
		}
		cells := func(line string) int { return strings.Count(escapedBar.ReplaceAllString(line, ""), "|") - 1 }
		if len(table) < 2 || !regexp.MustCompile(`^(\| ?-{3,}:? )+\|$`).MatchString(table[1]) {
			faults = append(faults, "a table without a rule: "+table[0])
		}
		for _, line := range table {
			if cells(line) != cells(table[0]) || !strings.HasSuffix(line, "|") {
				faults = append(faults, fmt.Sprintf("%d cells instead of %d: %s", cells(line), cells(table[0]), line))
			}
		}
		table = nil
	}
	before := ""
	for line := range strings.Lines(doc) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "~~~~") {
			fenced = !fenced
		}
		switch {
		case fenced:
			if len(line) > 72 {
				faults = append(faults, "a drawing is too wide for a ticket: "+line)
			}
		case strings.HasPrefix(line, "|"):
			if len(table) == 0 && before != "" {
				faults = append(faults, "a table without an empty line in front: "+line)
			}
			table = append(table, line)
		default:
			if len(table) > 0 && line != "" {
				faults = append(faults, "a table without an empty line behind: "+line)
			}
			end()
		}
		before = line
	}
	end()
	if fenced {
		faults = append(faults, "a fence is left open")
	}
	return faults
}

// Nothing that names somebody is in a redacted report of any format: users, numbers,
// display names, hosts, Call-IDs, addresses, files. Words that the report has anyhow
// are told by the reports of captures in which nobody is called so.
func TestRedactedFormatsLeaveNoName(t *testing.T) {
	type told struct {
		name    string
		secrets map[string]string // to what it is
		words   map[string]map[string]bool
	}
	var all []told
	looked := 0
	for _, c := range everyCapture(t) {
		one := c.examine(t)
		names := &redaction{on: true, key: "a key for tests"}
		out := one.formats(t, names)
		mine := told{c.name, map[string]string{}, map[string]map[string]bool{}}
		pseudonyms := map[string]bool{}
		for _, n := range names.pseudonyms().Named() {
			for _, w := range wordsOf(n.Pseudonym) {
				pseudonyms[w] = true
			}
			pseudonyms[n.Pseudonym] = true
		}
		links := map[string]bool{"turn": true} // what a capture was recorded on is told, and what it was carried in
		for i := range one.trace.Captures {
			for _, l := range one.trace.Captures[i].LinkTypes {
				for _, w := range wordsOf(l.String()) {
					links[w] = true
				}
			}
		}
		for name, what := range namesIn(one.trace) {
			for _, w := range wordsOf(name) {
				if len(w) >= 4 && !links[w] && !pseudonyms[w] && !(len(w) < 6 && strings.Trim(w, "0123456789") == "") {
					mine.secrets[w] = what
				}
			}
		}
		for format, doc := range out {
			mine.words[format] = map[string]bool{}
			for _, w := range wordsOf(doc) {
				mine.words[format][w] = true
			}
			for a := range addressesIn(one.trace) {
				if to := names.pseudonyms().Addr(a); to == a || pseudonyms[a.String()] {
					continue
				}
				looked++
				if at := wholeAddress(doc, a.String()); at >= 0 {
					t.Errorf("%s: %s leaves the address %s: %q", c.name, format, a, doc[max(0, at-40):min(len(doc), at+40)])
				}
			}
			if strings.Contains(doc, filepath.Base(c.paths[0])) || strings.Contains(doc, filepath.Dir(c.paths[0])+"/") {
				t.Errorf("%s: %s leaves the file's name", c.name, format)
			}
		}
		all = append(all, mine)
	}
	common := func(w string) bool {
		for i := range all {
			if _, secret := all[i].secrets[w]; secret {
				continue
			}
			for _, words := range all[i].words {
				if words[w] {
					return true
				}
			}
		}
		return false
	}
	for i := range all {
		for w, what := range all[i].secrets {
			looked++
			for format, words := range all[i].words {
				if words[w] && !common(w) {
					t.Errorf("%s: %s leaves %q of %s", all[i].name, format, w, what)
				}
			}
		}
	}
	if looked < sample.Least(5, 500) {
		t.Errorf("only %d names were looked for", looked)
	}
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
}

// namesIn are what people, numbers, hosts and calls are named by, each with what it is.
func namesIn(t *trace.Trace) map[string]string {
	out := map[string]string{}
	for _, l := range t.Legs {
		out[l.CallID] = "a Call-ID"
		for side := range l.Parties {
			out[l.Parties[side].URI], out[l.Parties[side].Display] = "a URI", "a display name"
		}
	}
	for _, c := range t.Calls {
		out[c.From], out[c.To] = "a URI", "a URI"
	}
	return out
}

func addressesIn(t *trace.Trace) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, s := range t.Streams {
		out[s.Src.IP()], out[s.Dst.IP()] = true, true
	}
	for _, l := range t.Legs {
		for side := range l.Parties {
			for _, h := range l.Parties[side].Hosts {
				out[h.IP()] = true
			}
		}
		for _, p := range l.Ports {
			out[p.Addr.IP()] = true
		}
	}
	for _, e := range t.Errors {
		out[e.By.IP()], out[e.Quote.Dst.IP()] = true, true
	}
	delete(out, netip.Addr{})
	return out
}

// wholeAddress is where an address stands that is no part of a longer one.
func wholeAddress(doc, address string) int {
	part := func(i int) bool {
		return i >= 0 && i < len(doc) && (doc[i] >= '0' && doc[i] <= '9' || doc[i] == '.' && i+1 < len(doc) && doc[i+1] >= '0' && doc[i+1] <= '9')
	}
	for from := 0; ; {
		i := strings.Index(doc[from:], address)
		if i < 0 {
			return -1
		}
		if i += from; !part(i-1) && !part(i+len(address)) {
			return i
		}
		from = i + 1
	}
}

// The reports of several captures in one document keep the rules, too.
func TestCombinedJUnit(t *testing.T) {
	paths := append(sceneFiles(t, "story"), sceneFiles(t, "early-40ms")...)
	paths = append(paths, sceneFiles(t, "busy")...)
	out := filepath.Join(t.TempDir(), "all.xml")
	output(t, append([]string{"analyze", "--each", "-o", out}, paths...))
	doc, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	faults, suites := junitFaults(string(doc))
	for _, f := range faults {
		t.Error(f)
	}
	if len(suites) != len(paths) {
		t.Errorf("%d suites of %d captures", len(suites), len(paths))
	}
}

// The rules find what is wrong.
func TestJUnitRules(t *testing.T) {
	const good = `<testsuites tests="1" failures="1" errors="0"><testsuite name="a" tests="1" failures="1" errors="0"><testcase name="audio"><failure message="m">x</failure></testcase></testsuite></testsuites>`
	if faults, suites := junitFaults(good); len(faults) > 0 || len(suites) != 1 || suites[0].audio != "failure" {
		t.Errorf("%q, %+v", faults, suites)
	}
	for _, change := range [][2]string{
		{`tests="1" failures="1" errors="0"><testcase`, `tests="2" failures="1" errors="0"><testcase`}, {`name="a" `, ""}, {"<failure message", "<failure colour"},
		{"<failure", "<skipped/><failure"}, {"<testcase ", "<case "}, {"</testcase>", "words</testcase>"}, {`<testsuites tests="1"`, `<testsuites tests="3"`}, {"</testsuites>", ""},
		{`name="a"`, `name="a" time="soon"`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%q is not there", change[0])
		}
		if faults, _ := junitFaults(bad); len(faults) == 0 {
			t.Errorf("nothing wrong with %s", bad)
		}
	}
}

func TestTableRules(t *testing.T) {
	if faults := tableFaults("a\n\n| a | b |\n| --- | ---: |\n| `x\\|y` | 2 |\n\nb\n"); len(faults) > 0 {
		t.Error(faults)
	}
	for _, bad := range []string{"| a | b |\n\n", "| a |\n| --- |\n| 1 | 2 |\n\n", "a\n| a |\n| --- |\n", "| a |\n| --- |\nb\n", "~~~~text\nx\n", "| a |\n| --- |\n| b \n\n"} {
		if len(tableFaults(bad)) == 0 {
			t.Errorf("nothing wrong with %q", bad)
		}
	}
}
