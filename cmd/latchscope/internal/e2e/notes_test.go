package e2e

import (
	"fmt"
	"runtime/debug"
	"testing"
)

// notes takes down what a test has to complain about, so that the next capture
// can be tried all the same.
type notes struct {
	testing.TB
	list []string
}

type giveUp struct{}

func (n *notes) Helper()                   {}
func (n *notes) Error(a ...any)            { n.list = append(n.list, fmt.Sprint(a...)) }
func (n *notes) Errorf(f string, a ...any) { n.list = append(n.list, fmt.Sprintf(f, a...)) }
func (n *notes) Fatal(a ...any)            { n.Error(a...); panic(giveUp{}) }
func (n *notes) Fatalf(f string, a ...any) { n.Errorf(f, a...); panic(giveUp{}) }

// noted runs f and returns what it complained about; a panic is a complaint,
// too.
func noted(t testing.TB, f func(t testing.TB)) (complaints []string) {
	n := &notes{TB: t}
	defer func() {
		if p := recover(); p != nil && p != any(giveUp{}) {
			n.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		complaints = n.list
	}()
	f(n)
	return nil
}
