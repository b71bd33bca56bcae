package detect_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/detect"
)

// What is refused while a mapping's talker pauses is no latch's: the server had
// let go, and followed the first packet of the new port.
func TestMappingThatEndedIsNoLatch(t *testing.T) {
	s, err := scenetest.Load(os.DirFS("../testdata/scenes"), "idle-mapping-refused.scene")
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range judge(t, run, []string{"server"}).result.Findings {
		if f.Code == "latch-silence" {
			t.Errorf("%s: %s", f.Code, f.Summary)
		}
		if f.Code == "nat-port-flip" && len(f.Claims) == 0 {
			t.Error("the move does not explain what was refused before it")
		}
		// The first refusal says until when the mapping had ended at the latest.
		if f.Code == "nat-port-flip" && !slices.ContainsFunc(f.Actions, func(a detect.Action) bool {
			return a.Owner == "nat" && strings.HasPrefix(a.Why, "The mapping was gone at the latest ")
		}) {
			t.Errorf("what is asked of the NAT does not go by the refusal: %+v", f.Actions)
		}
	}
}
