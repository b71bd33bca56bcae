package scene

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

var scenes = os.DirFS("../../testdata/scenes")

// TestScenes plays every scene twice and holds what comes out against whatever
// can judge it: itself, pcapgo's readers, SIP and SDP parsers, tshark, and the
// expectations against the truth.
func TestScenes(t *testing.T) {
	all, err := LoadAll(scenes)
	if err != nil {
		t.Fatal(err)
	}
	tshark, err := exec.LookPath("tshark")
	if err != nil || testing.Short() {
		tshark = ""
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			r, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			again, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range r.Captures {
				if !bytes.Equal(c.Bytes, again.Captures[i].Bytes) {
					t.Errorf("%s differs between two runs", c.Name)
				}
				point := r.Truth.Points[i]
				checkReadable(t, c, point)
				checkSignalling(t, c, s.captures[i])
				if tshark != "" {
					checkTshark(t, tshark, c, point)
				}
			}
			checkExpectations(t, s, &r.Truth)
		})
	}
}
