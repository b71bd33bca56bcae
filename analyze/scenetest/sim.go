package scenetest

import (
	"container/heap"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// event is something that happens at a time. Events of the same time happen
// in the order in which they were planned, so a run is deterministic.
type event struct {
	at    time.Duration
	order uint64
	do    func()
}

type agenda []event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].order < a[j].order
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	(*a)[last] = event{}
	*a = (*a)[:last]
	return e
}

// at plans do; what lies in the past happens now.
func (w *world) at(t time.Duration, do func()) {
	w.order++
	heap.Push(&w.agenda, event{max(t, w.now), w.order, do})
}

func (w *world) after(d time.Duration, do func()) { w.at(w.now+d, do) }

// play lets everything happen.
func (w *world) play() error {
	for len(w.agenda) > 0 && w.err == nil {
		e := heap.Pop(&w.agenda).(event)
		if w.now = e.at; w.now > w.scene.end {
			break
		}
		e.do()
	}
	return w.err
}

// longest bounds a scene, so that no text can run for ever.
const longest = 24 * time.Hour

// dice gives each thing its own random numbers: a statement added to a scene
// then changes nothing elsewhere in it, and two scenes share no SSRC or Call-ID.
func (w *world) dice(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(w.scene.Name + "/" + name))
	return rand.New(rand.NewPCG(w.scene.seed, h.Sum64()))
}

func chance(r *rand.Rand, p float64) bool { return p > 0 && r.Float64() < p }

// upTo is a random duration below d.
func upTo(r *rand.Rand, d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(d)))
}
