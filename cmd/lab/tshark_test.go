package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/scenetest/sharkd"
)

// TestTshark compares the streams of every recording with what tshark makes of
// it: packets, loss, mean and highest jitter.
func TestTshark(t *testing.T) {
	// The heuristic finds RTP that no SDP has announced, as latchscope does.
	wireshark := sharkd.Start(t, sharkd.Settings{Heuristics: []string{"rtp_udp"}})
	if wireshark == nil {
		t.Skip("SKIPPED: sharkd, which comes with tshark, is not installed, or -short: nobody else has looked at the recordings")
	}
	dirs, every := []string{"../../testdata/lab"}, 3
	if dir := os.Getenv("LATCHSCOPE_LAB"); dir != "" {
		dirs, every = append(dirs, dir), 1
	}
	var streams atomic.Int64
	for _, dir := range dirs {
		for _, pattern := range []string{"*.pcap", "*.pcap.gz"} {
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range sample.Every(t, every, paths) {
				t.Run(filepath.Base(path), func(t *testing.T) {
					t.Parallel()
					streams.Add(againstTshark(t, wireshark, path))
				})
			}
		}
	}
	t.Cleanup(func() {
		if streams.Load() == 0 {
			t.Error("nothing was compared")
		}
	})
}

// wireStream is a stream's figures. Where one is seen at several interfaces of a
// capture, tshark takes the sightings for duplicates; only packets compare then.
type wireStream struct {
	packets       int
	lost          int
	mean, highest float64 // jitter, ms
	sightings     int
}

func againstTshark(t *testing.T, wireshark *sharkd.Daemon, path string) int64 {
	theirs, ours := tsharkStreams(t, wireshark, path), ourStreams(t, path)
	for key, a := range theirs {
		b, ok := ours[key]
		if !ok {
			t.Errorf("only tshark has %s, %d packets", key, a.packets)
			continue
		}
		if a.packets != b.packets {
			t.Errorf("%s: %d packets, tshark counts %d", key, b.packets, a.packets)
		}
		if b.sightings > 1 {
			continue
		}
		// tshark counts from the first packet it saw: what overtook it there makes
		// its loss negative. (Packets that wait for ARP together do that.)
		if a.lost != b.lost && !(a.lost < 0 && b.lost == 0) {
			t.Errorf("%s: %d lost, tshark counts %d", key, b.lost, a.lost)
		}
		if math.Abs(a.mean-b.mean) > 0.002 || math.Abs(a.highest-b.highest) > 0.002 {
			t.Errorf("%s: jitter %.3f and %.3f ms at most, tshark has %.3f and %.3f", key, b.mean, b.highest, a.mean, a.highest)
		}
	}
	for key, b := range ours {
		if _, ok := theirs[key]; !ok {
			t.Errorf("tshark has no %s, %d packets", key, b.packets)
		}
	}
	return int64(len(theirs))
}

func ourStreams(t *testing.T, path string) map[string]wireStream {
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(context.Background(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]wireStream{}
	for _, s := range tr.Streams {
		key := fmt.Sprintf("%s > %s 0x%08X", s.Src, s.Dst, s.SSRC)
		w := all[key]
		w.packets += int(s.Stats.Packets) + int(s.Duplicates)
		w.lost, w.mean, w.highest = int(s.Stats.Lost()), s.Stats.MeanJitter(), s.Stats.MaxJitter()
		if w.sightings++; s.Duplicates > 0 {
			w.sightings++
		}
		all[key] = w
	}
	return all
}

// tsharkStreams reads Wireshark's table.
func tsharkStreams(t *testing.T, wireshark *sharkd.Daemon, path string) map[string]wireStream {
	answer, err := wireshark.Ask(path, sharkd.Question{Streams: true})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]wireStream{}
	for _, s := range answer.Streams {
		key := fmt.Sprintf("%s > %s 0x%08X", s.Src, s.Dst, s.SSRC)
		all[key] = wireStream{packets: s.Packets, lost: s.Lost, mean: s.MeanJitter, highest: s.MaxJitter}
	}
	return all
}
