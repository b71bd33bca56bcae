// Package group tells the captures of a folder that belong together from those
// that do not: thirty customers' files are thirty stories, the files of a ring
// buffer are one, and so are two captures of one call.
//
// Captures belong together if they hold the same call (a Call-ID whose messages
// stand at the same times, but for one difference of clocks), the same RTP
// stream, or if one of a numbered series begins where another ends. All else is
// apart: to read strangers as one would align their clocks and let one's silence
// end with another's packet.
package group

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/internal/collect"
)

// Group is a set of captures that are to be read as one.
type Group struct {
	Set *capture.Set // lives as long as the set that was divided
	Why string       // what joins them, a few words; "" for one capture alone

	// Collected is what dividing the captures has found in a capture alone, for
	// analyze.Options: nil where it must be read anew. It serves once.
	Collected *collect.Harvest

	Harvests []int  // those that belong to it, by their place among those that Of was given
	path     string // of the first of all
}

// Path is that of its first capture, or harvest.
func (g *Group) Path() string {
	if len(g.Set.Files) > 0 {
		return g.Set.Files[0].Path()
	}
	return g.path
}

// Harvested is a harvest that takes part in a division as a capture does.
type Harvested struct {
	Path    string
	Member  bool // found in a directory, not named
	Harvest *collect.Harvest
}

// OfHarvest is the group of one harvest.
func OfHarvest(set *capture.Set, list []Harvested, i int) Group {
	return Group{Set: set.Only(), Harvests: []int{i}, path: list[i].Path}
}

// Division is how the captures of a set fall apart.
type Division struct {
	Groups []Group  // in order of their first capture, by path
	Notes  []string // one line each: what looks as if it belonged together and does not
}

// Of divides a set. Inputs that were named one by one stay together, those that
// were found in directories are read once and judged by what is in them. The
// error is the context's.
func Of(ctx context.Context, set *capture.Set, harvests ...Harvested) (Division, error) {
	list := digests(ctx, set)
	for i, h := range harvests {
		d := newDigest(h.Path, h.Member)
		d.harvest = i
		d.of(h.Harvest)
		list = append(list, d)
	}
	if err := ctx.Err(); err != nil {
		return Division{}, err
	}
	u := newUnion(len(list))
	for i, d := range list {
		if !d.member {
			u.join(u.named(list), i, "named together")
		}
	}
	var notes []string
	for _, p := range pairs(list) {
		v := kin(&list[p.a], &list[p.b])
		switch {
		case v.contradicts != "":
			u.part(p.a, p.b)
			notes = append(notes, fmt.Sprintf("%s and %s are read apart: %s", list[p.a].path, list[p.b].path, v.contradicts))
		case v.joins != "":
			u.want(p.a, p.b, v.joins)
		}
	}
	if n := len(notes); n > mostNotes {
		notes = append(notes[:mostNotes-1], fmt.Sprintf("and %d more pairs that look alike are read apart", n-mostNotes+1))
	}
	return Division{u.groups(set, list), notes}, nil
}

// mostNotes is how many notes a division has: a folder of a thousand recordings
// of one test call would have half a million.
const mostNotes = 4

// Each divides a set into its captures.
func Each(set *capture.Set) Division {
	var d Division
	for _, in := range set.Files {
		d.Groups = append(d.Groups, Group{Set: set.Only(in)})
	}
	d.sort()
	return d
}

func (d *Division) sort() {
	slices.SortStableFunc(d.Groups, func(a, b Group) int { return strings.Compare(a.Path(), b.Path()) })
}

// digests reads the captures, as many at a time as there are processors.
func digests(ctx context.Context, set *capture.Set) []digest {
	list := make([]digest, len(set.Files))
	next := make(chan int)
	var wait sync.WaitGroup
	var kept atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		wait.Go(func() {
			for i := range next {
				list[i] = digestOf(ctx, set, set.Files[i], &kept)
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wait.Wait()
	return list
}
