package capture

import (
	"io"
	"os"
	"slices"

	"github.com/latchscope/latchscope/analyze/capture/internal/inflate"
)

// File reads the frames of one input from its beginning to its end. It is used
// by one goroutine at a time; several Files of one Input are independent.
//
//	for f.Next(&batch) {
//		for i := range batch.Frames { ... }
//	}
//	err, info := f.Err(), f.Info()
type File struct {
	in     *Input
	src    *source
	stream io.Reader // the capture's bytes: src, or what is decompressed from it
	unpack *unpacker // nil for plain inputs
	fd     *os.File  // closed with the File; nil for spooled input
	first  bool      // this pass hashes and reports progress
	brief  bool      // only the first frame is wanted: that is not interrupted

	format walker
	chunk  int
	most   int    // frames a batch holds
	carry  []byte // read, not yet walked; goes to the front of the next batch
	eof    bool   // stream has ended
	done   bool
	need   int   // bytes the walker asks for at least
	skip   int64 // bytes of stream to pass over
	inside bool  // in the middle of something even where nothing is carried
	offset int64 // of the next byte to walk, in stream
	no     int64 // number of the last frame
	err    error
	info   Info
	warn   warnings
	ending error // why a compressed stream gave no more; nil where that is its end
	track  tracker
	told   *sections       // of the last Place in a pcapng
	points *inflate.Points // where decompression can go on; nil for plain inputs

	secrets []byte // see Secrets
}

// walker is the part that knows a format.
type walker interface {
	// walk appends frames out of buf, which begins at f.offset in the stream,
	// until it has f.most of them, or buf is used up, or it stops for good
	// (f.stop). It returns how much of buf it used, and sets f.need where it
	// wants more than that left.
	walk(f *File, b *Batch, buf []byte) int
	// where names what a cut would be in: "the header of record 7".
	where(f *File) string
	// finish adds to f.info what was learned on the way.
	finish(f *File)
}

// Next fills b with the next frames of the file, in file order: about 256 KiB
// of it, at most 4096 frames, at least one. The frames and their bytes are b's
// until b is passed to Next again. It returns false at the end, whatever ended
// it: see Err and Info.
func (f *File) Next(b *Batch) bool {
	b.Frames, f.secrets = b.Frames[:0], nil
	for !f.done {
		if !f.brief && f.in.set.interrupted() {
			f.warn.add("interrupted", 0, 1, "reading was interrupted; what follows is not in this report")
			f.info.Truncated = true
			f.finish(false)
			break
		}
		buf := f.fill(b)
		used := f.format.walk(f, b, buf)
		f.offset += int64(used)
		f.carry = append(f.carry[:0], buf[used:]...)
		if f.eof && !f.done && len(b.Frames) < f.most {
			// Nothing follows, and the walker could do no more with what is left.
			if f.ending != nil {
				f.unpack.tell(f, f.ending)
			}
			if len(f.carry) > 0 || f.skip > 0 || f.inside {
				f.cut()
			}
			f.done = true
		}
		if f.done {
			f.finish(true)
		}
		if len(b.Frames) > 0 {
			return true
		}
	}
	return false
}

// fill reads until b's buffer holds the carried bytes and a chunk, or what one
// record needs, or the stream ends.
func (f *File) fill(b *Batch) []byte {
	want := max(f.chunk, f.need)
	if f.unpack == nil {
		// A small file needs no large buffer; one byte more to see its end.
		left := f.in.size - f.src.read + 1
		want = int(min(int64(want), int64(len(f.carry))+max(left, 1)))
	}
	want = max(want, len(f.carry))
	f.need = 0
	if cap(b.buf) < want {
		b.buf = make([]byte, want)
	}
	buf := b.buf[:want]
	n := copy(buf, f.carry)
	for n < len(buf) && !f.eof && (f.skip == 0 || f.brief || !f.in.set.interrupted()) {
		m, err := f.stream.Read(buf[n:])
		if pass := min(int64(m), f.skip); pass > 0 {
			f.skip -= pass
			f.offset += pass
			m = copy(buf[n:], buf[n+int(pass):n+m])
		}
		n += m
		if err != nil {
			f.ended(err)
		}
	}
	return buf[:n]
}

