package markup

import (
	"fmt"
	"regexp"
	"strings"
	"text/template/parse"
)

// place is where in HTML a text stands; the zero value is between tags.
type place struct {
	in   where
	name string // of the element while in its tag or its text, where that matters
	attr string // of the attribute while in its value
}

type where int

const (
	inText  where = iota // between tags
	inTag                // in a tag, where an attribute's name may come
	inValue              // in a value in double quotes
	inRaw                // in the text of style or script
)

func (p place) String() string {
	return [...]string{"in text", "in the tag " + p.name, "in the attribute " + p.attr, "in " + p.name}[p.in]
}

var (
	tagName   = regexp.MustCompile(`^</?([a-zA-Z][a-zA-Z0-9]*)`)
	attribute = regexp.MustCompile(`^([a-zA-Z][-a-zA-Z0-9]*)(=")?`)
)

// after moves a place over literal text of a page.
func (p place) after(text string) (place, error) {
	for text != "" {
		n, next, err := p.step(text)
		if err != nil {
			return p, err
		}
		p, text = next, text[n:]
	}
	return p, nil
}

// step moves over the next piece of text that has one meaning, of n bytes.
func (p place) step(text string) (n int, next place, err error) {
	bad := func(what string) (int, place, error) {
		return 0, p, fmt.Errorf("%s: %s at %.20q", p, what, text)
	}
	switch p.in {
	case inText:
		i := strings.IndexByte(text, '<')
		switch {
		case i < 0:
			return len(text), p, nil
		case i > 0:
			return i, p, nil
		case strings.HasPrefix(text, "<!doctype html>"):
			return len("<!doctype html>"), p, nil
		}
		m := tagName.FindStringSubmatch(text)
		if m == nil {
			return bad("no tag")
		}
		name := strings.ToLower(m[1])
		if strings.HasPrefix(text, "</") {
			name = "" // whatever comes behind it is text
		}
		return len(m[0]), place{in: inTag, name: name}, nil
	case inTag:
		switch text[0] {
		case ' ', '\n', '/':
			return 1, p, nil
		case '>':
			if p.name == "style" || p.name == "script" {
				return 1, place{in: inRaw, name: p.name}, nil
			}
			return 1, place{}, nil
		}
		m := attribute.FindStringSubmatch(text)
		if m == nil {
			return bad("no attribute")
		}
		if m[2] == "" {
			if rest := text[len(m[0]):]; rest != "" && !strings.ContainsRune(" />\n", rune(rest[0])) {
				return bad("no value in double quotes")
			}
			return len(m[0]), p, nil
		}
		return len(m[0]), place{in: inValue, name: p.name, attr: strings.ToLower(m[1])}, nil
	case inValue:
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return len(text), p, nil
		}
		return i + 1, place{in: inTag, name: p.name}, nil
	default:
		i := strings.Index(strings.ToLower(text), "</"+p.name)
		if i < 0 {
			return len(text), p, nil
		}
		return i + len("</") + len(p.name), place{in: inTag}, nil
	}
}

// escape is what a value needs at a place.
func (p place) escape() (escape, error) {
	switch {
	case p.in == inText:
		return escapeText, nil
	case p.in == inRaw:
		return escapeRaw, nil
	case p.in == inTag, strings.HasPrefix(p.attr, "on"), p.attr == "src", p.attr == "srcset", p.attr == "srcdoc", p.attr == "action", p.attr == "formaction", p.attr == "data":
		return nil, fmt.Errorf("%s: no value may stand here", p)
	case p.attr == "style":
		return escapeStyle, nil
	case p.attr == "href":
		return escapeLink, nil
	}
	return escapeText, nil
}

// check finds the place of each value on a page. Which branch is taken, and how
// often a list runs, must not matter: all ways end in the same place.
func (p *Page) check(l *parse.ListNode, at place) (place, error) {
	if l == nil {
		return at, nil
	}
	for _, n := range l.Nodes {
		var err error
		switch n := n.(type) {
		case *parse.TextNode:
			at, err = at.after(string(n.Text))
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				p.escapes[n], err = at.escape()
			}
		case *parse.IfNode:
			at, err = p.branch(&n.BranchNode, at, false)
		case *parse.WithNode:
			at, err = p.branch(&n.BranchNode, at, false)
		case *parse.RangeNode:
			at, err = p.branch(&n.BranchNode, at, true)
		case *parse.TemplateNode:
			if at != (place{}) {
				err = fmt.Errorf("template %s: %s", n.Name, at)
			} else if p.trees[n.Name] == nil {
				err = fmt.Errorf("template %s: there is none", n.Name)
			}
		default:
			err = fmt.Errorf("%s: not known here", n)
		}
		if err != nil {
			return at, err
		}
	}
	return at, nil
}

func (p *Page) branch(b *parse.BranchNode, at place, again bool) (place, error) {
	yes, err := p.check(b.List, at)
	if err != nil {
		return at, err
	}
	no, err := p.check(b.ElseList, at)
	if err != nil {
		return at, err
	}
	if yes != no || again && yes != at {
		return at, fmt.Errorf("%s: one way ends %s, another %s", b.Pipe, yes, no)
	}
	return yes, nil
}
