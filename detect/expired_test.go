package detect_test

import (
	"os"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
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
	}
}
