package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/scenetest"
)

const testdata = "../../../../testdata"

// seed is a capture to begin from.
type seed struct {
	name string
	data []byte
}

// seeds are the captures of all scenes and those of the laboratory. Nobody changes them.
func seeds(t testing.TB) []seed {
	t.Helper()
	all, err := playSeeds()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var playSeeds = sync.OnceValues(func() (out []seed, err error) {
	scenes, err := scenetest.LoadAll(os.DirFS(testdata + "/scenes"))
	if err != nil {
		return nil, err
	}
	for _, s := range scenes {
		r, err := s.Run()
		if err != nil {
			return nil, err
		}
		for _, c := range r.Captures {
			out = append(out, seed{s.Name + "." + c.Name, c.Bytes})
		}
	}
	files, err := filepath.Glob(testdata + "/lab/*.pcap*")
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".expect") })
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		out = append(out, seed{filepath.Base(f), data})
	}
	return out, nil
})

// everyNth is a part of the seeds, for what takes its time.
func everyNth(all []seed, n int) (some []seed) {
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

// frames are the packets of a capture, as far as they go.
func frames(t testing.TB, path string, opt capture.Options) (list []capture.Frame, info capture.Info, ok bool) {
	t.Helper()
	set, err := capture.OpenSet([]string{path}, nil, opt)
	if err != nil {
		return nil, info, false
	}
	defer set.Close()
	f, err := set.Files[0].Open()
	if err != nil {
		return nil, info, false
	}
	defer f.Close()
	var b capture.Batch
	for f.Next(&b) {
		for _, fr := range b.Frames {
			fr.Data = append([]byte(nil), fr.Data...)
			list = append(list, fr)
		}
	}
	return list, f.Info(), true
}

// thinned keeps of a capture what a fuzzer can work with: all that is small in
// number and every packet near it, at most so many in all.
func thinned(list []capture.Frame, most int) []capture.Frame {
	if len(list) <= most {
		return list
	}
	keep := make([]bool, len(list))
	left := most
	for i, f := range list {
		if len(f.Data) > 240 || len(f.Data) < 120 && f.Link != capture.IPv4 { // SIP, ICMP, RTCP
			for j := max(0, i-1); j <= min(i+1, len(list)-1) && left > 0; j++ {
				if !keep[j] {
					keep[j] = true
					left--
				}
			}
		}
	}
	for i := 0; i < len(list) && left > 0; i += max(1, len(list)/most) {
		if !keep[i] {
			keep[i] = true
			left--
		}
	}
	var out []capture.Frame
	for i, f := range list {
		if keep[i] {
			out = append(out, f)
		}
	}
	return out
}
