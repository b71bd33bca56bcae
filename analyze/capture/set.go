package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// Set is a resolved list of inputs: what a command line named.
type Set struct {
	Files    []*Input  // by the time of the first packet, then by path; captures without packets last
	Warnings []Warning // members of directories that were left out, inputs named twice
	Rejected []Rejected
	opt      Options
	spools   []spool
	stopped  bool // copying an input was interrupted
	read     atomic.Int64
	told     atomic.Int64
}

// Rejected is a file of a directory that could not be read as a capture.
type Rejected struct {
	Path string
	Err  error // a *FormatError, or of the environment
}

// Only returns a set of some of s's inputs, to be read apart from the others. It
// lives as long as s, which is the one to close.
func (s *Set) Only(inputs ...*Input) *Set {
	o := &Set{Files: inputs, opt: s.opt}
	for _, in := range inputs {
		o.stopped = o.stopped || in.stopped
	}
	return o
}

// ErrNothing is OpenSet's error where args are empty.
var ErrNothing = errors.New("no capture was named")

// OpenSet resolves args: files, directories and "-", which is stdin. Of a
// directory all regular files that are captures are taken, with those of
// directories within it; whatever else it holds is a Warning of the Set. What
// can be read only once (stdin, a FIFO) is copied to a temporary file that has
// no name, so that it can be read again.
//
// The error is a *FormatError where a named file is not a capture, else of the
// environment: a file that cannot be read, a directory without captures, no
// input at all. Its text names the input in one line.
func OpenSet(args []string, stdin io.Reader, opt Options) (*Set, error) {
	if len(args) == 0 {
		return nil, ErrNothing
	}
	opt.setDefaults()
	s := &Set{opt: opt}
	for _, arg := range args {
		if err := s.add(arg, stdin); err != nil {
			s.Close()
			return nil, err
		}
	}
	slices.SortFunc(s.Files, func(a, b *Input) int {
		switch {
		case a.packets && !b.packets:
			return -1
		case b.packets && !a.packets:
			return 1
		}
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.path, b.path))
	})
	return s, nil
}

// Stopped tells whether Options.Interrupted ended the copying of an input that
// can be read only once, as somebody does who has captured enough. What had come
// by then, and within a moment after it, is the capture, whose Info carries the
// warning "interrupted"; it can be read once Interrupted says no again.
func (s *Set) Stopped() bool { return s.stopped }

// Size is the length of all inputs together as given, in bytes: what
// Options.Progress comes to.
func (s *Set) Size() int64 {
	var n int64
	for _, in := range s.Files {
		n += in.size
	}
	return n
}

// Close gives back what the Set holds. Files must have been closed.
func (s *Set) Close() error {
	var errs []error
	for _, f := range s.spools {
		errs = append(errs, f.drop())
	}
	s.spools = nil
	return errors.Join(errs...)
}

// add takes one argument.
func (s *Set) add(arg string, stdin io.Reader) error {
	if arg == "-" {
		return s.addStdin(stdin)
	}
	stat, err := os.Stat(arg)
	if err != nil {
		return inputError(arg, err)
	}
	switch {
	case stat.IsDir():
		return s.addDir(arg)
	case stat.Mode().IsRegular():
		return s.addFile(arg, stat)
	case stat.Mode()&fs.ModeNamedPipe != 0:
		return s.addPipe(arg, stat)
	}
	return inputError(arg, errors.New("neither a file nor a directory nor a pipe"))
}

func (s *Set) addFile(path string, stat fs.FileInfo) error {
	if s.opt.Aside != nil && s.opt.Aside(path, false) || s.twice(path, stat) {
		return nil
	}
	return s.take(&Input{path: path, size: stat.Size(), ident: stat})
}

