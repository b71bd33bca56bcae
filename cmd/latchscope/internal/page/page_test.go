package page

import (
	"bytes"
	"html"
	"testing"
)

func TestASCIIHoldsNothingElse(t *testing.T) {
	for in, want := range map[string]string{
		"a → b":       "a -> b",
		"≥ 10 s … ×3": ">= 10 s ... x3",
		"Jörg":        `J\u00f6rg`,
		"\x1b[1m":     `\x1b[1m`,
	} {
		p := &Page{ASCII: true}
		if got := p.Text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// Stand-ins are wider than what they stand for: the width holds nevertheless.
func TestASCIIKeepsTheWidth(t *testing.T) {
	var out bytes.Buffer
	p := New(&out, Options{Width: MinWidth, ASCII: true})
	for range 3 {
		p.Para(As("→→→ ", Plain), "→→→→→→→→→→ →→→→→→→→→→ →→→→→→→→→→→→→→→→ →→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→", Plain)
		p.Line(As("→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→", Plain))
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out.Bytes()) {
		if n := Cells(string(bytes.TrimRight(line, "\n"))); n > MinWidth {
			t.Errorf("%d columns: %s", n, line)
		}
		for _, b := range line {
			if b >= 0x80 {
				t.Errorf("not ASCII: %q", line)
				break
			}
		}
	}
}

func TestTable(t *testing.T) {
	tab := Table{Head: []string{"who", "lost"}, Right: []string{"lost"}, Rows: [][]string{{"caller", "5"}, {"b", "1,200"}}}
	want := []string{"who      lost", "caller      5", "b       1,200"}
	got := tab.Lines(20)
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q instead of %q", got[i], want[i])
		}
	}
	if tab.Lines(12) != nil {
		t.Error("a table of 13 columns fits into 12")
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain":       "plain",
		"a\x1b[1mb":   `a\x1b[1mb`,
		"l1\nl2":      `l1\nl2`,
		"\u202eabc":   `\u202eabc`,
		"caf\u00e9":   "café",
		"\xff":        `\xff`,
		"\U000e0041x": `\U000e0041x`,
		"nb\u00a0sp":  `nb\u00a0sp`,
		"\u200b":      `\u200b`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
	if got := html.UnescapeString(Printable("&lt;")); got != "<" {
		t.Errorf("entities are the business of the formats: %q", got)
	}
}
