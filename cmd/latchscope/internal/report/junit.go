package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/detect"
)

// JUnit writes the report as test results, for CI systems: a suite a call, in
// it a test case a code that was found, failed from warning on. A call without
// findings is one case that passed, one that could not be judged is skipped.
func JUnit(w io.Writer, r *Report) error {
	suites := junit.Testsuites{Name: "latchscope"}
	for _, c := range r.trace.Calls {
		if r.has(c) {
			suites.AddSuite(r.suite(c, len(suites.Suites)))
		}
	}
	if len(r.about[nil]) > 0 {
		suites.AddSuite(r.suite(nil, len(suites.Suites)))
	}
	if _, err := io.WriteString(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"); err != nil {
		return err
	}
	return suites.WriteXML(w)
}

func (r *Report) suite(c *trace.Call, id int) junit.Testsuite {
	name, began, lasted := "no call", r.Start, r.End.Since(r.Start)
	verdict := Verdict{}
	if c != nil {
		name, began = fmt.Sprintf("call %d", c.ID), moment(c.Start())
		end := r.End
		if !c.End.IsZero() {
			end = moment(c.End)
		}
		lasted = max(end.Since(began), 0)
		verdict = r.verdictOf(c)
	}
	s := junit.Testsuite{Name: name, ID: id, Time: fmt.Sprintf("%.3f", lasted)}
	if began.Seen {
		s.SetTimestamp(began.In(time.UTC))
	}
	if len(r.Captures) > 0 {
		s.File = xmlText(r.Captures[0].Path)
	}
	if c != nil {
		call := r.call(c)
		for _, id := range call.CallIDs {
			s.AddProperty("call_id", xmlText(id))
		}
		s.AddProperty("from", xmlText(call.From))
		s.AddProperty("to", xmlText(call.To))
		s.AddProperty("root_cause", xmlText(verdict.RootCause))
	}
	for _, code := range r.codes(c) {
		s.AddTestcase(r.testcase(c, name, code))
	}
	if len(r.about[c]) == 0 {
		tc := junit.Testcase{Name: "audio", Classname: "latchscope." + name}
		if verdict.RootCause == "unknown" {
			tc.Skipped = &junit.Result{Message: xmlText(verdict.Text)}
		}
		s.AddTestcase(tc)
	}
	return s
}

// codes found in a call, in order of their first finding.
func (r *Report) codes(c *trace.Call) []string {
	var out []string
	seen := map[string]bool{}
	for _, i := range r.about[c] {
		if code := r.result.Findings[i].Code; !seen[code] {
			seen[code] = true
			out = append(out, code)
		}
	}
	return out
}

func (r *Report) testcase(c *trace.Call, class, code string) junit.Testcase {
	tc := junit.Testcase{Name: code, Classname: "latchscope." + class}
	var body strings.Builder
	var worst detect.Severity
	summary := ""
	for _, i := range r.about[c] {
		f := r.finding(&r.result.Findings[i])
		if f.Code != code {
			continue
		}
		if f.level > worst {
			worst, summary = f.level, f.Summary
		}
		fmt.Fprintf(&body, "%s (%s, %s)\n", xmlText(f.Summary), f.Severity, f.Confidence)
		for _, s := range []string{f.Detail, f.Advice} {
			if s != "" {
				fmt.Fprintf(&body, "%s\n", xmlText(s))
			}
		}
		for _, e := range f.Evidence {
			fmt.Fprintf(&body, "%s: %s\n", r.frameName(e.File, e.Frame), xmlText(e.Note))
		}
		if f.Filter != "" {
			fmt.Fprintf(&body, "Wireshark: %s\n", xmlText(f.Filter))
		}
	}
	if worst >= detect.Warn {
		tc.Failure = &junit.Result{Message: xmlText(summary), Type: worst.String(), Data: body.String()}
	} else {
		tc.SystemOut = &junit.Output{Data: body.String()}
	}
	return tc
}

// frameName is a frame as a sentence names it.
func (r *Report) frameName(file int32, frame int64) string {
	if len(r.Captures) > 1 {
		return fmt.Sprintf("file %d, frame %d", file, frame)
	}
	return fmt.Sprintf("frame %d", frame)
}

// xmlText is the sanitising function of this format. The encoder escapes what
// is markup; beyond that only what XML cannot hold or a viewer would act on
// must go.
func xmlText(s string) string { return page.Printable(s) }
