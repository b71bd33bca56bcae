package arena

import (
	"math/rand/v2"
	"testing"
)

// TestTable: numbers begin with 1 and go up one by one, and each is that of the value it was
// given for, also where one array does not hold all of them.
func TestTable(t *testing.T) {
	var none Table[int64]
	if n := none.Len(); n != 0 {
		t.Errorf("%d numbers of an empty table", n)
	}
	type wide [most/3 + 1]byte                                             // an array has room for two
	type huge [most + 1]byte                                               // an array of its own
	inOrder(t, "numbers", 3*most/8, func(i int) int64 { return int64(i) }) // in three arrays and a bit
	inOrder(t, "wide", 7, func(i int) wide { return wide{0: byte(i), most / 3: byte(i)} })
	inOrder(t, "huge", 5, func(i int) huge { return huge{0: byte(i), most: byte(i)} })
}

func inOrder[T comparable](t *testing.T, name string, count int, value func(int) T) {
	var table Table[T]
	for i := 1; i <= count; i++ {
		if n := table.Add(value(i)); n != uint32(i) {
			t.Fatalf("%s: the %d-th got number %d", name, i, n)
		}
		if table.Len() != i {
			t.Fatalf("%s: %d numbers were given, %d by what it says", name, i, table.Len())
		}
	}
	if len(table.arrays) < 3 {
		t.Errorf("%s: %d arrays", name, len(table.arrays))
	}
	for i := 1; i <= count; i++ {
		if *table.At(uint32(i)) != value(i) {
			t.Fatalf("%s: %d is another one's value", name, i)
		}
	}
	*table.At(2) = value(1)
	if *table.At(1) != value(1) || *table.At(2) != value(1) || *table.At(3) != value(3) {
		t.Errorf("%s: what is written to one is not read from it alone", name)
	}
}

// TestTableFree: what was let go of is there no more, and its number is the next one's.
func TestTableFree(t *testing.T) {
	var table Table[*int]
	values := make([]int, 6)
	for i := range 5 {
		table.Add(&values[i])
	}
	table.Free(2)
	table.Free(4)
	if *table.At(2) != nil || *table.At(4) != nil {
		t.Error("a value that was let go of is still there")
	}
	if n := table.Len(); n != 5 {
		t.Errorf("%d numbers were given, want 5", n)
	}
	got := map[uint32]bool{table.Add(&values[5]): true, table.Add(&values[5]): true}
	if next := table.Add(&values[5]); !got[2] || !got[4] || next != 6 {
		t.Errorf("%v were given once more, and then %d", got, next)
	}
	for n, want := range map[uint32]*int{1: &values[0], 2: &values[5], 3: &values[2], 4: &values[5], 5: &values[4], 6: &values[5]} {
		if *table.At(n) != want {
			t.Errorf("%d is another one's value", n)
		}
	}
}

// TestTableJoin: what is joined stands behind what was there, by the same distance each, whatever
// either of the two had let go of.
func TestTableJoin(t *testing.T) {
	for name, c := range map[string]struct{ own, others, free int }{
		"neither has any": {0, 0, 0}, "none of its own": {0, 5, 2}, "none of the other's": {5, 0, 2}, "some": {5, 7, 3},
		"several arrays": {most / 4, most / 4, most / 5},
	} {
		var a, b Table[int64]
		for i := range c.own {
			a.Add(int64(i + 1))
		}
		for i := range c.others {
			b.Add(-int64(i + 1))
		}
		free := func(table *Table[int64]) {
			if table.Len() > 0 {
				table.Free(uint32(c.free))
			}
		}
		free(&a)
		free(&b)
		value := func(n, sign int) int64 {
			if n == c.free {
				return 0
			}
			return int64(sign * n)
		}
		before := a.Join(&b)
		if int(before) != c.own || a.Len() != c.own+c.others || b.Len() != c.others {
			t.Errorf("%s: %d before, %d numbers, %d of the other one's", name, before, a.Len(), b.Len())
			continue
		}
		next := a.Add(99) // has no number of another one's
		for n := 1; n <= c.own; n++ {
			if *a.At(uint32(n)) != value(n, 1) && uint32(n) != next {
				t.Fatalf("%s: %d is another one's value", name, n)
			}
		}
		for n := 1; n <= c.others; n++ {
			if at := before + uint32(n); *a.At(at) != value(n, -1) && at != next {
				t.Fatalf("%s: %d is another one's value", name, at)
			}
			if *b.At(uint32(n)) != value(n, -1) {
				t.Fatalf("%s: %d of the other one is another one's value", name, n)
			}
		}
		if *a.At(next) != 99 || int(next) <= c.own && int(next) != c.free || int(next) > c.own && int(next) <= c.own+c.others && int(next) != c.own+c.free {
			t.Errorf("%s: the next one got number %d", name, next)
		}
	}
}

// TestTableSweep: what is marked stays, the numbers of all else are given again, each once.
func TestTableSweep(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var table Table[int]
		held := map[uint32]int{}
		for round := range 5 {
			for range r.IntN(200) {
				v := r.IntN(1000) + 1
				n := table.Add(v)
				if held[n] != 0 {
					t.Fatalf("seed %d: number %d was given twice", seed, n)
				}
				held[n] = v
			}
			marked := make([]bool, table.Len()+1)
			for n := range held {
				if marked[n] = r.IntN(3) > 0; !marked[n] {
					delete(held, n)
				}
			}
			before := table.Len()
			table.Sweep(marked)
			for n := uint32(1); n <= uint32(before); n++ {
				if *table.At(n) != held[n] {
					t.Fatalf("seed %d: number %d is %d, want %d", seed, n, *table.At(n), held[n])
				}
			}
			if table.Len() != before {
				t.Errorf("seed %d: %d numbers, %d before", seed, table.Len(), before)
			}
			if round%2 == 0 {
				continue
			}
			for range before - len(held) { // all places that are free, and no others
				n := table.Add(1)
				if n > uint32(before) || held[n] != 0 {
					t.Fatalf("seed %d: number %d was not free", seed, n)
				}
				held[n] = 1
			}
			if n := table.Add(1); n != uint32(before)+1 {
				t.Errorf("seed %d: number %d, where none was free", seed, n)
			} else {
				held[n] = 1
			}
		}
	}
}

// TestTableClear: a table that was cleared is as a new one, in the same arrays.
func TestTableClear(t *testing.T) {
	var table Table[*[most / 3]byte] // pointers, by the ten thousand in an array
	table.Clear()
	value := new([most / 3]byte)
	for range 2 {
		for i := 1; i <= most/4; i++ { // in three arrays
			if n := table.Add(value); n != uint32(i) {
				t.Fatalf("the %d-th got number %d", i, n)
			}
		}
		if n := len(table.arrays); n != 3 {
			t.Fatalf("%d arrays, want 3", n)
		}
		table.Free(7)
		table.Clear()
		if table.Len() != 0 {
			t.Fatalf("%d numbers are given of a table that was cleared", table.Len())
		}
		for _, a := range table.arrays {
			for i, v := range a[:cap(a)] {
				if v != nil {
					t.Fatalf("the %d-th value of an array is still there", i)
				}
			}
		}
	}
}
