package capture

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// What is decompressed ahead is what is read without, its error at the same place.
func TestAhead(t *testing.T) {
	plain, _ := many(5_000)
	broken := errors.New("damaged")
	for _, size := range []int{0, 1, aheadFrom - 1, aheadFrom, aheadFrom + 1, aheadFrom + aheadPart, aheadFrom + aheadPart + 1, len(plain)} {
		for _, want := range []error{nil, broken} {
			r := io.Reader(bytes.NewReader(plain[:size]))
			if want != nil {
				r = io.MultiReader(r, iotest.ErrReader(want))
			}
			a := newAhead(iotest.DataErrReader(r))
			if a.direct < 0 {
				a.direct = aheadFrom // one processor
			}
			got, err := io.ReadAll(a)
			if err != want || !bytes.Equal(got, plain[:size]) {
				t.Errorf("%d bytes of %d, %v, want %v", len(got), size, err, want)
			}
			if n, again := a.Read(make([]byte, 1)); n != 0 || (again != want && again != io.EOF) {
				t.Errorf("%d bytes behind the end, %v", n, again)
			}
			a.stop()
		}
	}
}

// counted notes whether somebody reads behind the end of the test's own reading.
type counted struct {
	r    io.Reader
	over bool
	late int
}

func (c *counted) Read(p []byte) (int, error) {
	if c.over {
		c.late++
	}
	return c.r.Read(p)
}

// Nobody reads the source any more when reading ended early: by Close, by a bound,
// by damage.
func TestAheadStops(t *testing.T) {
	plain, _ := many(12_000)
	damaged := bytes.Clone(plain)
	for i := range 64 { // no records
		damaged[len(plain)/2+i] = 0xee
	}
	for kind, pack := range map[string]func([]byte) []byte{"gzip": gzipped, "zstd": zstded} {
		for name, c := range map[string]struct {
			plain []byte
			limit int64
			whole bool
		}{"closed": {plain, 1 << 40, false}, "bound": {plain, 1 << 20, true}, "damage": {damaged, 1 << 40, true}} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				var source counted
				opt := Options{Limits: DefaultLimits(), wrap: func(r io.Reader) io.Reader { source.r = r; return &source }}
				opt.Limits.MaxDecompressed = c.limit
				f, err := inMemory(pack(c.plain), opt).Open()
				if err != nil {
					t.Fatal(err)
				}
				var b Batch
				for n := 0; f.Next(&b) && (c.whole || n < 3); n++ {
				}
				if !c.whole {
					f.Close()
				}
				source.over = true // a race, too, if somebody still reads
				f.Close()
				if source.late > 0 {
					t.Errorf("%d reads behind the end", source.late)
				}
			})
		}
	}
}