// addDir takes the captures among the files of a directory and of those within
// it. What is hidden, and directories that stand behind a link, is passed by.
func (s *Set) addDir(dir string) error {
	before := len(s.Files)
	known := false
	var others []string // files that never were captures: notes, truths, expectations
	visit := func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if path == dir {
				return inputError(dir, err)
			}
			s.warn("unreadable", inputError(path, err).Error())
			return nil
		}
		if entry.IsDir() {
			if path != dir && strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasPrefix(entry.Name(), ".") {
			return nil
		}
		stat, err := os.Stat(path)
		switch {
		case err != nil:
			s.warn("unreadable", inputError(path, err).Error())
		case stat.IsDir():
		case !stat.Mode().IsRegular():
			s.warn("not-a-file", show(path)+": not a regular file; left out")
		case s.known(stat):
			known = true
			s.warn("named-twice", show(path)+": named before; read once")
		case s.opt.Aside != nil && s.opt.Aside(path, true):
			known = true
		default:
			if s.addMember(path, stat) {
				others = append(others, strings.TrimPrefix(strings.TrimPrefix(path, dir), string(filepath.Separator)))
			}
		}
		return nil
	}
	if err := filepath.WalkDir(dir, visit); err != nil {
		return err
	}
	switch n := len(others); {
	case n == 1:
		s.warn("not-a-capture", show(filepath.Join(dir, others[0]))+": not a packet capture; left out")
	case n > 1:
		s.warn("not-a-capture", fmt.Sprintf("%s: %d files that are no packet captures left out, %s the first", show(dir), n, show(others[0])))
	}
	if len(s.Files) == before && !known {
		return inputError(dir, errors.New("no packet capture in this directory"))
	}
	return nil
}

// addMember takes a file of a directory, and reports whether it never was a capture.
func (s *Set) addMember(path string, stat fs.FileInfo) (foreign bool) {
	err := s.take(&Input{path: path, size: stat.Size(), ident: stat, member: true})
	if err == nil {
		return false
	}
	code := "unreadable"
	if f, ok := errors.AsType[*FormatError](err); ok {
		code = "not-a-capture"
		foreign = !f.Broken
	}
	s.Rejected = append(s.Rejected, Rejected{path, err})
	if !foreign {
		s.warn(code, err.Error())
	}
	return foreign
}

// take adds in to the set, if it is a capture.
func (s *Set) take(in *Input) error {
	in.set = s
	f, err := in.open(false, nil)
	if e, ok := errors.AsType[*FormatError](err); ok && e.archive {
		return s.takeZip(in)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	f.chunk, f.most, f.brief = headSize, 1, true
	var b Batch
	if f.Next(&b) {
		in.start, in.packets = b.Frames[0].Time, true
	}
	if f.err != nil {
		return f.err
	}
	s.Files = append(s.Files, in)
	return nil
}

// twice tells whether the file was named before, and warns.
func (s *Set) twice(path string, stat fs.FileInfo) bool {
	if s.known(stat) {
		s.warn("named-twice", show(path)+": named before; read once")
		return true
	}
	return false
}

func (s *Set) known(stat fs.FileInfo) bool {
	return slices.ContainsFunc(s.Files, func(in *Input) bool {
		return in.ident != nil && os.SameFile(in.ident, stat)
	})
}

func (s *Set) warn(code, text string) {
	s.Warnings = append(s.Warnings, Warning{Code: code, Count: 1, Text: text})
}

// progress counts n bytes read in a first pass and tells the sum now and then.
func (s *Set) progress(n int64) {
	const every = 1 << 20
	sum, told := s.read.Add(n), s.told.Load()
	if sum-told >= every && s.opt.Progress != nil && s.told.CompareAndSwap(told, sum) {
		s.opt.Progress(sum)
	}
}

// passed counts the n bytes of an input that need not be read, and tells the
// sum, because the first pass over it has ended.
func (s *Set) passed(n int64) {
	sum := s.read.Add(n)
	s.told.Store(sum)
	if s.opt.Progress != nil {
		s.opt.Progress(sum)
	}
}
