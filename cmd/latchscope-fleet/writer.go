package main

import (
	"bufio"
	"context"
	"slices"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
)

// writer writes all rows in order: the same input gives the same bytes, whoever
// worked on what.
type writer struct{ Output string }

// ProcessElement is called once, with all rows.
func (w *writer) ProcessElement(ctx context.Context, _ int, rows func(*string) bool) error {
	var list []string
	var row string
	for rows(&row) {
		list = append(list, row)
	}
	slices.Sort(list)
	fs, err := filesystem.New(ctx, w.Output)
	if err != nil {
		return err
	}
	defer fs.Close()
	part := w.Output + ".part" // whoever finds the file finds all of it
	to, err := fs.OpenWrite(ctx, part)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(to)
	for _, r := range list {
		b.WriteString(r)
		b.WriteByte('\n')
	}
	if err := b.Flush(); err != nil {
		to.Close()
		return err
	}
	if err := to.Close(); err != nil {
		return err
	}
	return filesystem.Rename(ctx, fs, part, w.Output)
}
