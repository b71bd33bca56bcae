package e2e

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/scenetest"
)

// stamped is a pcapng of frames at the times that somebody claims: in units of
// 10^-resolution seconds, from offset seconds on.
func stamped(list []capture.Frame, resolution byte, offset int64, stamp func(i int) uint64) []byte {
	block := func(b []byte, kind uint32, body []byte) []byte {
		body = append(body, make([]byte, -len(body)&3)...)
		b = le.AppendUint32(le.AppendUint32(b, kind), uint32(len(body)+12))
		return le.AppendUint32(append(b, body...), uint32(len(body)+12))
	}
	section := append(le.AppendUint32(nil, 0x1a2b3c4d), 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	out := block(nil, 0x0a0d0d0a, section)
	face := append(le.AppendUint16(nil, uint16(list[0].Link)), 0, 0)
	face = le.AppendUint32(face, 0)
	face = append(face, 9, 0, 1, 0, resolution, 0, 0, 0, 14, 0, 8, 0)
	face = le.AppendUint64(face, uint64(offset))
	out = block(out, 1, face)
	for i, f := range list {
		t := stamp(i)
		p := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, 0), uint32(t>>32)), uint32(t))
		p = append(le.AppendUint32(le.AppendUint32(p, uint32(len(f.Data))), f.Len), f.Data...)
		out = block(out, 6, p)
	}
	return out
}

// Times that make no sense: the analysis ends, says so, and judges by the order
// of the frames or not at all. The call is the one of the story, in which audio
// was lost.
func TestTimesWithoutSense(t *testing.T) {
	scene, err := scenetest.Load(os.DirFS(testdata+"/scenes"), "story.scene")
	if err != nil {
		t.Fatal(err)
	}
	staged, err := scene.Run()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	list, _, _ := frames(t, file(t, dir, "story", staged.Captures[0].Bytes), capture.Options{})
	few := thinned(list, 58)
	first := list[0].Time
	since := func(l []capture.Frame, i int) uint64 { return uint64(l[i].Time - first) }
	const year = 365 * 24 * 3600
	for _, c := range []struct {
		name   string
		data   []byte
		code   string // of the capture's warning, "" for none about times
		judged bool   // as if nothing were the matter
	}{
		{"as they were", stamped(list, 9, first/1e9, func(i int) uint64 { return since(list, i) }), "", true},
		{"58 packets over 32 years", stamped(few, 0, first/1e9, func(i int) uint64 { return uint64(i) * 32 * year / 57 }), "no-clock", false},
		{"before 1970", stamped(list, 9, -30*year, func(i int) uint64 { return since(list, i) }), "", true},
		{"after 2262", stamped(list, 9, 400*year, func(i int) uint64 { return since(list, i) }), "time-range", false},
		{"all equal", stamped(list, 6, first/1e9, func(int) uint64 { return 0 }), "no-clock", false},
		{"falling", stamped(list, 9, first/1e9, func(i int) uint64 { return since(list, len(list)-1) - since(list, i) }), "no-clock", false},
		{"the largest", stamped(list, 6, 0, func(int) uint64 { return 1<<64 - 1 }), "time-range", false},
		{"the largest of all", stamped(list, 0, 1<<63-1, func(int) uint64 { return 1<<64 - 1 }), "time-range", false},
		{"one, the largest", stamped(list, 9, first/1e9, func(i int) uint64 {
			if i == 200 {
				return 1<<64 - 1
			}
			return since(list, i)
		}), "time-range", true},
		{"one, a year ahead", stamped(list, 9, first/1e9, func(i int) uint64 {
			if i == 200 {
				return since(list, i) + year*1e9
			}
			return since(list, i)
		}), "time-damaged", true},
		{"every twentieth, somewhere", stamped(list, 9, first/1e9, func(i int) uint64 {
			if i%20 == 5 {
				return since(list, i) + uint64(i)*7e15
			}
			return since(list, i)
		}), "time-damaged", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			path := file(t, dir, "a.pcapng", c.data)
			r := must(t, analyze.Options{}, path)
			sound(t, r)
			soundFormats(t, r)
			var codes []string
			for _, w := range r.trace.Captures[0].Warnings {
				codes = append(codes, w.Code)
			}
			if c.code != "" && !slices.Contains(codes, c.code) {
				t.Errorf("the capture's warnings are %v", codes)
			}
			var found []string
			for _, f := range r.result.Findings {
				found = append(found, f.Code)
			}
			if got := slices.Contains(found, "latch-silence"); got != c.judged {
				t.Errorf("findings: %v", found)
			}
			if !c.judged {
				if len(found) > 0 || r.result.Coverage.Judged != 0 || len(r.result.Coverage.Limits) == 0 {
					t.Errorf("findings %v, %d calls judged, limits %v", found, r.result.Coverage.Judged, r.result.Coverage.Limits)
				}
				for _, v := range r.result.Verdicts {
					if v.RootCause != "unknown" {
						t.Errorf("call %d: %s, %s", v.Call.ID, v.RootCause, v.Text)
					}
				}
			}
			set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer set.Close()
			for _, depth := range []extract.Depth{extract.Near, extract.Bridged, extract.Spans, extract.All} {
				wanted := extract.NewWanted(r.trace)
				for _, call := range r.trace.Calls {
					wanted.Call(call, depth, nil)
				}
				taken, err := extract.Take(t.Context(), set, wanted, extract.Options{})
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range taken {
					var b bytes.Buffer
					if err := x.WritePcapng(&b); err != nil {
						t.Fatal(err)
					}
				}
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}
