package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// mutant is one small change of a program, which some test should notice.
type mutant struct {
	id    int    // number by which the changed program knows it; 0 for a constant, which takes a build of its own
	file  string // from the module's root
	line  int
	where string // the function, or the constant's name
	text  string // what is changed
	how   string // what it becomes
	again int    // of equal changes in one function, how many stand before it
	value string // what a constant becomes
	span  [2]int // of the constant's value, in bytes
}

// String names the mutant so that the name lives on when lines move.
func (m mutant) String() string {
	s := fmt.Sprintf("%s %s: %s %s", m.file, m.where, m.text, m.how)
	if m.again > 0 {
		s += fmt.Sprintf(" (%d)", m.again+1)
	}
	return s
}

// insertion is text that goes in front of the byte at an offset. Where several
// do, what is further inside stands nearer to it: rank falls for what closes
// and rises for what opens.
type insertion struct {
	at, rank int
	text     string
}

// scan finds what may be changed in a file:
//
//   - a condition, or a part of one that && or || joins, becomes true or false;
//   - a statement that changes a field or an element, or calls a function for
//     its effect, is left out;
//   - a numeric constant of the package becomes 0 or four times as large.
//
// The conditions of loops are left alone: what never ends, or never begins, is
// noticed by everybody. The changes of the first two kinds are all built into
// one program, which does as mutated(id) says; a constant is not.
type scan struct {
	fset   *token.FileSet
	src    []byte
	file   string
	next   int // number of the next mutant
	list   []mutant
	insert []insertion
	names  map[string]int // how often each name was given
}

// mutants of a file, numbered from next, and the text that takes them in.
func mutants(file string, src []byte, next int) (list []mutant, changed []byte, err error) {
	s := scan{fset: token.NewFileSet(), src: src, file: file, next: next, names: map[string]int{}}
	f, err := parser.ParseFile(s.fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				s.function(d.Name.Name, d.Body)
			}
		case *ast.GenDecl:
			if d.Tok == token.CONST {
				s.constants(d)
			}
		}
	}
	slices.SortStableFunc(s.list, func(a, b mutant) int { return cmp.Compare(a.line, b.line) })
	return s.list, s.rewritten(), nil
}

func (s *scan) rewritten() []byte {
	slices.SortFunc(s.insert, func(a, b insertion) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank, b.rank)) })
	var out []byte
	at := 0
	for _, i := range s.insert {
		out = append(append(out, s.src[at:i.at]...), i.text...)
		at = i.at
	}
	return append(out, s.src[at:]...)
}

func (s *scan) offset(p token.Pos) int { return s.fset.Position(p).Offset }

// add notes a mutant of a piece of the source.
func (s *scan) add(where string, n ast.Node, how string) *mutant {
	m := mutant{file: s.file, line: s.fset.Position(n.Pos()).Line, where: where, how: how}
	m.text = strings.Join(strings.Fields(string(s.src[s.offset(n.Pos()):s.offset(n.End())])), " ")
	if r := []rune(m.text); len(r) > 100 {
		m.text = string(r[:97]) + "..."
	}
	name := m.String()
	m.again = s.names[name]
	s.names[name]++
	s.list = append(s.list, m)
	return &s.list[len(s.list)-1]
}

// numbered is add for what the changed program decides while it runs.
func (s *scan) numbered(where string, n ast.Node, how string) int {
	m := s.add(where, n, how)
	m.id = s.next
	s.next++
	return m.id
}

func (s *scan) around(n ast.Node, before, after string) {
	rank := len(s.insert) + 1
	s.insert = append(s.insert, insertion{s.offset(n.Pos()), rank, before}, insertion{s.offset(n.End()), -rank, after})
}

func (s *scan) function(name string, body *ast.BlockStmt) {
	loops := map[ast.Expr]bool{} // conditions of loops
	seen := map[ast.Expr]bool{}
	condition := func(e ast.Expr) { s.condition(name, e, seen) }
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt:
			loops[n.Cond] = true
		case *ast.IfStmt:
			condition(n.Cond)
		case *ast.SwitchStmt:
			if n.Tag == nil {
				for _, c := range n.Body.List {
					for _, e := range c.(*ast.CaseClause).List {
						condition(e)
					}
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.NOT {
				condition(n.X)
			}
		case *ast.BinaryExpr:
			if loops[n] {
				seen[n] = true
				return true
			}
			switch n.Op {
			case token.LAND, token.LOR, token.EQL, token.NEQ, token.LSS, token.GTR, token.LEQ, token.GEQ:
				condition(n)
			}
		case *ast.BlockStmt:
			s.statements(name, n.List)
		case *ast.CaseClause:
			s.statements(name, n.Body)
		}
		return true
	})
}

// condition takes the parts of an expression that is true or false, each once.
func (s *scan) condition(name string, e ast.Expr, seen map[ast.Expr]bool) {
	if seen[e] {
		return
	}
	seen[e] = true
	switch x := e.(type) {
	case *ast.ParenExpr:
		s.condition(name, x.X, seen)
		return
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			s.condition(name, x.X, seen)
			return
		}
	case *ast.BinaryExpr:
		if x.Op == token.LAND || x.Op == token.LOR {
			s.condition(name, x.X, seen)
			s.condition(name, x.Y, seen)
			return
		}
	}
	yes, no := s.numbered(name, e, "is true"), s.numbered(name, e, "is false")
	s.around(e, "((", fmt.Sprintf(" || mutated(%d)) && !mutated(%d))", yes, no))
}

func (s *scan) statements(name string, list []ast.Stmt) {
	for _, st := range list {
		if leavesOut(st) {
			s.around(st, fmt.Sprintf("if !mutated(%d) { ", s.numbered(name, st, "is left out")), " }")
		}
	}
}

// leavesOut reports whether a statement changes something that outlives it.
func leavesOut(st ast.Stmt) bool {
	lasting := func(e ast.Expr) bool {
		switch e.(type) {
		case *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr:
			return true
		}
		return false
	}
	switch st := st.(type) {
	case *ast.AssignStmt:
		if st.Tok == token.DEFINE {
			return false
		}
		for _, e := range st.Lhs {
			if lasting(e) {
				return true
			}
		}
	case *ast.IncDecStmt:
		return lasting(st.X)
	case *ast.ExprStmt:
		call, ok := st.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		name, plain := call.Fun.(*ast.Ident)
		return !plain || name.Name != "panic"
	}
	return false
}

// constants takes those of a declaration that have a number of their own.
func (s *scan) constants(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		v := spec.(*ast.ValueSpec)
		for i, e := range v.Values {
			if !numeric(e) {
				continue
			}
			span := [2]int{s.offset(e.Pos()), s.offset(e.End())}
			m := s.add(v.Names[i].Name, e, "is 0")
			m.value, m.span = "0", span
			m = s.add(v.Names[i].Name, e, "is fourfold")
			m.value, m.span = "4 * ("+string(s.src[span[0]:span[1]])+")", span
		}
	}
}

// numeric reports whether a constant's value is written as a number, perhaps
// times a unit.
func numeric(e ast.Expr) bool {
	number, counted := false, false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			number = number || n.Kind == token.INT || n.Kind == token.FLOAT
		case *ast.Ident:
			counted = counted || n.Name == "iota"
		}
		return true
	})
	return number && !counted
}
