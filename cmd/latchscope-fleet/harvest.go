package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
)

// harvestFile reads one capture, or the harvest that a probe made of one. What cannot be read is a row that says so, and no
// failure of the pipeline.
func harvestFile(ctx context.Context, name string, emit func(string, []byte), row func(string)) error {
	b, err := harvested(ctx, name)
	if ctx.Err() != nil {
		return ctx.Err() // the runner ends: nothing is said of the file
	}
	if err != nil {
		row(fileRow(name, err))
		return nil
	}
	emit(name, b)
	return nil
}

func harvested(ctx context.Context, name string) (b []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("reading it failed: %v", r)
		}
	}()
	local, done, err := nearby(ctx, name)
	if err != nil {
		return nil, err
	}
	defer done()
	if b, is, err := harvestIn(local); is || err != nil {
		return b, err
	}
	set, err := capture.OpenSet([]string{local}, nil, capture.Options{Interrupted: func() bool { return ctx.Err() != nil }})
	if err != nil {
		return nil, err
	}
	defer set.Close()
	h, err := analyze.Gather(ctx, set, analyze.Options{Serial: true})
	if err != nil {
		return nil, err
	}
	if local != name {
		h.Rename(local, name)
	}
	var out bytes.Buffer
	err = h.Write(&out)
	return out.Bytes(), err
}

// harvestIn is what is in a file that is a harvest.
func harvestIn(name string) (b []byte, is bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, false, err
	}
	head := make([]byte, 16)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF || !analyze.IsHarvest(head[:n]) {
		return nil, false, nil
	}
	rest, err := io.ReadAll(io.LimitReader(f, mostHarvest))
	b = append(head[:n], rest...)
	if err == nil {
		_, err = readHarvest(b) // whoever takes it further may believe it
	}
	return b, true, err
}

// mostHarvest is how large a harvest may be, in bytes, packed as it is.
const mostHarvest = 1 << 30

// nearby is a file on this machine with the bytes of one that may be elsewhere, as
// Beam's file systems have it. A capture is read twice.
func nearby(ctx context.Context, name string) (local string, done func(), err error) {
	if _, err := os.Stat(name); err == nil {
		return name, func() {}, nil
	}
	fs, err := filesystem.New(ctx, name)
	if err != nil {
		return "", nil, err
	}
	defer fs.Close()
	from, err := fs.OpenRead(ctx, name)
	if err != nil {
		return "", nil, err
	}
	defer from.Close()
	dir, err := os.MkdirTemp("", "latchscope-fleet")
	if err != nil {
		return "", nil, err
	}
	done = func() { os.RemoveAll(dir) }
	local = filepath.Join(dir, path.Base(filepath.ToSlash(name)))
	to, err := os.Create(local)
	if err == nil {
		_, err = io.Copy(to, from)
		if e := to.Close(); err == nil {
			err = e
		}
	}
	if err != nil {
		done()
		return "", nil, err
	}
	return local, done, nil
}

// named puts a file's name in front of bytes, unnamed takes it off again.
func named(name string, b []byte) []byte { return append(append([]byte(name), 0), b...) }

func unnamed(b []byte) (name string, rest []byte) {
	n, r, _ := bytes.Cut(b, []byte{0})
	return string(n), r
}

func readHarvest(b []byte) (*analyze.Harvest, error) {
	return analyze.ReadHarvest(bytes.NewReader(b), analyze.Limits{})
}
