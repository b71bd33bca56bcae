package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// folder reports whether an output is a folder, to be made if it is not there:
// its name ends as one, or there is one.
func folder(output string) bool {
	if output == "" {
		return false
	}
	if os.IsPathSeparator(output[len(output)-1]) {
		return true
	}
	stat, err := os.Stat(output)
	return err == nil && stat.IsDir()
}

// fileNames are the names of files in a folder, one for each capture.
type fileNames struct {
	dir, ending string
	taken       map[string]bool
}

func newFileNames(dir, ending string) *fileNames {
	return &fileNames{dir, ending, map[string]bool{}}
}

// of is the file for a capture: its name, with that of the folder it is in where
// that is needed to tell it from another.
func (f *fileNames) of(path string) string {
	parts := strings.Split(filepath.ToSlash(filepath.Clean(path)), "/")
	name := parts[len(parts)-1]
	if path == "-" {
		name = "stdin"
	}
	for i := len(parts) - 2; f.taken[name] && i >= 0 && parts[i] != "" && parts[i] != ".."; i-- {
		name = parts[i] + "_" + name
	}
	for n, base := 2, name; f.taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	f.taken[name] = true
	return filepath.Join(f.dir, name+f.ending)
}

// makeFolder makes an output's folder.
func makeFolder(dir string) error { return writing(dir, os.MkdirAll(dir, 0o777)) }
