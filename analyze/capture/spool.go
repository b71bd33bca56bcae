package capture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// addStdin takes standard input. Where it is a file (< a.pcap) it is read in
// place, from where it stands; anything else is spooled.
func (s *Set) addStdin(stdin io.Reader) error {
	const path = "-"
	for _, in := range s.Files {
		if in.path == path {
			s.warn("named-twice", "standard input: named before; read once")
			return nil
		}
	}
	if stdin == nil {
		return inputError(path, errors.New("there is none"))
	}
	if file, ok := stdin.(*os.File); ok {
		if stat, err := file.Stat(); err == nil && stat.Mode().IsRegular() {
			if s.twice(path, stat) {
				return nil
			}
			at, err := file.Seek(0, io.SeekCurrent)
			if err != nil {
				return inputError(path, err)
			}
			rest := max(stat.Size()-at, 0)
			return s.take(&Input{path: path, size: rest, ident: stat, held: io.NewSectionReader(file, at, rest)})
		}
	}
	return s.spool(&Input{path: path}, stdin)
}

// addPipe takes a FIFO, which can be read only once.
func (s *Set) addPipe(path string, stat fs.FileInfo) error {
	if s.twice(path, stat) {
		return nil
	}
	pipe, err := os.Open(path)
	if err != nil {
		return inputError(path, err)
	}
	defer pipe.Close()
	return s.spool(&Input{path: path, ident: stat}, pipe)
}

// Ctrl-C in a shell goes to every program of a pipeline. What the one in front
// still holds comes through the pipe when it ends, and its end may be seen here
// before the signal is.
const (
	handOver   = 400 * time.Millisecond // given after an interruption to what is still on its way
	liveAfter  = 500 * time.Millisecond // a pipe that was open for so long is a capture under way
	signalLate = 150 * time.Millisecond // by how much the signal may come behind the end of the pipe
)

// spool copies r to a temporary file without a name, which is in's content from then on.
func (s *Set) spool(in *Input, r io.Reader) error {
	file, err := makeSpool()
	if err != nil {
		return fmt.Errorf("%s: no temporary file to keep it in: %w", show(in.path), err)
	}
	s.spools = append(s.spools, file)
	in.held = file
	done := make(chan struct{})
	defer close(done)
	parts, free := readParts(r, done)
	look := time.NewTicker(25 * time.Millisecond)
	defer look.Stop()
	begun, stopped := time.Now(), time.Time{}
	for stopped.IsZero() || time.Since(stopped) < handOver {
		select {
		case p := <-parts:
			if _, err := file.Write(p.data); err != nil {
				return fmt.Errorf("%s: cannot be kept in a temporary file: %w", show(in.path), err)
			}
			in.size += int64(len(p.data))
			if p.err == io.EOF {
				in.stopped = s.endedByHand(time.Since(begun))
				s.stopped = s.stopped || in.stopped
				return s.take(in)
			}
			if p.err != nil {
				return inputError(in.path, p.err)
			}
			free <- p.data
		case <-look.C:
		}
		if stopped.IsZero() && s.interrupted() {
			stopped = time.Now()
		}
	}
	s.stopped, in.stopped = true, true
	return s.take(in)
}

func (s *Set) interrupted() bool { return s.opt.Interrupted != nil && s.opt.Interrupted() }

// endedByHand reports whether an interruption ended a pipe that was open for so
// long. The signal of one that was under way may still be to come.
func (s *Set) endedByHand(open time.Duration) bool {
	if s.opt.Interrupted != nil && open > liveAfter {
		for end := time.Now().Add(signalLate); !s.interrupted() && time.Now().Before(end); {
			time.Sleep(5 * time.Millisecond)
		}
	}
	return s.interrupted()
}

// part is what one Read gave.
type part struct {
	data []byte
	err  error
}

// readParts reads in a goroutine of its own, so that one can stop waiting for
// somebody who has nothing to say: a capture under way, between two packets. A
// buffer is used again when it comes back by free.
func readParts(r io.Reader, done <-chan struct{}) (parts <-chan part, free chan<- []byte) {
	full, empty := make(chan part, 1), make(chan []byte, 1)
	go func() {
		buf := make([]byte, chunkSize)
		for {
			n, err := r.Read(buf[:cap(buf)])
			full <- part{buf[:n], err}
			if err != nil {
				return
			}
			select {
			case buf = <-empty:
			case <-done:
				return
			}
		}
	}()
	return full, empty
}

// spool is a temporary file. Its name is taken away as soon as it is open, so
// that nothing is left behind however the program ends; a system that does not
// allow that (Windows) has it removed in the end.
type spool struct {
	*os.File
	named bool
}

func makeSpool() (spool, error) {
	file, err := os.CreateTemp("", "capture-*.spool")
	if err != nil {
		return spool{}, err
	}
	return spool{file, os.Remove(file.Name()) != nil}, nil
}

func (s spool) drop() error {
	err := s.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}
