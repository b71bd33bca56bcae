package capture

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"

	"github.com/latchscope/latchscope/analyze/capture/internal/inflate"
)

// A zip archive is read as a directory is: every capture in it is an input of its
// own, "a.zip/ring-1.pcap". What it holds is unpacked while it is read, each pass
// anew; an archive in an archive is not looked into.

// mostMembers is how many members of an archive are looked at.
const mostMembers = 4096

// isZip tells an archive by the first member's header.
func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// zipMember is a member of an archive: what the archive's directory says of it, which
// is read once however many members are opened.
type zipMember struct {
	*zip.FileHeader
	at int64 // of its bytes in the archive; -1 where the directory is wrong
}

// bytes are those of the input itself: of a member, those of its archive.
func (f *File) bytes() io.ReaderAt {
	if f.in.held != nil {
		return io.NewSectionReader(f.in.held, 0, f.in.size)
	}
	return f.fd
}

// openMember puts a member of the archive in the place of its bytes. Those of the
// archive are what is hashed.
func (f *File) openMember() error {
	m := f.in.zipped
	if m.at < 0 {
		return &FormatError{Path: f.in.path, Broken: true, Looks: "in a damaged zip archive"}
	}
	if m.Flags&1 != 0 {
		return &FormatError{Path: f.in.path, Broken: true, Looks: "encrypted in a zip archive", Hint: hintUnpack}
	}
	r := io.Reader(io.NewSectionReader(f.bytes(), m.at, int64(m.CompressedSize64)))
	switch m.Method {
	case zip.Store:
	case zip.Deflate:
		r = inflate.NewReader(r)
	default:
		return &FormatError{Path: f.in.path, Broken: true, Looks: fmt.Sprintf("in a zip archive by a method that is not known here (%d)", m.Method), Hint: hintUnpack}
	}
	f.unpack = &unpacker{kind: "zip", r: &checked{r: r, member: m, sum: crc32.NewIEEE()}, left: f.in.set.opt.Limits.MaxDecompressed}
	f.unpack.readAhead()
	f.stream = f.unpack
	f.info.Compression = "zip"
	return nil
}

// checked reads a member, and says at its end whether it is what was packed.
type checked struct {
	r      io.Reader
	member *zipMember
	n      uint64
	sum    hash.Hash32
}

func (c *checked) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += uint64(n)
	c.sum.Write(b[:n])
	switch {
	case err != io.EOF:
	case c.n != c.member.UncompressedSize64:
		err = io.ErrUnexpectedEOF
	case c.member.CRC32 != 0 && c.sum.Sum32() != c.member.CRC32: // some writers leave it out
		err = zip.ErrChecksum
	}
	return n, err
}

// takeZip takes the captures in the archive that in is.
func (s *Set) takeZip(in *Input) error {
	f := &File{in: in}
	if in.held == nil {
		fd, err := os.Open(in.onDisk())
		if err != nil {
			return inputError(in.path, err)
		}
		defer fd.Close()
		f.fd = fd
	}
	z, err := zip.NewReader(f.bytes(), in.size)
	if err != nil {
		return &FormatError{Path: in.path, Broken: true, Looks: "a damaged zip archive"}
	}
	found := 0
	var others []string
	var first error
	for i, m := range z.File {
		if i >= mostMembers {
			s.warn("limit", fmt.Sprintf("%s: only the first %d members of this archive were looked at", show(in.path), mostMembers))
			break
		}
		if !m.Mode().IsRegular() {
			continue
		}
		at, err := m.DataOffset()
		if err != nil || at > in.size {
			at = -1
		}
		header := m.FileHeader // without the archive around it
		member := &Input{path: in.path + "/" + m.Name, size: in.size, ident: in.ident, held: in.held, file: in.path, zipped: &zipMember{&header, at}}
		err = s.take(member)
		if err == nil {
			found++
			continue
		}
		if e, ok := errors.AsType[*FormatError](err); ok && !e.Broken {
			others = append(others, m.Name)
			continue
		}
		if first == nil {
			first = err
		}
		s.warn("unreadable", err.Error())
	}
	switch {
	case found == 0 && first != nil:
		return first
	case found == 0:
		return &FormatError{Path: in.path, Looks: "a zip archive without a capture in it"}
	case len(others) > 0:
		s.warn("not-a-capture", fmt.Sprintf("%s: %d members that are no packet captures left out, %s the first", show(in.path), len(others), show(others[0])))
	}
	return nil
}
