package detect

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/latchscope/latchscope/analyze/endpoint"
	"github.com/latchscope/latchscope/analyze/trace"
)

// perCall is how many moved talkers of one call are judged one by one. A call
// has a handful; one made to hurt has as many as one likes, each of them
// measured against all of the call's streams.
const perCall = 64

// flippedTalkers are the talkers that moved unannounced, one view of each.
func flippedTalkers(t *trace.Trace) []*trace.Talker {
	list, _ := flippedPerCall(t)
	return list
}

// flippedPerCall leaves out those beyond the bound, and says how many.
func flippedPerCall(t *trace.Trace) (list []*trace.Talker, left int) {
	// Another capture point that saw the same is another view.
	type view struct {
		ssrc     uint32
		call     *trace.Call
		from, to endpoint.Endpoint
	}
	seen := map[view]bool{}
	count := map[*trace.Call]int{}
	for _, k := range t.Talkers {
		moves := unannounced(k)
		if len(moves) == 0 {
			continue
		}
		v := view{k.SSRC(), k.Call, moves[0].From.Src, moves[0].To.Src}
		if seen[v] {
			continue
		}
		seen[v] = true
		if count[k.Call]++; count[k.Call] > perCall {
			left++
			continue
		}
		list = append(list, k)
	}
	return list, left
}

// movedTalkers are those that moved, announced or not, one view of each; those
// that flipped come first.
func movedTalkers(t *trace.Trace) []*trace.Talker {
	out := flippedTalkers(t)
	count := map[*trace.Call]int{}
	for _, k := range t.Talkers {
		if len(k.Moves) > 0 && len(unannounced(k)) == 0 && count[k.Call] < perCall {
			count[k.Call]++
			out = append(out, k)
		}
	}
	return out
}

// fleet is the other moves that a move can be compared with.
type fleet struct {
	ports map[netip.Addr]string // how the NAT at an address picks ports
	at    map[departure]bool    // moves of three or more calls of one address within a second
}

type departure struct {
	host netip.Addr
	time int64
}

func fleetOf(t *trace.Trace, flipped []*trace.Talker) fleet {
	f := fleet{map[netip.Addr]string{}, map[departure]bool{}}
	if len(flipped) == 0 {
		return f
	}
	f.failovers(flipped)
	f.allocations(t)
	return f
}

// failovers notes the moves at which three or more calls left one address
// within a second of it.
func (f fleet) failovers(flipped []*trace.Talker) {
	type leaving struct {
		time int64
		call *trace.Call
	}
	from := map[netip.Addr][]leaving{}
	for _, k := range flipped {
		for _, m := range unannounced(k) {
			from[m.From.Src.IP()] = append(from[m.From.Src.IP()], leaving{m.After.Time, k.Call})
		}
	}
	for host, list := range from {
		slices.SortStableFunc(list, func(a, b leaving) int { return cmp.Compare(a.time, b.time) })
		calls := map[*trace.Call]int{} // of those within a second
		lo, hi := 0, 0
		for _, m := range list {
			for ; hi < len(list) && list[hi].time <= m.time+int64(1e9); hi++ {
				calls[list[hi].call]++
			}
			for ; list[lo].time < m.time-int64(1e9); lo++ {
				if calls[list[lo].call]--; calls[list[lo].call] == 0 {
					delete(calls, list[lo].call)
				}
			}
			if len(calls) >= 3 {
				f.at[departure{host, m.time}] = true
			}
		}
	}
}

// failover tells whether three or more calls of one address moved together.
func (f fleet) failover(m trace.Move) bool {
	return f.at[departure{m.From.Src.IP(), m.After.Time}]
}

// allocations say how NATs pick ports, in the words of RFC 4787 section 4.2, where
// enough of their moves were seen.
func (f fleet) allocations(t *trace.Trace) {
	type pick struct {
		at       int64
		from, to uint16
	}
	picks := map[netip.Addr][]pick{}
	for _, k := range t.Talkers {
		for _, m := range unannounced(k) {
			if host := m.From.Src.IP(); m.To.Src.IP() == host {
				picks[host] = append(picks[host], pick{m.After.Time, m.From.Src.Port, m.To.Src.Port})
			}
		}
	}
	for host, list := range picks {
		if len(list) < 3 {
			continue
		}
		slices.SortStableFunc(list, func(a, b pick) int { return cmp.Compare(a.at, b.at) })
		near, rising, parity := 0, 0, 0
		for i, p := range list {
			if d := int(p.to) - int(p.from); d > 0 && d <= 16 {
				near++
			}
			if i > 0 && p.to > list[i-1].to {
				rising++
			}
			if p.to%2 == p.from%2 {
				parity++
			}
		}
		n := len(list)
		var text string
		switch {
		case near == n:
			text = fmt.Sprintf("In %d moves of this address the new port is the next free one or close to it.", n)
		case rising == n-1:
			text = fmt.Sprintf("In %d moves of this address the new ports rise with time: the NAT hands them out in order.", n)
		case n >= 6 && near == 0 && rising >= n/4 && rising <= n-1-n/4:
			text = fmt.Sprintf("In %d moves of this address the new ports neither lie near the old ones nor follow the order of time: as if picked at random.", n)
		default:
			continue
		}
		if parity == n && n >= 5 {
			text += " The parity of the ports is preserved."
		}
		f.ports[host] = text
	}
}
