package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// licences that may be linked into a program under the MIT licence, by words
// that stand in them and in no other.
var licences = map[string]*regexp.Regexp{
	"MIT": regexp.MustCompile(`(?s)Permission is hereby granted, free of charge.*without restriction`),
	// Some set the text as a quotation, with a mark before each line.
	"BSD":        regexp.MustCompile(`(?s)Redistribution and use in source and binary forms, with or without[\s>]+modification, are permitted`),
	"Apache-2.0": regexp.MustCompile(`Apache License\s+Version 2\.0, January 2004`),
	"0BSD, CC0":  regexp.MustCompile(`(?i)public domain|CC0 1\.0 Universal|use, copy, modify, and/or distribute this\s+software for any\s+purpose`),
}

// Every module that the program or its tests are made of has one of them.
func TestLicences(t *testing.T) {
	dirs := map[string]string{}
	for _, dir := range []string{"../..", "../../analyze/oracle"} {
		out, err := golist(dir, "-deps", "-test", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}", "./...")
		if err != nil && dir != "../.." {
			t.Logf("the oracles' modules are not on this machine: %v", err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out) {
			if f := strings.SplitN(strings.TrimSpace(line), " ", 3); len(f) == 3 && !strings.HasPrefix(f[0]+"/", module) {
				dirs[f[0]+" "+f[1]] = f[2]
			}
		}
	}
	if len(dirs) < 10 {
		t.Fatalf("only %d modules: %v", len(dirs), dirs)
	}
	for name, dir := range dirs {
		texts, err := filepath.Glob(filepath.Join(dir, "[LC][IO][CP][EY]*"))
		if err != nil || len(texts) == 0 {
			t.Errorf("%s comes without a licence", name)
			continue
		}
		known := false
		for _, path := range texts {
			b, err := os.ReadFile(path)
			if err != nil {
				continue // a folder of them
			}
			if regexp.MustCompile(`GNU (LESSER |AFFERO )?GENERAL PUBLIC|Mozilla Public`).Match(b) {
				t.Errorf("%s is under another licence: %s", name, path)
			}
			for _, words := range licences {
				known = known || words.Match(b)
			}
		}
		if !known {
			t.Errorf("%s has a licence that nobody has looked at: %v", name, texts)
		}
	}
}

// What a build is made of is pinned: no module is replaced by something on a
// disk, and all of them have checksums.
func TestDependenciesArePinned(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`(?m)^\s*replace\b`).Match(mod) {
		t.Error("go.mod replaces a module")
	}
	if out, err := exec.Command("go", "mod", "verify").CombinedOutput(); err != nil {
		t.Errorf("go mod verify: %v\n%s", err, out)
	}
}
