package markup

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/template/parse"
)

// fault is what a page asks of a value that has it not.
type fault struct{ error }

func fail(format string, args ...any) { panic(fault{fmt.Errorf("markup: "+format, args...)}) }

// filler executes a page.
type filler struct {
	page *Page
	w    io.Writer
	err  error // of writing; nothing more is written behind it
	vars []variable
}

type variable struct {
	name  string
	value reflect.Value
}

func (f *filler) write(s string) {
	if f.err == nil {
		_, f.err = io.WriteString(f.w, s)
	}
}

// template fills a template of the page; it sees its own variables only.
func (f *filler) template(name string, dot reflect.Value) {
	before := f.vars
	f.vars = []variable{{"$", dot}}
	f.list(f.page.trees[name].Root, dot)
	f.vars = before
}

// list fills nodes in turn; what they declare ends with them.
func (f *filler) list(l *parse.ListNode, dot reflect.Value) {
	if l == nil {
		return
	}
	declared := len(f.vars)
	for _, n := range l.Nodes {
		if f.err != nil {
			break
		}
		switch n := n.(type) {
		case *parse.TextNode:
			if _, err := f.w.Write(n.Text); err != nil {
				f.err = err
			}
		case *parse.ActionNode:
			v := f.pipe(n.Pipe, dot)
			if len(n.Pipe.Decl) == 0 {
				f.write(f.page.escapes[n](shown(v)))
			}
		case *parse.IfNode:
			f.branch(&n.BranchNode, dot, false)
		case *parse.WithNode:
			f.branch(&n.BranchNode, dot, true)
		case *parse.RangeNode:
			f.each(n, dot)
		case *parse.TemplateNode:
			var v reflect.Value
			if n.Pipe != nil {
				v = f.pipe(n.Pipe, dot)
			}
			f.template(n.Name, v)
		}
	}
	f.vars = f.vars[:declared]
}

func (f *filler) branch(b *parse.BranchNode, dot reflect.Value, with bool) {
	declared := len(f.vars)
	v := f.pipe(b.Pipe, dot)
	switch {
	case !truth(v):
		f.list(b.ElseList, dot)
	case with:
		f.list(b.List, v)
	default:
		f.list(b.List, dot)
	}
	f.vars = f.vars[:declared]
}

func (f *filler) each(n *parse.RangeNode, dot reflect.Value) {
	declared := len(f.vars)
	list := indirect(f.pipe(n.Pipe, dot))
	f.vars = f.vars[:declared]
	if list.Kind() != reflect.Slice && list.Kind() != reflect.Array {
		fail("%s is no list", n.Pipe)
	}
	if list.Len() == 0 {
		f.list(n.ElseList, dot)
	}
	for i := range list.Len() {
		switch d := n.Pipe.Decl; len(d) {
		case 1:
			f.vars = append(f.vars, variable{d[0].Ident[0], list.Index(i)})
		case 2:
			f.vars = append(f.vars, variable{d[0].Ident[0], reflect.ValueOf(i)}, variable{d[1].Ident[0], list.Index(i)})
		}
		f.list(n.List, list.Index(i))
		f.vars = f.vars[:declared]
	}
}

// pipe is the value of a pipeline of one command, and declares what it names.
func (f *filler) pipe(p *parse.PipeNode, dot reflect.Value) reflect.Value {
	if len(p.Cmds) != 1 {
		fail("%s has more than one step", p)
	}
	args := p.Cmds[0].Args
	v := reflect.Value{}
	if id, ok := args[0].(*parse.IdentifierNode); ok {
		v = f.call(id.Ident, args[1:], dot)
	} else if len(args) == 1 {
		v = f.value(args[0], dot)
	} else {
		fail("%s is no function", args[0])
	}
	for _, d := range p.Decl {
		f.vars = append(f.vars, variable{d.Ident[0], v})
	}
	return v
}

// value is that of one operand.
func (f *filler) value(n parse.Node, dot reflect.Value) reflect.Value {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return fields(dot, n.Ident)
	case *parse.VariableNode:
		for i := len(f.vars) - 1; i >= 0; i-- {
			if f.vars[i].name == n.Ident[0] {
				return fields(f.vars[i].value, n.Ident[1:])
			}
		}
		fail("%s is not declared", n)
	case *parse.ChainNode:
		return fields(f.value(n.Node, dot), n.Field)
	case *parse.PipeNode:
		return f.pipe(n, dot)
	case *parse.IdentifierNode:
		return f.call(n.Ident, nil, dot)
	case *parse.StringNode:
		return reflect.ValueOf(n.Text)
	case *parse.BoolNode:
		return reflect.ValueOf(n.True)
	case *parse.NumberNode:
		if strings.Contains(n.Text, ".") {
			return reflect.ValueOf(n.Float64)
		}
		return reflect.ValueOf(int(n.Int64))
	}
	fail("%s is not known here", n)
	return reflect.Value{}
}

// fields follows names from a value.
func fields(v reflect.Value, names []string) reflect.Value {
	for _, name := range names {
		in := indirect(v)
		if in.Kind() != reflect.Struct {
			fail("%s: %s has no fields", name, kind(in))
		}
		at, ok := in.Type().FieldByName(name)
		if !ok || !at.IsExported() {
			fail("%s has no field %s", in.Type(), name)
		}
		var err error
		if v, err = in.FieldByIndexErr(at.Index); err != nil {
			fail("%s: %w", name, err)
		}
	}
	return v
}

// indirect follows pointers and interfaces.
func indirect(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

func kind(v reflect.Value) string {
	if !v.IsValid() {
		return "nil"
	}
	return v.Type().String()
}

// shown is a value as it is printed.
func shown(v reflect.Value) any {
	if v = indirect(v); !v.IsValid() {
		return ""
	}
	return v.Interface()
}

// truth reports whether a value is not empty: neither false, 0, nil, nor a string
// or list of nothing.
func truth(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Slice, reflect.Array, reflect.Map, reflect.String:
		return v.Len() > 0
	case reflect.Struct:
		return true
	}
	return !v.IsZero()
}
