package golden

import (
	"strconv"
)

// Expectation is what a capture's report has to say.
type Expectation struct {
	Captures  []string // file names, to be read together; none: the one that the file is named after
	Tolerance float64  // seconds, for values whose key ends in _s
	Calls     *Value   // how many there are; nil: not said
	Items     []Item   // in the order of the file
	Head      []string // comment lines in front of everything, kept on update
}

// Item is a call or a finding.
type Item struct {
	Line   int
	Kind   string // "call" or "finding"
	Name   string // the call's number or the finding's code
	Fields []Field
}

// Field is something said of an item.
type Field struct {
	Line  int
	Key   string
	Value Value
}

// Value is a scalar with an optional tolerance of its own.
type Value struct {
	Text    string // as a string; numbers and booleans as JSON writes them
	Null    bool
	Number  float64
	IsNum   bool
	Pattern bool // Text is a pattern, in which * stands for anything
	Own     bool // Within is this value's own
	Within  float64
}

// field finds what is said of a key.
func (it *Item) field(key string) (Field, bool) {
	for _, f := range it.Fields {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// String is the value as the file has it.
func (v Value) String() string {
	s := v.Text
	switch {
	case v.Null:
		s = "unknown"
	case v.Pattern:
		s = "~ " + s
	case !v.IsNum && !bare(s):
		s = strconv.Quote(s)
	}
	if v.Own {
		s += " +- " + strconv.FormatFloat(v.Within, 'f', -1, 64)
	}
	return s
}

// bare tells strings that need no quotes.
func bare(s string) bool {
	if s == "" || s == "unknown" || s == "null" || s[0] == ' ' || s[0] == '~' || s[len(s)-1] == ' ' {
		return false
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '#' || c == '"' || c == '\\' {
			return false
		}
	}
	return !hasTolerance(s)
}

// number is the value of a number.
func number(f float64) Value {
	return Value{Text: strconv.FormatFloat(f, 'f', -1, 64), Number: f, IsNum: true}
}
