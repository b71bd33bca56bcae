package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/group"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
	"github.com/latchscope/latchscope/detect"
)

func TestMain(m *testing.M) {
	flag.Parse()
	beam.Init()
	log.SetLogger(&log.Standard{Level: log.SevError})
	os.Exit(m.Run())
}

// rowsOf runs the pipeline on Prism over paths and returns its rows by kind.
func rowsOf(t *testing.T, build func(beam.Scope) beam.PCollection) map[string][]string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "rows.ndjson")
	p, s := beam.NewPipelineWithRoot()
	write(s, out, build(s))
	if err := beamx.Run(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(b)) {
		var r struct{ Schema, Kind string }
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Schema != schema {
			t.Fatalf("%q is no row: %v", line, err)
		}
		rows[r.Kind] = append(rows[r.Kind], strings.TrimSuffix(line, "\n"))
	}
	return rows
}

func overPaths(paths ...string) func(beam.Scope) beam.PCollection {
	return func(s beam.Scope) beam.PCollection { return pipeline(s, beam.CreateList(s, paths)) }
}

// analysed are the rows of calls that analyze makes of the same files: those that
// belong together read as one, from the captures themselves.
func analysed(t *testing.T, paths ...string) []string {
	t.Helper()
	dir := t.TempDir() // as in a folder, where it tells what belongs together
	for _, p := range paths {
		if err := os.Symlink(p, filepath.Join(dir, filepath.Base(p))); err != nil {
			t.Fatal(err)
		}
	}
	set, err := capture.OpenSet([]string{dir}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	d, err := group.Of(context.Background(), set)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, g := range d.Groups {
		var names []string
		for _, f := range g.Set.Files {
			names = append(names, f.Path())
		}
		tr, err := analyze.Run(context.Background(), g.Set, analyze.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range callRows(slices.Min(names), tr, detect.Run(tr, detect.Detectors())) {
			rows = append(rows, strings.ReplaceAll(row, dir, filepath.Dir(paths[0])))
		}
	}
	slices.Sort(rows)
	return rows
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	t.Errorf("%s: %d rows, analyze has %d", what, len(got), len(want))
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("the first that differs:\n%s\nanalyze:\n%s", got[i], want[i])
			return
		}
	}
}

func labCaptures(t *testing.T) (paths []string) {
	t.Helper()
	lab, err := filepath.Abs("../../testdata/lab")
	if err != nil {
		t.Fatal(err)
	}
	all, _ := filepath.Glob(filepath.Join(lab, "*.pcap*"))
	for _, p := range all {
		if !strings.HasSuffix(p, ".expect") {
			paths = append(paths, p)
		}
	}
	if len(paths) < 10 {
		t.Fatal("no captures of the laboratory")
	}
	return paths
}

// TestLab: the laboratory's captures, several points of a call among them, give the
// calls and the findings that analyze gives.
func TestLab(t *testing.T) {
	paths := labCaptures(t)
	rows := rowsOf(t, overPaths(paths...))
	same(t, "the laboratory", rows["call"], analysed(t, paths...))
	if len(rows["file"])+len(rows["bound"]) > 0 {
		t.Errorf("files that are not there: %v %v", rows["file"], rows["bound"])
	}
}

// ring cuts a capture into files as tcpdump -C does.
func ring(t *testing.T, files int, shape trunk.Shape) (paths []string) {
	t.Helper()
	var b bytes.Buffer
	if _, err := shape.Write(&b); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	data := b.Bytes()
	const head = 24
	from, each := head, (len(data)-head)/files
	for at := head; at < len(data); {
		at += 16 + int(binary.LittleEndian.Uint32(data[at+8:]))
		if at-from >= each && len(paths) < files-1 || at >= len(data) {
			path := filepath.Join(dir, fmt.Sprintf("ring%03d.pcap", len(paths)))
			if err := os.WriteFile(path, append(bytes.Clone(data[:head]), data[from:at]...), 0o600); err != nil {
				t.Fatal(err)
			}
			paths, from = append(paths, path), at
		}
	}
	return paths
}

