package main

// expect says what an analysis has to find in the capture of one point. It
// follows from the truth by the rules of the report's contract and from where
// the capture was taken, and from nothing else.
func expect(t *Truth, point string) []Expectation {
	all := []Expectation{}
	for i := range t.Calls {
		all = append(all, expectOf(t, &t.Calls[i], point)...)
	}
	return all
}

// trip is how long a packet is under way to the router and another back.
func (t *Truth) trip() float64 { return 2 * t.DelayMS / 1000 }

func expectOf(t *Truth, c *CallTruth, point string) []Expectation {
	var all []Expectation
	if point == "phone" && c.To != "phone" {
		return nil // another phone's
	}
	id := c.CallIDs[0]
	if point == "phone" || point == "public" || point == "nat" {
		id = c.CallIDs[len(c.CallIDs)-1] // of the leg that passes there
	}
	add := func(e Expectation) {
		e.Call = id
		all = append(all, e)
	}
	refused := c.Refused
	if point == "phone" {
		refused = c.Told
	}
	if e := c.Early; e != nil {
		severity, rejected := "info", e.Refused
		if point == "phone" {
			rejected = e.Told
		}
		if rejected > 0 {
			severity = "warning"
		}
		if rejected > 0 || e.Lead >= 0.08 {
			add(Expectation{Code: "early-rtp", Severity: severity, Data: map[string]any{"packets": e.Packets, "rejected": rejected}})
		}
	}
	if refused > 0 {
		add(Expectation{Code: "icmp-unreachable", Severity: "warning", Data: map[string]any{"count": refused, "component": "rtp"}})
	}
	if c.Returned > 0 {
		// Errors about what was sent to a place that the phone had left are a
		// consequence; to report them is allowed.
		add(Expectation{Code: "icmp-unreachable", Optional: true})
	}
	if len(c.Flips) > 0 && point != "phone" {
		last := c.Flips[len(c.Flips)-1]
		add(Expectation{Code: "nat-port-flip", Severity: "warning", Data: map[string]any{
			"trigger": c.Trigger, "from": last.From, "to": last.To, "moves": len(c.Flips)}})
	}
	if e, ok := silence(t, c, point); ok {
		add(e)
		if e.Optional {
			// That audio was missing shows there all the same, without a reason.
			add(Expectation{Code: "audio-gap", Optional: true})
		}
	} else if c.outage("downlink", "move") != nil && point != "server" && point != "public" {
		// Where the phone is, the silence of a move and of a short lock are one.
		add(Expectation{Code: "latch-silence", Severity: "warning", Optional: true})
	}
	if o := c.outage("", "firewall"); o != nil {
		// What crosses the server in one direction only does so on each leg.
		add(Expectation{Code: "one-way-audio", Severity: "critical", Optional: point != "server"})
		add(Expectation{Code: "one-way-audio", Severity: "critical", Optional: true})
	}
	if n := c.Intruder; n != nil && (point == "server" || point == "public") {
		add(Expectation{Code: "competing-source", Severity: "warning", Data: map[string]any{
			"source": n.Source, "target": n.Target, "packets": n.Packets}})
	}
	return all
}

// silence is the latch-silence that a point can show.
func silence(t *Truth, c *CallTruth, point string) (Expectation, bool) {
	up, down := c.outage("uplink", "latch"), c.outage("downlink", "latch")
	if up == nil && down == nil || down == nil && point != "server" {
		return Expectation{}, false
	}
	// Without a refusal nothing tells the phone's side a latch from a bad line.
	e := Expectation{Code: "latch-silence", Optional: point == "phone" && c.Told == 0}
	worst := 0.0
	direction := func(name string, o *Outage, seen bool) {
		d := Direction{Direction: name, State: "alive"}
		switch {
		case !seen:
			d.State = "unseen"
		case o != nil:
			d.State, d.Silence, d.Within = "dead", o.Silence, 0.02
			if point == "server" {
				d.Lost = o.Lost // elsewhere what the engine withheld is not to be seen
			}
			if point == "server" || point == "public" {
				d.Silence = o.AtServer
				if t.Silent && name == "downlink" {
					// What was under way at the flip is lost, and nothing says so.
					d.Within += t.trip()
				}
			}
			worst = max(worst, d.Silence)
		}
		e.Directions = append(e.Directions, d)
	}
	direction("uplink", up, point == "server")
	direction("downlink", down, true)
	if point == "server" {
		// What it says of the engine has to be so; that it says nothing is fine
		// where the engine has a timeout, and right where it has none.
		e.Estimates = map[string]any{"timeout_s": nil}
		if l := c.Latch; l != nil {
			e.Data = map[string]any{"latched": l.Held, "ignored": c.Flips[len(c.Flips)-1].To}
			e.Estimates = map[string]any{"lock_packets": l.LockPackets, "timeout_s": l.Timeout}
		}
	}
	e.Severity = "warning"
	if worst >= 0.5 {
		e.Severity = "critical"
	}
	return e, true
}

// outage is the longest of a direction ("": of either) and cause.
func (c *CallTruth) outage(direction, cause string) *Outage {
	var longest *Outage
	for i := range c.Silences {
		o := &c.Silences[i]
		if (direction == "" || o.Direction == direction) && o.Cause == cause && (longest == nil || o.Silence > longest.Silence) {
			longest = o
		}
	}
	return longest
}
