package report

import (
	"bufio"
	"bytes"
	"html/template"
	"strings"
	"testing"
)

// asHTMLTemplate fills a page as the standard library does. Style and script are
// ours, and left out.
func asHTMLTemplate(t *testing.T, source string, funcs map[string]any, data any) string {
	t.Helper()
	source = strings.NewReplacer("{{.Style}}", "", "{{.Script}}", "").Replace(source)
	page, err := template.New("page").Funcs(funcs).Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	v := &visible{w: bufio.NewWriter(&out)}
	if err := page.Execute(v, data); err != nil {
		t.Fatal(err)
	}
	if err := v.close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The pages are filled by a package of our own; whatever stands in a capture, it
// does what html/template would.
func TestPagesLikeHTMLTemplate(t *testing.T) {
	trunk, result := trunk(40)
	many, err := New(trunk, result, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	reports := []*Report{sampleReport(t, sampleDocs()), many}
	for _, attack := range attacks() {
		reports = append(reports, hostileReport(t, attack))
	}
	for i, r := range reports {
		got := strings.NewReplacer(pageStyle, "", pageScript, "").Replace(render(t, r, HTML))
		want := asHTMLTemplate(t, pageSource, pageFunctions(), htmlPageOf(r.Document()))
		if got != want {
			t.Errorf("report %d: %s", i, firstDifference(got, want))
		}
	}
}

func TestRatesLikeHTMLTemplate(t *testing.T) {
	for _, s := range attacks() {
		bar := ratesBar{Name: s, Class: s, W: "12.5", Low: "1", High: "2", Y: 3, Mid: 4, Text: 5, Range: true}
		p := &ratesPage{
			Before: &RatesSide{Name: s}, After: &RatesSide{Name: s}, BeforeAbout: s, AfterAbout: s, Headline: []string{s, s}, Notes: []string{s}, Mood: s,
			All:   []multiple{{Cause: s, Title: s, Label: s, Mood: s, Scale: s, Counts: s, Difference: s, Conclusion: s, Bars: []ratesBar{bar, {}}}},
			Calls: []struct{ Cause, Text string }{{s, s}},
			Parts: []ratesPart{{Title: s, Few: s, Groups: []ratesGroup{{Title: s, Calls: s, Rows: []multiple{{}}}}}, {}},
		}
		filled, err := ratesFilled()
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		v := &visible{w: bufio.NewWriter(&out)}
		if err := filled.Execute(v, p); err != nil {
			t.Fatal(err)
		}
		if err := v.close(); err != nil {
			t.Fatal(err)
		}
		if want := asHTMLTemplate(t, ratesSource, nil, p); out.String() != want {
			t.Errorf("with %q: %s", s, firstDifference(out.String(), want))
		}
	}
}
