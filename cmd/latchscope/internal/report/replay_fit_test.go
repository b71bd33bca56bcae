package report

import (
	"strings"
	"testing"

	"github.com/latchscope/latchscope/replay"
	"github.com/latchscope/latchscope/replay/latch"
)

// Where no engine explains a capture, none "may be it": the nearest are told as
// such, and nothing is singled out.
func TestNoEngineExplains(t *testing.T) {
	fit := func(name string, differ int) replay.Fit {
		p, ok := latch.Lookup(name)
		if !ok {
			t.Fatal(name)
		}
		return replay.Fit{Config: latch.Config{Profile: p}, Disagreement: replay.Disagreement{Packets: differ, Compared: 1000}}
	}
	for _, tt := range []struct {
		name  string
		fits  replay.Fits
		want  []string
		never string
	}{
		{"none", replay.Fits{List: []replay.Fit{fit("pjmedia", 51), fit("sems", 400)}, Ties: 1},
			[]string{"No known engine explains this capture", "Nearest", "pjmedia"}, "may be it"},
		{"one", replay.Fits{List: []replay.Fit{fit("pjmedia", 3), fit("sems", 400)}, Ties: 1},
			[]string{"pjmedia: differs from the capture in 3 of 1,000 packets", "Excluded", "sems"}, "may be it"},
		{"several", replay.Fits{List: []replay.Fit{fit("pjmedia", 3), fit("sems", 4), fit("yeti", 400)}, Ties: 2},
			[]string{"several explain it equally well", "Any of these may be it: pjmedia; sems.", "Excluded", "yeti"}, "Nearest"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &Replay{}
			r.SetFit(tt.fits)
			var b strings.Builder
			if err := ReplayText(&b, []*Replay{r}, TextOptions{Width: 100, ASCII: true}); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(b.String()), " ")
			for _, w := range tt.want {
				if !strings.Contains(text, w) {
					t.Errorf("%q is not in it:\n%s", w, b.String())
				}
			}
			if strings.Contains(text, tt.never) {
				t.Errorf("%q is in it:\n%s", tt.never, b.String())
			}
			if r.Fit.Explained != (tt.name != "none") || (r.Fit.Engine != nil) != (tt.name == "one") {
				t.Errorf("explained %v, engine %v", r.Fit.Explained, r.Fit.Engine)
			}
		})
	}
}
