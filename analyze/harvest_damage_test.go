package analyze_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/detect"
)

// sampleHarvest is the harvest of a scene.
func sampleHarvest(t testing.TB, scene string) []byte {
	t.Helper()
	s, err := scenetest.Load(os.DirFS("../testdata/scenes"), scene+".scene")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var paths []string
	for _, c := range r.Captures {
		path := filepath.Join(dir, c.Name)
		if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return written(t, paths...)
}

const harvestHead = 9 // what names it, and its version

// unpacked is what is in a harvest, packed makes one of it.
func unpacked(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewReader(bytes.NewReader(b[harvestHead:]))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func packed(t testing.TB, head, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, zstd.WithWindowSize(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll(b, bytes.Clone(head[:harvestHead]))
}

// smallLimits are what a stranger's harvest may cost in these tests.
var smallLimits = analyze.Limits{Streams: 200, Messages: 500, Errors: 200, Flows: 200, Reports: 64, Gaps: 16, Closeup: 20_000, Harvest: 4 << 20}

// TestHarvestDamaged: whatever is cut off or changed on the way is noticed, and
// said in one line.
func TestHarvestDamaged(t *testing.T) {
	whole := sampleHarvest(t, "story")
	if _, err := analyze.ReadHarvest(bytes.NewReader(whole), analyze.Limits{}); err != nil {
		t.Fatal(err)
	}
	bad := func(what string, b []byte) {
		t.Helper()
		_, err := analyze.ReadHarvest(bytes.NewReader(b), analyze.Limits{})
		if err == nil {
			t.Errorf("%s was not noticed", what)
		} else if text := err.Error(); strings.ContainsAny(text, "\n\r") || len(text) > 200 {
			t.Errorf("%s: %q is no line", what, text)
		}
	}
	for n := 0; n < len(whole); n += 1 + len(whole)/400 {
		bad("a cut", whole[:n])
		flipped := bytes.Clone(whole)
		flipped[n] ^= 1 << (n % 8)
		bad("a bit", flipped)
	}
	bad("what follows", append(bytes.Clone(whole), 0))
	bad("what follows inside", packed(t, whole, append(unpacked(t, whole), 0)))
	future := bytes.Clone(whole)
	future[8]++
	bad("another version", future)
	if _, err := analyze.ReadHarvest(bytes.NewReader(whole), analyze.Limits{Harvest: 1000}); err == nil {
		t.Error("a harvest over the limit was read")
	}
	bomb := packed(t, whole, make([]byte, 64<<20))
	if len(bomb) > 100_000 {
		t.Fatal("not much of a bomb")
	}
	bad("zeros without end", bomb)
}

// hostile reads what may be a harvest and, if it is, does all that is done with one.
func hostile(t *testing.T, file []byte) {
	h, err := analyze.ReadHarvest(bytes.NewReader(file), smallLimits)
	if err != nil {
		return
	}
	again, err := analyze.ReadHarvest(bytes.NewReader(file), smallLimits)
	if err != nil {
		t.Fatal("it can be read once only:", err)
	}
	if err := again.Write(io.Discard); err != nil {
		t.Fatal("what was read cannot be written:", err)
	}
	tr, err := analyze.Join(t.Context(), nil, analyze.Options{Limits: smallLimits, Serial: true}, h, again)
	if err != nil {
		t.Fatal(err)
	}
	detect.Run(tr, detect.Detectors())
}

// TestHarvestHostile changes what is behind the checksum, as only malice does.
func TestHarvestHostile(t *testing.T) {
	for _, scene := range []string{"story", "story-two-points", "one-way"} {
		if _, err := os.Stat("../testdata/scenes/" + scene + ".scene"); err != nil {
			continue
		}
		file := sampleHarvest(t, scene)
		plain := unpacked(t, file)
		dice := rand.New(rand.NewPCG(20, 3))
		rounds := 300
		if !sample.Long() {
			rounds = 60
		}
		for range rounds {
			b := bytes.Clone(plain)
			for range 1 + dice.IntN(4) {
				switch at := dice.IntN(len(b)); dice.IntN(3) {
				case 0:
					b[at] = byte(dice.Uint32())
				case 1:
					b[at] ^= 1 << dice.IntN(8)
				default:
					n := min(1+dice.IntN(9), len(b)-at)
					for i := range n {
						b[at+i] = 0xff
					}
				}
			}
			hostile(t, packed(t, file, b))
		}
	}
}

// FuzzHarvest is given what is in the frame, so that the checksum is no wall.
func FuzzHarvest(f *testing.F) {
	var head []byte
	for _, scene := range []string{"story", "story-two-points", "failover-six", "srtp-key"} {
		if _, err := os.Stat("../testdata/scenes/" + scene + ".scene"); err == nil {
			head = sampleHarvest(f, scene)
			f.Add(unpacked(f, head))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4<<20 {
			return
		}
		hostile(t, packed(t, head, b))
	})
}
