package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/trace"
)

// How much of a large capture a document tells. What it leaves out it names,
// with the flag that shows it.
const (
	mostIncidents = 5    // told in full
	mostTitles    = 20   // incidents with a line in the summary
	mostListed    = 20   // calls of an incident, or of a list
	mostOnPage    = 2000 // of a list, where a page can be searched
	mostAsked     = 40   // calls in full, where they were asked for
	mostFiles     = 12
)

// Document makes the document of a report: see the type.
func (r *Report) Document() *Document {
	loc := r.loc
	if loc == nil {
		loc = time.UTC
	}
	w := &writer{Report: r, loc: loc, names: map[*trace.Call]*nameList{}, drawn: map[*trace.Call]bool{}}
	w.g = w.groups()
	d := &Document{Tool: r.Tool, About: w.about1(), Level: w.level(), Zone: w.zone(), Several: len(w.Captures) > 1}
	list := w.alike(w.told())
	d.Sections = append(d.Sections, w.summary(list))
	for i := range list {
		if i == mostIncidents {
			break
		}
		d.Sections = append(d.Sections, w.incident(&list[i], len(list) > 1)...)
	}
	d.Sections = append(d.Sections, w.calls(list)...)
	if s, ok := w.sample(list); ok {
		d.Sections = append(d.Sections, s)
	}
	d.Sections = append(d.Sections, w.loose()...)
	if s, ok := w.unseen(list); ok {
		d.Sections = append(d.Sections, s)
	}
	d.Sections = append(d.Sections, w.capture())
	d.Calls = w.overview()
	return d
}

// about1 says what the report is on: base names of files, and how many calls.
func (w *writer) about1() string {
	name := "no capture"
	if len(w.Captures) > 0 {
		name = w.base(0)
	}
	if n := len(w.Captures) - 1; n > 0 {
		name += fmt.Sprintf(" and %s more", plural(n, "file", "files"))
	}
	what := plural(w.count(), "call", "calls")
	if n := w.g.clear + w.g.partly + w.g.unjudged; w.count() == 0 && n > 0 {
		what = plural(n, "conversation", "conversations") + " without signalling"
	}
	return fmt.Sprintf("report on %s, %s", name, what)
}

// count is how many conversations there are: calls by the contract, and media
// of unknown signalling that a finding is about.
func (w *writer) count() int {
	n := w.Coverage.Calls
	for _, c := range w.g.troubled {
		if len(c.Legs) == 0 {
			n++
		}
	}
	return n
}

// base is a capture by the name of its file: where it lies on somebody's disk tells
// of customers.
func (r *Report) base(i int) string {
	p := r.Captures[i].Path
	return p[strings.LastIndexAny(p, `/\`)+1:]
}

// file is a capture in a format with a field for it: by its base name, unless paths
// are asked for, as a dashboard may need them.
func (r *Report) file(i int) string {
	if r.paths {
		return r.Captures[i].Path
	}
	return r.base(i)
}

func (w *writer) level() string {
	switch {
	case w.g.lost > 0:
		return "critical"
	case len(w.g.troubled) > 0 || w.g.impaired > 0:
		return "warning"
	case w.g.clear > 0 && w.g.partly+w.g.unjudged == 0 && w.lossOfAll(w.g.noted) == "":
		return "good"
	}
	return "unknown"
}
