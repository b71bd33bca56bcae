package markup

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"text/template/parse"
)

// Trusted is text of the program's own that may stand as it is in <style> or
// <script>. It never comes from a capture.
type Trusted string

// Page is a parsed page, with the templates that it defines. It may be executed
// by several goroutines at once.
type Page struct {
	trees   map[string]*parse.Tree
	funcs   map[string]reflect.Value
	escapes map[*parse.ActionNode]escape
}

const main = "page" // name of the tree that a page is

// Parse reads a page in the syntax of html/template. The functions that it may
// call are funcs, each with one result, and eq, ne, lt, gt, not, and, or, len
// and index.
func Parse(source string, funcs map[string]any) (*Page, error) {
	p := &Page{trees: map[string]*parse.Tree{}, funcs: map[string]reflect.Value{}, escapes: map[*parse.ActionNode]escape{}}
	known := map[string]any{}
	maps.Copy(known, builtin)
	for name, f := range funcs {
		v := reflect.ValueOf(f)
		if v.Kind() != reflect.Func || v.Type().NumOut() != 1 || v.Type().IsVariadic() {
			return nil, fmt.Errorf("markup: %s is no function with one result", name)
		}
		p.funcs[name], known[name] = v, f
	}
	if _, err := parse.New(main).Parse(source, "", "", p.trees, known); err != nil {
		return nil, err
	}
	for name, t := range p.trees {
		end, err := p.check(t.Root, place{})
		if err != nil {
			return nil, fmt.Errorf("markup: %s: %w", name, err)
		}
		if end != (place{}) {
			return nil, fmt.Errorf("markup: %s ends %s", name, end)
		}
	}
	return p, nil
}

// Execute writes the page, filled with a value's fields.
func (p *Page) Execute(w io.Writer, data any) (err error) {
	defer func() {
		// What a page reads is known when it is written; that it does not fit the
		// value is our own fault, and still no reason to end the program.
		if r := recover(); r != nil {
			failed, ok := r.(fault)
			if !ok {
				panic(r)
			}
			err = failed.error
		}
	}()
	f := filler{page: p, w: w}
	v := reflect.ValueOf(data)
	f.template(main, v)
	return f.err
}
