package main

import "path/filepath"

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
	rules  = suite{dir: "analyze", run: "^Test(Rules|Ties|Epochs|Announced|Places)$"}
)

// own are the other tests of a package.
func own(dir string) suite {
	return suite{dir: dir, run: ".", skip: "^Test(Traces|Scenes|Rules|Ties|Epochs|Announced|Places)$"}
}

var rooms = []room{
	{"analyze/internal/correlate", []suite{rules, traces, own("analyze/internal/correlate"), scenes}},
	{"analyze/trace", []suite{rules, traces, scenes, own("analyze/trace")}},
	{"analyze/internal/collect", []suite{traces, own("analyze/internal/collect"), own("analyze"), scenes}},
	{"analyze/internal/tracked", []suite{traces, own("analyze")}},
	{"analyze/internal/interval", []suite{traces, scenes}},
	{"analyze/internal/timeindex", []suite{traces, scenes}},
	{"analyze", []suite{traces, own("analyze")}},
	{"detect", []suite{scenes, own("detect")}},
	{"replay/latch", []suite{own("replay/latch"), own("replay")}},
	{"replay", []suite{own("replay")}},
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
