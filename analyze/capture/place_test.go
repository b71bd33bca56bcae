package capture

import (
	"slices"
	"testing"
)

// From every place that a pass came by the rest can be read as that pass did.
func TestPlaces(t *testing.T) {
	for name, file := range samples() {
		want := read(t, file, Options{}).frames
		in := inMemory(file, Options{chunk: 3000})
		f, err := in.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		places, before, compressed := 0, 0, false
		var b, rest Batch
		var last Place
		for {
			p, ok := f.Place()
			if ok {
				if places > 0 && !last.Before(p) {
					t.Fatalf("%s: place %d is not behind the one before it", name, places)
				}
				last = p
				places++
				again, err := in.OpenAt(p)
				if err != nil {
					t.Fatal(err)
				}
				got := before
				for again.Next(&rest) {
					if got+len(rest.Frames) > len(want) || !slices.EqualFunc(rest.Frames, want[got:got+len(rest.Frames)], sameFrame) {
						t.Fatalf("%s: frames from %d on differ when read from place %d", name, got+1, places)
					}
					got += len(rest.Frames)
				}
				if again.Close(); got != len(want) || again.Err() != nil {
					t.Fatalf("%s: %d frames, want %d: %v", name, got, len(want), again.Err())
				}
			}
			if !f.Next(&b) {
				break
			}
			before += len(b.Frames)
		}
		compressed = f.Info().Compression != ""
		if compressed != (places == 0) {
			t.Errorf("%s: %d places, compressed %v", name, places, compressed)
		}
	}
}
