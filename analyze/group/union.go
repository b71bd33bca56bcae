package group

import (
	"github.com/latchscope/latchscope/analyze/capture"
)

// union joins captures, but never two that contradict each other, not even by a
// third that agrees with both.
type union struct {
	of     []int // the group of each capture, named by its first
	apart  map[pair]bool
	wanted []wish
	why    map[int]string // by capture that was joined
}

// wish is a pair that something joins.
type wish struct {
	pair
	why string
}

func newUnion(n int) *union {
	u := &union{apart: map[pair]bool{}, why: map[int]string{}}
	for i := range n {
		u.of = append(u.of, i)
	}
	return u
}

// named is the first capture that was named itself.
func (u *union) named(list []digest) int {
	for i := range list {
		if !list[i].member {
			return i
		}
	}
	return 0
}

func (u *union) part(a, b int)             { u.apart[pair{a, b}] = true }
func (u *union) want(a, b int, why string) { u.wanted = append(u.wanted, wish{pair{a, b}, why}) }

// join makes the groups of two captures one.
func (u *union) join(a, b int, why string) {
	a, b = u.of[a], u.of[b]
	if a == b {
		return
	}
	a, b = min(a, b), max(a, b)
	for i, g := range u.of {
		if g == b {
			u.of[i] = a
		}
	}
	if u.why[a] == "" {
		u.why[a] = why
	}
	delete(u.why, b)
}

// mayJoin reports whether no two captures of two groups contradict each other.
func (u *union) mayJoin(a, b int) bool {
	for p := range u.apart {
		x, y := u.of[p.a], u.of[p.b]
		if x == u.of[a] && y == u.of[b] || x == u.of[b] && y == u.of[a] {
			return false
		}
	}
	return true
}

// groups joins what is wanted and may be, and lists what comes of it.
func (u *union) groups(set *capture.Set, list []digest) []Group {
	for _, w := range u.wanted {
		if u.mayJoin(w.a, w.b) {
			u.join(w.a, w.b, w.why)
		}
	}
	members, harvests := map[int][]*capture.Input{}, map[int][]int{}
	for i, g := range u.of {
		if list[i].in != nil {
			members[g] = append(members[g], list[i].in)
		} else {
			harvests[g] = append(harvests[g], list[i].harvest)
		}
	}
	var d Division
	for i, g := range u.of {
		if i == g {
			one := Group{Set: set.Only(members[g]...), Why: u.why[g], Harvests: harvests[g], path: list[i].path}
			if len(members[g]) == 1 && len(harvests[g]) == 0 {
				one.Collected = list[i].collected
			}
			d.Groups = append(d.Groups, one)
		}
	}
	d.sort()
	return d.Groups
}
