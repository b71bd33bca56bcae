package correlate

import "testing"

// A small map keeps what a map keeps, whether it has grown or not, and forgets
// all of it.
func TestSmallMap(t *testing.T) {
	for _, n := range []int{1, scanned, scanned + 1, 100} {
		var m smallMap[int, string]
		for round := range 2 {
			for k := range n {
				if m.find(k) != nil {
					t.Fatalf("%d keys, round %d: key %d is there before it came", n, round, k)
				}
				*m.at(k) = "old"
				*m.at(k) = "new"
			}
			for k := range n {
				if v := m.find(k); v == nil || *v != "new" {
					t.Fatalf("%d keys, round %d: key %d is %v", n, round, k, v)
				}
			}
			if m.find(n) != nil {
				t.Fatalf("%d keys: finds one more", n)
			}
			m.reset()
		}
	}
}
