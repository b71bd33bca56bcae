package scenetest

import (
	"net/netip"
	"slices"
	"time"
)

// Truth is what was so in a run, whatever a capture may show of it. All times
// are since the scene's start, by the true clock. It comes from what happened
// to each packet, not from any analysis.
type Truth struct {
	Start   time.Time
	Calls   []Call
	Flips   []Flip
	Outages []Outage
	Locks   []Lock
	Points  []Point
}

// Call is what was so of one call.
type Call struct {
	Name     string
	CallIDs  []string      // one a dialog, the caller's first
	From, To string        // names of the parties
	Invited  time.Duration // -1: never, as the two that follow
	Answered time.Duration // when the 200 reached the server; without one, when it was sent
	Ended    time.Duration
	Early    []Early
	Flows    []Flow
}

// Early is RTP that reached the server, or without one the other party,
// before its sender's SDP did.
type Early struct {
	Party   string
	Packets int
	Refused int           // met a closed port
	Lead    time.Duration // of the first before the SDP
}

// Flow is one direction of a call's media: what became of the packets that a
// party sent.
type Flow struct {
	From, To    string // parties
	Sent        int
	Delivered   int
	Dropped     int // by the latch
	Withheld    int // the server knew nowhere to send them
	Misdirected int // sent to where the party no longer was
	Refused     int // met a closed port
	Lost        int // by the lines
}

// Flip is a talker's move, seen from the internet, that no SDP announced.
type Flip struct {
	Call, Party string
	SSRC        uint32
	From, To    netip.AddrPort
	Time        time.Duration  // when the first packet from To reached the server
	Trigger     string         // icmp, idle, failover, unknown
	Frames      map[string]int // by capture point: the first frame from To
}

// Outage is a time during which one direction reached nobody because of the
// latch, from the last packet that arrived (the first that was due, if none
// was due just before it) to the next that did.
type Outage struct {
	Call        string
	From, To    string // parties
	Start, End  time.Duration
	Dead        bool // lasted to the end
	Dropped     int
	Withheld    int
	Misdirected int
}

// Lost is how many packets the outage cost.
func (o Outage) Lost() int { return o.Dropped + o.Withheld + o.Misdirected }

// Silence is how long it lasted.
func (o Outage) Silence() time.Duration { return o.End - o.Start }

// Lock is a step of a latch.
type Lock struct {
	Call, Party    string // the party whose source is learned
	Time           time.Duration
	Event          string // locked, released, moved
	Before, Source netip.AddrPort
}

// Point is what one capture holds.
type Point struct {
	Name    string
	Frames  int
	Dropped int // lost by the capture, not by the network
	Streams []Stream
	ICMP    []ICMP
}

// Stream counts the recorded packets of one SSRC between two endpoints,
// duplicates included.
type Stream struct {
	Src, Dst    netip.AddrPort
	SSRC        uint32
	Packets     int
	First, Last int // frames
}

// ICMP counts the recorded errors of one kind.
type ICMP struct {
	By, To  netip.Addr
	About   netip.AddrPort // the refused endpoint
	Code    uint8          // as ICMPv4 numbers it
	Packets int
	First   int // frame
}

// shortest is the shortest outage worth mentioning.
const shortest = 100 * time.Millisecond

// conclude sums up what the calls' packets met.
func (w *world) conclude() Truth {
	t := w.truth
	t.Start = w.scene.start
	for _, c := range w.calls {
		sum := Call{Name: c.name, From: c.parties[0].node.name, To: c.parties[1].node.name, Invited: c.started, Answered: c.answer, Ended: c.end}
		for i, l := range c.legs {
			if i == 0 || l.dialog != c.legs[0].dialog {
				sum.CallIDs = append(sum.CallIDs, l.dialog.callID)
			}
		}
		for i, p := range c.parties {
			flow := Flow{From: p.node.name, To: c.parties[1-i].node.name}
			early := Early{Party: p.node.name}
			var all []fate
			for _, k := range c.talkers {
				if k.party != p {
					continue
				}
				for _, f := range k.flips {
					if f.Time > 0 {
						t.Flips = append(t.Flips, *f)
					}
				}
				for _, f := range k.fates {
					flow.count(f.end)
					if k.fork == 0 && f.end != lostBefore && f.at < p.known && p.known < longest {
						early.Packets++
						early.Lead = max(early.Lead, p.known-f.at)
						if f.end == refusedThere {
							early.Refused++
						}
					}
				}
				all = append(all, k.fates...)
			}
			if flow.Sent > 0 {
				sum.Flows = append(sum.Flows, flow)
			}
			if early.Packets > 0 {
				sum.Early = append(sum.Early, early)
			}
			t.Outages = append(t.Outages, outages(c, flow.From, flow.To, all)...)
		}
		t.Calls = append(t.Calls, sum)
	}
	slices.SortStableFunc(t.Flips, func(a, b Flip) int { return int(a.Time - b.Time) })
	for _, tap := range w.taps {
		t.Points = append(t.Points, tap.point())
	}
	return t
}

func (f *Flow) count(o outcome) {
	f.Sent++
	switch o {
	case delivered:
		f.Delivered++
	case dropped:
		f.Dropped++
	case withheld:
		f.Withheld++
	case misdirected:
		f.Misdirected++
	case refusedThere:
		f.Refused++
	case lostBefore, lostAfter:
		f.Lost++
	}
}

// outages finds the runs of packets that the latch cost. What the lines lost
// neither begins nor ends one.
func outages(c *call, from, to string, fates []fate) []Outage {
	slices.SortStableFunc(fates, func(a, b fate) int { return int(a.at - b.at) })
	var all []Outage
	last, previous := time.Duration(-1), time.Duration(-1) // delivered; due
	open, first := Outage{Start: -1}, time.Duration(0)
	end := c.end
	if end < 0 && len(fates) > 0 {
		end = fates[len(fates)-1].at
	}
	finish := func(at time.Duration, dead bool) {
		open.End, open.Dead = at, dead
		if open.Start >= 0 && open.Silence() >= shortest && at-first >= shortest-20*time.Millisecond {
			all = append(all, open)
		}
		open = Outage{Start: -1}
	}
	for _, f := range fates {
		if c.answer >= 0 && f.at < c.answer || end >= 0 && f.at >= end {
			continue
		}
		switch f.end {
		case delivered:
			finish(f.at, false)
			last = f.at
		case dropped, withheld, misdirected:
			if open.Start < 0 {
				open, first = Outage{Call: c.name, From: from, To: to, Start: f.at}, f.at
				switch {
				case last >= 0 && last == previous && f.at-last < shortest:
					open.Start = last
				case last < 0 && c.answer >= 0 && f.at-c.answer < time.Second:
					open.Start = c.answer // nothing heard before: from the answer
				}
			}
			switch f.end {
			case dropped:
				open.Dropped++
			case withheld:
				open.Withheld++
			default:
				open.Misdirected++
			}
		default:
			continue
		}
		previous = f.at
	}
	finish(end, true)
	return all
}
