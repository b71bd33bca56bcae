package rtpengine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Daemon is an rtpengine that was started here.
type Daemon struct {
	Addr  string // of its NG port
	cmd   *exec.Cmd
	ended chan struct{}
	ports net.PacketConn // its claim on a range of ports
	last  tail
}

// Spawn starts the daemon found on PATH, on loopback, and waits until it
// answers. Whoever starts it must Stop it.
func Spawn(ctx context.Context) (*Daemon, error) {
	path, err := exec.LookPath("rtpengine")
	if err != nil {
		return nil, errors.New("there is no rtpengine on PATH; on Debian: apt install rtpengine-daemon")
	}
	addr, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("rtpengine: no port for it: %w", err)
	}
	ports, lo, hi, err := mediaPorts(addr)
	if err != nil {
		return nil, fmt.Errorf("rtpengine: no ports for its media: %w", err)
	}
	d := &Daemon{Addr: addr, ended: make(chan struct{}), ports: ports}
	d.cmd = exec.Command(path, "--config-file=none", "--foreground", "--log-stderr", "--log-level=4",
		"--interface=127.0.0.1", "--listen-ng="+addr, "--table=-1", fmt.Sprintf("--port-min=%d", lo), fmt.Sprintf("--port-max=%d", hi),
		"--num-threads=2", "--delete-delay=0")
	d.cmd.Stderr = &d.last
	if err := d.cmd.Start(); err != nil {
		ports.Close()
		return nil, fmt.Errorf("rtpengine does not start: %w", err)
	}
	go func() {
		_ = d.cmd.Wait()
		close(d.ended)
	}()
	if err := d.ready(ctx); err != nil {
		d.Stop()
		return nil, err
	}
	return d, nil
}

// ready waits for the first pong.
func (d *Daemon) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		select {
		case <-d.ended:
			return d.Died()
		case <-ctx.Done():
			return fmt.Errorf("rtpengine was started but does not answer at %s", d.Addr)
		case <-time.After(50 * time.Millisecond):
		}
		c, err := Dial(d.Addr)
		if err != nil {
			return err
		}
		err = c.Ping(ctx)
		c.Close()
		if err == nil {
			return nil
		}
	}
}

// Ended is closed when the daemon is no more.
func (d *Daemon) Ended() <-chan struct{} { return d.ended }

// Died says that it ended, and what it said last.
func (d *Daemon) Died() error {
	if said := d.last.line(); said != "" {
		return fmt.Errorf("rtpengine ended: %s", clip(said))
	}
	return errors.New("rtpengine ended")
}

// Stop ends the daemon: politely, then not.
func (d *Daemon) Stop() {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(3 * time.Second):
		_ = d.cmd.Process.Kill()
		<-d.ended
	}
	d.ports.Close()
}

// freePort is a UDP port of loopback that nobody has at the moment.
func freePort() (string, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	defer c.Close()
	return c.LocalAddr().String(), nil
}

// mediaPorts is a range of ports for a daemon's media, enough for a hundred calls
// at once. Two daemons would not notice that they share a port, so a range is
// claimed by the port below it, which no other daemon of ours can have.
func mediaPorts(addr string) (claim net.PacketConn, lo, hi int, err error) {
	const first, ranges, size = 20000, 20, 600 // up to where ports for clients begin
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, 0, 0, err
	}
	for i := range ranges {
		lo = first + (int(at.Port())+i)%ranges*size
		if claim, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: lo}); err == nil {
			return claim, lo + 2, lo + size - 1, nil
		}
	}
	return nil, 0, 0, err
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if n := len(t.buf) - 4096; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(b), nil
}

// line is the last one that says something.
func (t *tail) line() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(t.buf), []byte("\n"))
	return strings.TrimSpace(string(lines[len(lines)-1]))
}

// Version is that of the daemon on PATH, as it says it: "10.5.3.5-1+deb12u1".
func Version(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "rtpengine", "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("rtpengine --version: %w", err)
	}
	_, version, ok := strings.Cut(string(out), "Version:")
	if f := strings.Fields(version); ok && len(f) > 0 {
		return f[0], nil
	}
	return "", fmt.Errorf("rtpengine --version says %q", clip(string(out)))
}
