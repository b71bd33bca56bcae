package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// tsharkCheck lets tshark verify every checksum and length of pcapng files. To
// start it takes longer than to read a file, so it gets many at a time: one file of
// several sections.
type tsharkCheck struct {
	program string
	mu      sync.Mutex
	names   []string
	files   [][]byte
}

const filesAtOnce = 60

// soundForTshark is a check of all that is added to it by the end of a test. It
// checks nothing where there is no tshark.
func soundForTshark(t *testing.T) *tsharkCheck {
	c := &tsharkCheck{}
	var err error
	if c.program, err = exec.LookPath("tshark"); err != nil {
		return c
	}
	t.Cleanup(func() { c.check(t) })
	return c
}

func (c *tsharkCheck) add(t *testing.T, path string) {
	t.Helper()
	if c.program == "" {
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names, c.files = append(c.names, t.Name()+" "+filepath.Base(path)), append(c.files, b)
	if len(c.files) == filesAtOnce {
		c.check(t)
	}
}

// check has all files read at once, and behind them a packet whose checksum is
// wrong: if tshark finds that and nothing else, it has read and found good all
// before it. If not, each file is read alone, to say which it is.
func (c *tsharkCheck) check(t *testing.T) {
	t.Helper()
	names, files := c.names, c.files
	c.names, c.files = nil, nil
	if len(files) == 0 {
		return
	}
	out, err := c.bad(append(bytes.Join(files, nil), wrongChecksum()...))
	if err == nil && len(out) == 1 && strings.Contains(out[0], "192.0.2.77") {
		return
	}
	for i, f := range files {
		if out, err := c.bad(f); err != nil || len(out) > 0 {
			t.Errorf("%s: tshark: %v, and finds bad checksums: %.600q", names[i], err, out)
		}
	}
	if alone, err := c.bad(wrongChecksum()); err != nil || len(alone) != 1 {
		t.Errorf("tshark: %v, and of a wrong checksum it says %q", err, alone)
	}
}

// bad are the packets with a wrong checksum, a line each.
func (c *tsharkCheck) bad(file []byte) (lines []string, err error) {
	cmd := exec.Command(c.program, "-n", "-r", "-", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
		"-Y", "ip.checksum.status == Bad || udp.checksum.status == Bad || tcp.checksum.status == Bad || icmp.checksum.status == Bad || icmpv6.checksum.status == Bad || sctp.checksum.status == Bad")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = errors.New(exit.Error() + ": " + string(exit.Stderr))
	}
	if s := strings.TrimSpace(string(out)); s != "" {
		lines = strings.Split(s, "\n")
	}
	return lines, err
}

// wrongChecksum is a pcapng file of one IPv4 packet from 192.0.2.77, whose header's
// checksum is wrong.
func wrongChecksum() []byte {
	le := binary.LittleEndian
	block := func(kind uint32, body []byte) []byte {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		b := le.AppendUint32(nil, kind)
		b = le.AppendUint32(b, uint32(12+len(body)))
		return le.AppendUint32(append(b, body...), uint32(12+len(body)))
	}
	ip := []byte{0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0xde, 0xad, 192, 0, 2, 77, 192, 0, 2, 78, 0x0f, 0xa0, 0x0f, 0xa0, 0, 8, 0, 0}
	packet := le.AppendUint32(make([]byte, 12), uint32(len(ip)))
	packet = append(le.AppendUint32(packet, uint32(len(ip))), ip...)
	return bytes.Join([][]byte{
		block(0x0a0d0d0a, []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		block(1, []byte{101, 0, 0, 0, 0, 0, 0, 0}), // raw IP
		block(6, packet),
	}, nil)
}

// A wrong checksum among good ones is found, and said to be that file's.
func TestTsharkCheck(t *testing.T) {
	c := soundForTshark(t)
	if c.program == "" {
		t.Skip("no tshark here")
	}
	good := wrongChecksum()
	at := bytes.Index(good, []byte{0xde, 0xad})
	var sum uint32
	ip := good[at-10 : at+10]
	ip[10], ip[11] = 0, 0
	for i := 0; i < len(ip); i += 2 {
		sum += uint32(ip[i])<<8 | uint32(ip[i+1])
	}
	sum = ^(sum>>16 + sum&0xffff) & 0xffff
	ip[10], ip[11] = byte(sum>>8), byte(sum)
	if out, err := c.bad(good); err != nil || len(out) != 0 {
		t.Errorf("of a good file: %v, %q", err, out)
	}
	if out, err := c.bad(bytes.Join([][]byte{good, wrongChecksum(), good}, nil)); err != nil || len(out) != 1 {
		t.Errorf("of one wrong among two good ones: %v, %q", err, out)
	}
}
