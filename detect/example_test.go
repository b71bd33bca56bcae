package detect_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/detect"
)

// noLatchSilence is what a media server's own tests may hold against a capture
// of their traffic: there was a call, it could be judged, and none lost audio
// because a latch held on to an old source.
//
//	if err := noLatchSilence(t.Context(), "testdata/run.pcap"); err != nil {
//		t.Error(err)
//	}
func noLatchSilence(ctx context.Context, captures ...string) error {
	set, err := capture.OpenSet(captures, nil, capture.Options{})
	if err != nil {
		return err
	}
	defer set.Close()
	tr, err := analyze.Run(ctx, set, analyze.Options{})
	if err != nil {
		return err
	}
	result := detect.Run(tr, detect.Detectors())
	if result.Coverage.Judged == 0 {
		return errors.New("no call that could be judged: an empty capture proves nothing")
	}
	for _, f := range result.Findings {
		if s, ok := f.Data.(detect.Silence); ok {
			return fmt.Errorf("%s: %.1f s lost in call %d", f.Code, s.Silence, f.Streams[0].Call.ID)
		}
	}
	return nil
}

// A media server's tests record their calls (with tcpdump, say) and then ask
// whether anybody lost audio. Here the calls are staged instead: once by a
// server that opens its ports too late and holds on to the first source, once
// by the same one mended.
func Example_mediaServerTest() {
	for _, name := range []string{"story", "fixed-open-at-offer"} {
		path, remove := staged(name)
		fmt.Printf("%s: %v\n", name, noLatchSilence(context.Background(), path))
		remove()
	}
	// Output:
	// story: latch-silence: 10.1 s lost in call 1
	// fixed-open-at-offer: <nil>
}

// staged renders a scene's first capture.
func staged(name string) (path string, remove func()) {
	s, err := scenetest.Load(os.DirFS("../testdata/scenes"), name+".scene")
	if err != nil {
		panic(err)
	}
	run, err := s.Run()
	if err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	path = filepath.Join(dir, "run.pcap")
	if err := os.WriteFile(path, run.Captures[0].Bytes, 0o600); err != nil {
		panic(err)
	}
	return path, func() { os.RemoveAll(dir) }
}
