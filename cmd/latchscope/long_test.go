package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a test leaves to the long run is tried there: `make long` names each test that takes
// a sample of its cases, by itself or by what it calls, and each room of such tests.
func TestLongRunIsWhole(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list := func(name, sep string) []string {
		m := regexp.MustCompile(`(?m)^` + name + ` := (.*)$`).FindSubmatch(makefile)
		if m == nil {
			t.Fatalf("the Makefile has no %s", name)
		}
		return strings.Split(string(m[1]), sep)
	}
	var rooms, tests []string
	for _, dir := range samplingRooms(t) {
		found := samplers(t, dir)
		if len(found) == 0 {
			continue
		}
		rooms, tests = append(rooms, "./"+dir), append(tests, found...)
	}
	slices.Sort(tests)
	if want := list("LONG_ROOMS", " "); !slices.Equal(rooms, want) {
		t.Errorf("samples are taken in\n%s, the Makefile has\n%s", strings.Join(rooms, " "), strings.Join(want, " "))
	}
	if want := list("LONG_TESTS", "|"); !slices.Equal(slices.Compact(tests), want) {
		t.Errorf("samples are taken by\n%s, the Makefile has\n%s", strings.Join(slices.Compact(tests), "|"), strings.Join(want, "|"))
	}
}

// samplingRooms are the folders of this module in which a test imports the samples.
func samplingRooms(t *testing.T) []string {
	t.Helper()
	out, err := golist(".", "-f", "{{.ImportPath}} {{join .TestImports \" \"}} {{join .XTestImports \" \"}}", module+"...")
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if slices.Contains(words[1:], module+"analyze/scenetest/sample") {
			dirs = append(dirs, strings.TrimPrefix(words[0], module))
		}
	}
	return dirs
}

// samplers are the tests of a folder that sample, themselves or by a function they call.
func samplers(t *testing.T, dir string) (tests []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string][]string{} // by function, all that it names
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					calls[fn.Name.Name] = append(calls[fn.Name.Name], id.Name)
				}
				return true
			})
		}
	}
	samples := map[string]bool{"sample": true}
	for more := true; more; {
		more = false
		for name, called := range calls {
			if !samples[name] && slices.ContainsFunc(called, func(c string) bool { return samples[c] }) {
				samples[name], more = true, true
			}
		}
	}
	for name := range samples {
		if strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz") {
			tests = append(tests, name)
		}
	}
	slices.Sort(tests)
	return tests
}
