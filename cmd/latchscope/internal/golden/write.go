package golden

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Format writes expectations as Parse reads them.
func (e *Expectation) Format() []byte {
	var b strings.Builder
	for _, c := range e.Head {
		b.WriteString(c + "\n")
	}
	b.WriteString("latchscope: " + header + "\n")
	if len(e.Captures) > 0 {
		b.WriteString("captures:")
		for _, name := range e.Captures {
			b.WriteString(" " + nameText(name))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "tolerance: %s\n", number(e.Tolerance).Text)
	if e.Calls != nil {
		b.WriteString("\ncalls: " + e.Calls.Text + "\n")
	}
	for _, it := range e.Items {
		if it.Kind == "finding" {
			b.WriteString("\n")
		}
		b.WriteString(it.Kind + ": " + it.Name + "\n")
		for _, f := range it.Fields {
			b.WriteString("  " + f.Key + ": " + f.Value.String() + "\n")
		}
	}
	return []byte(b.String())
}

// nameText is a file's name as the file has it.
func nameText(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r == '#' || r == '"' || unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// Update is what the expectations would have to be for these facts. Of the old
// ones (nil if there are none) it keeps the comment at the head, the captures,
// all tolerances, and the patterns that still hold.
func Update(old *Expectation, got Facts) *Expectation {
	calls := number(float64(got.Calls))
	e := &Expectation{Tolerance: DefaultTolerance, Calls: &calls}
	if old != nil {
		e.Captures, e.Tolerance, e.Head = old.Captures, old.Tolerance, old.Head
	}
	for _, it := range got.Items {
		kept := Item{Kind: it.Kind, Name: it.Name}
		for _, f := range it.Fields {
			if worthKeeping(it.Kind, f.Key) {
				if w, ok := old.tolerated(&it, f.Key); ok && f.Value.IsNum {
					f.Value.Own, f.Value.Within = true, w
				}
				if v, ok := old.pattern(&it, f); ok {
					f.Value = v
				}
				kept.Fields = append(kept.Fields, f)
			}
		}
		e.Items = append(e.Items, kept)
	}
	return e
}

// worthKeeping leaves out what changes with wording or with versions, and
// frames, which a capture's own findings say better.
func worthKeeping(kind, key string) bool {
	if kind == "call" {
		return key == "state" || key == "root_cause" || key == "confidence"
	}
	switch key {
	case "summary", "fingerprint", "start_s", "end_s":
		return false
	}
	last := key[strings.LastIndexByte(key, '.')+1:]
	return last != "frame" && last != "file" && last != "time"
}

// tolerated is the tolerance that a person gave to a value of the same kind of
// finding.
func (e *Expectation) tolerated(like *Item, key string) (float64, bool) {
	if e == nil {
		return 0, false
	}
	for _, it := range e.like(like) {
		if f, ok := it.field(key); ok && f.Value.Own {
			return f.Value.Within, true
		}
	}
	return 0, false
}

// pattern is the one that a person wrote for a value, if it still holds.
func (e *Expectation) pattern(like *Item, got Field) (Value, bool) {
	if e == nil {
		return Value{}, false
	}
	for _, it := range e.like(like) {
		if f, ok := it.field(got.Key); ok && f.Value.Pattern && matches(f.Value.Text, got.Value.Text) {
			return f.Value, true
		}
	}
	return Value{}, false
}

// like are the items of the same name, those of the same call first.
func (e *Expectation) like(one *Item) []*Item {
	var same, others []*Item
	call, _ := one.field("call")
	for i := range e.Items {
		it := &e.Items[i]
		if it.Kind != one.Kind || it.Name != one.Name {
			continue
		}
		if f, ok := it.field("call"); ok && f.Value.Text == call.Value.Text {
			same = append(same, it)
		} else {
			others = append(others, it)
		}
	}
	return append(same, others...)
}
