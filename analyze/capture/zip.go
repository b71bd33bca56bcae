package capture

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
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

// archive is the zip that the bytes of an input are.
func (f *File) archive() (*zip.Reader, error) {
	var at io.ReaderAt = f.fd
	if f.in.held != nil {
		at = io.NewSectionReader(f.in.held, 0, f.in.size)
	}
	z, err := zip.NewReader(at, f.in.size)
	if err != nil {
		return nil, err
	}
	z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return inflate.NewReader(r) })
	return z, nil
}

// openMember puts a member of the archive in the place of its bytes. Those of the
// archive are what is hashed.
func (f *File) openMember() error {
	z, err := f.archive()
	if err != nil || f.in.inZip > len(z.File) {
		return &FormatError{Path: f.in.path, Broken: true, Looks: "in a damaged zip archive"}
	}
	m := z.File[f.in.inZip-1]
	if m.Flags&1 != 0 {
		return &FormatError{Path: f.in.path, Broken: true, Looks: "encrypted in a zip archive", Hint: hintUnpack}
	}
	r, err := m.Open()
	if err != nil {
		return &FormatError{Path: f.in.path, Broken: true, Looks: fmt.Sprintf("in a zip archive by a method that is not known here (%d)", m.Method), Hint: hintUnpack}
	}
	f.unpack = &unpacker{kind: "zip", r: r, stop: func() { r.Close() }, left: f.in.set.opt.Limits.MaxDecompressed}
	f.unpack.readAhead()
	f.stream = f.unpack
	f.info.Compression = "zip"
	return nil
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
	z, err := f.archive()
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
		member := &Input{path: in.path + "/" + m.Name, size: in.size, ident: in.ident, held: in.held, file: in.path, inZip: i + 1}
		err := s.take(member)
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
