package main

import (
	"context"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/fileio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/transforms/stats"
)

func init() {
	register.Function1x1(pathOf)
	register.Function1x2(once)
	register.Function2x1(firstOnly)
	register.Function4x1(harvestFile)
	register.Function4x1(outlineOf)
	register.DoFn6x1[context.Context, int, func(*[]byte) bool, func(string, []byte), func(string, []byte), func(string), error](&divider{})
	register.Function5x1(cutFile)
	register.Function4x1(judge)
	register.Function2x1(count)
	register.Function2x1(sumRow)
	register.Function1x2(together)
	register.DoFn3x1[context.Context, int, func(*string) bool, error](&writer{})
	register.Emitter1[string]()
	register.Emitter2[string, []byte]()
	register.Emitter2[int, []byte]()
	register.Emitter2[string, string]()
	register.Emitter2[string, int]()
	register.Iter1[[]byte]()
	register.Iter1[string]()
	register.Iter1[int]()
}

// pipeline is all of it, from paths to rows. Each step that takes elements together
// takes those of one key once, however often a worker that died made them: the
// harvest of a file is the file's, and a call is its group's.
//
//	paths ─ once ─ harvest ─┬─ outline ─ divide ─┬─ frames ──┐
//	                        │                    └─ plans ┐  │
//	                        └─────────────────────────────┴─ cut ─ judge ─┬─ rows
//	                                                                      └─ count ─ sums
func pipeline(s beam.Scope, most bounds, paths beam.PCollection) beam.PCollection {
	s = s.Scope("latchscope")
	single := beam.ParDo(s, firstOnly, beam.GroupByKey(s, beam.ParDo(s, once, paths)))
	harvests, unread := beam.ParDo2(s, harvestFile, single)
	return reportOf(s, most, harvests, unread, func(c beam.PCollection) beam.PCollection { return c })
}

// reportOf are the rows of harvests, by path. What one step makes for the next passes
// on, where a test has a worker make it again.
func reportOf(s beam.Scope, most bounds, harvests, unread beam.PCollection, on func(beam.PCollection) beam.PCollection) beam.PCollection {
	outlines, unreadable := beam.ParDo2(s, outlineOf, harvests)
	plans, frames, bounds := beam.ParDo3(s, &divider{most}, beam.GroupByKey(s, on(outlines)))
	pieces, orphans := beam.ParDo2(s, cutFile, beam.CoGroupByKey(s, on(harvests), on(plans)))
	said := beam.ParDo(s, judge, beam.GroupByKey(s, beam.Flatten(s, on(frames), on(pieces))))
	sums := beam.ParDo(s, sumRow, stats.SumPerKey(s, beam.ParDo(s, count, said)))
	return beam.Flatten(s, beam.Create(s, aboutRow()), said, unread, unreadable, bounds, orphans, sums)
}

func pathOf(f fileio.FileMetadata) string { return f.Path }

func once(path string) (string, int) { return path, 1 }

func firstOnly(path string, _ func(*int) bool) string { return path }

func together(row string) (int, string) { return 0, row }

// write puts all rows into one file, in order.
func write(s beam.Scope, output string, rows beam.PCollection) {
	beam.ParDo0(s, &writer{Output: output}, beam.GroupByKey(s, beam.ParDo(s, together, rows)))
}
