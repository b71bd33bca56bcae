package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/replay"
)

// elsewhere are captures in which the two cannot agree, with the reason.
var elsewhere = map[string]string{
	"handed-over-after-a-stranger/server": "another machine takes over, and a replay is about one talker",
	"direct-media/gw":                     "after the re-INVITE the media goes past the server, and what the server no longer sends is no loss",
	"balanced-in-bursts/server":           "two hundred turns, more than are kept: the account has some of them one by one, media-loss has all of them by source",
	"hairpin/nat":                         "both parties are behind the NAT, which sees each packet four times: they differ by the two packets under way",
}

// What the account says that a server did not pass on, or sent elsewhere, and
// what a replay measures of the same packets as they were captured, is one: every
// silence of both directions, from edge to edge, in every capture there is.
func TestAccountAndReplayAgree(t *testing.T) {
	compared := 0
	hold := func(t *testing.T, paths ...string) {
		set, err := capture.OpenSet(paths, nil, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer set.Close()
		tr, err := analyze.Run(t.Context(), set, analyze.Options{})
		if err != nil {
			t.Fatal(err)
		}
		accounts := ledger.Of(tr)
		for _, call := range tr.Calls {
			x := subjectOf(tr, accounts, call)
			if x.talker == nil {
				continue
			}
			c, err := replay.GatherOne(t.Context(), tr, set, analyze.Options{}, x.talker)
			if err != nil {
				t.Fatal(err)
			}
			c.Heed(x.observed.Rows[0], x.observed.Rows[1])
			own := c.AsCaptured()
			for i, w := range []replay.Way{own.Uplink, own.Downlink} {
				rows := x.observed.Rows[i]
				if !w.Seen || len(rows) == 0 || i == 0 && !c.OutSeen {
					continue
				}
				if !slices.ContainsFunc(rows, func(r *ledger.Row) bool { return r.In(ledger.Unseen) < r.End.Time-r.Start.Time }) {
					continue
				}
				compared++
				want, got := silencesOf(rows), touching(w.Silences)
				if !sameSilences(want, got) {
					t.Errorf("call %d %s: account %s; replay %s; rows %s", call.ID, x.observed.Directions[i].Direction, shown(tr, want), shown(tr, got), rowSpans(tr, rows))
				}
			}
		}
	}
	for _, pattern := range []string{"lab/*.pcap*", "field/*.pcap*", "hard/*.pcap*"} {
		list, err := filepath.Glob("../../testdata/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range list {
			if strings.HasSuffix(path, ".expect") {
				continue
			}
			t.Run(filepath.Base(path), func(t *testing.T) { hold(t, path) })
		}
	}
	for _, s := range sample.Every(t, 4, stagedScenes(t)) {
		for _, c := range s.Captures {
			t.Run(s.Name+"/"+c.Name, func(t *testing.T) {
				if why := elsewhere[s.Name+"/"+c.Name]; why != "" {
					t.Skip(why)
				}
				path := filepath.Join(t.TempDir(), "scene.pcap")
				if err := os.WriteFile(path, c.Bytes, 0o644); err != nil {
					t.Fatal(err)
				}
				hold(t, path)
			})
		}
	}
	if compared < sample.Least(4, 300) {
		t.Errorf("only %d directions could be compared", compared)
	}
}

// silencesOf are the silences of some rows that a server made, or whoever it
// sends to.
func silencesOf(rows []*ledger.Row) []replay.Silence {
	var out []replay.Silence
	for _, r := range rows {
		for i := range r.Spans {
			s := &r.Spans[i]
			switch s.State {
			case ledger.Stopped, ledger.Misdirected, ledger.Refused:
			case ledger.Missing:
				if s.Confidence < ledger.Confirmed || len(r.Hops) > 1 && r.Hops[0].InView {
					continue // what no number tells of is no server's
				}
			default:
				continue
			}
			if n := len(out); n > 0 && out[n-1].To == s.From.Time {
				out[n-1].To = s.To.Time
				continue
			}
			out = append(out, replay.Silence{From: s.From.Time, To: s.To.Time})
		}
	}
	return out
}

// touching joins silences that one packet lies between, as the account does.
func touching(list []replay.Silence) (out []replay.Silence) {
	for _, s := range list {
		if n := len(out); n > 0 && out[n-1].To == s.From {
			out[n-1].To = s.To
			continue
		}
		out = append(out, s)
	}
	return out
}

func sameSilences(a, b []replay.Silence) bool {
	const near = int64(25e6)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if max(a[i].From-b[i].From, b[i].From-a[i].From, a[i].To-b[i].To, b[i].To-a[i].To) > near {
			return false
		}
	}
	return true
}

func shown(tr *trace.Trace, list []replay.Silence) string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%.3f-%.3f", float64(s.From-tr.First.Time)/1e9, float64(s.To-tr.First.Time)/1e9))
	}
	return "[" + strings.Join(out, " ") + "]"
}

func rowSpans(tr *trace.Trace, rows []*ledger.Row) string {
	var out []string
	for _, r := range rows {
		for _, s := range r.Spans {
			out = append(out, fmt.Sprintf("%s %.3f-%.3f", s.State, float64(s.From.Time-tr.First.Time)/1e9, float64(s.To.Time-tr.First.Time)/1e9))
		}
		out = append(out, "|")
	}
	return strings.Join(out, ", ")
}
