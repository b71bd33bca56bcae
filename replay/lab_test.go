package replay

import (
	"context"
	"fmt"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
)

func labCase(t testing.TB, name string) (*Case, *analyze.Trace) {
	t.Helper()
	set, err := capture.OpenSet([]string{"../testdata/lab/" + name + ".pcap"}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	trace, err := analyze.Run(context.Background(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	talkers := TalkersOf(trace.Calls[0])
	if len(talkers) == 0 {
		t.Fatal("nobody talks")
	}
	cs, err := GatherOne(context.Background(), trace, set, analyze.Options{}, talkers[0])
	if err != nil {
		t.Fatal(err)
	}
	return cs, trace
}

func TestLook(t *testing.T) {
	for _, f := range []string{"blog_lock3.server_any", "blog_lock3.server_eth0", "blog_lock3.nat_any", "blog_lock3.phone", "fix_openearly_lock3.server_any", "rtpe_immediate_plain.server_any", "rtpe_immediate_strict.server_any", "rtpe_immediate_strict.phone"} {
		cs, tr := labCase(t, f)
		fmt.Println("==", f, cs.Near, cs.Talker.Streams[0].Src, len(cs.Events), cs.Notes, cs.Moves)
		for i, e := range cs.Events {
			if e.Kind > KindRTCP {
				fmt.Printf("  %.3f %s %s %s early=%v\n", float64(e.Time-cs.Zero)/1e9, e.Kind, e.Side, e.Media, e.Early)
			}
			_ = i
		}
		own := Result{Fates: make([]Fate, len(cs.Facts))}
		for i, f := range cs.Facts {
			own.Fates[i] = f.Fate
		}
		cs.measure(&own, cs.Events)
		show := func(name string, r Result) {
			fmt.Printf("  %-28s up %.3f %+v\n", name, float64(r.Uplink.Silence)/1e9, r.Uplink)
			fmt.Printf("  %-28s dn %.3f %+v\n", name, float64(r.Downlink.Silence)/1e9, r.Downlink)
		}
		show("facts", own)
		p, _ := Lookup("session-lock")
		cfg := Config{Profile: p}
		for _, x := range []struct {
			c  Config
			wi string
		}{{cfg, ""}, {cfg.With(Setting{"timeout", "2s"}), ""}, {cfg, "icmp=off"}, {cfg, "port-open=offer"}, {cfg, "nat=next-free"}, {cfg, "nat=keep"}} {
			var ifs []WhatIf
			if x.wi != "" {
				w, err := cs.ParseWhatIf(tr, x.wi)
				if err != nil {
					t.Fatal(err)
				}
				ifs = append(ifs, w)
			}
			r, err := cs.RunConfig(x.c, ifs...)
			if err != nil {
				t.Fatal(err)
			}
			show(x.c.String()+" "+x.wi, r)
			if x.wi == "" {
				fmt.Println("   ", cs.Disagree(r))
				for _, h := range r.Story {
					fmt.Printf("     %.3f %d %s %s %s->%s n=%d %s\n", float64(h.Time-cs.Zero)/1e9, h.Ref.Frame, h.What, h.Side, h.Source, h.To, h.Count, h.Reason)
				}
			}
		}
		fits, err := cs.FitEngine(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range fits.List {
			fmt.Println("   fit", i < fits.Ties, f, f.Unidentified)
		}
	}
}
