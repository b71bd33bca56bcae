package latch

import (
	"fmt"
	"strings"
)

// Measurement is how far a profile was found to agree with the real engine, on
// calls made of chance that both were given.
type Measurement struct {
	Against string // the engine as it was built, "rtpproxy-66bdfeab"
	Packets int    // compared; those that chance decides are left out
	Differ  int    // about which the two differ
	Why     string // what the differences are made of; "" where there are none
}

// String is "rtpproxy 66bdfeab: 99.98 % of 124,882 packets".
func (m Measurement) String() string {
	return fmt.Sprintf("%s: %s of %s packets", strings.Replace(m.Against, "-", " ", 1), percent(m.Packets-m.Differ, m.Packets), grouped(m.Packets))
}

// Evidence says in a few words how well a profile is known: "measured against
// ...", "read in ...", "documented in ...".
func (p Profile) Evidence() string {
	switch {
	case p.Measured.Packets > 0:
		return "measured against " + p.Measured.String()
	case p.Engine == "":
		return p.Confidence.String()
	}
	return fmt.Sprintf("%s: %s %s", p.Confidence, p.Engine, p.Release)
}

// percent is a share that never says 100 % where something is missing.
func percent(part, whole int) string {
	if part == whole {
		return "100 %"
	}
	hundredths := part * 10000 / whole
	return fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
}

// grouped writes thousands apart.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// measurements are what the profiles were measured with, by name and version. A
// test plays the traces in testdata/engine-traces and holds these figures.
func measurements() map[string]Measurement {
	const deb, mr = "rtpengine-10.5.3.5-deb12u1", "rtpengine-mr13.5.1.1"
	return map[string]Measurement{
		"rtpengine-delayed@13.5":   {Against: mr, Packets: 20438},
		"rtpengine-heuristic@13.5": {Against: mr, Packets: 20136},
		"rtpengine-off@10.5":       {Against: deb, Packets: 19234},
		"rtpengine-immediate@10.5": {Against: deb, Packets: 22921, Differ: 1, Why: "the daemon took two packets in another order than they were sent"},
		"rtpengine-delayed@10.5":   {Against: deb, Packets: 23144},
		"rtpengine-heuristic@10.5": {Against: deb, Packets: 22819},
		"asterisk@chan_pjsip":      {Against: "asterisk-f0c1c1a7b7", Packets: 20544},
		"freeswitch@":              {Against: "freeswitch-cc93a683ca", Packets: 13690},
		"rtpproxy@":                {Against: "rtpproxy-66bdfeab", Packets: 18202},
		"diago@":                   {Against: "diago-v0.42.1", Packets: 8229},
		"ortp@5.1":                 {Against: "ortp-5.1.64", Packets: 8568},
		"pjmedia@":                 {Against: "pjmedia-b7317ffca", Packets: 8485},
	}
}
