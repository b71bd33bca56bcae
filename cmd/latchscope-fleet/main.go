// Command latchscope-fleet analyses the captures of many probes with Apache Beam:
// files are harvested where a worker is free, harvests that belong together meet,
// and each such component is judged as latchscope analyze would judge its files.
//
//	latchscope-fleet --input '/captures/*.pcap*' --output calls.ndjson
//
// runs on the Prism runner, which is inside the program. The same pipeline runs on
// Flink or Dataflow with --runner and the flags of that runner: see README.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/fileio"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/local"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
)

func main() {
	input := flag.String("input", "", "captures: `GLOBS` of paths, with commas between them")
	output := flag.String("output", "", "where to write rows of calls, files and sums, as NDJSON: `FILE`")
	flag.Parse()
	beam.Init()
	log.SetLogger(&log.Standard{Level: log.SevWarn})
	if err := run(context.Background(), *input, *output); err != nil {
		fmt.Fprintln(os.Stderr, "latchscope-fleet: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, input, output string) error {
	if input == "" || output == "" {
		return fmt.Errorf("--input and --output are needed: see README.md")
	}
	p, s := beam.NewPipelineWithRoot()
	var found []beam.PCollection
	for _, glob := range strings.Split(input, ",") {
		matches := fileio.MatchFiles(s, strings.TrimSpace(glob), fileio.MatchEmptyAllow())
		found = append(found, beam.ParDo(s, pathOf, matches))
	}
	write(s, output, pipeline(s, bounds{}, beam.Flatten(s, found...)))
	return beamx.Run(ctx, p)
}
