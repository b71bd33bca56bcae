package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"time"
)

// member is one file of an archive.
type member struct {
	name string
	mode fs.FileMode
	data []byte
}

// pack makes the archive that the system's people expect: a zip for Windows,
// else a tar.gz. Order, owners, rights and times are those given here.
func pack(t target, folder string, files []member, stamp time.Time) (archive []byte, ext string, err error) {
	var b bytes.Buffer
	if t.os == "windows" {
		err = zipTo(&b, folder, files, stamp)
		return b.Bytes(), ".zip", err
	}
	err = tarTo(&b, folder, files, stamp)
	return b.Bytes(), ".tar.gz", err
}

func zipTo(w io.Writer, folder string, files []member, stamp time.Time) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		h := &zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: stamp}
		h.SetMode(f.mode)
		to, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := to.Write(f.data); err != nil {
			return err
		}
	}
	return z.Close()
}

func tarTo(w io.Writer, folder string, files []member, stamp time.Time) error {
	g, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(g)
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: folder + "/" + f.name, Mode: int64(f.mode), Size: int64(len(f.data)), ModTime: stamp, Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(f.data); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return g.Close()
}
