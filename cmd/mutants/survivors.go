package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// explained reads the survivors that are known, each with its reason:
//
//	FILE FUNCTION: TEXT is true
//		why no test can, or need, notice that
//
// Lines that begin with # are for the reader.
func explained(path string) (reasons map[string]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	reasons = map[string]string{}
	name := ""
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case !strings.HasPrefix(line, "\t"):
			if name != "" && reasons[name] == "" {
				return nil, fmt.Errorf("%s:%d: %s has no reason", path, n, name)
			}
			name = line
			if _, twice := reasons[name]; twice {
				return nil, fmt.Errorf("%s:%d: %s stands there twice", path, n, name)
			}
			reasons[name] = ""
		case name == "":
			return nil, fmt.Errorf("%s:%d: a reason for nothing", path, n)
		default:
			reasons[name] = strings.TrimSpace(reasons[name] + " " + strings.TrimSpace(line))
		}
	}
	if name != "" && reasons[name] == "" {
		return nil, fmt.Errorf("%s: %s has no reason", path, name)
	}
	return reasons, lines.Err()
}

// named reads names of mutants, one a line, as a run prints them: with ALIVE or
// NOTICED before them, and what else it says on lines that begin with a tab.
func named(path string) (map[string]bool, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, "\n"); line == "" || strings.HasPrefix(line, "\t") {
			continue
		}
		for _, became := range []string{"ALIVE", "NOTICED"} {
			if name, ok := strings.CutPrefix(line, became+" "); ok {
				line = strings.TrimLeft(name, " ")
			}
		}
		names[line] = true
	}
	return names, nil
}
