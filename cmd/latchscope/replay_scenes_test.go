package main

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// Scenes, or captures of scenes (NAME/CAPTURE), where the engine that is staged is none of the profiles, or where the
// two measurements are known to differ, with the reason.
var unlike = map[string]string{
	// What is silent there is no latch's doing, and no engine repeats it.
	"phone-never-sends":            "the phone never sends, so nothing is there to be played",
	"relay-stalls":                 "the server itself stalls",
	"flip-then-stall":              "the server itself stalls",
	"handed-over-to-silence":       "the server itself stalls",
	"relay-stops-after-update":     "the server itself stops",
	"wrong-payload-type":           "what arrives cannot be played",
	"reports-count-the-rest":       "the phone's router lets nothing in",
	"reports-count-a-silence":      "the phone's router lets nothing in",
	"srtp-dropped-by-server":       "the server drops what it cannot authenticate, which no latch does",
	"handed-over-after-a-stranger": "another machine takes over, and a replay is about one talker, here the stranger's rival",
	"handed-over-to-a-late-talker": "another machine takes over, of which no engine is told",
	"direct-media":                 "after the re-INVITE the media goes past the server",
	"balanced-uplinks":             "more moves than are kept: the account has less of them than the packets",
	"hairpin/nat":                  "both parties are behind the NAT, which sees each packet four times",

	// The port changes behind the capture point, where no engine gets to know of it.
	"both-ends/gw":               "at the far end",
	"clock-set-back/phone":       "inside the NAT",
	"clocks-an-hour-apart/phone": "inside the NAT",
	"dnat-any-locked/phone":      "inside the NAT",
	"nat64/inside":               "inside the NAT",
}

// In every scene the yardstick of the replays finds the silence that the
// detectors find, and the engine that is staged reproduces it.
func TestReplayScenes(t *testing.T) {
	engine := regexp.MustCompile(`engine=(\S+)`)
	compared := 0
	for _, s := range stagedScenes(t) {
		if unlike[s.Name] != "" {
			continue
		}
		text, err := os.ReadFile("../../testdata/scenes/" + s.Name + ".scene")
		if err != nil {
			t.Fatal(err)
		}
		spec := "delayed"
		if m := engine.FindStringSubmatch(string(text)); m != nil {
			spec = m[1]
		}
		cfg := staged(spec, strings.Contains(string(text), "open=answer"))
		for _, c := range s.Captures {
			if unlike[s.Name+"/"+c.Name] != "" {
				continue
			}
			t.Run(s.Name+"/"+c.Name, func(t *testing.T) {
				tr, set := analysed(t, c.Bytes)
				for _, call := range tr.Calls {
					x := subjectOf(tr, ledger.Of(tr), call)
					if x.talker == nil {
						continue
					}
					cs, err := replay.GatherOne(t.Context(), tr, set, analyze.Options{}, x.talker)
					if err != nil {
						t.Fatal(err)
					}
					cs.Heed(x.observed.Rows[0], x.observed.Rows[1])
					res, err := cs.RunConfig(cfg)
					if err != nil {
						t.Fatal(err)
					}
					own := cs.AsCaptured()
					compared += agree(t, "as captured", x.observed, own.Uplink, own.Downlink)
					compared += agree(t, cfg.String(), x.observed, res.Uplink, res.Downlink)
				}
			})
		}
	}
	if compared < 200 {
		t.Errorf("only %d directions could be compared", compared)
	}
}

// Keepalives of every kind are in the case, each once, from the telephone's side.
func TestReplayHasKeepalives(t *testing.T) {
	for _, s := range stagedScenes(t) {
		if s.Name != "keepalives" {
			continue
		}
		tr, set := analysed(t, s.Captures[0].Bytes)
		x := subjectOf(tr, ledger.Of(tr), tr.Calls[0])
		c, err := replay.GatherOne(t.Context(), tr, set, analyze.Options{}, x.talker)
		if err != nil {
			t.Fatal(err)
		}
		kinds := [2]int{}
		for _, ev := range c.Events {
			switch {
			case ev.Kind == latch.KindKeepalive:
				kinds[0]++
			case ev.Kind == latch.KindRTP && ev.Empty:
				kinds[1]++
			default:
				continue
			}
			if ev.Side != c.Near || ev.Source != x.talker.Streams[0].Src || ev.Time >= c.Answer {
				t.Errorf("frame %d: from %s at side %s", ev.Ref.Frame, ev.Source, ev.Side)
			}
		}
		if kinds != [2]int{11, 3} {
			t.Errorf("%v datagrams without media and RTP that nobody plays, want 11 and 3", kinds)
		}
		return
	}
	t.Fatal("no scene has keepalives")
}

func analysed(t *testing.T, data []byte) (*trace.Trace, *capture.Set) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scene.pcap")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	tr, err := analyze.Run(t.Context(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tr, set
}

// agree holds the silences of a replay against those observed.
func agree(t *testing.T, name string, o detect.Observed, ways ...replay.Way) (compared int) {
	t.Helper()
	for i, w := range ways {
		d := o.Directions[i]
		if d.Silence == nil || !w.Seen {
			continue
		}
		compared++
		if got := float64(w.Silence) / 1e9; math.Abs(got-*d.Silence) > 0.025 {
			t.Errorf("%s: %s of %.3f s, the detectors see %.3f", name, d.Direction, got, *d.Silence)
		}
	}
	return compared
}

// staged is the profile that behaves as an engine of a scene.
func staged(spec string, openAtAnswer bool) latch.Config {
	kind, flags, _ := strings.Cut(spec, "+")
	words := strings.Split(kind, ":")
	name := map[string]string{"lock": "session-lock", "delayed": "rtpengine-delayed", "immediate": "rtpengine-immediate"}[words[0]]
	p, _ := latch.Lookup(name)
	c := latch.Config{Profile: p}
	set := func(name, value string) { c = c.With(latch.Setting{Name: name, Value: value}) }
	if words[0] == "lock" {
		set("lock_packets", words[1])
		set("timeout", words[2]+"s")
		if !openAtAnswer {
			set("bind", "offer")
		}
	}
	if strings.Contains(flags, "strict") {
		set("strict_source", "true")
	}
	if strings.Contains(flags, "handover") {
		set("media_handover", "true")
	}
	return c
}
