package scenetest

import (
	"fmt"
	"strings"
)

// Expectation is one expect line: what an analysis of the named captures,
// read together, has to say. Code "nothing" is no finding at all, "quiet" none
// of warning or above; "verdict" has the root cause in Cause, "calls" how many there are.
type Expectation struct {
	Line       int
	Points     []string // capture points
	Code       string
	Absent     bool   // "expect no CODE"
	Severity   string // "": not said
	Confidence string
	Call       string
	Party      string // whose leg: the finding's call_id is of the dialog with it
	Cause      string
	Data       map[string]string // trigger=icmp, uplink=10.06, downlink=dead, count=55 ...
}

var (
	severities  = [...]string{"critical", "warning", "info"}
	confidences = [...]string{"confirmed", "likely", "possible"}
)

func (p *parser) expect(st *statement) {
	e := Expectation{Line: st.line, Absent: st.flag("no"), Code: st.next("a code"), Call: st.option("call", ""), Party: st.option("leg", ""), Data: map[string]string{}}
	if !isCode(e.Code) {
		st.fail("%q is no finding code", e.Code)
	}
	if e.Code == "verdict" || e.Code == "calls" {
		e.Cause = st.next("a root cause")
	}
	for _, s := range severities {
		if st.flag(s) {
			e.Severity = s
		}
	}
	for _, c := range confidences {
		if st.flag(c) {
			e.Confidence = c
		}
	}
	if points := st.option("point", ""); points != "" {
		e.Points = strings.Split(points, "+")
	}
	if e.Code == "quiet" || e.Code == "nothing" {
		p.scene.Expect = append(p.scene.Expect, e)
		return
	}
	for k, v := range st.options {
		e.Data[k] = v // whether the finding has such a field is for those to say who know its code
	}
	clear(st.options)
	p.scene.Expect = append(p.scene.Expect, e)
}

// isCode reports whether a word may be a finding code: small letters, in parts
// joined by hyphens. Which codes there are the detectors know; what is expected
// of one that there is not fails where the scene is played.
func isCode(word string) bool {
	return word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz-") == "" && !strings.HasPrefix(word, "-") && !strings.HasSuffix(word, "-")
}

func (p *parser) checkExpect() error {
	s := p.scene
	for i := range s.Expect {
		e := &s.Expect[i]
		if len(e.Points) == 0 {
			if len(s.captures) != 1 {
				return fmt.Errorf("line %d: there are %d captures: say point=NAME, or point=A+B for several read together", e.Line, len(s.captures))
			}
			e.Points = []string{s.captures[0].name}
		}
		for _, point := range e.Points {
			if p.kinds["capture "+point] == "" {
				return fmt.Errorf("line %d: no capture is called %q", e.Line, point)
			}
		}
		if e.Call != "" && p.kinds[e.Call] != "call" {
			return fmt.Errorf("line %d: no call is called %q", e.Line, e.Call)
		}
		if e.Party != "" && p.kinds[e.Party] != "host" {
			return fmt.Errorf("line %d: no host is called %q", e.Line, e.Party)
		}
	}
	return nil
}
