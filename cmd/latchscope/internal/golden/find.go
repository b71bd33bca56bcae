package golden

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/capture"
)

// Suffix of an expectations file.
const Suffix = ".expect"

// Case is a capture, or several to be read together, with its expectations.
type Case struct {
	Name     string   // the capture, or the expectations file of several
	Captures []string // paths
	Expect   string   // path of the expectations; "" where there are none
	Want     *Expectation
	Broken   string // why the expectations cannot be used, "" mostly
}

// Find collects the cases in folders, and those that files are part of. Files in
// folders that are no captures are left alone.
func Find(paths []string, words Vocabulary) ([]Case, error) {
	var files []string
	named := map[string]bool{}
	for _, path := range paths {
		stat, err := os.Stat(path)
		if err != nil {
			return nil, plain(path, err)
		}
		if !stat.IsDir() {
			named[path] = true
			files = append(files, path)
			continue
		}
		err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return plain(p, err)
			}
			if d.IsDir() && p != path && strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
			if d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") {
				files = append(files, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	// A capture that is named brings its expectations along.
	for path := range named {
		if side := path + Suffix; !strings.HasSuffix(path, Suffix) && exists(side) {
			files = append(files, side)
		}
	}
	slices.Sort(files)
	files = slices.Compact(files)

	var out []Case
	used := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, Suffix) {
			c := load(path, words)
			out = append(out, c)
			for _, p := range c.Captures {
				used[p] = true
			}
		}
	}
	for _, path := range files {
		if strings.HasSuffix(path, Suffix) || used[path] {
			continue
		}
		is, err := isCapture(path)
		if err != nil && (named[path] || is) {
			return nil, err
		}
		if is {
			out = append(out, Case{Name: path, Captures: []string{path}})
		}
	}
	slices.SortFunc(out, func(a, b Case) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// load reads an expectations file and finds its captures.
func load(path string, words Vocabulary) Case {
	c := Case{Name: path, Expect: path}
	b, err := os.ReadFile(path)
	if err != nil {
		c.Broken = plain(path, err).Error()
		return c
	}
	if c.Want, err = Parse(b, words); err != nil {
		c.Broken = err.Error()
		// Whose expectations they are is still told by the name.
		if own := strings.TrimSuffix(path, Suffix); exists(own) {
			c.Captures = []string{own}
		}
		return c
	}
	names := c.Want.Captures
	if len(names) == 0 {
		names = []string{strings.TrimSuffix(filepath.Base(path), Suffix)}
	}
	for _, n := range names {
		p := filepath.Join(filepath.Dir(path), n)
		if !exists(p) {
			c.Broken = "its capture " + n + " is not there"
			continue
		}
		c.Captures = append(c.Captures, p)
	}
	if len(c.Want.Captures) == 0 && len(c.Captures) == 1 {
		c.Name = c.Captures[0]
	}
	return c
}

func exists(path string) bool {
	stat, err := os.Stat(path)
	return err == nil && !stat.IsDir()
}

// isCapture tells captures from other files by their content. An error with
// true is a capture that cannot be read.
func isCapture(path string) (bool, error) {
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err == nil {
		return true, set.Close()
	}
	if f, ok := errors.AsType[*capture.FormatError](err); ok {
		return f.Broken, err
	}
	return true, err
}

func plain(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
