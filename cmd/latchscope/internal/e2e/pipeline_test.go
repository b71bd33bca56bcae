package e2e

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// run is one way through the program.
type run struct {
	trace  *trace.Trace
	result detect.Result
	report *report.Report
	spent  []time.Duration // reading, putting in relation, detecting
}

// analysis reads files as the command does. The error is that of opening them:
// what is no capture. Later ones are faults.
func analysis(t testing.TB, opt analyze.Options, paths ...string) (run, error) {
	t.Helper()
	set, err := capture.OpenSet(paths, nil, capture.Options{Limits: opt.Limits.Capture})
	if err != nil {
		return run{}, err
	}
	defer set.Close()
	var r run
	lap := time.Now()
	spent := func() {
		r.spent = append(r.spent, time.Since(lap).Round(time.Millisecond))
		lap = time.Now()
	}
	if r.trace, err = analyze.Run(t.Context(), set, opt); err != nil {
		t.Fatalf("reading %v: %v", paths, err)
	}
	spent()
	detectors := detect.Detectors()
	r.result = detect.Run(r.trace, detectors)
	spent()
	if r.report, err = report.New(r.trace, r.result, report.Options{Version: "0.0.0", Docs: detectors}); err != nil {
		t.Fatalf("report: %v", err)
	}
	return r, nil
}

// must is analysis of what is a capture.
func must(t testing.TB, opt analyze.Options, paths ...string) run {
	t.Helper()
	r, err := analysis(t, opt, paths...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// writers are all formats.
func writers() []report.Format {
	return append(report.Formats(), report.Format{Name: "text", Write: textOf(100)}, report.Format{Name: "text-60", Write: textOf(page.MinWidth)})
}

func textOf(width int) func(io.Writer, *report.Report) error {
	return func(w io.Writer, r *report.Report) error { return report.Text(w, r, report.TextOptions{Width: width}) }
}

func rendered(t testing.TB, r run, write func(io.Writer, *report.Report) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r.report); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// file puts bytes where they can be read from.
func file(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
