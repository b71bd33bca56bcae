package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/group"
)

// Bounds of the step that looks at all files at once: it has their outlines in
// memory. What does not fit is judged file by file, and said.
const (
	mostOutlines = 1 << 30 // bytes of outlines, as they are written
	mostTogether = 512     // files of a component: hostile Call-IDs may tie all there are
)

// outlineOf is what divide wants to know of a harvest.
func outlineOf(name string, b []byte, emit func(int, []byte)) error {
	h, err := readHarvest(b)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var out bytes.Buffer
	if err := h.Outline().Write(&out); err != nil {
		return err
	}
	emit(0, named(name, out.Bytes()))
	return nil
}

// divide finds the components: files that share a call (a Call-ID at the same
// times), an RTP stream (its SSRC between the same ports, with its sequence), or of
// which one continues the other. A component is named by its first file.
func divide(ctx context.Context, _ int, outlines func(*[]byte) bool, emit func(string, string), row func(string)) error {
	var list []group.Harvested
	var size int
	known := map[string]bool{}
	var alone []string
	var b []byte
	for outlines(&b) {
		name, rest := unnamed(b)
		if known[name] {
			continue // made again by a worker that took over
		}
		known[name] = true
		if size += len(rest); size > mostOutlines {
			alone = append(alone, name)
			continue
		}
		h, err := readHarvest(rest)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, group.Harvested{Path: name, Member: true, Harvest: h.Collected()})
	}
	slices.SortFunc(list, func(a, b group.Harvested) int { return strings.Compare(a.Path, b.Path) })
	if len(alone) > 0 {
		slices.Sort(alone)
		row(boundRow("outlines", fmt.Sprintf("the outlines of all files take more than %d bytes: %d files were judged each by itself", mostOutlines, len(alone)), alone[0]))
		for _, name := range alone {
			emit(name, name)
		}
	}
	return components(ctx, list, mostTogether, emit, row)
}

// components names each harvest's, of most files at most.
func components(ctx context.Context, list []group.Harvested, most int, emit func(string, string), row func(string)) error {
	d, err := group.Of(ctx, new(capture.Set), list...)
	if err != nil {
		return err
	}
	for _, g := range d.Groups {
		members := g.Harvests
		if len(members) > most {
			row(boundRow("component", fmt.Sprintf("%d files belong together, %d at most are judged at once: they were cut into stretches", len(members), most), list[members[0]].Path))
			slices.SortFunc(members, func(a, b int) int { return firstTime(list[a], list[b]) })
		}
		for part := range slices.Chunk(members, most) {
			first := list[slices.Min(part)].Path
			for _, i := range part {
				emit(list[i].Path, first)
			}
		}
	}
	return nil
}

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

// assign sends a harvest to its component: once, however often either was made.
func assign(name string, harvests func(*[]byte) bool, components func(*string) bool, emit func(string, []byte), row func(string)) error {
	var b []byte
	var component string
	if !harvests(&b) || !components(&component) {
		row(fileRow(name, fmt.Errorf("its harvest was lost on the way")))
		return nil
	}
	emit(component, named(name, b))
	return nil
}
