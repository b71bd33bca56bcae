package main

import (
	"path/filepath"
	"strings"
)

// room is a package whose rules tests have to hold, and those tests: first what
// answers soonest.
type room struct {
	dir   string
	tests []suite
}

// suite is some tests of a package.
type suite struct {
	dir, run, skip string
	staged         bool // plays scenes of the same names as all that are so, and no others
}

// traces and scenes are the staged calls, with what must be said and found of
// them: they hold the model as well as the detectors.
var (
	traces = suite{dir: "analyze", run: "^TestTraces$", staged: true}
	scenes = suite{dir: "detect", run: "^TestScenes$", staged: true}
	rules  = suite{dir: "analyze", run: "^Test(Rules|Ties|Epochs|Announced|Places|States)$"}
)

// hard and goldens are the calls that are awkward, and the captures that were
// kept, with what must be said of them: dear, so they come last.
var (
	hard    = suite{dir: "detect", run: "^Test(Hard|Field)"}
	goldens = suite{dir: "cmd/latchscope", run: "^TestGoldenCaptures$"}
)

// measured leaves out the calls that are played in real time, which fail on a busy machine
// without a mutant.
var measured = suite{dir: "replay/measure", run: ".", skip: "^TestPlay"}

// own are the other tests of a package.
func own(dir string) suite {
	s := suite{dir: dir, run: "."}
	for _, other := range []suite{traces, scenes, rules} {
		if other.dir == dir {
			s.skip = strings.TrimPrefix(s.skip+"|"+other.run, "|")
		}
	}
	return s
}

var rooms = []room{
	{"analyze/internal/correlate", []suite{rules, traces, own("analyze/internal/correlate"), scenes, hard, goldens}},
	{"analyze/trace", []suite{rules, traces, own("analyze/trace"), own("analyze"), scenes, hard, goldens}},
	{"analyze/internal/collect", []suite{traces, own("analyze/internal/collect"), own("analyze"), own("analyze/internal/authenticate"), scenes, hard, goldens}},
	{"analyze/internal/tracked", []suite{traces, own("analyze"), hard, goldens}},
	{"analyze/internal/interval", []suite{traces, scenes, hard, goldens}},
	{"analyze/internal/timeindex", []suite{traces, scenes, hard, goldens}},
	{"analyze", []suite{traces, own("analyze"), goldens}},
	{"analyze/sip", []suite{own("analyze/sip"), traces, own("analyze"), goldens}},
	{"analyze/rtp", []suite{own("analyze/rtp"), traces, own("analyze"), goldens}},
	{"analyze/ledger", []suite{scenes, own("analyze/ledger"), hard, goldens}},
	{"detect", []suite{scenes, own("detect"), goldens}},
	{"replay/latch", []suite{own("replay/latch"), own("replay"), measured}},
	{"replay/measure", []suite{measured}},
	{"replay", []suite{own("replay"), {dir: "cmd/latchscope", run: "^Test(ReplayWithin|ReplayMatrix|ReplayText|ReplayScenes|FitAgrees|WhatIf|AccountAndReplay|GoldenCaptures)"}}},
}

// files of the room, in order, without tests.
func (r room) files() ([]string, error) {
	all, err := filepath.Glob(filepath.Join(r.dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range all {
		if match, _ := filepath.Match("*_test.go", filepath.Base(f)); !match {
			out = append(out, filepath.ToSlash(f))
		}
	}
	return out, nil
}
