package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// reportOf is the JSON report on some captures.
func reportOf(t *testing.T, opt analyze.Options, files ...string) []byte {
	t.Helper()
	set, err := capture.OpenSet(files, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tr, err := analyze.Run(context.Background(), set, opt)
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.New(tr, detect.Run(tr, detect.Detectors()), report.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeTrunk(t *testing.T, dir, name string, s trunk.Shape) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sampleCaptures are generated captures, and those of the scenes.
func sampleCaptures(t *testing.T) (files []string) {
	t.Helper()
	dir := t.TempDir()
	files = []string{
		writeTrunk(t, dir, "trunk.pcap", trunk.Shape{Calls: 30, AtOnce: 20, Packets: 700, Flips: 3, Idle: 20}),
		writeTrunk(t, dir, "trunk.pcapng", trunk.Shape{Calls: 30, AtOnce: 20, Packets: 700, Flips: 3, NG: true}),
		writeTrunk(t, dir, "ssrc.pcap", trunk.Shape{Calls: 5, AtOnce: 5, Packets: 200, Flips: 1, Flood: trunk.NewSSRC, Rate: 50}),
		writeTrunk(t, dir, "id.pcap", trunk.Shape{Calls: 5, AtOnce: 5, Packets: 200, Flips: 1, Flood: trunk.NewCallID, Rate: 5}),
	}
	for _, s := range sample.Every(t, 6, stagedScenes(t)) {
		for _, c := range s.Captures {
			path := filepath.Join(dir, fmt.Sprintf("%s-%s.pcap", s.Name, c.Name))
			if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, path)
		}
	}
	return files
}

// TestTwoCores holds that the report is the same to the last byte whether one
// goroutine works or two, on one processor or on several.
func TestTwoCores(t *testing.T) {
	files := sampleCaptures(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, file := range files {
		runtime.GOMAXPROCS(2)
		want := reportOf(t, analyze.Options{Serial: true}, file)
		for _, processors := range []int{1, 2} {
			runtime.GOMAXPROCS(processors)
			if got := reportOf(t, analyze.Options{}, file); !bytes.Equal(got, want) {
				t.Errorf("%s: the report of two goroutines on %d processors differs from that of one", filepath.Base(file), processors)
			}
		}
	}
}

// TestSecondLook holds that reading only what is wanted a second time shows
// what reading everything shows, in a compressed capture, too.
func TestSecondLook(t *testing.T) {
	for _, file := range sampleCaptures(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(data)
		w.Close()
		if err := os.WriteFile(file+".gz", packed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		want := reportOf(t, analyze.Options{Whole: true}, file)
		for _, path := range []string{file, file + ".gz"} {
			sameFound(t, filepath.Base(path), want, reportOf(t, analyze.Options{}, path))
		}
	}
}

// TestTwoRoads sends the same packets down the fast road, in Ethernet, and down
// gopacket's, in a link type that the fast road does not know. Generated
// packets and mutated ones must give the same calls, streams and findings.
func TestTwoRoads(t *testing.T) {
	dir := t.TempDir()
	shapes := []trunk.Shape{
		{Calls: 6, AtOnce: 6, Packets: 650, Flips: 2, Idle: 6},
		{Calls: 3, AtOnce: 3, Packets: 100, Flood: trunk.NewError, Rate: 2},
		{Calls: 3, AtOnce: 3, Packets: 100, Flood: trunk.NewFragment, Rate: 2},
	}
	for i, s := range shapes {
		var whole bytes.Buffer
		if _, err := s.Write(&whole); err != nil {
			t.Fatal(err)
		}
		for round := range 6 {
			file := bytes.Clone(whole.Bytes())
			if round > 0 {
				mutate(file, rand.New(rand.NewPCG(uint64(i), uint64(round))))
			}
			ether, raw := filepath.Join(dir, "ether.pcap"), filepath.Join(dir, "raw.pcap")
			for path, data := range map[string][]byte{ether: file, raw: withoutEthernet(file)} {
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			sameFound(t, fmt.Sprintf("shape %d, round %d", i, round), reportOf(t, analyze.Options{}, ether), reportOf(t, analyze.Options{}, raw))
		}
	}
}

// sameFound compares what two reports say of calls, whatever they say of the
// captures.
func sameFound(t *testing.T, what string, a, b []byte) {
	t.Helper()
	x, y := whatWasFound(t, a), whatWasFound(t, b)
	for _, part := range []string{"calls", "streams", "findings", "verdicts"} {
		if !reflect.DeepEqual(x[part], y[part]) {
			t.Errorf("%s: %s differ", what, part)
		}
	}
}

func whatWasFound(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// records calls f with every record of a little-endian pcap: its header and
// its data.
func records(file []byte, f func(header, data []byte)) {
	for at := 24; at+16 <= len(file); {
		n := int(binary.LittleEndian.Uint32(file[at+8:]))
		f(file[at:at+16], file[at+16:at+16+n])
		at += 16 + n
	}
}

// mutate damages every eighth packet somewhere behind its Ethernet header,
// mostly within its other headers.
func mutate(file []byte, dice *rand.Rand) {
	records(file, func(_, data []byte) {
		if dice.IntN(8) != 0 {
			return
		}
		at := 15 + dice.IntN(min(len(data)-15, 50)) // the version stays: in Ethernet, the type tells it too
		data[at] ^= 1 << dice.IntN(8)
	})
}

// withoutEthernet is the capture with link type RAW.
func withoutEthernet(file []byte) []byte {
	out := bytes.Clone(file[:24])
	binary.LittleEndian.PutUint32(out[20:], 101)
	records(file, func(header, data []byte) {
		h := bytes.Clone(header)
		for _, field := range []int{8, 12} {
			binary.LittleEndian.PutUint32(h[field:], binary.LittleEndian.Uint32(h[field:])-14)
		}
		out = append(append(out, h...), data[14:]...)
	})
	return out
}