// ended notes that the stream gives no more. What that says of a compressed
// file is told when the walk has come there: it may stop before, and how far
// ahead of it was read must not show.
func (f *File) ended(err error) {
	f.eof = true
	switch {
	case f.src.err != nil:
		f.err = inputError(f.in.path, f.src.err)
		f.info.Truncated = true
	case err != io.EOF:
		f.ending = err
	}
}

// cut notes that the file ends inside something.
func (f *File) cut() {
	f.info.Truncated = true
	if f.err != nil || f.in.stopped || f.warn.has("cut-short") || f.warn.has("bad-compression") || f.warn.has("limit") {
		return // said already
	}
	f.warn.add("cut-short", f.no+1, 1, "the file ends inside "+f.format.where(f)+"; everything before it was read")
}

// stop ends the reading at damage. The frames before it stand.
func (f *File) stop(code string, frame int64, text string) {
	f.warn.add(code, frame, 1, text)
	f.info.Truncated = true
	f.done = true
}

// finish completes the Info. With all, what is left of the input is read for
// its hash.
func (f *File) finish(all bool) {
	f.done = true
	if f.unpack != nil {
		f.unpack.close() // from here on nobody else reads the source
	}
	f.format.finish(f)
	f.info.LastFrame = f.no
	if f.in.stopped && !f.warn.has("interrupted") {
		f.warn.add("interrupted", 0, 1, "reading was interrupted; what came later is not in this report")
		f.info.Truncated = true
	}
	f.track.tell(&f.warn)
	f.info.First, f.info.Last = f.track.first, f.track.last
	f.info.Packets = f.track.packets
	if f.first {
		f.finishFirst(all)
	}
	if f.src.ended && f.src.read < f.in.size {
		f.warn.add("file-changed", 0, 1, "the file became shorter while it was read")
		f.info.Truncated = true
		f.info.Bytes = f.src.read
	}
	for _, i := range f.info.Interfaces {
		if !slices.Contains(f.info.LinkTypes, i.Link) {
			f.info.LinkTypes = append(f.info.LinkTypes, i.Link)
		}
	}
	f.release()
}

// finishFirst reads the rest of the input where a hash is wanted, and leaves
// the hash with the Input for later passes.
func (f *File) finishFirst(all bool) {
	if !all {
		f.in.giveBack()
		return
	}
	if f.src.hash != nil {
		rest := make([]byte, chunkSize)
		for !f.src.ended && f.src.err == nil {
			if f.in.set.interrupted() {
				f.in.giveBack()
				return
			}
			f.src.Read(rest)
		}
		if f.src.err != nil {
			f.err = inputError(f.in.path, f.src.err)
			return
		}
		f.in.hashed(f.src.sum())
	}
	f.in.set.passed(f.in.size - f.src.read)
}

// Err is what went wrong outside the capture: a disk that cannot be read, a
// share that went away. Damage in the capture is a Warning in Info instead.
func (f *File) Err() error { return f.err }

// Info is what was learned of the file, complete once Next has returned false.
func (f *File) Info() Info {
	info := f.info
	info.SHA256 = f.in.digest()
	info.Warnings = slices.Clone(f.warn)
	return info
}

// Close gives the file back. Reading need not have come to its end.
func (f *File) Close() error {
	if !f.done {
		f.done = true
		if f.first {
			f.in.giveBack()
		}
	}
	f.release()
	return nil
}

func (f *File) release() {
	if f.unpack != nil {
		f.unpack.close()
	}
	if f.fd != nil {
		f.fd.Close()
		f.fd = nil
	}
}
