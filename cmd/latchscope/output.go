package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// deliver lets write produce the output, on stdout or in a file. A file is
// written beside its place and put there when it is whole, so that nobody
// finds half a report.
func deliver(stdout io.Writer, path string, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return writing("the report", write(stdout))
	}
	// Through a link to what it stands for; renaming onto the link would leave
	// that as it was.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := fs.FileMode(0o666)
	if stat, err := os.Stat(path); err == nil {
		if stat.IsDir() {
			return &usageError{"--output " + path + " is a directory", "name a file in it"}
		}
		if !stat.Mode().IsRegular() { // /dev/null, a pipe: nothing to rename onto
			return writeOver(path, write)
		}
		mode = stat.Mode().Perm()
	}
	return writing(path, writeBeside(path, mode, write))
}

func writeOver(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return writing(path, err)
	}
	err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return writing(path, err)
}

func writeBeside(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	f, err := createBeside(path, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// createBeside makes a new file with the rights that path will have; the
// user's umask counts where it did not exist.
func createBeside(path string, mode fs.FileMode) (*os.File, error) {
	for i := 0; ; i++ {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d-%d.part", filepath.Base(path), os.Getpid(), i))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) || i == 100 {
			return f, err
		}
	}
}

// writing says in one line what could not be written and why.
func writing(what string, err error) error {
	if err == nil {
		return nil
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		err = le.Err
	}
	return fmt.Errorf("writing %s: %w", what, err)
}
