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

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/component"
	"github.com/latchscope/latchscope/analyze/group"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
	"github.com/latchscope/latchscope/detect"
)

// asWorkers in the environment makes workers of the test's program, for a job elsewhere.
const asWorkers = "LATCHSCOPE_FLEET_WORKERS"

func TestMain(m *testing.M) {
	flag.Parse()
	beam.Init()
	log.SetLogger(&log.Standard{Level: log.SevError})
	if os.Getenv(asWorkers) != "" {
		if err := serveWorkers(context.Background(), 0, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return
	}
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
	keeps := schemaOf(t)
	rows := map[string][]string{}
	for line := range strings.Lines(string(b)) {
		var r struct{ Schema, Kind string }
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Schema != schema {
			t.Fatalf("%q is no row: %v", line, err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err == nil {
			err = keeps.Validate(v)
		}
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		rows[r.Kind] = append(rows[r.Kind], strings.TrimSuffix(line, "\n"))
	}
	return rows
}

// schemaOf is the schema of rows as --schema prints it.
func schemaOf(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(rowsSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("rows.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rows.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSchema: the schema refuses what is no row.
func TestSchema(t *testing.T) {
	s := schemaOf(t)
	for _, row := range []string{
		`{"schema":"latchscope.fleet/1","kind":"about"}`,
		`{"schema":"latchscope.fleet/2","kind":"about","tool":"latchscope-fleet"}`,
		`{"schema":"latchscope.fleet/1","kind":"file","file":"a.pcap","error":""}`,
		`{"schema":"latchscope.fleet/1","kind":"bound","file":"a.pcap","code":"other","error":"too much"}`,
		`{"schema":"latchscope.fleet/1","kind":"sum","by":"all","value":"","cause":"no-audio","what":"with","calls":0}`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(row))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s passes", row)
		}
	}
	v, _ := jsonschema.UnmarshalJSON(strings.NewReader(aboutRow()))
	if err := s.Validate(v); err != nil {
		t.Error(err)
	}
}

func overPaths(paths ...string) func(beam.Scope) beam.PCollection { return within(bounds{}, paths...) }

// within are the rows of paths within other bounds.
func within(most bounds, paths ...string) func(beam.Scope) beam.PCollection {
	return func(s beam.Scope) beam.PCollection { return pipeline(s, most, beam.CreateList(s, paths)) }
}

// calls are rows of calls without what says in which component they were judged.
func calls(t *testing.T, rows []string) (out []string) {
	t.Helper()
	for _, row := range rows {
		c, err := parseCall(row)
		if err != nil {
			t.Fatal(err)
		}
		c.Component, c.Call = "", 0
		out = append(out, encode(c))
	}
	slices.Sort(out)
	return out
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
		tr, err := analyze.Run(context.Background(), g.Set, analyze.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range callRows("", tr, detect.Run(tr, detect.Detectors()), nil) {
			rows = append(rows, strings.ReplaceAll(row, dir, filepath.Dir(paths[0])))
		}
	}
	return calls(t, rows)
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
	same(t, "the laboratory", calls(t, rows["call"]), analysed(t, paths...))
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

// TestRing: fifty files of a ring buffer come to what analyze says of them, though no
// worker has more than a few of their calls, and the sums are those of its calls.
func TestRing(t *testing.T) {
	paths := ring(t, 50, trunk.Shape{Calls: 30, AtOnce: 10, Packets: 700, Flips: 6})
	if len(paths) != 50 {
		t.Fatal(len(paths), "files")
	}
	want := analysed(t, paths...)
	same(t, "the ring as one", calls(t, rowsOf(t, overPaths(paths...))["call"]), want)
	rows := rowsOf(t, within(bounds{Options: component.Options{Calls: 16}}, paths...))
	same(t, "the ring", calls(t, rows["call"]), want)
	components := map[string]bool{}
	for _, row := range rows["call"] {
		c, _ := parseCall(row)
		components[c.Component] = true
	}
	if len(components) < 4 || len(rows["bound"]) > 0 {
		t.Errorf("%d components of 60 Call-IDs, %v", len(components), rows["bound"])
	}
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

// TestHarvests: what probes have harvested is taken as the captures are.
func TestHarvests(t *testing.T) {
	paths := ring(t, 4, trunk.Shape{Calls: 8, AtOnce: 4, Packets: 200, Flips: 2})
	want := rowsOf(t, overPaths(paths...))
	dir := t.TempDir()
	var made []string
	for _, p := range paths {
		b, err := harvested(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, filepath.Join(dir, filepath.Base(p)))
		if err := os.WriteFile(made[len(made)-1], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damaged := filepath.Join(dir, "damaged.harvest")
	b, _ := os.ReadFile(made[0])
	if err := os.WriteFile(damaged, b[:len(b)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, overPaths(append(made, damaged)...))
	same(t, "harvests", calls(t, rows["call"]), calls(t, want["call"]))
	if len(rows["file"]) != 1 || !strings.Contains(rows["file"][0], "cut short") {
		t.Errorf("rows of files: %v", rows["file"])
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
	same(t, "beside bad files", calls(t, rows["call"]), analysed(t, good...))
	if len(rows["file"]) != 3 {
		t.Fatalf("rows of files: %v", rows["file"])
	}
	for _, path := range []string{text, gone, cut} {
		if !slices.ContainsFunc(rows["file"], func(r string) bool { return strings.Contains(r, path) }) {
			t.Errorf("no row of %s", path)
		}
	}
}

// TestTwice: a path that is found twice, and whatever a second worker made again where
// the first had died, count once.
func TestTwice(t *testing.T) {
	good := labCaptures(t)[:4]
	want := rowsOf(t, overPaths(good...))
	got := rowsOf(t, func(s beam.Scope) beam.PCollection {
		twice := func(c beam.PCollection) beam.PCollection { return beam.Flatten(s, c, c) }
		paths := beam.CreateList(s, append(slices.Clone(good), good...))
		harvests, unread := beam.ParDo2(s, harvestFile, paths) // each twice
		return reportOf(s, bounds{}, harvests, unread, twice)
	})
	found := rowsOf(t, overPaths(append(slices.Clone(good), good...)...))
	for _, kind := range slices.Sorted(maps.Keys(want)) {
		same(t, kind, got[kind], want[kind])
		same(t, kind+" of paths found twice", found[kind], want[kind])
	}
}

// TestBounds: what ties too much together is cut, and said; no call is left out.
func TestBounds(t *testing.T) {
	paths := ring(t, 5, trunk.Shape{Calls: 6, AtOnce: 6, Packets: 200})
	want := rowsOf(t, overPaths(paths...))
	rows := rowsOf(t, within(bounds{Outlines: 1}, paths...))
	if len(rows["bound"]) != 1 || !strings.Contains(rows["bound"][0], "5 files were judged each by itself") {
		t.Errorf("outlines: %v", rows["bound"])
	}
	rows = rowsOf(t, within(bounds{Files: 2}, paths...))
	if len(rows["bound"]) != 1 || !strings.Contains(rows["bound"][0], "5 files belong together") {
		t.Errorf("files: %v", rows["bound"])
	}
	rows = rowsOf(t, within(bounds{Options: component.Options{Calls: 1, Most: 1}}, paths...))
	if len(rows["bound"]) != 6 || !strings.Contains(rows["bound"][0], "2 calls seem to belong together") {
		t.Errorf("calls: %v", rows["bound"])
	}
	ids := func(rows []string) (out []string) {
		for _, row := range rows {
			c, _ := parseCall(row)
			out = append(out, c.CallIDs...)
		}
		slices.Sort(out)
		return out
	}
	same(t, "Call-IDs", ids(rows["call"]), ids(want["call"]))
}

// TestNothing: no files are a file with nothing in it.
func TestNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "none.ndjson")
	if err := run(context.Background(), filepath.Join(t.TempDir(), "*.pcap"), out, bounds{}, 1); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil || strings.Count(string(b), "\n") != 1 || !strings.Contains(string(b), `"about"`) {
		t.Errorf("%s %v", b, err)
	}
}
