package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/group"
	"github.com/latchscope/latchscope/analyze/trace"
)

// harvests are those among what a command line names.
type harvests struct {
	list []group.Harvested
	read []*analyze.Harvest // one for each
	stat []os.FileInfo
}

// take reports whether a file is a harvest, and notes it. A file that is named
// twice is read once.
func (h *harvests) take(path string, member bool) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [16]byte
	n, _ := io.ReadFull(f, head[:])
	if !analyze.IsHarvest(head[:n]) {
		return false
	}
	stat, err := f.Stat()
	if err != nil {
		return false
	}
	for _, known := range h.stat {
		if os.SameFile(known, stat) {
			return true
		}
	}
	h.stat = append(h.stat, stat)
	h.list = append(h.list, group.Harvested{Path: path, Member: member})
	return true
}

// open reads them. One of a folder that is damaged is left out, as a capture is.
func (h *harvests) open(set *capture.Set) error {
	left := h.list[:0]
	var last error
	for _, one := range h.list {
		got, err := readHarvest(one.Path)
		if err != nil {
			err = fmt.Errorf("%s: %w", one.Path, err)
			if !one.Member {
				return err
			}
			set.Rejected = append(set.Rejected, capture.Rejected{Path: one.Path, Err: err})
			set.Warnings = append(set.Warnings, capture.Warning{Code: "unreadable", Count: 1, Text: err.Error() + "; left out"})
			last = err
			continue
		}
		one.Harvest = got.Collected()
		left, h.read = append(left, one), append(h.read, got)
	}
	h.list = left
	if last != nil && len(left)+len(set.Files) == 0 {
		return last
	}
	return nil
}

func readHarvest(path string) (*analyze.Harvest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return analyze.ReadHarvest(bufio.NewReaderSize(f, 256<<10), analyze.Limits{})
}

// trace puts a group together.
func (in *inputs) trace(g *group.Group, opt analyze.Options) (*trace.Trace, error) {
	if len(g.Harvests) == 0 {
		return analyze.Run(in.ctx, g.Set, opt)
	}
	var parts []*analyze.Harvest
	for _, i := range g.Harvests {
		parts = append(parts, in.harvests.read[i])
		in.harvests.read[i] = nil // taken over
	}
	return analyze.Join(in.ctx, g.Set, opt, parts...)
}

// notOver refuses to put the output where an input is.
func (in *inputs) notOver(output string) error {
	if err := notOverInput(output, in.whole); err != nil {
		return err
	}
	if out, err := os.Stat(output); err == nil {
		for _, stat := range in.harvests.stat {
			if os.SameFile(stat, out) {
				return &usageError{"--output " + output + " is one of the harvests", "name another file"}
			}
		}
	}
	return nil
}
