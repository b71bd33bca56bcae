package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest"
)

// sceneFiles stages a scene and writes what each capture point recorded.
func sceneFiles(t *testing.T, name string) []string {
	t.Helper()
	scene, err := scenetest.Load(os.DirFS(filepath.Join("..", "..", "testdata", "scenes")), name+".scene")
	if err != nil {
		t.Fatal(err)
	}
	result, err := scene.Run()
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	dir := t.TempDir()
	for _, c := range result.Captures {
		path := filepath.Join(dir, c.Name+".pcap")
		if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

var (
	stripWords = regexp.MustCompile(`class="strip jitter" role="img" aria-label="(\d+) of [\d,]+ packets missing beside silences, jitter up to ([\d.]+) ms`)
	stripMark  = regexp.MustCompile(`s: (\d+) of [\d,]+ packets? missing"`)
)

// A page draws below each voice what was missing beside silences and how unevenly it
// came, where it was: also of calls of which the second look keeps little.
func TestStrips(t *testing.T) {
	for _, tt := range []struct {
		scene          string
		lossy          bool // some voice
		uneven, smooth bool // the most uneven voice, more than 10 ms; the smoothest, less than 1 ms
	}{
		{"early-40ms", false, false, true},
		{"heavy-loss", true, false, true},
		{"light-loss", true, false, true},
		{"uneven-line", true, true, true},
		{"relay-stalls", false, false, true},
	} {
		t.Run(tt.scene, func(t *testing.T) {
			page := output(t, append([]string{"analyze", "--format", "html"}, sceneFiles(t, tt.scene)...))
			list := stripWords.FindAllStringSubmatch(page, -1)
			if len(list) < 2 {
				t.Fatalf("%d strips", len(list))
			}
			lossy, most, least := false, 0.0, 1e9
			told := 0
			for _, m := range list {
				n, _ := strconv.Atoi(m[1])
				jitter, _ := strconv.ParseFloat(m[2], 64)
				lossy, most, least, told = lossy || n > 0, max(most, jitter), min(least, jitter), told+n
			}
			if lossy != tt.lossy || most > 10 != tt.uneven || least < 1 != tt.smooth {
				t.Errorf("lossy %v, jitter %v to %v", lossy, least, most)
			}
			drawn := 0
			for _, m := range stripMark.FindAllStringSubmatch(page, -1) {
				n, _ := strconv.Atoi(m[1])
				drawn += n
			}
			if drawn != told {
				t.Errorf("%d missing packets are drawn, and %d told", drawn, told)
			}
			if lossy != strings.Contains(page, `class="missed"`) {
				t.Error("the legend does not go with the strips")
			}
		})
	}
}

// A harvest has no packets: its losses are marks, and nothing is said of jitter.
func TestStripsOfHarvest(t *testing.T) {
	path := sceneFiles(t, "heavy-loss")[0]
	kept := filepath.Join(t.TempDir(), "h.harvest")
	output(t, []string{"harvest", "-o", kept, path})
	page := output(t, []string{"analyze", "--format", "html", kept})
	if stripWords.MatchString(page) || !strings.Contains(page, `aria-label="packets missing"`) {
		t.Error("a harvest draws jitter, or no loss")
	}
}
