package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// split cuts a little-endian pcap into files of so many packets, as a ring
// buffer would have.
func split(path, dir string, packets int) (files []string, err error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := bufio.NewReaderSize(in, 1<<20)
	head := make([]byte, 24)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	for {
		name := filepath.Join(dir, fmt.Sprintf("ring-%05d.pcap", len(files)))
		more, err := part(r, name, head, packets)
		if err != nil {
			return nil, err
		}
		files = append(files, name)
		if !more {
			return files, nil
		}
	}
}

func part(r io.Reader, name string, head []byte, packets int) (more bool, err error) {
	f, err := os.Create(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	w.Write(head)
	record := make([]byte, 16)
	for range packets {
		_, err := io.ReadFull(r, record)
		if errors.Is(err, io.EOF) {
			return false, w.Flush()
		}
		if err != nil {
			return false, err
		}
		w.Write(record)
		if _, err := io.CopyN(w, r, int64(binary.LittleEndian.Uint32(record[8:]))); err != nil {
			return false, err
		}
	}
	return true, w.Flush()
}
