package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/detect"
)

// hostileReport is the sample with one string in every place that a stranger
// can write to.
func hostileReport(t *testing.T, s string) *Report {
	t.Helper()
	tr, result := sampleTrace()
	c := tr.Calls[0]
	c.From, c.To = s, "sip:"+s+"@example.net"
	tr.Captures[0].Path = s
	tr.Captures[0].Warnings = append(tr.Captures[0].Warnings, trace.Warning{Code: "drops", Count: 2, Text: "interface " + s + " lost packets"})
	for i, l := range c.Legs {
		l.CallID = fmt.Sprint(i, s)
		for side := range l.Parties {
			l.Parties[side].Agent, l.Parties[side].Display = s, s
		}
		for _, m := range l.Messages.All() {
			m.Defects = s
			if m.SDP != nil {
				m.SDP.Media[0].Kind = s
			}
		}
	}
	for _, st := range c.Streams {
		st.Place.Port = &trace.Port{Leg: st.Place.Leg, Media: &trace.Media{Terms: &trace.Terms{Formats: []trace.Format{{PT: st.PT, Name: s}}}}}
	}
	for i := range result.Findings {
		f := &result.Findings[i]
		f.Summary += " " + s
		f.Detail += " " + s
		f.Advice += " " + s
		f.Filter += ` && sip.Call-ID == "` + s + `"`
		for j := range f.Evidence {
			f.Evidence[j].Note += " " + s
		}
	}
	result.Verdicts[0].Text += " " + s
	result.Coverage.Limits = append(result.Coverage.Limits, "about "+s)
	r, err := New(tr, result, Options{Version: "0.0.0", Docs: sampleDocs()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func attacks() []string {
	return []string{
		"\x1b[31mred\x1b[0m", "\x1b]0;title\a", "\u009b31m", "a\rb\nc\td\x00e\x7f",
		"\u202eright to left\u202c", "\u2066isolate\u2069\u200f\u200e\u061c", "zero\u200bwidth\ufeff\u2028line\u2029par\u00a0nbsp",
		"\xff\xfe not UTF-8 \xc3", strings.Repeat("\u0301", 40) + "zalgo", "tags \U000e0041\U000e0042",
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</details><h1>x`, `javascript:alert(1)`, `' onmouseover='x`,
		"| cell | cell |", "`code` ``", "```\nfence", "~~~~", "[link](http://evil.example)", "![i](http://evil.example/p.png)", "@everyone #1 !2", "# head", "- item", "1. x", "<b>", "***", "$x$", "\\|", "\\\\|", "www.evil.example",
		"]]>", "<![CDATA[", "&amp;&lt;", "<?xml?>", "=cmd|' /C calc'!A0", "+1+1", "{0} {{.}}", "%s%n%!d(MISSING)",
		strings.Repeat("x", 5000), strings.Repeat("漢", 300), "👩‍👩‍👧‍👦 family ️", "https://evil.example/?q=<a>", "",
	}
}

// harmful tells runes that a terminal or a browser acts on.
func harmful(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs))
}

func TestNothingHarmfulGetsThrough(t *testing.T) {
	for name, write := range writers() {
		for _, attack := range attacks() {
			out := render(t, hostileReport(t, attack), write)
			if name == "text-color" {
				out = regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(out, "")
				if strings.Contains(out, "\x1b") {
					t.Errorf("%s: a foreign escape in %q", name, attack)
				}
			}
			if !utf8.ValidString(out) {
				t.Errorf("%s: not UTF-8 after %q", name, attack)
			}
			for _, r := range out {
				if harmful(r) && !(name == "junit" && r == '\t') {
					t.Errorf("%s: %U gets through from %q", name, r, attack)
					break
				}
			}
		}
	}
}

// Foreign text adds no lines and no columns to what people read.
func TestTextNeverExceedsItsWidth(t *testing.T) {
	check := func(t *testing.T, s string) {
		t.Helper()
		for _, width := range []int{page.MinWidth, 72, 80, 100, 132} {
			out := render(t, hostileReport(t, s), func(w io.Writer, r *Report) error { return Text(w, r, TextOptions{Width: width}) })
			for line := range strings.Lines(out) {
				line = strings.TrimSuffix(line, "\n")
				if n := page.Cells(line); n > width {
					t.Errorf("%d columns instead of %d with %q:\n%s", n, width, s, line)
				}
				if strings.HasSuffix(line, " ") {
					t.Errorf("blanks at the end with %q: %q", s, line)
				}
			}
		}
	}
	for _, s := range attacks() {
		check(t, s)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var b strings.Builder
		for range rng.IntN(60) {
			switch rng.IntN(6) {
			case 0:
				b.WriteRune(rune(rng.IntN(0x30000)))
			case 1:
				b.WriteByte(byte(rng.IntN(256)))
			case 2:
				b.WriteString([]string{"漢", "한", "👩‍👧", "🇩🇪", "é", "é", "ﷺ", "\u0e33", "क्षि"}[rng.IntN(9)])
			case 3:
				b.WriteByte(' ')
			default:
				b.WriteByte(byte('!' + rng.IntN(94)))
			}
		}
		check(t, b.String())
	}
}

func TestHTMLIsNotInjected(t *testing.T) {
	tags := regexp.MustCompile(`<[/!]?[a-zA-Z][^>]*>`)
	want := tags.FindAllString(render(t, hostileReport(t, "x"), HTML), -1)
	for _, attack := range attacks() {
		if strings.TrimSpace(attack) == "" {
			continue // an empty agent has no line
		}
		out := render(t, hostileReport(t, attack), HTML)
		got := tags.FindAllString(out, -1)
		if len(got) != len(want) {
			t.Errorf("%d tags instead of %d with %q", len(got), len(want), attack)
		}
		for _, bad := range []string{"<script", "src=", "href=\"h", "onerror=a", "onmouseover='"} {
			for i, tag := range got {
				if own := i == len(got)-4 && tag == "<script>"; strings.Contains(tag, bad) && !own {
					t.Errorf("%q: a tag holds %s: %s", attack, bad, tag)
				}
			}
		}
	}
}

// The page fetches nothing.
func TestHTMLNeedsNoNetwork(t *testing.T) {
	out := render(t, sampleReport(t, sampleDocs()), HTML)
	for _, bad := range []string{"http://", "https://", "<link", "@import", "url(", "<img", "<iframe", "fetch(", "XMLHttp"} {
		if strings.Contains(out, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	// One script, at the end, sorts and filters tables; the policy names it by
	// its hash and lets no other run.
	if n := strings.Count(out, "<script"); n != 1 {
		t.Errorf("%d scripts", n)
	}
	if !strings.Contains(out, "default-src &#39;none&#39;") || strings.Contains(out, "script-src &#39;unsafe") {
		t.Error("the policy lets more in than the page's own script")
	}
}

// Tables keep their columns, and what might be syntax stands in code spans.
func TestMarkdownIsNotInjected(t *testing.T) {
	spans := regexp.MustCompile("(`+)(?:[^`]|[^`](?:.*?)[^`])(`+)")
	for _, attack := range attacks() {
		out := render(t, hostileReport(t, attack), Markdown)
		columns, fenced := 0, false
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			if line == "~~~~text" || line == "~~~~" {
				fenced = !fenced
			}
			if fenced {
				continue
			}
			if strings.HasPrefix(line, "|") {
				n := strings.Count(regexp.MustCompile(`\\.`).ReplaceAllString(line, ""), "|")
				if columns != 0 && n != columns {
					t.Errorf("%q: %d bars instead of %d: %s", attack, n, columns, line)
				}
				columns = n
			} else {
				columns = 0
			}
			bare := spans.ReplaceAllString(line, "")
			for _, bad := range []string{"<script", "<img", "<b>", "](", "@everyone", "http:", "https:", "www.", "***"} {
				if strings.Contains(bare, bad) && strings.Contains(attack, bad) && !strings.HasPrefix(line, "**") {
					t.Errorf("%q: %s outside of a code span: %s", attack, bad, line)
				}
			}
		}
		if fenced {
			t.Errorf("%q: a fence is left open", attack)
		}
	}
}

func TestJUnitIsXML(t *testing.T) {
	for _, attack := range attacks() {
		out := render(t, hostileReport(t, attack), JUnit)
		dec := xml.NewDecoder(strings.NewReader(out))
		cases := 0
		for {
			tok, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v\n%s", attack, err, out)
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "testcase" {
				cases++
			}
		}
		if cases != 5 { // the audio, and four codes
			t.Errorf("%q: %d test cases", attack, cases)
		}
	}
}

// Every SARIF report is what the standard's own schema asks for, whatever a
// stranger wrote into the capture.
func TestSARIFIsValid(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat() // URIs above all
	s, err := compiler.Compile("testdata/sarif-2.1.0.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, attack := range append(attacks(), "dir with blank/ü:1.pcap") {
		out := render(t, hostileReport(t, attack), SARIF)
		validate(t, s, out)
		var doc struct {
			Runs []struct{ Results []json.RawMessage }
		}
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatalf("%q: %v", attack, err)
		}
		if n := len(doc.Runs[0].Results); n != 4 {
			t.Errorf("%q: %d results", attack, n)
		}
	}
	empty, err := New(&trace.Trace{}, detect.Result{}, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	validate(t, s, render(t, empty, SARIF))
	validate(t, s, render(t, bareReport(t), SARIF))
}

func TestSemanticVersion(t *testing.T) {
	for version, want := range map[string]string{
		"0.1.0": "0.1.0", "v1.2.3": "1.2.3", "v0.0.0-20261128233000-9ed535e1a2b3": "0.0.0-20261128233000-9ed535e1a2b3",
		"v1.2.3+dirty": "1.2.3+dirty", "0.1.0 (commit 9ed535e)": "0.1.0", "devel": "", "": "",
	} {
		if got := semantic(version); got != want {
			t.Errorf("%q: %q, want %q", version, got, want)
		}
	}
}

// What JSON escapes comes back as it was, so that a Call-ID can be searched for.
func TestJSONKeepsNames(t *testing.T) {
	for _, attack := range attacks() {
		if !utf8.ValidString(attack) {
			continue
		}
		var doc struct{ Calls []struct{ From string } }
		if err := json.Unmarshal([]byte(render(t, hostileReport(t, attack), JSON)), &doc); err != nil {
			t.Fatalf("%q: %v", attack, err)
		}
		if got := doc.Calls[0].From; got != attack {
			t.Errorf("%q became %q", attack, got)
		}
	}
}
