package component_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/component"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// said is what is found in each call, a line each, in order: those that own says.
func said(tr *trace.Trace, own func(*trace.Call) bool) []string {
	result := detect.Run(tr, detect.Detectors())
	moment := func(m trace.Moment) string {
		if m.IsZero() {
			return "-"
		}
		return fmt.Sprintf("%s:%d@%d", filepath.Base(tr.Captures[m.File].Path), m.Frame, m.Time)
	}
	of := map[*trace.Call][]string{}
	for i := range result.Findings {
		f := &result.Findings[i]
		line := fmt.Sprint("\n  ", f.Code, " ", f.Severity, " ", f.Confidence, " ", f.Summary, " ", moment(f.Start), " ", f.Fingerprint)
		for _, e := range f.Evidence {
			line += " " + moment(e.Moment) + " " + e.Note
		}
		of[f.Call] = append(of[f.Call], line)
	}
	var out []string
	for _, v := range result.Verdicts {
		c := v.Call
		if own != nil && !own(c) {
			continue
		}
		slices.Sort(of[c])
		out = append(out, fmt.Sprint(moment(c.Start()), " ", c.CallIDs(), " ", c.State, " ", v.Audio, " ", v.RootCause, " ", len(c.Streams), strings.Join(of[c], "")))
	}
	slices.Sort(out)
	return out
}

func harvested(t *testing.T, path string) *analyze.Harvest {
	t.Helper()
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	h, err := analyze.Gather(t.Context(), set, analyze.Options{Serial: true})
	if err != nil {
		t.Fatal(err)
	}
	return travelled(t, h)
}

