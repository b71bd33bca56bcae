package main

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
)

// stagedScene is a scene, and what one run of it leaves behind. Nobody changes it.
type stagedScene struct {
	*scenetest.Scene
	*scenetest.Result
}

var playScenes = sync.OnceValues(func() (all []stagedScene, err error) {
	scenes, err := scenetest.LoadAll(os.DirFS("../../testdata/scenes"))
	if err != nil {
		return nil, err
	}
	for _, s := range scenes {
		r, err := s.Run()
		if err != nil {
			return nil, err
		}
		all = append(all, stagedScene{s, r})
	}
	return all, nil
})

// stagedScenes are all scenes, which are played once for all tests.
func stagedScenes(t testing.TB) []stagedScene {
	t.Helper()
	all, err := playScenes()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d scenes: %v", len(all), err)
	}
	return all
}

// write writes the captures of a scene into a folder, each with an ending behind its name.
func (s stagedScene) write(t testing.TB, dir, ending string) (paths []string) {
	t.Helper()
	for _, c := range s.Captures {
		path := filepath.Join(dir, c.Name+ending)
		if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}
