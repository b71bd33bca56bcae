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
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/fileio"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/local"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
)

// rowsSchema is what every row keeps to.
//
//go:embed rows.schema.json
var rowsSchema string

func main() {
	input := flag.String("input", "", "captures: `GLOBS` of paths, with commas between them")
	output := flag.String("output", "", "where to write rows of calls, files and sums, as NDJSON: `FILE`")
	attempts := flag.Int("attempts", 2, "how often a job is run that fails, as it does on Prism when a worker dies: `N`")
	outlines := flag.Int("outlines", 128, "how much of outlines one worker takes at once, 0.7 kB a call and thirty times that in memory; what goes beyond is judged file by file: `MIB`")
	workers := flag.Int("workers", 0, "start workers for jobs that run elsewhere with --environment_type EXTERNAL, at this `PORT`, and nothing else")
	printSchema := flag.Bool("schema", false, "print the JSON Schema of the rows, and nothing else")
	flag.Parse()
	if *printSchema {
		fmt.Print(rowsSchema)
		return
	}
	beam.Init()
	log.SetLogger(&log.Standard{Level: log.SevWarn})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *workers != 0 {
		if err := serveWorkers(ctx, *workers, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, "latchscope-fleet: "+err.Error())
			os.Exit(1)
		}
		return
	}
	if err := run(ctx, *input, *output, bounds{Outlines: *outlines << 20}, *attempts); err != nil {
		fmt.Fprintln(os.Stderr, "latchscope-fleet: "+err.Error())
		os.Exit(1)
	}
}

// run runs the job, and runs it again where it fails: whatever it wrote before says the
// same, and its output is there when it is whole.
func run(ctx context.Context, input, output string, most bounds, attempts int) error {
	if input == "" || output == "" {
		return fmt.Errorf("--input and --output are needed: see README.md")
	}
	for {
		err := runOnce(ctx, input, output, most)
		if attempts--; err == nil || attempts <= 0 || ctx.Err() != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "latchscope-fleet: once more: "+err.Error())
	}
}

func runOnce(ctx context.Context, input, output string, most bounds) error {
	p, s := beam.NewPipelineWithRoot()
	var found []beam.PCollection
	for _, glob := range strings.Split(input, ",") {
		matches := fileio.MatchFiles(s, strings.TrimSpace(glob), fileio.MatchEmptyAllow())
		found = append(found, beam.ParDo(s, pathOf, matches))
	}
	write(s, output, pipeline(s, most, beam.Flatten(s, found...)))
	return beamx.Run(ctx, p)
}
