// Command mutants changes one small thing of the program at a time and looks
// whether a test notices: a condition that always holds, a field that is never
// set, a bound of 0. What nobody notices is a rule that no test holds, or one
// that cannot be told from outside; the latter stand in survivors.txt with the
// reason. The exit status is 1 when another one lives, or one of those dies.
//
//	go run ./cmd/mutants                       all rooms; takes hours
//	go run ./cmd/mutants -only talker.go       one file
//	go run ./cmd/mutants -every 10             each tenth of them
//	go run ./cmd/mutants -every 10 -from 4     each tenth, others than these
//	go run ./cmd/mutants -list                 what would be changed
//	go run ./cmd/mutants -again run.log        those that an earlier run left alive
//
// All changes of a package are built into one program, which follows the one
// that the environment names; only constants take a build each. See scan for
// what is changed.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

type options struct {
	only  *regexp.Regexp
	again map[string]bool // if any are named, no others
	every int
	from  int // how many stand before the first that is tried, in each room
	limit time.Duration
	list  bool

	constants bool
}

func main() {
	var o options
	only := flag.String("only", "", "change only what bears a name that matches this `pattern`: file, function, text")
	flag.IntVar(&o.every, "every", 1, "try each `n`th mutant")
	flag.IntVar(&o.from, "from", 0, "with -every: leave out the first `n` mutants of each room")
	flag.DurationVar(&o.limit, "limit", 60*time.Second, "how long the tests may take with a mutant")
	flag.BoolVar(&o.list, "list", false, "list the mutants, try none")
	flag.BoolVar(&o.constants, "constants", true, "try constants, too; each takes a build of its own")
	again := flag.String("again", "", "try only the mutants that are named in `file`, as a run prints those alive or a list its own")
	known := flag.String("explained", "cmd/mutants/survivors.txt", "`file` of the survivors that are explained")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		fmt.Fprintln(os.Stderr, "mutants: -only:", err)
		os.Exit(2)
	}
	if *again != "" {
		if o.again, err = named(*again); err != nil {
			fmt.Fprintln(os.Stderr, "mutants: -again:", err)
			os.Exit(2)
		}
	}
	reasons, err := explained(*known)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	t := tally{reasons: reasons, met: map[string]bool{}}
	for _, r := range rooms {
		if err := r.try(ctx, o, &t); err != nil {
			fmt.Fprintln(os.Stderr, "mutants:", err)
			os.Exit(2)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.again)) {
		if !t.met[name] {
			fmt.Printf("GONE     %s\n\tnothing bears that name any longer\n", name)
		}
	}
	if o.list {
		return
	}
	fmt.Printf("%d mutants: %d noticed, %d explained, %d alive; %d explained but noticed\n", t.tried, t.noticed, t.explained, t.alive, t.stale)
	if t.alive+t.stale > 0 {
		os.Exit(1)
	}
}

// takes reports whether a mutant is among those that are asked for.
func (o *options) takes(m mutant) bool {
	name := m.String()
	return o.only.MatchString(name) && (o.constants || m.id > 0) && (o.again == nil || o.again[name])
}

// tally is what became of the mutants.
type tally struct {
	reasons                                 map[string]string
	met                                     map[string]bool // all that there are, tried or not
	tried, noticed, explained, alive, stale int
}

func (t *tally) note(m mutant, by string) {
	t.tried++
	_, known := t.reasons[m.String()]
	switch {
	case by != "" && known:
		t.stale++
		fmt.Printf("NOTICED  %s\n\tby %s, and yet it is explained\n", m, by)
	case by != "":
		t.noticed++
	case known:
		t.explained++
	default:
		t.alive++
		fmt.Printf("ALIVE    %s\n\tline %d\n", m, m.line)
	}
}

// try runs the mutants of a room, in the order of its files.
func (r room) try(ctx context.Context, o options, t *tally) error {
	files, err := r.files()
	if err != nil {
		return err
	}
	sources, changed := map[string][]byte{}, map[string][]byte{}
	var all []mutant
	next := 1
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		list, text, err := mutants(f, src, next)
		if err != nil {
			return err
		}
		for _, m := range list {
			next = max(next, m.id+1)
			t.met[m.String()] = true
			if o.takes(m) {
				all = append(all, m)
			}
		}
		sources[f], changed[f] = src, text
	}
	n := -1 - o.from
	all = slices.DeleteFunc(all, func(mutant) bool { n++; return n < 0 || n%o.every != 0 })
	if len(all) == 0 {
		return nil
	}
	if o.list {
		for _, m := range all {
			fmt.Println(m)
		}
		return nil
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	captures := filepath.Join(dir, "scenes")
	if err := os.Mkdir(captures, 0o755); err != nil {
		return err
	}
	changed[r.dir+"/mutated_choice.go"] = fmt.Appendf(nil, choice, filepath.Base(r.dir))
	p, err := build(ctx, r, changed, dir, captures)
	if err != nil {
		return err
	}
	if by := p.noticed(ctx, 0, o.limit); by != "" {
		return fmt.Errorf("%s: the tests fail without a mutant: %s", r.dir, by)
	}
	for _, m := range all {
		by := ""
		if m.id > 0 {
			by = p.noticed(ctx, m.id, o.limit)
		} else if by, err = r.constant(ctx, o, m, sources[m.file], captures); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t.note(m, by)
	}
	return nil
}

// constant tries a constant with another value. One that does not compile is
// noticed by the compiler.
func (r room) constant(ctx context.Context, o options, m mutant, src []byte, captures string) (by string, err error) {
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	text := slices.Concat(src[:m.span[0]], []byte(m.value), src[m.span[1]:])
	p, err := build(ctx, r, map[string][]byte{m.file: text}, dir, captures)
	if err != nil {
		return "the compiler", nil
	}
	return p.noticed(ctx, 0, o.limit), nil
}
