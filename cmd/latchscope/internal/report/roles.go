package report

import (
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// namesOf names the hosts of a call as the report shows them.
func (r *Report) namesOf(c *trace.Call) *nameList {
	names := detect.NamesOf(c, r.rows(c), r.strangers(c))
	return &nameList{names, r, bothSidesOf(c, names)}
}

// strangers are the sources that findings say take no part in a call.
func (r *Report) strangers(c *trace.Call) map[string]bool {
	out := map[string]bool{}
	for _, i := range r.about[c] {
		switch d := r.result.Findings[i].Data.(type) {
		case detect.Competing:
			out[d.Source] = true
		case *detect.Competing:
			out[d.Source] = true
		}
	}
	return out
}

func legIndex(c *trace.Call, l *trace.Leg) int {
	for i := range c.Legs {
		if c.Legs[i] == l {
			return i
		}
	}
	return -1
}

// legLetter is A, B, ... Z, AA, AB, ...
func legLetter(i int) string {
	s := string(rune('A' + i%26))
	if i >= 26 {
		s = legLetter(i/26-1) + s
	}
	return s
}

// short is an endpoint by its port alone, where the address goes without
// saying.
func short(endpoint string) string {
	if i := strings.LastIndexByte(endpoint, ':'); i >= 0 {
		return endpoint[i:]
	}
	return endpoint
}

// namesIn are the names of a call's hosts, made once.
func (w *writer) namesIn(c *trace.Call) *nameList {
	if n, ok := w.names[c]; ok {
		return n
	}
	n := w.namesOf(c)
	if len(w.names) > 64 { // a trunk is told call by call
		clear(w.names)
	}
	w.names[c] = n
	return n
}