// travelled is a harvest that was written and read.
func travelled(t *testing.T, h *analyze.Harvest) *analyze.Harvest {
	t.Helper()
	var b bytes.Buffer
	if err := h.Write(&b); err != nil {
		t.Fatal(err)
	}
	h, err := analyze.ReadHarvest(&b, analyze.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// sent is a value that was written and read.
func sent(t *testing.T, from, to any) {
	t.Helper()
	b, err := component.Encode(from)
	if err == nil {
		err = component.Decode(b, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// apart is what the groups of a plan say, and the plan.
func apart(t *testing.T, paths []string, opt component.Options) ([]string, *component.Plan) {
	t.Helper()
	var parts []component.Part
	harvests := map[string]*analyze.Harvest{}
	for _, p := range paths {
		harvests[p] = harvested(t, p)
		parts = append(parts, component.PartOf(p, travelled(t, harvests[p].Outline())))
	}
	plan, err := component.Of(parts, opt)
	if err != nil {
		t.Fatal(err)
	}
	pieces := make([]map[string]*analyze.Harvest, len(plan.Groups))
	for i := range pieces {
		pieces[i] = map[string]*analyze.Harvest{}
	}
	for _, p := range paths {
		var a component.Assignment
		sent(t, plan.For(p), &a)
		if err := a.Cut(harvests[p], func(g int, piece *analyze.Harvest) error {
			pieces[g][p] = travelled(t, piece)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for g := range plan.Groups {
		var f component.Frame
		sent(t, plan.Frame(g), &f)
		tr, err := f.Join(t.Context(), pieces[g])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, said(tr, func(c *trace.Call) bool { return !f.Beside.Has(c) })...)
	}
	slices.Sort(out)
	return out, plan
}

// together is what one analysis of the harvests says: of the captures themselves it may
// know a little more, which is for the tests of harvests to hold.
func together(t *testing.T, paths []string) []string {
	t.Helper()
	var list []*analyze.Harvest
	for _, p := range slices.Sorted(slices.Values(paths)) {
		list = append(list, harvested(t, p))
	}
	tr, err := analyze.Join(t.Context(), nil, analyze.Options{Serial: true}, list...)
	if err != nil {
		t.Fatal(err)
	}
	return said(tr, nil)
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	a, b := map[string]bool{}, map[string]bool{}
	for _, l := range got {
		a[l] = true
	}
	for _, l := range want {
		b[l] = true
	}
	n := 0
	for _, l := range want {
		if !a[l] && n < 6 {
			t.Errorf("%s, only together: %s", what, l)
			n++
		}
	}
	for _, l := range got {
		if !b[l] && n < 12 {
			t.Errorf("%s, only apart: %s", what, l)
			n++
		}
	}
	if n == 0 {
		t.Errorf("%s: %d calls apart, %d together", what, len(got), len(want))
	}
}

// TestScenes: every scene, or a fifth of them, cut into files at any frame and into groups of one call.
func TestScenes(t *testing.T) {
	scenes, err := scenetest.LoadAll(os.DirFS("../../testdata/scenes"))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range sample.Indices(t, 5, len(scenes)) {
		s := scenes[i]
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			dice := rand.New(rand.NewPCG(uint64(i), 20))
			dir := t.TempDir()
			var paths []string
			for _, c := range r.Captures {
				parts := cut(t, dir, c.Name, c.Bytes, 1+dice.IntN(3), dice)
				if parts == nil {
					path := filepath.Join(dir, c.Name)
					if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
						t.Fatal(err)
					}
					parts = []string{path}
				}
				paths = append(paths, parts...)
			}
			got, _ := apart(t, paths, component.Options{Calls: 1, Beside: 50})
			compare(t, s.Name, got, together(t, paths))
		})
	}
}

// TestTrunk: a busy trunk's ring of files, in groups of some calls, is not one thing,
// and what is said of its calls is what one analysis says.
func TestTrunk(t *testing.T) {
	for _, i := range sample.Indices(t, 3, 3) {
		seed := uint64(i)
		dice := rand.New(rand.NewPCG(seed, 21))
		shape := trunk.Shape{Calls: 60 + dice.IntN(60), AtOnce: 5 + dice.IntN(20), Packets: 250 + dice.IntN(200), Flips: dice.IntN(20), Idle: 50}
		var b bytes.Buffer
		if _, err := shape.Write(&b); err != nil {
			t.Fatal(err)
		}
		paths := cut(t, t.TempDir(), "trunk.pcap", b.Bytes(), 24, dice)
		got, plan := apart(t, paths, component.Options{Calls: 16})
		compare(t, fmt.Sprint("seed ", seed), got, together(t, paths))
		if n := len(plan.Groups); n < shape.Calls/16 || len(plan.Bounds) > 0 {
			t.Errorf("seed %d: %d calls in %d groups; %v", seed, shape.Calls, n, plan.Bounds)
		}
	}
}

// TestHostile: a Call-ID that stands in every call ties all of them together. The bound
// is met and said, no group is larger, and no call is left out.
func TestHostile(t *testing.T) {
	var b bytes.Buffer
	if _, err := (trunk.Shape{Calls: 40, AtOnce: 10, Packets: 100}).Write(&b); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	for id := range 40 {
		data = bytes.ReplaceAll(data, fmt.Appendf(nil, "Call-ID: in-%08x@192.0.2.1_b2b", id), []byte("Call-ID: in-00000000@192.0.2.1_b2b"))
	}
	paths := cut(t, t.TempDir(), "hostile.pcap", data, 6, rand.New(rand.NewPCG(1, 2)))
	got, plan := apart(t, paths, component.Options{Calls: 4, Most: 8})
	if len(plan.Bounds) != 1 || !strings.Contains(plan.Bounds[0], "seem to belong together") {
		t.Errorf("said: %v", plan.Bounds)
	}
	for i, g := range plan.Groups {
		if g.Calls > 8 {
			t.Errorf("group %d has %d calls", i, g.Calls)
		}
	}
	for id := range 40 {
		if !strings.Contains(strings.Join(got, " "), fmt.Sprintf("in-%08x@", id)) {
			t.Errorf("call %d is nowhere", id)
		}
	}
}

// cut writes a capture in several pieces, as a ring buffer does; none where it is no
// classic pcap, or its frames are not in order of time.
func cut(t *testing.T, dir, name string, data []byte, pieces int, dice *rand.Rand) (paths []string) {
	t.Helper()
	const fileHeader = 24
	starts := scenetest.FrameStarts(data)
	if len(starts) < 20 {
		return nil
	}
	cuts := map[int]bool{}
	for range pieces - 1 {
		cuts[1+dice.IntN(len(starts)-1)] = true
	}
	from := fileHeader
	flush := func(to int) {
		path := filepath.Join(dir, fmt.Sprintf("%s.%03d.pcap", name, len(paths)))
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