// TestRing: fifty files of a ring buffer come to what analyze says of them, and the
// sums are those of its calls.
func TestRing(t *testing.T) {
	paths := ring(t, 50, trunk.Shape{Calls: 30, AtOnce: 10, Packets: 700, Flips: 6})
	if len(paths) != 50 {
		t.Fatal(len(paths), "files")
	}
	rows := rowsOf(t, overPaths(paths...))
	same(t, "the ring", rows["call"], analysed(t, paths...))
	got := map[string]int{}
	for _, row := range rows["sum"] {
		var s sum
		if err := json.Unmarshal([]byte(row), &s); err != nil {
			t.Fatal(err)
		}
		if s.By == "all" {
			got[s.Cause+" "+s.What] = s.Calls
		}
	}
	if got["latch-silence with"] != 6 || got["latch-silence visible"] != 30 {
		t.Errorf("sums: %v", got)
	}
}

// TestBadFiles: what is damaged, no capture, or gone is a row, and costs the others
// nothing.
func TestBadFiles(t *testing.T) {
	good := labCaptures(t)[:3]
	dir := t.TempDir()
	text, gone := filepath.Join(dir, "notes.pcap"), filepath.Join(dir, "gone.pcap")
	if err := os.WriteFile(text, []byte("Dear colleague"), 0o600); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.pcap")
	if err := os.WriteFile(cut, []byte("\xd4\xc3\xb2\xa1\x02\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, overPaths(append([]string{text, gone, cut}, good...)...))
	same(t, "beside bad files", rows["call"], analysed(t, good...))
	if len(rows["file"]) != 3 {
		t.Fatalf("rows of files: %v", rows["file"])
	}
	for _, path := range []string{text, gone, cut} {
		if !slices.ContainsFunc(rows["file"], func(r string) bool { return strings.Contains(r, path) }) {
			t.Errorf("no row of %s", path)
		}
	}
}

// TestTwice: a path that is found twice, and a harvest that a second worker made
// again, count once.
func TestTwice(t *testing.T) {
	good := labCaptures(t)[:4]
	want := rowsOf(t, overPaths(good...))
	got := rowsOf(t, func(s beam.Scope) beam.PCollection {
		paths := beam.CreateList(s, append(slices.Clone(good), good...))
		harvests, unread := beam.ParDo2(s, harvestFile, paths) // each twice
		return judged(s, harvests, unread)
	})
	for _, kind := range slices.Sorted(maps.Keys(want)) {
		same(t, kind, got[kind], want[kind])
	}
}

// TestBound: what ties too many files together is cut into stretches of time, and
// said; no file is left out.
func TestBound(t *testing.T) {
	paths := ring(t, 5, trunk.Shape{Calls: 4, AtOnce: 4, Packets: 200})
	var list []group.Harvested
	for _, p := range paths {
		b, err := harvested(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		h, err := readHarvest(b)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, group.Harvested{Path: p, Member: true, Harvest: h.Outline().Collected()})
	}
	got := map[string]string{}
	var bounds []string
	if err := components(t.Context(), list, 2, func(file, component string) { got[file] = component }, func(r string) { bounds = append(bounds, r) }); err != nil {
		t.Fatal(err)
	}
	for i, p := range paths {
		if got[p] != paths[i/2*2] {
			t.Errorf("file %d is in the component of %s", i, got[p])
		}
	}
	if len(bounds) != 1 || !strings.Contains(bounds[0], "5 files belong together") {
		t.Errorf("said: %v", bounds)
	}
}

// TestNothing: no files are a file with nothing in it.
func TestNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "none.ndjson")
	if err := run(context.Background(), filepath.Join(t.TempDir(), "*.pcap"), out); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil || strings.Count(string(b), "\n") != 1 || !strings.Contains(string(b), `"about"`) {
		t.Errorf("%s %v", b, err)
	}
}
