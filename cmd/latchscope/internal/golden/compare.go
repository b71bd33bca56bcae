package golden

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Difference is something that a report says otherwise than expected.
type Difference struct {
	Line      int    // of the expectations; 0 where they do not mention it
	What      string // "latch-silence of call 1: data.silence_s"
	Want, Got string // either may be empty
	Spans     string // of a finding that is new, or says something else: what of the audio it explains
}

// Kind is "new" for what was not expected, "missing" for what is not there, else
// "changed".
func (d Difference) Kind() string {
	switch {
	case d.Want == "":
		return "new"
	case d.Got == "":
		return "missing"
	}
	return "changed"
}

func (d Difference) String() string {
	switch {
	case d.Want == "":
		return d.What + ": not expected: " + d.Got
	case d.Got == "":
		return d.What + ": expected, but not there"
	}
	return d.What + ": expected " + d.Want + ", got " + d.Got
}

// Compare holds facts against expectations.
func Compare(e *Expectation, got Facts) []Difference {
	var diff []Difference
	if e.Calls != nil && int(e.Calls.Number) != got.Calls {
		diff = append(diff, Difference{What: "calls", Want: e.Calls.Text, Got: strconv.Itoa(got.Calls)})
	}
	used := make([]bool, len(got.Items))
	for i := range e.Items {
		want := &e.Items[i]
		best, least := -1, []Difference(nil)
		for k := range got.Items {
			g := &got.Items[k]
			if used[k] || g.Kind != want.Kind || g.Name != want.Name {
				continue
			}
			d := compareItem(e, want, g)
			// Another call's finding is another finding, however alike.
			if best < 0 || distance(d) < distance(least) {
				best, least = k, d
			}
		}
		if best < 0 {
			diff = append(diff, Difference{Line: want.Line, What: title(want), Want: "it"})
			continue
		}
		used[best] = true
		for i := range least {
			least[i].Spans = got.Spans[best]
		}
		diff = append(diff, least...)
	}
	for k := range got.Items {
		if g := &got.Items[k]; !used[k] && g.Kind == "finding" {
			diff = append(diff, Difference{What: title(g), Got: said(g, got.Texts[k]), Spans: got.Spans[k]})
		}
	}
	return diff
}

func distance(list []Difference) int {
	n := len(list)
	for _, d := range list {
		if strings.HasSuffix(d.What, ": call") || strings.HasSuffix(d.What, ": call_id") {
			n += 1000
		}
	}
	return n
}

func compareItem(e *Expectation, want, got *Item) []Difference {
	var diff []Difference
	for _, f := range want.Fields {
		g, ok := got.field(f.Key)
		what := title(want) + ": " + f.Key
		switch {
		case !ok:
			diff = append(diff, Difference{Line: f.Line, What: what, Want: f.Value.String(), Got: "no such field"})
		case !same(e, f.Key, f.Value, g.Value):
			diff = append(diff, Difference{Line: f.Line, What: what, Want: f.Value.withTolerance(e, f.Key), Got: g.Value.String()})
		}
	}
	return diff
}

// title names an item for a reader.
func title(it *Item) string {
	if it.Kind == "call" {
		return "call " + it.Name
	}
	if f, ok := it.field("call"); ok && !f.Value.Null {
		return it.Name + " of call " + f.Value.Text
	}
	return it.Name
}

// said is what a finding says in a line.
func said(it *Item, text string) string {
	severity, _ := it.field("severity")
	confidence, _ := it.field("confidence")
	return fmt.Sprintf("%s (%s, %s)", text, severity.Value.Text, confidence.Value.Text)
}

// timed tells values that are a little different in every run of a laboratory.
func timed(key string) bool { return strings.HasSuffix(key, "_s") }

func same(e *Expectation, key string, want, got Value) bool {
	if want.Null || got.Null {
		return want.Null == got.Null
	}
	if want.Pattern {
		return matches(want.Text, got.Text)
	}
	if !want.IsNum || !got.IsNum {
		return want.Text == got.Text
	}
	within := 0.0
	switch {
	case want.Own:
		within = want.Within
	case timed(key):
		within = e.Tolerance
	}
	// A tolerance is meant in decimals, which binary fractions miss by a hair.
	return math.Abs(want.Number-got.Number) <= within+1e-9
}

// matches reports whether a text is as a pattern says, in which * stands for
// anything. What changes from run to run is written so: Call-IDs, ports.
func matches(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(s, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	last := len(parts) - 1
	for _, p := range parts[1:last] {
		_, after, found := strings.Cut(rest, p)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[last])
}

// withTolerance is the value with what is allowed around it.
func (v Value) withTolerance(e *Expectation, key string) string {
	if v.IsNum && !v.Own && timed(key) && e.Tolerance > 0 {
		v.Own, v.Within = true, e.Tolerance
	}
	return v.String()
}
