package capture

import (
	"io"
	"slices"
	"sync/atomic"
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
		places, before := 0, 0
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
		if places < 10 {
			t.Errorf("%s: %d places", name, places)
		}
	}
}

// stop is a place, and how many frames are before it.
type stop struct {
	Place
	before int
}

// stops are the places that a pass over in comes by.
func stops(t *testing.T, in *Input) (out []stop) {
	t.Helper()
	f, err := in.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b Batch
	for n := 0; ; n += len(b.Frames) {
		if p, ok := f.Place(); ok {
			out = append(out, stop{p, n})
		}
		if !f.Next(&b) {
			return out
		}
	}
}

// Who goes on from one place to a later one in a compressed input reads what stands
// there, whether that was read already or not; a plain one is opened anew.
func TestGoOn(t *testing.T) {
	for name, file := range samples() {
		want := read(t, file, Options{}).frames
		in := inMemory(file, Options{chunk: 3000})
		list := stops(t, in)
		for step := 1; step < len(list); step += 1 + step/2 {
			f, err := in.OpenAt(list[0].Place)
			if err != nil {
				t.Fatal(err)
			}
			var b Batch
			for i := 0; i < len(list); i += step {
				if i > 0 && f.GoOn(list[i].Place) != (f.Info().Compression != "") {
					t.Fatalf("%s: whether reading went on by %d places is not what it should be", name, step)
				}
				if f.Info().Compression == "" && i > 0 {
					break
				}
				n := list[i].before
				if !f.Next(&b) || n+len(b.Frames) > len(want) || !slices.EqualFunc(b.Frames, want[n:n+len(b.Frames)], sameFrame) {
					t.Fatalf("%s: going on by %d places, other frames behind frame %d", name, step, n)
				}
				if f.GoOn(list[i].Place) {
					t.Fatalf("%s: went back", name)
				}
			}
			f.Close()
		}
	}
}

// In a long gzip file reading goes on from a point near a place and not from the
// beginning.
func TestPlacesInLongGzip(t *testing.T) {
	plain, _ := many(20_000)
	file := gzipped(plain)
	want := read(t, file, Options{}).frames
	var got atomic.Int64
	in := inMemory(file, Options{wrap: func(r io.Reader) io.Reader { return metered{r, &got} }})
	list := stops(t, in)
	if len(list) < 12 {
		t.Fatalf("%d places", len(list))
	}
	for i, s := range list {
		got.Store(0)
		f, err := in.OpenAt(s.Place)
		if err != nil {
			t.Fatal(err)
		}
		n := s.before
		for b := (Batch{}); f.Next(&b); n += len(b.Frames) {
			if n+len(b.Frames) > len(want) || !slices.EqualFunc(b.Frames, want[n:n+len(b.Frames)], sameFrame) {
				t.Fatalf("place %d: other frames behind frame %d", i, n)
			}
		}
		if err := f.Err(); err != nil || n != len(want) || len(f.Info().Warnings) > 0 {
			t.Fatalf("place %d: %d frames, %v, %v", i, n, err, f.Info().Warnings)
		}
		f.Close()
		if i == len(list)-1 && got.Load() > int64(len(file)/2) {
			t.Errorf("the last place took %d bytes of %d", got.Load(), len(file))
		}
	}
	f, err := in.OpenAt(list[0].Place)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.GoOn(list[len(list)-1].Place) {
		t.Error("all before the last place was decompressed again")
	}
	if !f.GoOn(list[1].Place) {
		t.Error("the second place has no point before it, and reading did not go on there")
	}
}

// metered counts the bytes that are read.
type metered struct {
	io.Reader
	n *atomic.Int64
}

func (c metered) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// The files of a set share the memory that points take.
func TestPointsAreShared(t *testing.T) {
	plain, _ := many(20_000)
	file := gzipped(plain)
	for files, some := range map[int]bool{1: true, 40: true, mostPoints: false} {
		in := inMemory(file, Options{})
		in.set.Files = slices.Repeat([]*Input{in}, files)
		list := stops(t, in)
		found := map[int64]bool{}
		for _, s := range list {
			if p := s.points.Before(s.offset); p.Out > 0 {
				found[p.Out] = true
			}
		}
		if len(found) > 0 != some || len(found)*files >= mostPoints {
			t.Errorf("%d files: %d points in each", files, len(found))
		}
	}
}
