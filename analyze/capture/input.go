package capture

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/latchscope/latchscope/analyze/capture/internal/inflate"
)

// headSize is how much of a stream is looked at to tell what it is: three
// records of an Ethernet, for the variants of pcap that have no mark.
const headSize = 16 << 10

var errReplaced = errors.New("the file was replaced by another while it was being analysed")

// Input is one capture of a Set: a file, or standard input. It may be opened
// as often as one likes, also by several goroutines at once.
type Input struct {
	path   string
	size   int64
	set    *Set
	ident  fs.FileInfo // as it was when the Set was opened; nil for standard input
	file   string      // the archive that it is in; empty where it is in none
	zipped *zipMember  // in an archive
	held   io.ReaderAt // what can be read only once, kept; nil for files

	start   int64 // time of the first packet
	packets bool  // there is one
	stopped bool  // copying it was interrupted
	member  bool  // found in a directory, not named itself

	mu    sync.Mutex
	taken bool // a first pass is under way or done
	sum   string
}

// onDisk is the file that the input is, or is in.
func (in *Input) onDisk() string {
	if in.file != "" {
		return in.file
	}
	return in.path
}

// Path is the input as it was named, or found in a directory; "-" is standard input.
func (in *Input) Path() string { return in.path }

// Member reports whether the input was found in a directory that was named, and
// was not named itself.
func (in *Input) Member() bool { return in.member }

// Size is the length of the input as given, in bytes.
func (in *Input) Size() int64 { return in.size }

// Start is the time of the first packet, ns since the epoch. It is false for
// a capture without packets.
func (in *Input) Start() (ns int64, ok bool) { return in.start, in.packets }

// Open begins a pass over the input. The first that is not closed early hashes
// and reports progress. What grew onto a file since the Set was opened is not
// read, so that all passes see the same. An error is a *FormatError or of the
// environment, the path in its text; a file that was replaced by another since
// the Set was opened is one too.
func (in *Input) Open() (*File, error) { return in.open(in.claim(), nil) }

// open begins a pass. Points, where not nil, are those of an earlier one.
func (in *Input) open(first bool, points *inflate.Points) (*File, error) {
	opt := &in.set.opt
	f := &File{in: in, first: first, points: points, chunk: opt.chunk, most: opt.frames}
	f.track.recorded = opt.RecordedTimes
	f.info.Path, f.info.Bytes = in.path, in.size
	if err := f.start(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// start opens the bytes and finds out what they are.
func (f *File) start() error {
	in, opt := f.in, &f.in.set.opt
	f.src = &source{}
	raw := io.Reader(nil)
	if in.held != nil {
		raw = io.NewSectionReader(in.held, 0, in.size)
	} else {
		fd, err := os.Open(in.onDisk())
		if err != nil {
			return inputError(in.path, err)
		}
		f.fd = fd
		now, err := fd.Stat()
		if err != nil {
			return inputError(in.path, err)
		}
		if !os.SameFile(in.ident, now) {
			return inputError(in.path, errReplaced)
		}
		raw = io.LimitReader(fd, in.size)
	}
	if f.first {
		f.src.tally = in.set.progress
		if opt.Hash || in.size <= opt.Limits.HashLimit {
			f.src.startHash()
		}
	}
	f.src.give(raw, opt)
	f.stream = f.src
	if in.zipped != nil {
		if err := f.openMember(); err != nil {
			return err
		}
	}
	head := f.head()
	if in.zipped == nil && isZip(head) && f.err == nil {
		return &FormatError{Path: in.path, Looks: "a zip archive", Hint: hintUnpack, archive: true}
	}
	if kind := compression(head); kind != "" && f.err == nil {
		if err := f.decompress(kind, head); err != nil {
			return err
		}
		head = f.head()
	}
	if f.err != nil {
		return f.err
	}
	if f.unpack != nil && f.points == nil {
		f.points = inflate.NewPoints(0)
	}
	if len(head) == 0 && f.ending != nil {
		return f.packedBadly(f.info.Compression, f.ending)
	}
	return f.recognise(head)
}

// head reads the beginning of the stream, enough to tell every format.
func (f *File) head() []byte {
	size := int64(headSize)
	if f.unpack == nil {
		size = min(size, f.in.size+1)
	}
	head, n := make([]byte, size), 0
	for n < len(head) && !f.eof {
		m, err := f.stream.Read(head[n:])
		n += m
		if err != nil {
			f.ended(err)
		}
	}
	return head[:n]
}

// recognise chooses the walker for what begins with head.
func (f *File) recognise(head []byte) error {
	used := 0
	if magic, swap, ok := pcapMagic(head); ok {
		p, n, err := newPcap(f, head, magic, swap)
		if err != nil {
			return err
		}
		f.format, used = p, n
	} else if big, ok := isPcapng(head); ok {
		p, err := newPcapng(f, head, big)
		if err != nil {
			return err
		}
		f.format = p
	} else {
		return foreign(f.in.path, f.info.Compression, head)
	}
	f.offset = int64(used)
	f.carry = append(f.carry, head[used:]...)
	return nil
}

// claim makes this pass the first, if none was.
func (in *Input) claim() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	first := !in.taken
	in.taken = true
	return first
}

// giveBack lets a later pass be the first: this one did not come to its end.
func (in *Input) giveBack() {
	in.mu.Lock()
	in.taken = false
	in.mu.Unlock()
}

func (in *Input) hashed(sum string) {
	in.mu.Lock()
	in.sum = sum
	in.mu.Unlock()
}

func (in *Input) digest() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.sum
}
