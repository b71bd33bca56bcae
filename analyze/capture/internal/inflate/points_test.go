package inflate

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"testing"
)

// members is a gzip file of some members, and what is in it.
func members(level int) (file, data []byte) {
	all := samples()
	var b bytes.Buffer
	for _, name := range []string{"mixed", "nothing", "one", "period", "records", "far"} {
		w, _ := gzip.NewWriterLevel(&b, level)
		w.Write(all[name])
		w.Close()
		data = append(data, all[name]...)
	}
	return b.Bytes(), data
}

// From every point on comes what comes behind it, and the sum of the member fits.
func TestPoints(t *testing.T) {
	for _, level := range levels {
		file, data := members(level)
		for how, reader := range readers {
			points := &Points{most: 1000, apart: 20_000}
			g, err := NewGzip(reader(file), points)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(g); err != nil || !bytes.Equal(got, data) {
				t.Fatalf("level %d, %s: %d bytes, %v", level, how, len(got), err)
			}
			if len(points.list) < 5 || points.list[0].Out < 20_000 {
				t.Fatalf("level %d, %s: %d points", level, how, len(points.list))
			}
			for i, p := range points.list {
				if i > 0 && p.Out < points.list[i-1].Out+20_000 {
					t.Errorf("level %d, %s: point %d is at %d, the one before at %d", level, how, i, p.Out, points.list[i-1].Out)
				}
				got, err := io.ReadAll(GzipAt(reader(file[p.In:]), p))
				if err != nil || !bytes.Equal(got, data[p.Out:]) {
					t.Fatalf("level %d, %s, from %d on: %d bytes of %d, %v", level, how, p.Out, len(got), len(data)-int(p.Out), err)
				}
			}
		}
	}
}

// Damage behind a point is found from there as from the beginning.
func TestPointsDamage(t *testing.T) {
	file, data := members(6)
	points := &Points{most: 1000, apart: 20_000}
	g, _ := NewGzip(bytes.NewReader(file), points)
	io.Copy(io.Discard, g)
	p := points.list[len(points.list)/2]
	for i := int(p.In) + 1; i < len(file); i += 1 + len(file)/300 {
		broken := bytes.Clone(file)
		broken[i] ^= 4
		whole, _ := NewGzip(bytes.NewReader(broken), nil)
		want, wantErr := io.ReadAll(whole)
		got, err := io.ReadAll(GzipAt(bytes.NewReader(broken[p.In:]), p))
		if err != wantErr || !bytes.Equal(got, want[p.Out:]) {
			t.Fatalf("damage at %d: %d bytes and %v, want %d and %v", i, len(got), err, len(want)-int(p.Out), wantErr)
		}
	}
	for _, n := range []int64{0, 1, 7} {
		if got, err := io.ReadAll(GzipAt(bytes.NewReader(file[p.In:p.In+n]), p)); err != io.ErrUnexpectedEOF || !bytes.HasPrefix(data[p.Out:], got) {
			t.Errorf("%d bytes left: %d bytes, %v", n, len(got), err)
		}
	}
}

// The points of a long file are few, and evenly apart.
func TestPointsAreFew(t *testing.T) {
	for _, most := range []int{1, 2, 3, 7, 128} {
		l := NewPoints(most)
		due := l.apart
		const blocks, block = 200_000, 70_001
		for i := range int64(blocks) {
			if out := i * block; out >= due {
				due = l.add(Point{Out: out})
			}
			if len(l.list) >= most {
				t.Fatalf("%d points of less than %d", len(l.list), most)
			}
		}
		if len(l.list) < most/2-1 {
			t.Errorf("%d points of less than %d", len(l.list), most)
		}
		last := int64(0)
		for i, p := range append(slices.Clone(l.list), Point{Out: blocks * block}) {
			if p.Out-last > 2*l.apart {
				t.Errorf("point %d is %d behind the one before", i, p.Out-last)
			}
			last = p.Out
		}
		places := []int64{0, 1, last + 5}
		for _, p := range l.list {
			places = append(places, p.Out-1, p.Out, p.Out+1)
		}
		for _, out := range places {
			var want Point
			for _, p := range l.list {
				if p.Out <= out {
					want = p
				}
			}
			if got := l.Before(out); got.Out != want.Out {
				t.Errorf("before %d: %d, want %d", out, got.Out, want.Out)
			}
		}
	}
}
