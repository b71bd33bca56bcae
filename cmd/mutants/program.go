package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// choice goes into the package that is changed: a process does as the one
// mutant says whose number it is started with. It ends itself before a mutant
// that never stops collecting takes all of the machine's memory.
const choice = `package %s

import (
	"os"
	"runtime"
	"strconv"
	"time"
)

var chosen = func() int {
	n, err := strconv.Atoi(os.Getenv("MUTANT"))
	if err != nil {
		return 0
	}
	go func() {
		for range time.Tick(200 * time.Millisecond) {
			var m runtime.MemStats
			if runtime.ReadMemStats(&m); m.HeapAlloc > 2<<30 {
				os.Exit(9)
			}
		}
	}()
	return n
}()

func mutated(n int) bool { return n == chosen }
`

// program is a room's tests, built with changes.
type program struct {
	suites []suite
	paths  []string // a binary for each
	staged string   // the folder of the scenes' captures
}

// build makes the tests of a room with other texts for some of its files; it
// leaves the checkout as it is.
func build(ctx context.Context, r room, texts map[string][]byte, dir, captures string) (program, error) {
	var err error
	if texts[stage], err = staged(); err != nil {
		return program{}, err
	}
	replace := map[string]string{}
	for name, text := range texts {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return program{}, err
		}
		abs, err := filepath.Abs(name)
		if err != nil {
			return program{}, err
		}
		replace[abs] = path
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return program{}, err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		return program{}, err
	}
	p := program{suites: r.tests, staged: captures}
	built := map[string]string{} // by package
	for i, s := range r.tests {
		if path := built[s.dir]; path != "" {
			p.paths = append(p.paths, path)
			continue
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.test", i))
		out, err := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", list, "-o", path, "./"+s.dir).CombinedOutput()
		if err != nil {
			return program{}, fmt.Errorf("%s: %w\n%s", r.dir, err, out)
		}
		built[s.dir] = path
		p.paths = append(p.paths, path)
	}
	return p, nil
}

// noticed runs the tests with a mutant (0: with none) until one fails, and
// tells which; "" if none does.
func (p program) noticed(ctx context.Context, id int, limit time.Duration) string {
	for i, s := range p.suites {
		if by := p.failed(ctx, p.paths[i], s, id, limit); by != "" {
			return s.dir + " " + by
		}
	}
	return ""
}

// failed runs one binary, with all cases of each test, and names the first test that
// fails. What does not end in time counts as noticed, too.
func (p program) failed(ctx context.Context, path string, s suite, id int, limit time.Duration) string {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	cmd := exec.CommandContext(ctx, path, "-test.v", "-test.short", "-test.failfast", "-test.parallel=1", "-test.run="+s.run, "-test.skip="+s.skip)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(id), "LATCHSCOPE_LONG=1", "GOGC=400")
	if s.staged {
		cmd.Env = append(cmd.Env, "MUTANT_SCENES="+p.staged)
	}
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err.Error()
	}
	if err := cmd.Start(); err != nil {
		return err.Error()
	}
	by := ""
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for by == "" && lines.Scan() {
		if name, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "--- FAIL: "); ok {
			by, _, _ = strings.Cut(name, " ")
			stop()
		}
	}
	err = cmd.Wait()
	switch {
	case by != "":
		return by
	case ctx.Err() != nil:
		return "no end"
	case err != nil:
		return "panic"
	}
	return ""
}
