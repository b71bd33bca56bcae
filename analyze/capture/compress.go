package capture

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"

	"github.com/latchscope/latchscope/analyze/capture/internal/inflate"
)

// compression is the kind of compressed data that head begins with, or "".
func compression(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}): // RFC 1952, deflate
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}): // RFC 8878
		return "zstd"
	case len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.HasPrefix(head[1:], []byte{0x2a, 0x4d, 0x18}):
		return "zstd" // a skippable frame, as pzstd writes one first
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return "xz"
	case len(head) >= 4 && bytes.HasPrefix(head, []byte("BZh")) && head[3] >= '1' && head[3] <= '9':
		return "bzip2"
	case isLZ4(head):
		return "lz4"
	}
	return ""
}

// mostPoints is at how many places in all gzip files of a set decompression can go on.
// Each is 32 KiB that stay until the set is analysed. Where there are many files, each is
// short enough to begin at its beginning.
const mostPoints = 128

// decompress puts a decompressor between the source, of which head has been
// read, and the stream.
func (f *File) decompress(kind string, head []byte) error {
	limits := &f.in.set.opt.Limits
	raw := io.MultiReader(bytes.NewReader(head), f.stream)
	if kind != "gzip" { // which has a buffer of its own
		raw = bufio.NewReaderSize(raw, 64<<10)
	}
	u := &unpacker{kind: kind, left: limits.MaxDecompressed}
	var err error
	switch kind {
	case "gzip":
		var points *inflate.Points
		if f.unpack == nil && f.points == nil {
			points = inflate.NewPoints(mostPoints / max(len(f.in.set.Files), 1))
			f.points = points
		}
		u.r, err = inflate.NewGzip(raw, points)
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(raw,
			zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(uint64(limits.MaxWindow)))
		if err == nil {
			u.r, u.stop = z, z.Close
		}
	case "xz":
		u.r, err = xz.NewReader(raw, uint32(min(limits.MaxWindow, math.MaxUint32)))
	case "bzip2":
		u.r = bzip2.NewReader(raw)
	case "lz4":
		u.r = lz4.NewReader(raw) // of all frames, one after another
	}
	if f.src.err != nil {
		return inputError(f.in.path, f.src.err)
	}
	if err != nil {
		return f.packedBadly(kind, err)
	}
	u.readAhead()
	if f.unpack != nil {
		u.stop = closers(u.stop, f.unpack.stop)
		kind = f.info.Compression // of what was given
	}
	f.unpack, f.stream, f.eof = u, u, false
	f.info.Compression = kind
	return nil
}

// packedBadly is the error for compressed data of which nothing comes out.
func (f *File) packedBadly(kind string, err error) error {
	e := &FormatError{Path: f.in.path, Broken: true, Looks: "damaged " + kind + " data"}
	switch {
	case windowTooLarge(err):
		e.Looks = fmt.Sprintf("%s data with a window of more than %d bytes", kind, f.in.set.opt.Limits.MaxWindow)
		e.Hint = hintUnpack
	case f.cutOff(err):
		e.Looks = kind + " data that was cut short before anything could come out of it"
	}
	return e
}

// cutOff tells whether err says that the compressed data ends too early.
func (f *File) cutOff(err error) bool {
	return f.src.ended && (err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, xz.ErrBuf))
}

// unpacker is a stream of decompressed bytes with an end.
type unpacker struct {
	kind string
	r    io.Reader
	stop func()
	left int64 // bytes that may still come out
	some bool  // something came out
}

var errUnpacked = errors.New("too much decompressed data")

func (u *unpacker) Read(p []byte) (int, error) {
	if u.left <= 0 {
		u.close() // nothing is read any more
		return 0, errUnpacked
	}
	n, err := u.r.Read(p[:min(int64(len(p)), u.left)])
	u.left -= int64(n)
	u.some = u.some || n > 0
	return n, err
}

// readAhead has what follows decompressed by another goroutine.
func (u *unpacker) readAhead() {
	a := newAhead(u.r)
	u.r, u.stop = a, closers(a.stop, u.stop)
}

// tell warns of err, for which nothing more came out.
func (u *unpacker) tell(f *File, err error) {
	switch {
	case errors.Is(err, inflate.ErrGarbage), u.some && (errors.Is(err, zstd.ErrMagicMismatch) || errors.Is(err, xz.ErrFormat) || errors.Is(err, lz4.ErrInvalidFrame) || err == errNoContinuation):
		f.warn.add("trailing-garbage", 0, 1, "something that is not "+u.kind+" data follows the capture; it was left alone")
		return
	case errors.Is(err, errUnpacked):
		f.warn.add("limit", 0, 1, fmt.Sprintf("more than %d bytes come out of this file; the rest was not read", f.in.set.opt.Limits.MaxDecompressed))
	case windowTooLarge(err):
		f.warn.add("limit", 0, 1, fmt.Sprintf("the %s data asks for a window of more than %d bytes", u.kind, f.in.set.opt.Limits.MaxWindow))
	case f.cutOff(err):
		f.warn.add("cut-short", 0, 1, "the "+u.kind+" data ends in the middle; everything before was read")
	default:
		f.warn.add("bad-compression", 0, 1, "the "+u.kind+" data is damaged; what came out before was read")
	}
	f.info.Truncated = true
}

func windowTooLarge(err error) bool {
	return errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, xz.ErrMemlimit)
}

func (u *unpacker) close() {
	if u.stop != nil {
		u.stop()
		u.stop = nil
	}
}

// errNoContinuation is what bzip2 says of bytes behind a stream that begin no
// other.
const errNoContinuation = bzip2.StructuralError("bad magic value in continuation file")

// closers runs both, of which either may be nil.
func closers(a, b func()) func() {
	return func() {
		for _, f := range [2]func(){a, b} {
			if f != nil {
				f()
			}
		}
	}
}

// isLZ4 tells an LZ4 frame, or one of the old format, by its magic number.
func isLZ4(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0x04, 0x22, 0x4d, 0x18}) || bytes.HasPrefix(b, []byte{0x02, 0x21, 0x4c, 0x18})
}
