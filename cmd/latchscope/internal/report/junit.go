package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/detect"
)

// JUnit writes the report as test results, for CI systems: a suite a call, in
// it a case for its audio and one a code that was found, failed from warning on.
// The audio passes only where it is clear; where it was not in view, or nobody
// answered, the case is skipped with the reason.
func JUnit(w io.Writer, r *Report) error {
	suites := junit.Testsuites{Name: "latchscope"}
	incidents := map[int][]IncidentJSON{} // of each call
	for inc := range r.Incidents() {
		for _, id := range inc.Calls {
			incidents[id] = append(incidents[id], inc)
		}
	}
	for _, c := range r.trace.Calls {
		if r.has(c) {
			suites.AddSuite(r.suite(c, len(suites.Suites), incidents[c.ID]))
		}
	}
	if len(r.about[nil]) > 0 {
		suites.AddSuite(r.suite(nil, len(suites.Suites), nil))
	}
	suites.Skipped = 0 // of each suite: for all of them together junit-10.xsd, which Jenkins goes by, knows none
	if _, err := io.WriteString(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"); err != nil {
		return err
	}
	return suites.WriteXML(w)
}

func (r *Report) suite(c *trace.Call, id int, incidents []IncidentJSON) junit.Testsuite {
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
		s.File = xmlText(r.file(0))
	}
	if c != nil {
		call := r.call(c)
		for _, id := range call.CallIDs {
			s.AddProperty("call_id", xmlText(id))
		}
		s.AddProperty("from", xmlText(call.From))
		s.AddProperty("to", xmlText(call.To))
		s.AddProperty("root_cause", xmlText(verdict.RootCause))
		for _, inc := range incidents {
			s.AddProperty("incident", xmlText(fmt.Sprintf("%d: %s", inc.ID, inc.Title)))
			for _, a := range inc.Actions {
				s.AddProperty("action", xmlText(a.Owner+": "+a.What))
			}
		}
	}
	s.AddTestcase(r.audioCase(c, name))
	for _, code := range r.codes(c) {
		s.AddTestcase(r.testcase(c, name, code))
	}
	return s
}

// audioCase says whether the call's audio is accounted for: what was lost or
// impaired failed, and of what is not clear nobody can say that it passed.
func (r *Report) audioCase(c *trace.Call, class string) junit.Testcase {
	tc := junit.Testcase{Name: "audio", Classname: "latchscope." + class}
	if c == nil {
		tc.Skipped = &junit.Result{Message: "media without signalling: nobody can say what was due"}
		return tc
	}
	w := &writer{Report: r, loc: time.UTC, names: map[*trace.Call]*nameList{}}
	switch v := r.audio(c); v {
	case ledger.Clear:
	case ledger.Lost, ledger.Impaired:
		message, body := "audio was "+v.String(), ""
		if list := w.losses(c); len(list) > 0 {
			message = w.summaryOf(c, list)
			for i := range list {
				l := &list[i]
				body += fmt.Sprintf("%s: the %s's voice: %s, from %s UTC for %s (%s)\n", l.row.To.Name, l.row.From.Name, w.fate(l), w.clock(l.from), seconds(float64(l.silent)/1e9), ledgerSure(l.sure))
			}
		}
		tc.Failure = &junit.Result{Message: xmlText(r.text(message)), Type: v.String(), Data: xmlLines(r.text(body))}
	case ledger.Partly, ledger.Unjudged:
		message := "clear as far as in view"
		if v == ledger.Unjudged {
			message = "the audio cannot be judged from this capture"
		}
		if reasons := w.unseenIn(c, false); len(reasons) > 0 {
			message += ": " + reasons[0]
		}
		tc.Skipped = &junit.Result{Message: xmlText(r.text(message))}
	default:
		tc.Skipped = &junit.Result{Message: xmlText("not answered: " + w.outcome(c))}
		if why := answerUnseen(c); why != "" {
			tc.Skipped.Message = "not judged: " + why
		}
	}
	return tc
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
func (r *Report) frameName(file int32, frame uint32) string {
	if len(r.Captures) > 1 {
		return fmt.Sprintf("file %d, frame %d", file, frame)
	}
	return fmt.Sprintf("frame %d", frame)
}

// xmlLines is text of several lines.
func xmlLines(s string) string {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i := range lines {
		lines[i] = xmlText(lines[i])
	}
	return strings.Join(lines, "\n") + "\n"
}

// xmlText is the sanitising function of this format. The encoder escapes what
// is markup; beyond that only what XML cannot hold or a viewer would act on
// must go.
func xmlText(s string) string { return page.Printable(s) }
