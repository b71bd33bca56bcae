package golden

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// header is the first line that is no comment.
const header = "expectations/1"

// DefaultTolerance is in seconds: a packet's time at 20 ms.
const DefaultTolerance = 0.02

// maxFile bounds what is read: thousands of findings.
const maxFile = 4 << 20

// SyntaxError says what is wrong with an expectations file.
type SyntaxError struct {
	Line int
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Vocabulary is what an expectations file may speak of.
type Vocabulary struct {
	Codes   []string                                // of the findings that exist
	Suggest func(got string, names []string) string // "did you mean ...?", or nothing; nil: never anything
}

func (v Vocabulary) nearest(got string, names []string) string {
	if v.Suggest == nil {
		return ""
	}
	if s := v.Suggest(got, names); s != "" {
		return "; " + s
	}
	return ""
}

// Parse reads an expectations file.
func Parse(b []byte, words Vocabulary) (*Expectation, error) {
	p := parser{e: &Expectation{Tolerance: DefaultTolerance}, words: words}
	if len(b) > maxFile {
		return nil, &SyntaxError{1, "the file is too large for expectations"}
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	for text := range strings.SplitSeq(string(b), "\n") {
		p.line++
		if err := p.take(strings.TrimSuffix(text, "\r")); err != nil {
			return nil, err
		}
	}
	if !p.begun {
		return nil, &SyntaxError{p.line, "it does not begin with \"latchscope: " + header + "\""}
	}
	return p.e, nil
}

type parser struct {
	e     *Expectation
	words Vocabulary
	line  int
	begun bool
	seen  map[string]bool
}

func (p *parser) fail(format string, a ...any) error {
	return &SyntaxError{p.line, fmt.Sprintf(format, a...)}
}

func (p *parser) take(text string) error {
	if !utf8.ValidString(text) {
		return p.fail("this is no UTF-8 text")
	}
	body := strings.TrimSpace(uncommented(text))
	if body == "" {
		if !p.begun && strings.HasPrefix(strings.TrimSpace(text), "#") {
			p.e.Head = append(p.e.Head, strings.TrimSpace(text))
		}
		return nil
	}
	key, rest, ok := strings.Cut(body, ":")
	key, rest = strings.TrimSpace(key), strings.TrimSpace(rest)
	if !ok || key == "" {
		return p.fail("%s is not \"key: value\"", strconv.Quote(body))
	}
	if !p.begun {
		if key != "latchscope" || rest != header {
			return p.fail("it does not begin with \"latchscope: %s\"", header)
		}
		p.begun = true
		return nil
	}
	if text != strings.TrimLeft(text, " \t") {
		return p.field(key, rest)
	}
	return p.top(key, rest)
}

// uncommented is a line without its comment. A # within quotes, or in the
// middle of a word, begins none.
func uncommented(s string) string {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case '#':
			if !quoted && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t') {
				return s[:i]
			}
		}
	}
	return s
}

