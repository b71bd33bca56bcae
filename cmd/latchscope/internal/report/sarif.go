package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
	"github.com/latchscope/latchscope/detect"
)

// SARIF writes the findings as SARIF 2.1.0, for code scanning dashboards. Rule
// ids are the codes; only codes that were found are listed as rules.
func SARIF(w io.Writer, r *Report) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r.sarif()); err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	if _, err := b.Write(inert(out.Bytes())); err != nil {
		return err
	}
	return b.Flush()
}

func (r *Report) sarif() sarifLog {
	driver := sarifDriver{
		Name: r.Tool.Name, Version: r.Tool.Version, SemanticVersion: semantic(r.Tool.Version),
		InformationURI: "https://github.com/latchscope/latchscope", Rules: []sarifRule{},
	}
	run := sarifRun{Results: []sarifResult{}}
	index := map[string]int{}
	for f := range r.Findings() {
		if _, known := index[f.Code]; !known {
			index[f.Code] = len(driver.Rules)
			driver.Rules = append(driver.Rules, r.rule(f.Code))
		}
		res := r.sarifResult(&f)
		res.RuleIndex = index[f.Code]
		run.Results = append(run.Results, res)
	}
	for i := range r.Captures {
		run.Artifacts = append(run.Artifacts, r.artifact(i))
	}
	run.Tool.Driver = driver
	for inc := range r.Incidents() {
		if run.Properties == nil {
			run.Properties = new(sarifRunProperties)
		}
		run.Properties.Incidents = append(run.Properties.Incidents, inc)
	}
	return sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}
}

// semantic is the part of a version that semver.org knows; "" if there is none.
func semantic(version string) string {
	return regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?`).FindString(strings.TrimPrefix(version, "v"))
}

func (r *Report) rule(code string) sarifRule {
	rule := sarifRule{ID: code, Name: code, ShortDescription: sarifMessage{sarifText(r.title(code))}}
	for i := range r.docs {
		if r.docs[i].Code == code && r.docs[i].Doc != "" {
			rule.Help = &sarifMessage{strings.TrimSpace(r.docs[i].Doc)}
		}
	}
	return rule
}

func (r *Report) artifact(i int) sarifArtifact {
	c := &r.Captures[i]
	a := sarifArtifact{
		Location: sarifArtifactLocation{URI: pathURI(r.file(i))}, Length: c.Bytes,
		MimeType: "application/vnd.tcpdump.pcap",
	}
	if c.SHA256 != nil {
		a.Hashes = map[string]string{"sha-256": *c.SHA256}
	}
	return a
}

func (r *Report) sarifResult(f *Finding) sarifResult {
	text := f.Summary
	if f.Detail != "" {
		text += ". " + f.Detail
	}
	res := sarifResult{
		RuleID: f.Code, Kind: "fail", Message: sarifMessage{sarifText(text)},
		Level:      map[detect.Severity]string{detect.Critical: "error", detect.Warn: "warning", detect.Info: "note"}[f.level],
		Properties: sarifProperties{Advice: f.Advice, Call: f.Call, Confidence: f.Confidence, Severity: f.Severity, Wireshark: f.Filter},
	}
	if f.Fingerprint != "" {
		res.PartialFingerprints = map[string]string{"latchscope/v1": f.Fingerprint}
	}
	type place struct {
		file  int32
		frame uint32
		note  string
	}
	seen := map[place]bool{} // related locations are a set (section 3.27.22)
	for _, e := range f.Evidence[min(1, len(f.Evidence)):] {
		p := place{e.File, e.Frame, e.Note}
		if seen[p] {
			continue
		}
		seen[p] = true
		res.RelatedLocations = append(res.RelatedLocations, r.location(e.File, e.Frame, e.Note))
	}
	if len(f.Evidence) > 0 {
		e := f.Evidence[0]
		res.Locations = []sarifLocation{r.location(e.File, e.Frame, e.Note)}
	} else if len(r.Captures) > 0 {
		res.Locations = []sarifLocation{r.location(0, 0, "")}
	}
	return res
}

// location is a frame of a capture. SARIF knows lines and bytes of a file, and
// a frame is neither, so it is a logical location.
func (r *Report) location(file int32, frame uint32, note string) sarifLocation {
	var l sarifLocation
	if i := int(file); i < len(r.Captures) {
		l.PhysicalLocation = &sarifPhysicalLocation{sarifArtifactLocation{URI: pathURI(r.file(i)), Index: &i}}
	}
	if frame > 0 {
		l.LogicalLocations = []sarifLogicalLocation{{Name: r.frameName(file, frame), Kind: "frame"}}
	}
	if note != "" {
		l.Message = &sarifMessage{sarifText(note)}
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
