package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/component"
	"github.com/latchscope/latchscope/analyze/group"
)

// bounds of the step that looks at all files at once: it has their outlines in memory.
// What does not fit is judged file by file, and said. Those of groups are package
// component's.
type bounds struct {
	Outlines int // bytes of outlines, as they are written, of which each takes some thirty in memory; 0: 128 MiB
	Files    int // that are read as one; 0: 4,096
	component.Options
}

func (b bounds) withDefaults() bounds {
	if b.Outlines == 0 {
		b.Outlines = 128 << 20
	}
	if b.Files == 0 {
		b.Files = 4096
	}
	return b
}

// outlineOf is what divide wants to know of a harvest.
func outlineOf(name string, b []byte, emit func(int, []byte), row func(string)) error {
	h, err := readHarvest(b)
	if err != nil {
		row(fileRow(name, err))
		return nil
	}
	var out bytes.Buffer
	if err := h.Outline().Write(&out); err != nil {
		return err
	}
	emit(0, named(name, out.Bytes()))
	return nil
}

// divider finds which files are read as one, as analyze does in a folder: that share a
// call (a Call-ID at the same times), an RTP stream (its SSRC between the same ports,
// with its sequence), or of which one continues the other. What is in them it divides
// into groups of calls: see package component.
type divider struct{ Bounds bounds }

// outline is a file's, and its bytes until they are needed.
type outline struct {
	path  string
	bytes []byte
}

// ProcessElement says of each file where what is in it goes, and of each group what it
// has to know beside that.
func (d *divider) ProcessElement(ctx context.Context, _ int, outlines func(*[]byte) bool, plan func(string, []byte), frame func(string, []byte), row func(string)) error {
	most := d.Bounds.withDefaults()
	var list []group.Harvested
	read := map[string]outline{}
	var size int
	known := map[string]bool{}
	var alone []outline
	var b []byte
	for outlines(&b) {
		name, rest := unnamed(b)
		if known[name] {
			continue // made again by a worker that took over
		}
		known[name] = true
		o := outline{name, bytes.Clone(rest)}
		if size += len(rest); size > most.Outlines {
			alone = append(alone, o)
			continue
		}
		h, err := readHarvest(rest)
		if err != nil {
			row(fileRow(name, err))
			continue
		}
		list = append(list, group.Harvested{Path: name, Member: true, Harvest: h.Collected()})
		read[name] = o
	}
	slices.SortFunc(list, func(a, b group.Harvested) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(alone, func(a, b outline) int { return strings.Compare(a.path, b.path) })
	if len(alone) > 0 {
		row(boundRow("outlines", fmt.Sprintf("the outlines of all files take more than %d bytes: %d files were judged each by itself", most.Outlines, len(alone)), alone[0].path))
		for _, o := range alone {
			if err := cutApart(most.Options, []outline{o}, plan, frame, row); err != nil {
				return err
			}
		}
	}
	sets, err := setsOf(ctx, list, most.Files, row)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Harvest = nil // its set is read again, one at a time
	}
	for _, set := range sets {
		var parts []outline
		for _, i := range set {
			parts = append(parts, read[list[i].Path])
		}
		if err := cutApart(most.Options, parts, plan, frame, row); err != nil {
			return err
		}
	}
	return nil
}

// setsOf are the files that are read as one, of most at most.
func setsOf(ctx context.Context, list []group.Harvested, most int, row func(string)) (sets [][]int, err error) {
	d, err := group.Of(ctx, new(capture.Set), list...)
	if err != nil {
		return nil, err
	}
	for _, g := range d.Groups {
		members := g.Harvests
		if len(members) > most {
			row(boundRow("files", fmt.Sprintf("%d files belong together, %d at most are read as one: they were cut into stretches of time", len(members), most), list[slices.Min(members)].Path))
			slices.SortFunc(members, func(a, b int) int { return firstTime(list[a], list[b]) })
		}
		for part := range slices.Chunk(members, most) {
			part = slices.Clone(part)
			slices.Sort(part)
			sets = append(sets, part)
		}
	}
	return sets, nil
}

// groupKey is the key of a group of calls: its set, named by the first file, and its
// number there.
func groupKey(set string, number int) string { return fmt.Sprintf("%s\x00%06d", set, number) }

// cutApart plans the groups of one set.
func cutApart(opt component.Options, set []outline, plan func(string, []byte), frame func(string, []byte), row func(string)) error {
	var parts []component.Part
	for _, o := range set {
		h, err := readHarvest(o.bytes)
		if err != nil {
			row(fileRow(o.path, err))
			continue
		}
		parts = append(parts, component.PartOf(o.path, h))
	}
	name := set[0].path
	p, err := planOf(parts, opt)
	switch {
	case err != nil && len(set) > 1:
		row(boundRow("component", fmt.Sprintf("%d files could not be divided, each was judged by itself: %v", len(set), err), name))
		for _, o := range set {
			if err := cutApart(opt, []outline{o}, plan, frame, row); err != nil {
				return err
			}
		}
		return nil
	case err != nil:
		row(fileRow(name, err))
		return nil
	}
	for _, text := range p.Bounds {
		row(boundRow("component", text, name))
	}
	for _, o := range parts {
		b, err := component.Encode(placed{name, p.For(o.Path)})
		if err != nil {
			return err
		}
		plan(o.Path, b)
	}
	for i := range p.Groups {
		b, err := component.Encode(p.Frame(i))
		if err != nil {
			return err
		}
		frame(groupKey(name, i), append([]byte{isFrame}, b...))
	}
	return nil
}

// planOf finds the groups. What cannot be divided must not end the pipeline.
func planOf(parts []component.Part, opt component.Options) (p *component.Plan, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("dividing failed: %v", r)
		}
	}()
	return component.Of(parts, opt)
}

// placed is where what is in a file goes.
type placed struct {
	Set    string
	Places *component.Assignment
}

// What a group's members begin with.
const (
	isFrame = 'f'
	isPiece = 'p'
)

// firstTime orders harvests by their first packet.
func firstTime(a, b group.Harvested) int {
	x, y := a.Harvest.Captures, b.Harvest.Captures
	if len(x) == 0 || len(y) == 0 {
		return len(x) - len(y)
	}
	switch {
	case x[0].First < y[0].First:
		return -1
	case x[0].First > y[0].First:
		return 1
	}
	return strings.Compare(a.Path, b.Path)
}

// cutFile sends what is in a harvest to its groups: once, however often either was made.
func cutFile(name string, harvests func(*[]byte) bool, plans func(*[]byte) bool, emit func(string, []byte), row func(string)) error {
	var b, plan []byte
	if !harvests(&b) || !plans(&plan) {
		row(fileRow(name, fmt.Errorf("it is in no group: its harvest, or what was found of it, could not be read")))
		return nil
	}
	h, err := readHarvest(b)
	if err != nil {
		row(fileRow(name, err))
		return nil
	}
	var p placed
	if err := component.Decode(plan, &p); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := cutUp(h, &p, func(group int, piece []byte) {
		emit(groupKey(p.Set, group), append([]byte{isPiece}, named(name, piece)...))
	}); err != nil {
		row(fileRow(name, err))
	}
	return nil
}

// cutUp makes the pieces of a harvest, as they travel.
func cutUp(h *analyze.Harvest, p *placed, yield func(group int, piece []byte)) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cutting it failed: %v", r)
		}
	}()
	return p.Places.Cut(h, func(group int, piece *analyze.Harvest) error {
		var out bytes.Buffer
		if err := piece.Write(&out); err != nil {
			return err
		}
		yield(group, out.Bytes())
		return nil
	})
}
