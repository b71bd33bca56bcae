//go:build linux

package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// keep makes golden captures of a scenario's recordings: those that the project
// keeps are compressed, the others go.
func keep(t *Truth, points []string, dir string) error {
	if points == nil {
		points = []string{"server"}
	}
	for _, p := range t.Points {
		path := filepath.Join(dir, p.File)
		if slices.Contains(points, p.Point) {
			if err := compress(path); err != nil {
				return err
			}
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	t.Points = slices.DeleteFunc(t.Points, func(p Point) bool { return !slices.Contains(points, p.Point) })
	return t.write(filepath.Join(dir, t.Scenario+".truth.json"))
}

// compress writes path.gz.
func compress(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path + ".gz")
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := io.Copy(z, in); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return out.Close()
}
