//go:build linux

package main

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// shortest is the shortest outage worth mentioning.
const shortest = 100 * time.Millisecond

// truth sums up the journal.
func (s *stage) truth(recorders []*recorder) (*Truth, error) {
	t := &Truth{Scenario: s.Name, About: s.About, Provenance: provenance(), DelayMS: float64(s.Delay) / 1e6,
		Router: s.Router.String(), Silent: s.Router.Silent, Engine: s.Engine.String()}
	j := s.log
	j.mu.Lock()
	defer j.mu.Unlock()
	t.Late = seconds(j.late)
	sums, err := j.calls(s.Delay)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	failover := 0
	for i := range sums {
		c := s.sum(&sums[i])
		t.Calls = append(t.Calls, c)
		if c.Trigger == "failover" {
			failover++
		}
	}
	for i := range t.Calls {
		if t.Calls[i].Trigger == "failover" && failover < 3 {
			t.Calls[i].Trigger = "unknown" // nobody can tell from a capture
		}
	}
	for _, r := range recorders {
		t.Points = append(t.Points, Point{r.point, filepath.Base(r.path), expect(t, r.point)})
	}
	return t, t.write(s.path(s.Name + ".truth.json"))
}

func (p routerPlan) String() string {
	words := []string{"ports=" + string(cmp.Or(p.Ports, keepPort))}
	if p.DropOnICMP {
		words = append(words, "drops its mapping on ICMP")
	}
	if p.Idle > 0 {
		words = append(words, "forgets after "+p.Idle.String())
	}
	if p.Silent {
		words = append(words, "refuses in silence")
	}
	return strings.Join(words, ", ")
}

