package replay

import (
	"math"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay/latch"
)

// labCase is the call of a capture from the laboratory.
func labCase(t testing.TB, name string) (*Case, *trace.Trace) {
	t.Helper()
	return caseOf(t, "../testdata/lab/"+name+".pcap")
}

// caseOf is the first call of a capture.
func caseOf(t testing.TB, path string) (*Case, *trace.Trace) {
	t.Helper()
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(t.Context(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	talkers := TalkersOf(tr.Calls[0])
	if len(talkers) != 1 {
		t.Fatalf("%d talkers to choose from, want one", len(talkers))
	}
	c, err := GatherOne(t.Context(), tr, set, analyze.Options{}, talkers[0])
	if err != nil {
		t.Fatal(err)
	}
	return c, tr
}

// config is a profile with parameters set.
func config(t testing.TB, profile string, sets ...string) latch.Config {
	t.Helper()
	p, ok := latch.Lookup(profile)
	if !ok {
		t.Fatalf("no profile %s", profile)
	}
	c := latch.Config{Profile: p}
	for _, text := range sets {
		s, ok := latch.ParseSetting(text)
		if !ok {
			t.Fatal(text)
		}
		c = c.With(s)
	}
	return c
}

// The laboratory's captures say what the engine in front of them did with every
// packet; its replay does the same with each.
func TestLabPacketByPacket(t *testing.T) {
	for _, tt := range []struct {
		capture  string
		config   latch.Config
		up, down float64 // seconds of silence
		compared int
	}{
		{"blog_lock3.server_any", config(t, "session-lock"), 10.000, 10.100, 1500},
		{"blog_lock3.server_eth0", config(t, "session-lock"), 10.000, 10.104, 747},
		{"blog_lock3.nat_any", config(t, "session-lock"), 10.000, 10.104, 747},
		{"fix_openearly_lock3.server_any", config(t, "session-lock", "bind=offer"), 0, 0, 605},
		{"rtpe_immediate_plain.server_any", config(t, "rtpengine-immediate"), 0, 7.970, 801},
		{"rtpe_immediate_strict.server_any", config(t, "rtpengine-immediate", "strict_source=true"), 13.970, 13.973, 1401},
	} {
		t.Run(tt.capture, func(t *testing.T) {
			c, _ := labCase(t, tt.capture)
			r, err := c.RunConfig(tt.config)
			if err != nil {
				t.Fatal(err)
			}
			if d := c.Disagree(r); d.Packets+d.EarlyPackets != 0 || d.Compared+d.EarlyCompared != tt.compared {
				t.Errorf("%+v, want 0 of %d", d, tt.compared)
			}
			silent(t, "uplink", r.Uplink, tt.up, 0.002)
			silent(t, "downlink", r.Downlink, tt.down, 0.002)
			for name, w := range map[string]Way{"uplink": r.Uplink, "downlink": r.Downlink} {
				if w.In != w.Relayed+w.Dropped+w.Misdirected+w.Withheld {
					t.Errorf("%s: %+v does not add up", name, w)
				}
			}
			// The yardstick measures the capture's own facts as it measures a replay.
			own := c.AsCaptured()
			if c.OutSeen {
				silent(t, "uplink as captured", own.Uplink, tt.up, 0.002)
			}
			silent(t, "downlink as captured", own.Downlink, tt.down, 0.002)
		})
	}
}

func silent(t *testing.T, name string, w Way, want, near float64) {
	t.Helper()
	if got := float64(w.Silence) / 1e9; math.Abs(got-want) > near {
		t.Errorf("%s: %.3f s of silence, want %.3f", name, got, want)
	}
}

// What the story was about: the hole, a shorter timer, and no ICMP.
func TestStory(t *testing.T) {
	for _, tt := range []struct {
		name     string
		capture  string
		config   latch.Config
		whatIf   string
		up, down float64
		near     float64
	}{
		{"2 s", "blog_lock3.server_any", config(t, "session-lock", "timeout=2s"), "", 2, 2.1, 0.05},
		{"2 s, public side", "blog_lock3.server_eth0", config(t, "session-lock", "timeout=2s"), "", 2, 2.1, 0.05},
		{"no ICMP", "blog_lock3.server_any", config(t, "session-lock"), "icmp=off", 0, 0, 0},
		{"no ICMP, public side", "blog_lock3.server_eth0", config(t, "session-lock"), "icmp=off", 0, 0, 0},
		{"open at the offer", "blog_lock3.server_any", config(t, "session-lock"), "port-open=offer", 0, 0, 0},
		{"open at the offer, early packets thrown away", "blog_lock3.server_any", config(t, "session-lock", "pre_sdp=drop"), "port-open=offer", 0, 0, 0},
		{"NAT keeps", "blog_lock3.server_any", config(t, "session-lock"), "nat=keep", 0, 0, 0},
		// Five errors, five ports; the last change comes when the capture's own did, but the fifth
		// port is reached with the first packet that the open port takes.
		{"next port at every error", "blog_lock3.server_any", config(t, "session-lock"), "nat=next-free", 0, 0.12, 0.01},
		// The daemon's own figures for this story are in the laboratory's notes.
		{"rtpengine delayed", "blog_lock3.server_any", config(t, "rtpengine-delayed"), "", 0, 0, 0},
		{"rtpengine delayed strict", "blog_lock3.server_any", config(t, "rtpengine-delayed", "strict_source=true"), "", 0, 0, 0},
		{"rtpengine immediate", "blog_lock3.server_any", config(t, "rtpengine-immediate"), "", 0, 14.96, 0.03},
		{"rtpengine immediate strict", "blog_lock3.server_any", config(t, "rtpengine-immediate", "strict_source=true"), "", 14.95, 14.96, 0.03},
		{"rtpengine immediate handover", "blog_lock3.server_any", config(t, "rtpengine-immediate", "media_handover=true"), "", 0, 0, 0},
		{"rtpengine heuristic strict", "blog_lock3.server_any", config(t, "rtpengine-heuristic@10.5", "strict_source=true"), "", 11.4, 14.96, 0.5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, tr := labCase(t, tt.capture)
			var ifs []WhatIf
			if tt.whatIf != "" {
				w, err := c.ParseWhatIf(tr, tt.whatIf)
				if err != nil {
					t.Fatal(err)
				}
				if !w.Inferred || len(w.Why) == 0 {
					t.Error("it does not say why it thinks so")
				}
				ifs = append(ifs, w)
			}
			r, err := c.RunConfig(tt.config, ifs...)
			if err != nil {
				t.Fatal(err)
			}
			silent(t, "uplink", r.Uplink, tt.up, tt.near)
			silent(t, "downlink", r.Downlink, tt.down, tt.near)
		})
	}
}

// From beside the phone the server's view is not known, and nothing is made up.
func TestPhoneSide(t *testing.T) {
	for _, name := range []string{"blog_lock3.phone", "rtpe_immediate_strict.phone"} {
		c, _ := labCase(t, name)
		r, err := c.RunConfig(config(t, "session-lock"))
		if err != nil {
			t.Fatal(err)
		}
		if !r.Uplink.Seen || r.Downlink.Seen || c.OutSeen {
			t.Errorf("%s: uplink seen %v, downlink %v, passed on %v", name, r.Uplink.Seen, r.Downlink.Seen, c.OutSeen)
		}
		if len(c.Notes) == 0 {
			t.Errorf("%s: nothing said about what is missing", name)
		}
		f, err := c.FitEngine(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Tells() {
			t.Errorf("%s: fitted %s", name, f.List[0])
		}
	}
}

func TestFitLab(t *testing.T) {
	for _, tt := range []struct {
		capture, want string
		ties          []string
		unknown       []string
	}{
		{"blog_lock3.server_any", "session-lock, lock_packets=3, timeout=10s", nil, nil},
		{"blog_lock3.server_eth0", "session-lock, lock_packets=3, timeout=10s", nil, nil},
		{"blog_lock3.nat_any", "session-lock, lock_packets=3, timeout=10s", nil, nil},
		{"rtpe_immediate_strict.server_any", "rtpengine-immediate, strict_source=true", []string{"rtpengine-heuristic", "yeti", "session-lock"}, nil},
		{"rtpe_immediate_plain.server_any", "rtpengine-immediate", []string{"rtpengine-heuristic", "diago", "ortp", "sems"}, nil},
		{"fix_openearly_lock3.server_any", "", nil, nil}, // nobody moved, and early packets say little
	} {
		t.Run(tt.capture, func(t *testing.T) {
			c, _ := labCase(t, tt.capture)
			f, err := c.FitEngine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				if f.Tells() || !f.Explained() {
					t.Errorf("%s is singled out", f.List[0])
				}
				return
			}
			if !f.Tells() || f.List[0].Config.String() != tt.want || f.List[0].Packets != 0 {
				t.Errorf("%s, want %s", f.List[0], tt.want)
			}
			var ties []string
			for _, x := range f.List[1:f.Ties] {
				ties = append(ties, x.Config.Profile.Name)
			}
			if len(ties) != len(tt.ties) {
				t.Fatalf("ties %v, want %v", ties, tt.ties)
			}
			for i := range ties {
				if ties[i] != tt.ties[i] {
					t.Errorf("ties %v, want %v", ties, tt.ties)
				}
			}
			if len(f.List[0].Unidentified) != len(tt.unknown) {
				t.Errorf("cannot identify %v, want %v", f.List[0].Unidentified, tt.unknown)
			}
		})
	}
}

// A late packet from the old port starts the lock's timer anew: the timeout is
// what went by after that one, not the whole silence.
func TestStragglerStartsTheTimerAnew(t *testing.T) {
	c, _ := caseOf(t, "../testdata/hard/straggler_refreshes_lock-7100.straggler-refreshes-lock.pcap.xz")
	f, err := c.FitEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if best := f.List[0]; !f.Tells() || best.Config.Profile.Name != "session-lock" || best.Config.Value("timeout") != "5s" || best.Packets > 2 {
		t.Errorf("%s", best)
	}
	five, err := c.RunConfig(config(t, "session-lock", "timeout=5s"))
	if err != nil {
		t.Fatal(err)
	}
	eight, err := c.RunConfig(config(t, "session-lock", "timeout=8s"))
	if err != nil {
		t.Fatal(err)
	}
	silent(t, "downlink, timeout=5s", five.Downlink, 8.06, 0.05)
	silent(t, "downlink, timeout=8s", eight.Downlink, 11.06, 0.05)
}

func TestRemedies(t *testing.T) {
	c, tr := labCase(t, "blog_lock3.server_any")
	list, err := c.Remedies(tr, config(t, "session-lock"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 3 || list[0].IfName != "port-open=offer" {
		t.Fatalf("%+v", list)
	}
	for _, r := range list {
		if r.Why == "" || r.Left >= Audible {
			t.Errorf("%+v", r)
		}
	}
}

// The same case replayed twice is the same, and what-ifs leave it as it was.
func TestRunIsPure(t *testing.T) {
	c, tr := labCase(t, "blog_lock3.server_any")
	cfg := config(t, "session-lock")
	before, err := c.RunConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range WhatIfs() {
		w, err := c.ParseWhatIf(tr, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.RunConfig(cfg, w); err != nil {
			t.Fatal(err)
		}
	}
	after, err := c.RunConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if before.Uplink.Silence != after.Uplink.Silence || c.Disagree(before) != c.Disagree(after) || len(before.Story) != len(after.Story) {
		t.Error("a what-if left traces")
	}
}

// What came back for what the server sent, and the bits that some engines look
// at, are part of the case.
func TestCaseHasErrorsAndMarkers(t *testing.T) {
	c, tr := labCase(t, "blog_lock3.server_any")
	markers := map[latch.Side]int{}
	errors := 0
	for i, ev := range c.Events {
		switch {
		case ev.Kind == latch.KindError:
			errors++
			if ev.Side != c.Near || ev.Source != c.Moves[0].From {
				t.Errorf("an error of %s about what was sent to side %s", ev.Source, ev.Side)
			}
		case ev.Marker:
			markers[ev.Side]++
		case ev.Other && c.Facts[i].Main:
			t.Fatalf("frame %d: payload type %d is in SDP", ev.Ref.Frame, ev.PT)
		}
	}
	want := 0
	for _, e := range tr.Errors {
		if e.Quote.Dst == c.Moves[0].From && !e.RTCP {
			want++
		}
	}
	if errors != want || errors < 10 {
		t.Errorf("%d errors, want %d", errors, want)
	}
	if markers[latch.SideA] != 1 || markers[latch.SideB] != 1 {
		t.Errorf("markers %v, want the first packet of each side", markers)
	}
	patient, err := c.RunConfig(config(t, "session-lock"))
	if err != nil {
		t.Fatal(err)
	}
	ends, err := c.RunConfig(config(t, "session-lock", "errors_end=1"))
	if err != nil {
		t.Fatal(err)
	}
	if ends.Downlink.Silence <= patient.Downlink.Silence || ends.Uplink.End < c.End {
		t.Errorf("an error ends the call: downlink silent for %d ns, without %d", ends.Downlink.Silence, patient.Downlink.Silence)
	}
}
