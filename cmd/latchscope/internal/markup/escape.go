package markup

import (
	"fmt"
	"strings"
)

// escape makes of a value what may stand at one place of a page.
type escape func(v any) string

// references stand for what is markup in text and in quoted values. These are
// those of html/template: + too, which old browsers took for the beginning of
// another encoding (UTF-7).
var references = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

func escapeText(v any) string { return references.Replace(fmt.Sprint(v)) }

// refused stands in place of a value that may not stand there.
const refused = "ZgotmplZ" // as html/template has it, so that people who search for it find out why

// escapeStyle lets numbers and words into a style attribute. A value that could
// end its property, or call a function, is none.
func escapeStyle(v any) string {
	s := fmt.Sprint(v)
	for _, r := range s {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '-' || r == '%' || r == '#') {
			return refused
		}
	}
	return s
}

// escapeLink lets links lead to a place on the same page only.
func escapeLink(v any) string {
	s := fmt.Sprint(v)
	name, ok := strings.CutPrefix(s, "#")
	if !ok {
		return "#" + refused
	}
	for _, r := range name {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_') {
			return "#" + refused
		}
	}
	return s
}

// escapeRaw lets through what is the program's own.
func escapeRaw(v any) string {
	if s, ok := v.(Trusted); ok {
		return string(s)
	}
	return refused
}
