//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("lab", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("o", "lab-captures", "write captures and truths to `DIR`")
	pattern := flags.String("run", "", "only scenarios whose name matches `REGEXP`")
	list := flags.Bool("list", false, "list the scenarios and stop")
	golden := flags.Bool("golden", false, "keep what the project keeps, compressed, and nothing else")
	jobs := flags.Int("j", 2, "play so many scenarios at a time")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen, err := choose(*pattern)
	if err != nil {
		fmt.Fprintln(stderr, "lab:", err)
		return 2
	}
	if *list {
		for _, s := range chosen {
			fmt.Fprintf(stdout, "%-24s %s\n", s.Name, s.About)
		}
		return 0
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		fmt.Fprintln(stderr, "lab:", err)
		return 1
	}
	hurry()
	if err := performAll(ctx, chosen, *dir, *jobs, *golden, stdout); err != nil {
		fmt.Fprintln(stderr, "lab:", err)
		return 1
	}
	return 0
}

func choose(pattern string) ([]scenario, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	var chosen []scenario
	for _, s := range scenarios() {
		if re.MatchString(s.Name) {
			chosen = append(chosen, s)
		}
	}
	return chosen, nil
}

// performAll plays scenarios, several at a time: each has machines of its own.
func performAll(ctx context.Context, chosen []scenario, dir string, jobs int, golden bool, stdout io.Writer) error {
	var (
		mu   sync.Mutex
		errs []error
		wg   sync.WaitGroup
	)
	slots := make(chan struct{}, max(jobs, 1))
	for _, s := range chosen {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			t, err := performSteadily(ctx, s, dir)
			if err == nil && golden {
				err = keep(t, s.Keep, dir)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
				fmt.Fprintf(stdout, "%-24s failed: %v\n", s.Name, err)
				return
			}
			fmt.Fprintf(stdout, "%-24s %s (late %.0f ms)\n", s.Name, t.summary(), t.Late*1000)
		})
		if ctx.Err() != nil {
			break
		}
	}
	wg.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// summary is the truth in a line.
func (t *Truth) summary() string {
	line := ""
	for i, c := range t.Calls {
		if i > 0 {
			line += "; "
		}
		if c.Early != nil {
			line += fmt.Sprintf("%d early, ", c.Early.Packets)
		}
		line += fmt.Sprintf("%d refused, %d flips", c.Refused, len(c.Flips))
		for _, o := range c.Silences {
			line += fmt.Sprintf(", %s silent %.2f s (%s)", o.Direction, o.Silence, o.Cause)
		}
	}
	return line
}

// hurry asks the kernel to run this process ahead of others, and what it starts:
// the parties' clocks should not depend on what else the machine does. It takes
// a few hundredths of one processor. Where that is not allowed it goes without.
func hurry() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.SchedSetAttr(id, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}, 0)
		}
	}
}
