package markup

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"testing"
)

type inner struct {
	Word  string
	Parts []string
}

type kindOf string

type outer struct {
	*inner
	Kind   kindOf
	Text   string
	Share  float64
	Count  int
	Yes    bool
	List   []inner
	None   *inner
	Any    any
	Lists  [][]string
	hidden string
}

func sample(text string) *outer {
	return &outer{
		inner: &inner{Word: "of the inner", Parts: []string{"a", text, "c"}},
		Kind:  "summary", Text: text, Share: 12.5, Count: 3, Yes: true,
		List: []inner{{Word: text}, {Word: "second", Parts: []string{"x"}}}, Any: text,
		Lists: [][]string{{"a", "b"}, {text}}, hidden: "not shown",
	}
}

func functions() map[string]any {
	return map[string]any{
		"percent": func(f float64) string { return fmt.Sprintf("%.3f", f) },
		"first":   func(o *outer, n int) []string { return o.Parts[:n] },
		"wordOf":  func(i inner) string { return i.Word },
		"nothing": func(o *outer) *inner { return nil },
	}
}

var texts = []string{
	"plain", "", `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "a & b &amp; c", "'+1", "\x00\x1b", "\xff\xfe", "漢 👩‍👧",
	"javascript:alert(1)", "#f0-8", "</title>", "</style>", "]]>", "{{.}}", "expression(1)", "url(x)", "\u2028", "a\nb",
}

// What html/template makes of a page, this package does.
func TestLikeHTMLTemplate(t *testing.T) {
	for _, source := range []string{
		`<p>{{.Text}}</p>`,
		`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x: {{.Text}}</title></head></html>`,
		`<meta http-equiv="Content-Security-Policy" content="{{.Text}}"><p title="{{.Text}}: {{.Count}}" class="a{{if .Yes}} {{.Kind}}{{end}}" data-l="{{.Text}}">`,
		`<li value="{{.Count}}"{{if .Yes}} class="x"{{end}}{{if not .Yes}} data-long{{end}}>{{.Share}} {{.Yes}}</li>`,
		`<i style="left:{{percent .Share}}%;width:{{.Count}}px"></i><i style="--before:{{percent .Share}}%"></i>`,
		`{{range .List}}<b>{{.Word}}</b>{{range .Parts}}<i>{{.}}</i>{{end}}{{else}}none{{end}}`,
		`{{range $i, $p := .Parts}}{{if $i}}<br>{{end}}{{$i}}={{$p}}{{end}}{{range $p := .Parts}}{{$p}}{{end}}`,
		`{{$all := .}}{{range .List}}{{$word := .Word}}{{range $all.Parts}}{{.}}{{$word}}{{$all.Count}}{{end}}{{end}}`,
		`{{with .None}}no{{else}}none{{end}}{{with $o := .List}}{{len $o}}{{(index $o 0).Word}}{{end}}{{with .Text}}{{.}}{{else}}empty{{end}}`,
		`{{if and .Yes (eq .Kind "summary")}}a{{else if or .Yes .Count}}b{{else}}c{{end}}{{if gt .Count 2}}>{{end}}{{if lt .Share 94.0}}<p>{{end}}{{if ne .Text "plain"}}!{{end}}`,
		`{{range first . 2}}{{.}}{{end}}{{range .List}}{{wordOf .}}{{end}}{{with nothing .}}x{{else}}y{{end}}`,
		`{{define "part"}}<em>{{.Word}}</em>{{$x := .Word}}{{$x}}{{end}}{{template "part" .}}{{range .List}}{{template "part" .}}{{end}}`,
		`{{.Any}} {{index .Parts 1}} {{len .Parts}} {{index (index .Lists 0) 1}} {{.Word}} {{"it's"}} {{1.5}} {{true}}`,
		`{{- /* not shown */ -}}  x  {{- .Text -}}  y`,
		`<a href="#top">{{.Text}}</a><svg viewBox="0 0 240 62"><line x1="{{.Share}}" y1="2"/></svg>`,
		`<pre>{{.Text}}</pre><details><summary>{{.Text}}{{if gt .Count 1}} (×{{.Count}}){{end}}</summary></details>`,
		`<style>p { color: red } p > b { }</style><script>if (1 < 2) { f("</p>") }</script>{{.Text}}`,
	} {
		theirs, err := template.New("page").Funcs(functions()).Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := Parse(source, functions())
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		for _, text := range texts {
			var want, got strings.Builder
			if err := theirs.Execute(&want, sample(text)); err != nil {
				t.Fatal(err)
			}
			if err := ours.Execute(&got, sample(text)); err != nil {
				t.Errorf("%s with %q: %v", source, text, err)
			}
			if got.String() != want.String() {
				t.Errorf("%s with %q:\n got %q\nwant %q", source, text, got.String(), want.String())
			}
		}
	}
}

// Where a foreign value may not stand, it does not.
func TestForeignValuesAreRefused(t *testing.T) {
	for _, c := range []struct{ source, passes string }{
		{`<i style="left:{{.Text}}"></i>`, "plain"},
		{`<a href="{{.Text}}">x</a>`, "#f0-8"},
		{`<style>{{.Text}}</style>`, ""},
		{`<script>{{.Text}}</script>`, ""},
	} {
		p, err := Parse(c.source, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			var out strings.Builder
			if err := p.Execute(&out, sample(text)); err != nil {
				t.Fatal(err)
			}
			before, after, _ := strings.Cut(c.source, "{{.Text}}")
			got := strings.TrimSuffix(strings.TrimPrefix(out.String(), before), after)
			if text == c.passes && text != "" && got != text {
				t.Errorf("%s: %q became %q", c.source, text, got)
			}
			if text != c.passes && text != "" && strings.TrimPrefix(got, "#") != refused && !(text == "#f0-8" && strings.Contains(c.source, "style=")) {
				t.Errorf("%s: %q passes as %q", c.source, text, got)
			}
		}
	}
}

func TestTrustedTextStandsAsItIs(t *testing.T) {
	p, err := Parse(`<style>{{.S}}</style><script>{{.S}}</script><p>{{.S}}</p>`, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := p.Execute(&out, struct{ S Trusted }{"a > b"}); err != nil {
		t.Fatal(err)
	}
	if want := "<style>a > b</style><script>a > b</script><p>a &gt; b</p>"; out.String() != want {
		t.Errorf("%s", out.String())
	}
}

// A page of which it is not known where its values stand is no page.
func TestPagesThatAreRefused(t *testing.T) {
	for source, want := range map[string]string{
		`<{{.Text}}>`:                                       "no tag",
		`<p {{.Text}}>`:                                     "no value may stand",
		`<p {{.Text}}="x">`:                                 "no value may stand",
		`<p title={{.Text}}>`:                               "double quotes",
		`<p title='{{.Text}}'>`:                             "double quotes",
		`<p onclick="{{.Text}}">`:                           "no value may stand",
		`<img src="{{.Text}}">`:                             "no value may stand",
		`<!-- {{.Text}} -->`:                                "no tag",
		`<p{{if .Yes}}>{{end}}`:                             "one way ends",
		`{{if .Yes}}<p title="{{else}}x{{end}}">`:           "one way ends",
		`{{range .Parts}}<p title="{{end}}`:                 "one way ends",
		`<p title="x`:                                       "ends in the attribute title",
		`<p title="{{template "x"}}">{{define "x"}}{{end}}`: "in the attribute title",
		`{{template "y" .}}`:                                "there is none",
		`{{define "x"}}<p {{end}}`:                          "x ends in the tag p",
		`{{nobody .}}`:                                      "not defined",
		`{{range .Parts}}{{break}}{{end}}`:                  "not known here",
		`{{.Text`:                                           "unclosed action",
	} {
		if _, err := Parse(source, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
	if _, err := Parse("", map[string]any{"f": func() (int, error) { return 0, nil }}); err == nil {
		t.Error("a function of two results is taken")
	}
}

// What does not fit the value is an error, and not the end of the program.
func TestPagesThatDoNotFit(t *testing.T) {
	for _, source := range []string{
		`{{.Nothing}}`, `{{.hidden}}`, `{{.None.Word}}`, `{{.Text.Word}}`, `{{range .Text}}{{end}}`, `{{range .Count}}{{end}}`,
		`{{index .Parts 9}}`, `{{index .Parts -1}}`, `{{index .Count 0}}`, `{{eq .Text 1}}`, `{{lt .Yes .Yes}}`, `{{len .Count}}`, `{{not}}`,
		`{{percent .Text}}`, `{{percent}}`, `{{wordOf .None}}`, `{{.Text | percent}}`, `{{.Text .Count}}`,
	} {
		p, err := Parse(source, functions())
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if err := p.Execute(io.Discard, sample("x")); err == nil {
			t.Errorf("%s: no error", source)
		}
	}
}

type full struct{ left int }

var errFull = errors.New("full")

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestErrorsOfWritingAreTold(t *testing.T) {
	p, err := Parse(`<p>{{.Text}}</p>{{range .Parts}}{{.}}{{end}}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for left := range 12 {
		if err := p.Execute(&full{left}, sample("text")); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
}
