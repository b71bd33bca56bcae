package scene

import (
	"bytes"
	"os"
	"testing"
)

var scenes = os.DirFS("../../testdata/scenes")

func TestScenesRunTwiceAlike(t *testing.T) {
	all, err := LoadAll(scenes)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			a, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			b, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range a.Captures {
				if !bytes.Equal(c.Bytes, b.Captures[i].Bytes) {
					t.Errorf("%s differs between two runs", c.Name)
				}
				if a.Truth.Points[i].Frames == 0 {
					t.Errorf("%s is empty", c.Name)
				}
			}
		})
	}
}
