package trace

import "testing"

func TestBranchOf(t *testing.T) {
	a, b, old := BranchOf([]byte(magicCookie+"1")), BranchOf([]byte(magicCookie+"2")), BranchOf([]byte("1"))
	if a == b || a == old || !a.Unique() || !b.Unique() || old.Unique() || old == 0 || BranchOf(nil) != 0 {
		t.Errorf("%x, %x, %x", a, b, old)
	}
}
