package analyze_test

import (
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/correlate"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestMerge holds that what several machines collected gives, merged, the trace
// of one pass over everything: for captures cut at any frame, and for the
// captures of several points.
func TestMerge(t *testing.T) {
	cutScenes(t, 3, 6, sameMerged, func(t *testing.T, points []string) {
		if len(points) > 1 {
			sameMerged(t, "all points", points)
		}
	})
}

// cutScenes plays every scene, or a sample of them, and hands over the parts of each of its
// captures, cut at frames that the seed draws, and then the captures of all its points.
func cutScenes(t *testing.T, every int, seed uint64, cut func(t *testing.T, what string, parts []string), whole func(t *testing.T, points []string)) {
	scenes, err := scenetest.LoadAll(os.DirFS("../testdata/scenes"))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range sample.Indices(t, every, len(scenes)) {
		s := scenes[i]
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			dice := rand.New(rand.NewPCG(uint64(crc32.ChecksumIEEE([]byte(s.Name))), seed)) // a new scene leaves the cuts of the others as they were
			dir := t.TempDir()
			var points []string
			for _, c := range r.Captures {
				path := filepath.Join(dir, c.Name)
				if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
					t.Fatal(err)
				}
				points = append(points, path)
				if parts := cutPcap(t, dir, c, dice); len(parts) > 1 {
					cut(t, c.Name+" cut", parts)
				}
			}
			whole(t, points)
		})
	}
}

// sameMerged compares one pass over files with a pass over each.
func sameMerged(t *testing.T, what string, paths []string) {
	t.Helper()
	whole := harvestOf(t, paths...)
	var parts []*collect.Harvest
	for _, c := range whole.Captures { // in the order in which the pass took them
		parts = append(parts, harvestOf(t, c.Path))
	}
	want, got := correlate.Correlate(whole), correlate.Correlate(collect.Merge(trace.Limits{}, parts...))
	var a, b strings.Builder
	tell(&a, what, want)
	tell(&b, what, got)
	if a.String() != b.String() {
		t.Errorf("%s, merged:\n%s", what, changes(a.String(), b.String()))
		return
	}
	for i, s := range want.Streams {
		o := got.Streams[i]
		if s.Stats.Packets != o.Stats.Packets || s.Stats.Lost() != o.Stats.Lost() || s.Start() != o.Start() || s.End() != o.End() || len(s.Gaps()) != len(o.Gaps()) {
			t.Errorf("%s: stream %d is another", what, s.ID)
		}
		if x, y := s.Stats.Jitter(), o.Stats.Jitter(); math.Abs(x-y) > 0.01 {
			t.Errorf("%s: the jitter of stream %d is %.3f ms, in one pass %.3f ms", what, s.ID, y, x)
		}
	}
}

func harvestOf(t *testing.T, paths ...string) *collect.Harvest {
	t.Helper()
	set, err := capture.OpenSet(paths, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	h, err := collect.Collect(t.Context(), set, collect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// cutPcap writes a capture in two to four pieces, as a ring buffer does; none
// where it is no classic pcap, or its frames are not in order of time.
func cutPcap(t *testing.T, dir string, c scenetest.Capture, dice *rand.Rand) (paths []string) {
	t.Helper()
	const fileHeader = 24
	data, starts := c.Bytes, scenetest.FrameStarts(c.Bytes)
	if len(starts) < 20 {
		return nil
	}
	cuts := map[int]bool{}
	for range 1 + dice.IntN(3) {
		cuts[1+dice.IntN(len(starts)-1)] = true
	}
	from := fileHeader
	flush := func(to int) {
		path := filepath.Join(dir, c.Name+"."+string(rune('a'+len(paths)))+".pcap")
		if err := os.WriteFile(path, append(append([]byte{}, data[:fileHeader]...), data[from:to]...), 0o600); err != nil {
			t.Fatal(err)
		}
		paths, from = append(paths, path), to
	}
	for i, at := range starts {
		if cuts[i] {
			flush(at)
		}
	}
	flush(len(data))
	return paths
}
