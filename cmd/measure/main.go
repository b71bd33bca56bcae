// Measure holds profiles against real engines.
//
//	measure compare [-v] [-profile NAME@VERSION] DIR|FILE...
//	measure play [-seed N] [-count N] [-settings WORDS] [-keepalives] [-o DIR] ENGINE
//
// compare plays traces to the profiles that claim to be their engines and prints
// a table; with -v every difference. play plays random calls to an engine and
// writes their traces: ENGINE is rtpengine-MODE, for the daemon on PATH, or a
// program on PATH that reads a schedule on standard input and writes the trace on
// standard output, such as latchscope-diago or latchscope-ortp.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/latchscope/latchscope/replay/latch"
	"github.com/latchscope/latchscope/replay/measure"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "compare":
			return compare(args[1:], stdout, stderr)
		case "play":
			return play(ctx, args[1:], stdout, stderr)
		}
	}
	return errors.New("say compare or play; go doc tells the rest")
}

// compare prints how far traces and profiles agree.
func compare(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	every := flags.Bool("v", false, "print every difference")
	profile := flags.String("profile", "", "compare with this profile, not the one that claims to be the engine")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var list []*measure.Trace
	for _, name := range flags.Args() {
		got, err := measure.Load(os.DirFS(filepath.Dir(filepath.Clean(name))), filepath.Base(filepath.Clean(name)))
		if err != nil {
			return err
		}
		list = append(list, got...)
	}
	if len(list) == 0 {
		return errors.New("compare: no traces (*.txt, *.txt.gz) there")
	}
	if *profile != "" {
		if _, ok := latch.Lookup(*profile); !ok {
			return latch.UnknownProfile(*profile)
		}
		for _, t := range list {
			t.Engine, t.Build = *profile, ""
		}
	}
	rows, err := measure.Table(list)
	if err != nil {
		return err
	}
	for _, r := range rows {
		fmt.Fprintf(stdout, "%-28s %-44s %4d traces %8d packets %6d differ %6d races %8.3f %%\n", r.Build, r.Config, r.Traces, r.Packets, len(r.Differ), r.Races, r.Share())
		for i, d := range r.Differ {
			if *every {
				fmt.Fprintf(stdout, "    seed %d: %s; the policy: %s (%s)\n", r.Of[i].Seed, r.Of[i].Events[d.Event], d.Policy, d.Decision.Reason)
			}
		}
	}
	return nil
}

// play measures an engine.
func play(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("play", flag.ContinueOnError)
	flags.SetOutput(stderr)
	seed := flags.Uint64("seed", 1, "of the first call")
	count := flags.Int("count", 1, "calls to play")
	settings := flags.String("settings", "", "how the engine is set up: for rtpengine none, strict or handover; for others NAME=VALUE words that the helper knows")
	keepalives := flags.Bool("keepalives", false, "datagrams without media among the packets")
	dir := flags.String("o", "", "directory to write the traces to (default: standard output)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("play: name one engine")
	}
	name := flags.Arg(0)
	engine := program(name)
	if mode, ok := strings.CutPrefix(name, "rtpengine-"); ok {
		var err error
		if engine, err = rtpengineDaemon(ctx, mode, *settings); err != nil {
			return err
		}
	}
	defer engine.stop()
	for i := range *count {
		s := measure.NewSchedule(*seed+uint64(i), measure.Options{Keepalives: *keepalives})
		s.Engine, s.Flags = name, *settings
		t, err := engine.play(ctx, s)
		if err != nil {
			return err
		}
		if err := write(t, *dir, stdout); err != nil {
			return err
		}
	}
	return nil
}

func write(t *measure.Trace, dir string, stdout io.Writer) error {
	if dir == "" {
		_, err := t.WriteTo(stdout)
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	name := strings.Join(strings.Fields(t.Engine+" "+t.Flags), "_")
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s.%d.txt", name, t.Seed)))
	if err != nil {
		return err
	}
	if _, err := t.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
