package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze/tls"
)

// keyLogs are the session keys that a command line names.
type keyLogs struct {
	paths []string
	logs  [][]byte
}

func (k *keyLogs) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&k.paths, "keylog", nil, "read SIP over TLS and WSS with the session keys in `FILE`, a key log (SSLKEYLOGFILE); those in a pcapng are found anyway (repeatable)")
}

// largestKeyLog is far beyond what a browser writes in a year.
const largestKeyLog = 256 << 20

// read reads the key logs.
func (k *keyLogs) read() error {
	for _, path := range k.paths {
		file, err := os.Open(path)
		if err != nil {
			return reading(path, err)
		}
		log, err := io.ReadAll(io.LimitReader(file, largestKeyLog))
		file.Close()
		if err != nil {
			return reading(path, err)
		}
		if new(tls.Secrets).Add(log) == 0 {
			return reading(path, errors.New("no session keys in it; a key log has lines such as CLIENT_RANDOM or CLIENT_TRAFFIC_SECRET_0"))
		}
		k.logs = append(k.logs, log)
	}
	return nil
}

// secrets are the keys for one analysis, which adds those that its captures hold.
func (k *keyLogs) secrets() *tls.Secrets {
	s := new(tls.Secrets)
	for _, log := range k.logs {
		s.Add(log)
	}
	return s
}

// reading says in one line what could not be read and why.
func reading(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("reading %s: %w", path, err)
}
