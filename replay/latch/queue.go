package latch

// mostQueued is how many packets a socket holds that nobody reads: a receive
// buffer of 208 KiB, Linux's default, takes about as many small datagrams.
const mostQueued = 256

// Late is what became of a packet that was Queued, once it was read.
type Late struct {
	Nth int64 // of the events given to Step, from 0: the packet
	Decision
}

// queue holds the first packets of a party that the engine leaves in the
// socket. What comes when it is full is lost, as the kernel does it.
type queue struct {
	events [mostQueued]Event
	nth    [mostQueued]int64
	n      int
}

// put keeps a packet, or reports false where there is no room.
func (q *queue) put(ev *Event, nth int64) bool {
	if q.n == len(q.events) {
		return false
	}
	q.events[q.n], q.nth[q.n] = *ev, nth
	q.n++
	return true
}

// Late are the packets that the last event made the engine read, in the order
// in which they had come. The slice is valid until the next Step.
func (e *Engine) Late() []Late { return e.late }

// readQueues reads what waited in the sockets of the sides whose time has come,
// in the order in which it came.
func (e *Engine) readQueues(sig *Event, d *Decision) {
	t := sig.Time
	var at, end [2]int
	for i, q := range e.queues {
		if q != nil && e.sides[i].latches[rtp].ready() {
			end[i] = q.n
			q.n = 0
		}
	}
	for at[0] < end[0] || at[1] < end[1] {
		i := 0
		if at[0] == end[0] || at[1] < end[1] && e.queues[1].nth[at[1]] < e.queues[0].nth[at[0]] {
			i = 1
		}
		q := e.queues[i]
		ev := q.events[at[i]]
		ev.Time = t
		late := Late{Nth: q.nth[at[i]]}
		e.deliver(&ev, &late.Decision)
		e.late = append(e.late, late)
		if ev.Side == sig.Side {
			d.Changes |= late.Changes
		} else {
			d.Other |= late.Changes
		}
		at[i]++
	}
}
