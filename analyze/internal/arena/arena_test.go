package arena

import "testing"

// TestArena: values are new, apart and zero, however many are asked for at once.
func TestArena(t *testing.T) {
	var a Arena[[3]int64]
	seen := map[*[3]int64]bool{}
	for n := range 100 {
		list := a.Some(n)
		if len(list) != n || cap(list) != n {
			t.Fatalf("%d values with room for %d, want %d", len(list), cap(list), n)
		}
		for i := range list {
			if v := &list[i]; seen[v] || *v != [3]int64{} {
				t.Fatal("a value is handed out twice")
			} else {
				seen[v] = true
				v[0]++
			}
		}
	}
	if got := a.List([3]int64{1}, [3]int64{2}); len(got) != 2 || got[1] != [3]int64{2} {
		t.Errorf("a list of %v", got)
	}
}

// TestPool: what was given back is handed out again, as if it were new.
func TestPool(t *testing.T) {
	var p Pool[int]
	a, b := p.One(), p.One()
	*a, *b = 1, 2
	p.Free(a)
	if c := p.One(); c != a || *c != 0 {
		t.Errorf("a place was not used again, or holds %d", *c)
	}
	if d := p.One(); d == a || d == b {
		t.Error("a place in use was handed out")
	}
	if *b != 2 {
		t.Errorf("a value in use became %d", *b)
	}
}