func (p enginePlan) String() string {
	words := []string{"session-lock"}
	if p.daemon() {
		words = []string{"rtpengine", "endpoint-learning=" + p.Learning}
	}
	words = append(append(words, p.Set...), p.Daemon...)
	for _, w := range []struct {
		so   bool
		word string
	}{{p.Rewrites, "rewrites SSRC, sequence and timestamps"}, {p.NoICMP, "host sends no ICMP"}, {p.Closed, "firewall refuses media until the answer"}} {
		if w.so {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ", ")
}

// callLog is one call's part of the journal.
type callLog struct {
	ids       [2]string // Call-IDs: the caller's leg, the callee's
	callee    string
	invite    time.Time
	sdp       time.Time // when the phone's first SDP left
	answers   time.Time // when its 200 did
	answer    time.Time // when that reached the server
	end       time.Time // when the first party hung up
	ended     time.Time // when that reached the callee, or left it
	up, down  []trip
	engine    []relayNote
	mappings  []mappingNote
	dropped   []mappingNote
	refused   map[uint16]bool // by the errors that reached the router
	told      map[uint16]bool // by those that reached the phone
	returned  int
	early     []packetNote
	intrusion []packetNote
	firewall  bool
}

// trip is one packet of a party: when it was due at the other, and when that
// heard it; zero: never.
type trip struct {
	seq              uint16
	sent, due, heard time.Time
}

// calls takes the journal apart by calls.
func (j *journal) calls(delay time.Duration) ([]callLog, error) {
	var all []callLog
	for _, n := range j.signals {
		if n.party == "server" && n.name == "leg" {
			all = append(all, callLog{ids: [2]string{n.call, n.detail}, invite: n.at, refused: map[uint16]bool{}, told: map[uint16]bool{}})
		}
	}
	for i := range all {
		c := &all[i]
		for _, n := range j.signals {
			mine := n.call == c.ids[0] || n.call == c.ids[1]
			switch {
			case !mine && n.name != "firewall":
			case n.name == "invite":
				c.invite = n.at
			case n.name == "invited":
				c.callee = n.party
			case n.name == "sdp":
				c.sdp = n.at
			case n.name == "answer" && n.party == c.callee:
				c.answers = n.at
			case n.party == "server" && n.name == "answer" && c.answer.IsZero():
				c.answer = n.at
			case n.name == "bye" || n.name == "bye-heard":
				if c.end.IsZero() {
					c.end = n.at
				}
				if n.party == c.callee {
					c.ended = n.at
				}
			case n.name == "firewall":
				c.firewall = true
			}
		}
		if c.answer.IsZero() || c.end.IsZero() {
			return nil, fmt.Errorf("call %s was not answered and ended as it should", c.ids[0])
		}
		if c.callee == "" {
			c.callee = "phone" // somebody else's program, that keeps no log
		}
		if c.answers.IsZero() {
			c.answers = c.answer.Add(-delay)
		}
		if c.ended.IsZero() {
			c.ended = c.end.Add(delay)
		}
		for _, n := range j.relayed {
			if n.call == c.ids[0] {
				c.engine = append(c.engine, n)
			}
		}
		c.errors(j)
		c.pair(j, delay)
	}
	return all, nil
}

// pair finds out which packets were heard. Programs that are not ours keep no
// log: for them the media engine's says what arrived from them, and what it sent
// to where they were by the router's log.
func (c *callLog) pair(j *journal, delay time.Duration) {
	c.up, c.down = c.trips(j, c.callee, "gateway", false, delay), c.trips(j, "gateway", c.callee, true, delay)
	for _, p := range j.sent {
		if p.party == c.callee && p.call == c.ids[1] && !c.sdp.IsZero() && p.at.Before(c.sdp) {
			c.early = append(c.early, p)
		}
	}
}

func (c *callLog) trips(j *journal, from, to string, fromCaller bool, delay time.Duration) []trip {
	engine := map[uint16]relayNote{}
	for _, n := range c.engine {
		if n.caller == fromCaller && n.action != "signal" {
			engine[n.seq] = n
		}
	}
	heard := map[uint16]time.Time{}
	logs := false
	for _, h := range j.heard {
		if h.party == to {
			logs = true
			if h.call == c.ids[0] || h.call == c.ids[1] {
				heard[h.seq] = h.at
			}
		}
	}
	arrival := func(seq uint16) time.Time {
		n, known := engine[seq]
		switch {
		case known && n.action != "relayed", !known && len(c.engine) > 0:
			return time.Time{}
		case known && !logs:
			return c.arrives(n, fromCaller, delay)
		case known:
			return heard[n.outSeq] // where the relay renumbers, its log says which is which
		}
		return heard[seq]
	}
	var trips []trip
	for _, p := range j.sent {
		if p.party == from && (p.call == c.ids[0] || p.call == c.ids[1]) {
			due := p.at.Add(delay)
			if n, known := engine[p.seq]; known && !fromCaller {
				due = n.at // routers take their time over a new mapping
			}
			trips = append(trips, trip{p.seq, p.at, due, arrival(p.seq)})
		}
	}
	if trips != nil {
		return trips
	}
	for _, n := range c.engine {
		if n.caller == fromCaller && n.action != "signal" {
			sent, due := n.at, n.at.Add(delay)
			if !fromCaller {
				sent, due = n.at.Add(-delay), n.at
			}
			trips = append(trips, trip{n.seq, sent, due, arrival(n.seq)})
		}
	}
	return trips
}

// arrives is when what the engine sent reaches a party, if it does.
func (c *callLog) arrives(n relayNote, toCallee bool, delay time.Duration) time.Time {
	if !toCallee {
		return n.at
	}
	at := n.at.Add(delay)
	open := false
	for _, m := range c.mappings {
		if m.at.Before(at) {
			open = m.outside == n.to
		}
	}
	for _, m := range c.dropped {
		if m.outside == n.to && m.at.Before(at) && !c.reopened(m, at) {
			open = false
		}
	}
	if !open {
		return time.Time{}
	}
	return at
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// reopened tells whether a mapping was made again between its end and a time.
func (c *callLog) reopened(gone mappingNote, at time.Time) bool {
	return slices.ContainsFunc(c.mappings, func(m mappingNote) bool {
		return m.outside == gone.outside && m.at.After(gone.at) && m.at.Before(at)
	})
}

// errors finds the ICMP errors and mappings that concern the call.
func (c *callLog) errors(j *journal) {
	var local netip.AddrPort
	for _, p := range j.sent {
		if p.party == c.callee && p.call == c.ids[1] {
			local = p.src
		}
	}
	if !local.IsValid() && len(c.engine) > 0 { // somebody else's program
		local = c.inside(j)
	}
	outside := map[netip.AddrPort]bool{}
	for _, m := range j.mappings {
		if m.inside == local {
			c.mappings = append(c.mappings, m)
			outside[m.outside] = true
		}
	}
	for _, m := range j.dropped {
		if m.inside == local {
			c.dropped = append(c.dropped, m)
		}
	}
	for _, r := range j.refusals {
		switch {
		case !r.rtp || r.at.After(c.end):
		case r.host == c.callee && r.src == local:
			c.told[r.seq] = true
		case r.host == "nat" && outside[r.src]:
			c.refused[r.seq] = true
		case r.host == "server" && outside[r.dst]:
			c.returned++
		}
	}
	c.intrusion = j.intrusion
}

// inside finds a program's media port by where it came from at the engine.
func (c *callLog) inside(j *journal) netip.AddrPort {
	for _, n := range c.engine {
		for _, m := range j.mappings {
			if !n.caller && n.action != "signal" && m.outside == n.source && !m.at.After(n.at) {
				return m.inside
			}
		}
	}
	return netip.AddrPort{}
}

// sum is what is said of a call.
func (s *stage) sum(c *callLog) CallTruth {
	since := func(t time.Time) float64 { return seconds(t.Sub(c.invite)) }
	t := CallTruth{CallIDs: c.ids[:], From: "gateway", To: c.callee, Answered: since(c.answer), Ended: since(c.end),
		Refused: len(c.refused), Told: len(c.told), Returned: c.returned}
	if len(c.early) > 0 {
		e := &Early{Packets: len(c.early), Lead: seconds(c.sdp.Sub(c.early[0].at))}
		for _, p := range c.early {
			e.Refused += index(c.refused[p.seq])
			e.Told += index(c.told[p.seq])
		}
		t.Early = e
	}
	for i, m := range c.mappings {
		if i == 0 || m.outside == c.mappings[i-1].outside || m.at.After(c.end) {
			continue
		}
		t.Flips = append(t.Flips, Move{since(m.at), c.mappings[i-1].outside.String(), m.outside.String(), m.because})
		t.Trigger = m.because
	}
	if t.Trigger == "forgotten" {
		t.Trigger = "unknown"
	}
	for _, d := range []struct {
		name  string
		trips []trip
	}{{"uplink", c.up}, {"downlink", c.down}} {
		f := Flow{Direction: d.name}
		for _, p := range d.trips {
			if p.sent.After(c.answer) && p.sent.Before(c.end) {
				f.Sent++
				if !p.heard.IsZero() {
					f.Heard++
				}
			}
		}
		t.Flows = append(t.Flows, f)
		for _, o := range c.outages(d.name, d.trips) {
			t.Silences = append(t.Silences, s.outageTruth(c, t.Flips, o))
		}
	}
	t.Latch = s.latch(c, &t)
	if len(c.intrusion) > 0 {
		first := c.intrusion[0]
		t.Intruder = &Intrusion{first.src.String(), first.dst.String(), len(c.intrusion)}
	}
	return t
}

// latch is what the engine's own log says of its lock.
func (s *stage) latch(c *callLog, t *CallTruth) *Latch {
	if s.Engine.daemon() {
		return nil
	}
	both, err := s.Engine.policies()
	if err != nil {
		return nil
	}
	l := &Latch{LockPackets: int(both[1].LearnPackets), Timeout: both[1].RelatchSilence.Seconds()}
	for _, n := range c.engine {
		if n.caller || !strings.Contains(n.events, "locked") {
			continue
		}
		if len(t.Flips) > 0 && n.source.String() == t.Flips[len(t.Flips)-1].To {
			break // it has found the phone again
		}
		l.Held = n.source.String()
	}
	return l
}

type outage struct {
	direction  string
	start, end time.Time
	fromAnswer bool // nothing was heard before
	toEnd      bool // nor after
	lost       int
}

func (s *stage) outageTruth(c *callLog, flips []Move, o outage) Outage {
	t := Outage{Direction: o.direction, Start: seconds(o.start.Sub(c.invite)), End: seconds(o.end.Sub(c.invite)),
		Silence: seconds(o.end.Sub(o.start)), Lost: o.lost, Cause: "learning"}
	switch {
	case c.firewall:
		t.Cause = "firewall"
	case len(flips) > 0 && flips[0].Time < t.End:
		t.Cause = "move"
		// When the first packet from the new place had reached the engine, and
		// what that sent next could have come here.
		last := flips[len(flips)-1].Time + s.Delay.Seconds()
		if o.direction == "downlink" {
			last += s.Delay.Seconds()
		}
		if t.End-last >= shortest.Seconds() {
			t.Cause = "latch"
		}
	}
	t.AtServer = t.Silence
	if o.direction == "downlink" {
		// There the 200 passes a little later, and all else earlier.
		from, to := o.start.Add(-s.Delay), o.end.Add(-s.Delay)
		if o.fromAnswer {
			from = c.answer
		}
		if o.toEnd {
			to = c.end
		}
		t.AtServer = seconds(to.Sub(from))
	}
	return t
}

// outages finds the stretches in which packets were sent and not heard, by the
// hearer's clock.
func (c *callLog) outages(direction string, trips []trip) []outage {
	var all []outage
	last := c.answer // heard
	if direction == "downlink" {
		last = c.answers
	}
	fresh := false // something was heard before
	var open *outage
	finish := func(at time.Time) {
		if open != nil && at.Sub(open.start) >= shortest && open.lost >= 3 {
			open.end = at
			all = append(all, *open)
		}
		open = nil
	}
	for _, p := range trips {
		if p.sent.Before(c.answer) || !p.sent.Before(c.end.Add(-20*time.Millisecond)) {
			continue
		}
		if !p.heard.IsZero() {
			finish(p.heard)
			last, fresh = p.heard, true
			continue
		}
		if open == nil {
			open = &outage{direction: direction, start: last, fromAnswer: !fresh}
			if fresh && p.sent.Sub(last) > shortest {
				open.start = p.due // it had paused: nothing was due before
			}
		}
		open.lost++
	}
	end := c.end
	if direction == "downlink" {
		end = c.ended
	}
	if open != nil {
		open.toEnd = true
	}
	finish(end)
	return all
}

func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1e4) / 1e4 }

// byName finds a scenario.
func byName(all []scenario, name string) (scenario, bool) {
	i := slices.IndexFunc(all, func(s scenario) bool { return s.Name == name })
	if i < 0 {
		return scenario{}, false
	}
	return all[i], true
}
