package scenetest

import (
	"math"
	"strconv"
	"testing"
)

// checkExpectations holds the numbers in the expect lines against what the
// simulation counted: a wrong expectation is worse than none.
func checkExpectations(t *testing.T, s *Scene, truth *Truth) {
	if s.About == "" {
		t.Error("says nothing about itself")
	}
	if len(s.Expect) == 0 {
		t.Error("expects nothing, not even nothing")
	}
	for _, e := range s.Expect {
		if wrong := contradiction(e, truth); wrong != "" {
			t.Errorf("line %d: %s", e.Line, wrong)
		}
	}
}

// contradiction tells how the truth denies an expectation; "" if it does not.
func contradiction(e Expectation, t *Truth) string {
	mine := func(call string) bool { return e.Call == "" || e.Call == call }
	var outages []Outage
	for _, o := range t.Outages {
		if mine(o.Call) {
			outages = append(outages, o)
		}
	}
	var flips []Flip
	for _, f := range t.Flips {
		if mine(f.Call) {
			flips = append(flips, f)
		}
	}
	early, refused := 0, 0
	for _, c := range t.Calls {
		for _, x := range c.Early {
			if mine(c.Name) {
				early, refused = early+x.Packets, refused+x.Refused
			}
		}
	}
	switch {
	case e.Code == "nothing" || e.Code == "quiet" || e.Absent && e.Code == "latch-silence":
		if len(outages) > 0 {
			return "there is an outage: " + outages[0].From + " to " + outages[0].To + " " + outages[0].Silence().String()
		}
		if e.Code != "latch-silence" && len(flips) > 0 {
			return "there is a flip"
		}
	case e.Absent && e.Code == "nat-port-flip":
		if e.Points[0] != "phone" && len(flips) > 0 {
			return "there is a flip"
		}
	case e.Absent:
	case e.Code == "nat-port-flip":
		if len(flips) == 0 {
			return "there is no flip"
		}
		if want := e.Data["trigger"]; want != "" && want != flips[0].Trigger && flips[0].Trigger != "failover" {
			return "the trigger was " + flips[0].Trigger
		}
		if want := e.Data["moves"]; want != "" && want != strconv.Itoa(len(flips)) {
			return "there were " + strconv.Itoa(len(flips)) + " moves"
		}
		if (e.Data["address_changed"] == "true") != (flips[0].From.Addr() != flips[0].To.Addr()) {
			return "the address tells otherwise"
		}
	case e.Code == "early-rtp":
		if want := e.Data["packets"]; early == 0 || want != "" && want != strconv.Itoa(early) {
			return "early packets: " + strconv.Itoa(early)
		}
		if want := e.Data["rejected"]; want != "" && want != strconv.Itoa(refused) {
			return "refused: " + strconv.Itoa(refused)
		}
	case e.Code == "icmp-unreachable":
		most := 0
		for _, p := range t.Points {
			for _, i := range p.ICMP {
				if p.Name == e.Points[0] {
					most = max(most, i.Packets)
				}
			}
		}
		if want := e.Data["count"]; most == 0 || want != "" && want != strconv.Itoa(most) {
			return "errors: " + strconv.Itoa(most)
		}
	case e.Code == "latch-silence":
		party := e.Party
		if party == "" && len(flips) > 0 {
			party = flips[0].Party
		}
		up, down := longestOf(outages, party, true), longestOf(outages, party, false)
		if wrong := denies(e.Data["uplink"], up); wrong != "" {
			return "uplink " + wrong
		}
		if wrong := denies(e.Data["downlink"], down); wrong != "" {
			return "downlink " + wrong
		}
	}
	return ""
}

func longestOf(all []Outage, party string, up bool) (longest Outage) {
	for _, o := range all {
		if (o.From == party) == up && (o.From == party || o.To == party) && o.Silence() > longest.Silence() {
			longest = o
		}
	}
	return longest
}

func denies(want string, o Outage) string {
	switch want {
	case "", "unseen":
		return ""
	case "alive":
		if o.Call != "" {
			return "was out for " + o.Silence().String()
		}
		return ""
	case "dead":
		if !o.Dead {
			return "was not dead; out for " + o.Silence().String()
		}
		return ""
	}
	s, err := strconv.ParseFloat(want, 64)
	if err != nil || o.Dead || math.Abs(s-o.Silence().Seconds()) > 0.05 {
		return "was out for " + o.Silence().String()
	}
	return ""
}
