package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// source gives the bytes of an input as given and keeps account of them.
type source struct {
	r     io.Reader // ends after size bytes
	read  int64
	ended bool          // r has come to its end
	err   error         // of the environment; io.EOF is none
	hash  hash.Hash     // nil where nothing is hashed
	tally func(n int64) // told of every read, nil where progress is not wanted
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if n > 0 {
		s.read += int64(n)
		if s.hash != nil {
			s.hash.Write(p[:n])
		}
		if s.tally != nil {
			s.tally(int64(n))
		}
	}
	switch {
	case err == io.EOF:
		s.ended = true
	case err != nil && s.err == nil:
		s.err = err
	}
	return n, err
}

// give sets where the bytes come from.
func (s *source) give(r io.Reader, opt *Options) {
	s.r = r
	if opt.wrap != nil {
		s.r = opt.wrap(r)
	}
}

func (s *source) startHash() { s.hash = sha256.New() }

func (s *source) sum() string { return hex.EncodeToString(s.hash.Sum(nil)) }
