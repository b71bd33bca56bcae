package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What readers of JUnit's XML hold a document to: the rules of junit-10.xsd, by which
// the xUnit plugin of Jenkins checks what it is given (jenkinsci/xunit-plugin,
// src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd), in our own form.
// JUnit itself never published a schema.
var junitElements = map[string]struct {
	required, allowed []string // attributes
	children          []string
	text              bool
}{
	"testsuites": {allowed: []string{"name", "time", "tests", "failures", "errors"}, children: []string{"testsuite"}},
	"testsuite": {required: []string{"name", "tests", "failures", "errors"},
		allowed:  []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
		children: []string{"testsuite", "properties", "testcase", "system-out", "system-err"}},
	"testcase": {required: []string{"name"}, allowed: []string{"time", "classname", "group"},
		children: []string{"skipped", "error", "failure", "system-out", "system-err"}},
	"properties": {children: []string{"property"}},
	"property":   {required: []string{"name", "value"}},
	"failure":    {allowed: []string{"type", "message"}, text: true},
	"error":      {allowed: []string{"type", "message"}, text: true},
	"skipped":    {allowed: []string{"type", "message"}, text: true},
	"system-out": {text: true},
	"system-err": {text: true},
}

var junitSeconds = regexp.MustCompile(`^\d+(\.\d+)?$`)

// junitSuite is a suite as it is counted.
type junitSuite struct {
	name                                  string
	said                                  map[string]int // its attributes of counts
	tests, failures, errors, skipped, oks int
	audio                                 string // what became of the case "audio": "ok", "failure", "skipped", "" where there is none
	properties                            map[string]string
}

// junitFaults says what of a document breaks the rules, and counts its suites.
func junitFaults(doc string) (faults []string, suites []junitSuite) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	dec := xml.NewDecoder(strings.NewReader(doc))
	var open []string
	var one *junitSuite
	testcase, outcome := "", ""
	total := map[string]int{}
	ids := map[string]bool{}
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			bad("no XML: %v", err)
			return faults, suites
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			name := tok.Name.Local
			rule, known := junitElements[name]
			switch {
			case !known:
				bad("<%s> is not known", name)
			case len(open) == 0 && name != "testsuites" && name != "testsuite":
				bad("<%s> is no root", name)
			case len(open) > 0 && !slices.Contains(junitElements[open[len(open)-1]].children, name):
				bad("<%s> in <%s>", name, open[len(open)-1])
			}
			open = append(open, name)
			got := map[string]string{}
			for _, a := range tok.Attr {
				at := a.Name.Local
				if got[at] = a.Value; !slices.Contains(rule.required, at) && !slices.Contains(rule.allowed, at) {
					bad("<%s> has %s", name, at)
				}
				if at == "time" && !junitSeconds.MatchString(a.Value) {
					bad("<%s> has the time %q", name, a.Value)
				}
			}
			for _, at := range rule.required {
				if _, ok := got[at]; !ok {
					bad("<%s> has no %s", name, at)
				}
			}
			counts := map[string]int{}
			for _, at := range []string{"tests", "failures", "errors", "skipped"} {
				if s, ok := got[at]; ok {
					n, err := strconv.Atoi(s)
					if err != nil {
						bad("<%s> has %q for %s", name, s, at)
					}
					counts[at] = n
				}
			}
			switch name {
			case "testsuites":
				total = counts
			case "testsuite":
				if id, ok := got["id"]; ok && ids[id] {
					bad("two suites have the id %s", id)
				} else {
					ids[id] = true
				}
				suites = append(suites, junitSuite{name: got["name"], said: counts, properties: map[string]string{}})
				one = &suites[len(suites)-1]
			case "property":
				one.properties[got["name"]] = got["value"]
			case "testcase":
				testcase, outcome = got["name"], "ok"
				one.tests++
			case "failure", "error", "skipped":
				if outcome != "ok" {
					bad("the case %s has two outcomes", testcase)
				}
				outcome = name
			}
		case xml.EndElement:
			open = open[:len(open)-1]
			if tok.Name.Local != "testcase" {
				continue
			}
			switch outcome {
			case "failure":
				one.failures++
			case "error":
				one.errors++
			case "skipped":
				one.skipped++
			default:
				one.oks++
			}
			if testcase == "audio" {
				one.audio = outcome
			}
		case xml.CharData:
			if len(open) > 0 && !junitElements[open[len(open)-1]].text && strings.TrimSpace(string(tok)) != "" {
				bad("text in <%s>: %.20q", open[len(open)-1], tok)
			}
		}
	}
	sum := map[string]int{}
	for i := range suites {
		s := &suites[i]
		for at, n := range map[string]int{"tests": s.tests, "failures": s.failures, "errors": s.errors, "skipped": s.skipped} {
			if s.said[at] != n {
				bad("the suite %s says %d %s, and has %d", s.name, s.said[at], at, n)
			}
			sum[at] += n
		}
	}
	for at, n := range sum {
		if said, ok := total[at]; n != said && (ok || at != "skipped") {
			bad("the suites say %d %s, and have %d", total[at], at, n)
		}
	}
	return faults, suites
}
