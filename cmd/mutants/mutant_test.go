package main

import (
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sample = `package sample

const few = 3

const unit, name = 2 * few, "x"

const (
	first = iota + 1
	second
)

type box struct{ n, m int }

func (b *box) fill(list []int, full bool) bool {
	for i := 0; i < len(list); i++ {
		if list[i] > few && !full || b.n == 0 {
			b.n++
			continue
		}
		func() { b.m = i; b.fill(nil, i < 2) }()
	}
	n := 0
	n = 1
	switch {
	case n == 1, full:
		return b.n == b.m
	}
	panic("never")
}
`

func TestMutants(t *testing.T) {
	list, changed, err := mutants("sample/box.go", []byte(sample), 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ids := 0
	for _, m := range list {
		got = append(got, strings.TrimPrefix(m.String(), "sample/box.go "))
		if m.id > 0 {
			ids++
		}
	}
	want := []string{
		"few: 3 is 0", "few: 3 is fourfold",
		"unit: 2 * few is 0", "unit: 2 * few is fourfold",
		"fill: list[i] > few is true", "fill: list[i] > few is false",
		"fill: full is true", "fill: full is false",
		"fill: b.n == 0 is true", "fill: b.n == 0 is false",
		"fill: b.n++ is left out",
		"fill: func() { b.m = i; b.fill(nil, i < 2) }() is left out",
		"fill: b.m = i is left out", "fill: b.fill(nil, i < 2) is left out",
		"fill: i < 2 is true", "fill: i < 2 is false",
		"fill: n == 1 is true", "fill: n == 1 is false",
		"fill: full is true (2)", "fill: full is false (2)",
		"fill: b.n == b.m is true", "fill: b.n == b.m is false",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := format.Source(changed); err != nil {
		t.Fatalf("%v\n%s", err, changed)
	}
	if n := strings.Count(string(changed), "mutated("); n != ids {
		t.Errorf("%d of %d changes are built in\n%s", n, ids, changed)
	}
	for _, line := range []string{
		"if ((list[i] > few || mutated(2)) && !mutated(3)) && !((full || mutated(4)) && !mutated(5)) || ((b.n == 0 || mutated(6)) && !mutated(7)) {",
		"if !mutated(8) { b.n++ }",
	} {
		if !strings.Contains(string(changed), line) {
			t.Errorf("%s\nis not in\n%s", line, changed)
		}
	}
}

// The stage that the scenes' captures are kept by is still what it was.
func TestStaged(t *testing.T) {
	t.Chdir("../..")
	text, err := staged()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := format.Source(text); err != nil {
		t.Fatal(err)
	}
}

// What other suites run of a package is left out of its own, and nothing else of that name.
func TestOwn(t *testing.T) {
	for dir, want := range map[string]string{
		"analyze":       traces.run + "|" + rules.run,
		"detect":        scenes.run,
		"analyze/trace": "",
	} {
		if got := own(dir).skip; got != want {
			t.Errorf("%s: %q is left out, want %q", dir, got, want)
		}
	}
}

func TestExplained(t *testing.T) {
	if _, err := explained("survivors.txt"); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"a: b is true\n":                   "has no reason",
		"\twhy\n":                          "a reason for nothing",
		"a is 0\n\twhy\na is 0\n\tagain\n": "stands there twice",
		"# a word\na is 0\n\twhy\n\tso\n":  "",
	} {
		path := t.TempDir() + "/list"
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := explained(path)
		if want == "" && (err != nil || got["a is 0"] != "why so") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// What a run printed can be given to the next one.
func TestNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.log")
	log := "ALIVE    a.go f: x is true\n\tline 3\nNOTICED  b.go g: y is false (2)\n\tby detect TestScenes, and yet it is explained\nc.go h: z++ is left out\n"
	if err := os.WriteFile(path, []byte(log), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := named(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"a.go f: x is true": true, "b.go g: y is false (2)": true, "c.go h: z++ is left out": true}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
