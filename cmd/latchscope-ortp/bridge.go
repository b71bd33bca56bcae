package main

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/latchscope/latchscope/replay/measure"
)

//go:embed bridge/bridge.c
var source []byte

// compile makes the program that holds the two sessions, in a directory of its
// own that the caller removes. It needs a C compiler and oRTP's headers.
func compile(ctx context.Context) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "latchscope-ortp-"); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "cc", "-O2", "-x", "c", "-o", filepath.Join(dir, "bridge"), "-", "-lortp")
	cmd.Stdin = strings.NewReader(string(source))
	if out, err := cmd.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		first, _, _ := strings.Cut(string(out), "\n")
		return "", fmt.Errorf("oRTP cannot be used here (apt install gcc libortp-dev): %w: %s", err, first)
	}
	return dir, nil
}

// bridge is two sessions of oRTP in a process of their own.
type bridge struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	ports [2]netip.AddrPort
}

// newBridge starts the program that compile made.
func newBridge(ctx context.Context, dir string) (*bridge, error) {
	b := &bridge{cmd: exec.CommandContext(ctx, filepath.Join(dir, "bridge"))}
	b.cmd.Stderr = os.Stderr
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.out = bufio.NewScanner(out)
	if err := b.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := b.answer()
	var ports [2]uint16
	if err == nil {
		_, err = fmt.Sscanf(line, "ports %d %d", &ports[0], &ports[1])
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	for side, p := range ports {
		b.ports[side] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), p)
	}
	return b, nil
}

func (b *bridge) answer() (string, error) {
	if !b.out.Scan() {
		return "", fmt.Errorf("the sessions have ended: %w", io.ErrUnexpectedEOF)
	}
	return b.out.Text(), nil
}

// Signal gives a session its party's address, as further SDP does.
func (b *bridge) Signal(_ context.Context, ev measure.Event, at netip.AddrPort) error {
	if _, err := fmt.Fprintf(b.in, "sdp %s %s %d\n", ev.Side, at.Addr(), at.Port()); err != nil {
		return err
	}
	if said, err := b.answer(); err != nil || said != "ok" {
		return fmt.Errorf("oRTP does not take %s: %q %w", at, said, err)
	}
	return nil
}

// Ports are where the sessions listen.
func (b *bridge) Ports() [2]netip.AddrPort { return b.ports }

// Close ends the process.
func (b *bridge) Close() error {
	b.in.Close()
	return b.cmd.Wait()
}
