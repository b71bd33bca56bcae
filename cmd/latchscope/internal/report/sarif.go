package report

import (
	"bufio"
	"bytes"
	"io"
	"net/url"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/detect"
)

// SARIF writes the findings as SARIF 2.1.0, for code scanning dashboards. Rule
// ids are the codes; only codes that were found are listed as rules.
func SARIF(w io.Writer, r *Report) error {
	doc := r.sarif()
	var out bytes.Buffer
	if err := doc.PrettyWrite(&out); err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	if _, err := b.Write(inert(bytes.TrimRight(out.Bytes(), "\n"))); err != nil {
		return err
	}
	if err := b.WriteByte('\n'); err != nil {
		return err
	}
	return b.Flush()
}

func (r *Report) sarif() *sarif.Report {
	doc := sarif.NewReport()
	run := sarif.NewRunWithInformationURI(r.Tool.Name, "https://github.com/latchscope/latchscope")
	run.Tool.Driver.WithVersion(r.Tool.Version).WithSemanticVersion(r.Tool.Version)
	index := map[string]int{}
	for f := range r.Findings() {
		if _, known := index[f.Code]; !known {
			index[f.Code] = len(index)
			r.rule(run, f.Code)
		}
		run.AddResult(r.sarifResult(&f).WithRuleIndex(index[f.Code]))
	}
	for i := range r.Captures {
		run.AddArtifact(r.artifact(i))
	}
	doc.AddRun(run)
	return doc
}

func (r *Report) rule(run *sarif.Run, code string) {
	rule := run.AddRule(code).WithName(code).WithShortDescription(sarif.NewMultiformatMessageString().WithText(sarifText(r.title(code))))
	for i := range r.docs {
		if r.docs[i].Code == code && r.docs[i].Doc != "" {
			rule.WithHelp(sarif.NewMultiformatMessageString().WithText(strings.TrimSpace(r.docs[i].Doc)))
		}
	}
}

func (r *Report) artifact(i int) *sarif.Artifact {
	c := &r.Captures[i]
	a := sarif.NewArtifact().WithLocation(sarif.NewArtifactLocation().WithURI(pathURI(c.Path))).WithLength(int(c.Bytes)).
		WithMimeType("application/vnd.tcpdump.pcap")
	if c.SHA256 != nil {
		a.WithHashes(map[string]string{"sha-256": *c.SHA256})
	}
	return a
}

func (r *Report) sarifResult(f *Finding) *sarif.Result {
	level := map[detect.Severity]string{detect.Critical: "error", detect.Warn: "warning", detect.Info: "note"}[f.level]
	text := f.Summary
	if f.Detail != "" {
		text += ". " + f.Detail
	}
	res := sarif.NewRuleResult(f.Code).WithLevel(level).WithKind("fail").WithMessage(sarif.NewTextMessage(sarifText(text)))
	if f.level == detect.Info {
		res.WithLevel("note")
	}
	if f.Fingerprint != "" {
		res.WithPartialFingerprints(map[string]string{"latchscope/v1": f.Fingerprint})
	}
	for _, e := range f.Evidence[min(1, len(f.Evidence)):] {
		res.AddRelatedLocation(r.location(e.File, e.Frame, e.Note))
	}
	if len(f.Evidence) > 0 {
		e := f.Evidence[0]
		res.WithLocations([]*sarif.Location{r.location(e.File, e.Frame, e.Note)})
	} else if len(r.Captures) > 0 {
		res.WithLocations([]*sarif.Location{r.location(0, 0, "")})
	}
	bag := sarif.NewPropertyBag()
	bag.Add("confidence", f.Confidence)
	bag.Add("severity", f.Severity)
	if f.Call != nil {
		bag.Add("call", *f.Call)
	}
	if f.Filter != "" {
		bag.Add("wireshark", f.Filter)
	}
	if f.Advice != "" {
		bag.Add("advice", f.Advice)
	}
	return res.WithProperties(bag)
}

// location is a frame of a capture. SARIF knows lines and bytes of a file, and
// a frame is neither, so it is a logical location.
func (r *Report) location(file int32, frame int64, note string) *sarif.Location {
	l := sarif.NewLocation()
	if int(file) < len(r.Captures) {
		l.WithPhysicalLocation(sarif.NewPhysicalLocation().WithArtifactLocation(
			sarif.NewArtifactLocation().WithURI(pathURI(r.Captures[file].Path)).WithIndex(int(file))))
	}
	if frame > 0 {
		l.AddLogicalLocation(sarif.NewLogicalLocation().WithName(r.frameName(file, frame)).WithKind("frame"))
	}
	if note != "" {
		l.WithMessage(sarif.NewTextMessage(sarifText(note)))
	}
	return l
}

// pathURI is a path as a relative reference or a file URI.
func pathURI(path string) string {
	u := url.URL{Path: strings.ReplaceAll(path, `\`, "/")}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}

// sarifText keeps text from being taken for the links ([text](target)) and the
// placeholders ({0}) that SARIF messages may hold (sections 3.11.5, 3.11.6).
func sarifText(s string) string {
	s = page.Printable(s)
	s = strings.ReplaceAll(s, "](", "] (")
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(s)
}
