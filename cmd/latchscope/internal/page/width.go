package page

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Cells is the width of a text on a terminal, in columns.
func Cells(s string) int { return displaywidth.Options{}.String(s) }

// Blanks are n of them, none where n is negative.
func Blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// PadTo fills s up to n columns, or cuts it.
func PadTo(s string, n int) string {
	s = Clip(Printable(s), n)
	return s + Blanks(n-Cells(s))
}

// PadLeft fills s up to n columns from the left, or cuts it.
func PadLeft(s string, n int) string {
	s = Clip(Printable(s), n)
	return Blanks(n-Cells(s)) + s
}

// PadTo fills s, as the page prints it, up to n columns, or cuts it.
func (p *Page) PadTo(s string, n int) string {
	s = p.clip(p.Text(s), n)
	return s + Blanks(n-Cells(s))
}

// Clip shortens s to n columns; what is missing is taken out of its middle, as
// both ends of a Call-ID or a path tell something.
func Clip(s string, n int) string { return clip(s, n, "…") }

func (p *Page) clip(s string, n int) string {
	if p.ASCII {
		return clip(s, n, "~")
	}
	return clip(s, n, "…")
}

func clip(s string, n int, cut string) string {
	if n <= 0 {
		return ""
	}
	if Cells(s) <= n {
		return s
	}
	if n == 1 {
		return cut
	}
	clusters := graphemes(s)
	head, tail, used := 0, len(clusters), 1
	for head < tail {
		if c := Cells(clusters[head]); used+c <= n {
			used += c
			head++
		} else {
			break
		}
		if head < tail && (head+len(clusters)-tail)%2 == 1 {
			if c := Cells(clusters[tail-1]); used+c <= n {
				used += c
				tail--
			}
		}
	}
	out := strings.Join(clusters[:head], "") + cut + strings.Join(clusters[tail:], "")
	for Cells(out) > n && head > 0 { // widths of neighbours may not add up
		head--
		out = strings.Join(clusters[:head], "") + cut
	}
	return out
}

func graphemes(s string) []string {
	var out []string
	g := displaywidth.Options{}.StringGraphemes(s)
	for g.Next() {
		out = append(out, g.Value())
	}
	return out
}

// Wrap breaks text, made printable, at blanks into lines of at most n columns;
// a word longer than a line is broken where it must.
func Wrap(s string, n int) []string {
	n = max(n, 1)
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(Printable(s)) {
		for {
			switch w := Cells(word); {
			case line == "" && w <= n:
				line, word = word, ""
			case line != "" && Cells(line)+1+w <= n:
				line, word = line+" "+word, ""
			case line != "":
				lines = append(lines, line)
				line = ""
				continue
			default:
				var head string
				head, word = split(word, n)
				lines = append(lines, head)
				if word != "" {
					continue
				}
			}
			break
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// WrapItems sets items side by side, as many as fit into n columns, and never
// breaks within one.
func WrapItems(items []string, between string, n int) []string {
	var lines []string
	for _, item := range items {
		if i := len(lines) - 1; i >= 0 && Cells(lines[i]+between+item) <= n {
			lines[i] += between + item
			continue
		}
		lines = append(lines, item)
	}
	return lines
}

// split takes as many columns off a word as fit, at least one character. Where
// a filter or an address allows it, it breaks after punctuation.
func split(word string, n int) (head, tail string) {
	used, at, soft := 0, 0, 0
	for _, c := range graphemes(word) {
		w := Cells(c)
		if used+w > n && at > 0 {
			break
		}
		used += w
		at += len(c)
		if strings.ContainsAny(c, ",;/@") {
			soft = at
		}
	}
	if soft > at/2 && at < len(word) {
		at = soft
	}
	return word[:at], word[at:]
}
