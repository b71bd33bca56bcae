package detect_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/detect"
)

// A late packet of the old source starts the lock's timer anew: the step says so, with
// its frame, where the silence is longer than the lock. Where none came, it does not.
func TestLatePacketIsTold(t *testing.T) {
	for scene, want := range map[string]string{
		"straggler-restarts-lock": "silent for 5.00 s since a late packet of it, which it passed on 2.9",
		"midcall-flip-lock":       "",
	} {
		path, remove := staged(scene)
		tr, err := analyze.Files(context.Background(), path)
		remove()
		if err != nil {
			t.Fatal(err)
		}
		r := detect.Run(tr, detect.Detectors())
		locks := 0
		for i := range r.Findings {
			f := &r.Findings[i]
			if f.Code != "latch-silence" {
				continue
			}
			locks++
			late := slices.IndexFunc(f.Evidence, func(e detect.Evidence) bool { return strings.HasPrefix(e.Note, "a late packet") })
			if (late >= 0) != (want != "") {
				t.Errorf("%s: evidence of a late packet: %v", scene, f.Evidence)
				continue
			}
			steps := detect.Tell(f, detect.NamesOf(f.Call, nil, nil))
			told := slices.IndexFunc(steps, func(s detect.Step) bool { return strings.Contains(s.Text, "late packet") })
			if want == "" {
				if told >= 0 {
					t.Errorf("%s: %q", scene, steps[told].Text)
				}
				continue
			}
			if told < 0 || !strings.Contains(steps[told].Text, want) {
				t.Errorf("%s: %+v, want %q", scene, steps, want)
				continue
			}
			at := f.Evidence[late].Ref
			if !slices.Contains(steps[told].Frames, detect.Frames{First: at, Last: at}) {
				t.Errorf("%s: the step shows %v without frame %v", scene, steps[told].Frames, at)
			}
		}
		if locks != 1 {
			t.Errorf("%s: %d findings of a held lock", scene, locks)
		}
	}
}