func (p *parser) top(key, rest string) error {
	switch key {
	case "captures":
		if p.e.Captures != nil {
			return p.fail("captures: stands twice")
		}
		names, err := p.names(rest)
		if err != nil {
			return err
		}
		p.e.Captures = names
		for _, name := range names {
			if strings.ContainsAny(name, `/\`) {
				return p.fail("%s: captures stand beside their expectations", name)
			}
		}
		if len(p.e.Captures) == 0 {
			return p.fail("captures: names none")
		}
	case "tolerance":
		f, err := strconv.ParseFloat(rest, 64)
		if err != nil || !(f >= 0) || math.IsInf(f, 0) {
			return p.fail("%s is not a number of seconds", strconv.Quote(rest))
		}
		p.e.Tolerance = f
	case "calls":
		v, err := p.value(rest)
		if err != nil {
			return err
		}
		if !v.IsNum || v.Number < 0 || v.Number != math.Trunc(v.Number) {
			return p.fail("calls: %s is not a whole number", rest)
		}
		if p.e.Calls != nil {
			return p.fail("calls: stands twice")
		}
		p.e.Calls = &v
	case "call":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 {
			return p.fail("call: %s is not the number of a call", rest)
		}
		p.open("call", strconv.Itoa(n))
	case "finding":
		if !slices.Contains(p.words.Codes, rest) {
			return p.fail("there is no finding %s%s", strconv.Quote(rest), p.words.nearest(rest, p.words.Codes))
		}
		p.open("finding", rest)
	default:
		return p.fail("unknown key %s%s", key, p.words.nearest(key, []string{"captures", "tolerance", "calls", "call", "finding"}))
	}
	return nil
}

// names reads file names, one after the other. One with a blank or a # in it
// stands in quotes.
func (p *parser) names(s string) ([]string, error) {
	var out []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if s[0] != '"' {
			n := strings.IndexFunc(s, unicode.IsSpace)
			if n < 0 {
				n = len(s)
			}
			out = append(out, s[:n])
			s = s[n:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return nil, p.fail("captures: %s is no string: quotes and escapes as in JSON", s)
		}
		name, err := strconv.Unquote(quoted)
		if err != nil || name == "" || !utf8.ValidString(name) {
			return nil, p.fail("captures: %s is no file's name", quoted)
		}
		out = append(out, name)
		s = s[len(quoted):]
	}
	return out, nil
}

func (p *parser) open(kind, name string) {
	p.e.Items = append(p.e.Items, Item{Line: p.line, Kind: kind, Name: name})
	p.seen = map[string]bool{}
}

// callKeys and findingKeys are what may be said, beside a finding's data.
func callKeys() []string {
	return []string{"call_ids", "from", "to", "state", "streams", "root_cause", "confidence"}
}

func findingKeys() []string {
	return []string{"call", "call_id", "severity", "confidence", "start_s", "end_s", "summary", "fingerprint"}
}

func (p *parser) field(key, rest string) error {
	if len(p.e.Items) == 0 {
		return p.fail("%s belongs to no call and no finding", key)
	}
	it := &p.e.Items[len(p.e.Items)-1]
	keys := callKeys()
	if it.Kind == "finding" {
		keys = findingKeys()
	}
	if !slices.Contains(keys, key) && (it.Kind == "call" || !isPath(key)) {
		if it.Kind == "finding" {
			keys = append(keys, "data.")
		}
		return p.fail("unknown key %s of a %s%s", key, it.Kind, p.words.nearest(key, keys))
	}
	if p.seen[key] {
		return p.fail("%s stands twice", key)
	}
	p.seen[key] = true
	v, err := p.value(rest)
	if err != nil {
		return err
	}
	it.Fields = append(it.Fields, Field{p.line, key, v})
	return nil
}

// isPath reports whether a key is the path of a value in a finding's data, as
// flatten writes them: names of JSON fields, indexes and dots.
func isPath(key string) bool {
	path, ok := strings.CutPrefix(key, "data.")
	return ok && path != "" && strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.[]") == ""
}

// value reads a scalar and its tolerance.
func (p *parser) value(s string) (Value, error) {
	if s == "" {
		return Value{}, p.fail("the value is missing")
	}
	if pattern, ok := strings.CutPrefix(s, "~ "); ok {
		return Value{Text: strings.TrimSpace(pattern), Pattern: true}, nil
	}
	if s[0] == '"' {
		text, err := strconv.Unquote(s)
		if err != nil {
			return Value{}, p.fail("%s is no string: quotes and escapes as in JSON", s)
		}
		return Value{Text: text}, nil
	}
	s, own, ok := splitTolerance(s)
	if ok {
		within, err := strconv.ParseFloat(own, 64)
		f, e := strconv.ParseFloat(s, 64)
		if err != nil || e != nil || !(within >= 0) || math.IsInf(f-within, 0) || math.IsNaN(f) {
			return Value{}, p.fail("%s +- %s are not two numbers", s, own)
		}
		v := number(f)
		v.Own, v.Within = true, within
		return v, nil
	}
	if s == "unknown" || s == "null" {
		return Value{Null: true}, nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) && decimal(s) {
		v := number(f)
		v.Text = s
		return v, nil
	}
	return Value{Text: s}, nil
}

// decimal leaves hexadecimal numbers and underscores to strings: an SSRC is a
// name.
func decimal(s string) bool {
	return strings.Trim(s, "0123456789.+-eE") == "" && !strings.Contains(s, "_")
}

func hasTolerance(s string) bool {
	_, _, ok := splitTolerance(s)
	return ok
}

func splitTolerance(s string) (value, within string, ok bool) {
	for _, sign := range []string{"+-", "±"} {
		if a, b, ok := strings.Cut(s, sign); ok {
			return strings.TrimSpace(a), strings.TrimSpace(b), true
		}
	}
	return s, "", false
}
