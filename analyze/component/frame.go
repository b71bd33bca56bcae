package component

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/internal/collect"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Frame is what a group has to know beside its pieces. It is there to travel.
type Frame struct {
	Clocks *collect.Clocks
	Beside Beside
	Calls  int
	Files  []File // all of the set: also those in which nothing of the group is
}

// File is a file of the set, and its harvest without what is in it.
type File struct {
	Path string
	Head []byte
}

// frames makes ready what all groups have in common.
func (s *scene) frame(clocks *collect.Clocks) (Frame, error) {
	f := Frame{Clocks: clocks}
	for _, p := range s.parts {
		var b bytes.Buffer
		if err := analyze.HarvestOf(head(p.Harvest)).Write(&b); err != nil {
			return f, err
		}
		f.Files = append(f.Files, File{p.Path, b.Bytes()})
	}
	slices.SortFunc(f.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return f, nil
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
	var list []*analyze.Harvest
	for _, o := range f.Files {
		h := pieces[o.Path]
		if h == nil {
			var err error
			if h, err = analyze.ReadHarvest(bytes.NewReader(o.Head), analyze.Limits{}); err != nil {
				return nil, fmt.Errorf("%s: %w", o.Path, err)
			}
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
