package component

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/internal/harvest"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Frame is what a group has to know beside its pieces. It is there to travel.
type Frame struct {
	Clocks *collect.Clocks
	Beside Beside
	Calls  int
	Files  []byte // all of the set, packed: also those in which nothing of the group is
}

// File is a file of the set, and its harvest without what is in it.
type File struct {
	Path string
	Head []byte
}

// frame makes ready what all groups have in common. There are as many copies of it as
// groups, and files of a ring have nearly the same to say: packed together they take a
// tenth.
func (s *scene) frame(clocks *collect.Clocks) (Frame, error) {
	f := Frame{Clocks: clocks}
	var files []File
	for _, p := range s.parts {
		var b bytes.Buffer
		if err := harvest.WriteFlat(&b, head(p.Harvest)); err != nil {
			return f, err
		}
		files = append(files, File{p.Path, b.Bytes()})
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	b, err := Encode(files)
	if err != nil {
		return f, err
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return f, err
	}
	defer z.Close()
	f.Files = z.EncodeAll(b, nil)
	return f, nil
}

// mostFiles is how large the files of a frame may be, in bytes.
const mostFiles = 1 << 30

func (f *Frame) files() (list []File, err error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostFiles))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	b, err := z.DecodeAll(f.Files, nil)
	if err == nil {
		err = Decode(b, &list)
	}
	return list, err
}

// Frame is that of a group, by its number.
func (p *Plan) Frame(group int) Frame {
	f := p.common
	f.Beside, f.Calls = p.Groups[group].Beside, p.Groups[group].Calls
	return f
}

// Join joins the pieces of a group, by the paths of their files, to one trace, as
// analyze.Join does.
func (f *Frame) Join(ctx context.Context, pieces map[string]*analyze.Harvest) (*trace.Trace, error) {
	files, err := f.files()
	if err != nil {
		return nil, err
	}
	var list []*analyze.Harvest
	for _, o := range files {
		h := pieces[o.Path]
		if h == nil {
			own, err := harvest.ReadFlat(bytes.NewReader(o.Head), trace.Limits{})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.Path, err)
			}
			h = analyze.HarvestOf(own)
		}
		list = append(list, h)
	}
	return analyze.Join(ctx, nil, analyze.Options{Serial: true, Clocks: f.Clocks}, list...)
}

// Encode writes a frame or an assignment down, Decode reads it.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

// Decode reads what Encode wrote.
func Decode(b []byte, v any) error { return gob.NewDecoder(bytes.NewReader(b)).Decode(v) }
