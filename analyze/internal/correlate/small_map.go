package correlate

// smallMap is a map for what is rarely more than a handful: it is looked through
// one by one, latest first, until it grows. A capture made to hurt makes it grow.
type smallMap[K comparable, V any] struct {
	keys   []K
	values []V
	index  map[K]int // of the keys, once there are more than a few
}

// scanned is how many keys are looked through one by one.
const scanned = 16

// find is the value of a key, nil if there is none. It is valid until the next
// key comes in.
func (m *smallMap[K, V]) find(k K) *V {
	if m.index != nil {
		if i, ok := m.index[k]; ok {
			return &m.values[i]
		}
		return nil
	}
	for i := len(m.keys) - 1; i >= 0; i-- {
		if m.keys[i] == k {
			return &m.values[i]
		}
	}
	return nil
}

// at is the value of a key, which comes in with a zero value if it is new.
func (m *smallMap[K, V]) at(k K) *V {
	if v := m.find(k); v != nil {
		return v
	}
	var zero V
	m.keys, m.values = append(m.keys, k), append(m.values, zero)
	n := len(m.keys)
	switch {
	case m.index != nil:
		m.index[k] = n - 1
	case n > scanned:
		m.index = map[K]int{}
		for i, k := range m.keys {
			m.index[k] = i
		}
	}
	return &m.values[n-1]
}

// reset takes everything out, and keeps the room for as much again.
func (m *smallMap[K, V]) reset() {
	if m.index != nil {
		*m = smallMap[K, V]{}
		return
	}
	clear(m.keys)
	clear(m.values)
	m.keys, m.values = m.keys[:0], m.values[:0]
}
