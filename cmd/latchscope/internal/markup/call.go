package markup

import (
	"cmp"
	"reflect"
	"text/template/parse"
)

// builtin names the functions that every page has.
var builtin = map[string]any{"eq": 0, "ne": 0, "lt": 0, "gt": 0, "not": 0, "and": 0, "or": 0, "len": 0, "index": 0}

// call is the value of a function. Of and and or no more is looked at than
// decides.
func (f *filler) call(name string, nodes []parse.Node, dot reflect.Value) reflect.Value {
	if name == "and" || name == "or" {
		v := reflect.ValueOf(name == "and")
		for _, n := range nodes {
			if v = f.value(n, dot); truth(v) == (name == "or") {
				break
			}
		}
		return v
	}
	args := make([]reflect.Value, len(nodes))
	for i, n := range nodes {
		args[i] = f.value(n, dot)
	}
	if given, ok := f.page.funcs[name]; ok {
		return called(name, given, args)
	}
	want := 2
	if name == "not" || name == "len" {
		want = 1
	}
	if len(args) != want {
		fail("%s takes %d values, not %d", name, want, len(args))
	}
	switch name {
	case "not":
		return reflect.ValueOf(!truth(args[0]))
	case "len":
		return reflect.ValueOf(listed(args[0]).Len())
	case "index":
		list, i := listed(args[0]), indirect(args[1])
		if !i.CanInt() || i.Int() < 0 || i.Int() >= int64(list.Len()) {
			fail("index: the list of %d has none of that number", list.Len())
		}
		return list.Index(int(i.Int()))
	}
	return reflect.ValueOf(compared(name, indirect(args[0]), indirect(args[1])))
}

// called calls a function of the page's own.
func called(name string, f reflect.Value, args []reflect.Value) reflect.Value {
	t := f.Type()
	if len(args) != t.NumIn() {
		fail("%s takes %d values, not %d", name, t.NumIn(), len(args))
	}
	for i, v := range args {
		want := t.In(i)
		for v.IsValid() && !v.Type().AssignableTo(want) && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
			v = v.Elem()
		}
		switch {
		case v.IsValid() && v.Type().AssignableTo(want):
		case v.IsValid() && v.CanAddr() && v.Addr().Type().AssignableTo(want):
			v = v.Addr()
		default:
			fail("%s takes %s, not %s", name, want, kind(v))
		}
		args[i] = v
	}
	return f.Call(args)[0]
}

func listed(v reflect.Value) reflect.Value {
	v = indirect(v)
	switch v.Kind() {
	case reflect.Slice, reflect.Array, reflect.String:
		return v
	}
	fail("%s is no list", kind(v))
	return v
}

// compared compares two values of one kind; of numbers, two of any.
func compared(name string, a, b reflect.Value) bool {
	var order int
	switch {
	case a.Kind() == reflect.String && b.Kind() == reflect.String:
		order = cmp.Compare(a.String(), b.String())
	case a.CanInt() && b.CanInt():
		order = cmp.Compare(a.Int(), b.Int())
	case a.CanFloat() && b.CanFloat():
		order = cmp.Compare(a.Float(), b.Float())
	case a.Kind() == reflect.Bool && b.Kind() == reflect.Bool && (name == "eq" || name == "ne"):
		if a.Bool() != b.Bool() {
			order = 1
		}
	default:
		fail("%s does not compare %s and %s", name, kind(a), kind(b))
	}
	switch name {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "lt":
		return order < 0
	}
	return order > 0
}
