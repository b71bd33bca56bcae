//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A room is a network namespace. It has no name in the file system: one thread
// of this process lives in it, and when the process ends, however it ends, the
// kernel takes the namespace and all that is in it away.
type room struct {
	name string
	jobs chan func()
}

func newRoom(name string) (*room, error) {
	r := &room{name: name, jobs: make(chan func())}
	ready := make(chan error)
	go func() {
		// Never unlocked: a thread that has changed its namespace is not to be
		// used by others, and the runtime ends it with the goroutine.
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_NEWNET)
		ready <- err
		if err != nil {
			return
		}
		for job := range r.jobs {
			job()
		}
	}()
	if err := <-ready; err != nil {
		return nil, fmt.Errorf("a network namespace for %s: %w", name, err)
	}
	return r, r.run("ip", "link", "set", "lo", "up")
}

// close lets the namespace go.
func (r *room) close() { close(r.jobs) }

// do calls f in the room. Sockets that f makes stay in the room for good.
func (r *room) do(f func() error) error {
	done := make(chan error, 1)
	r.jobs <- func() { done <- f() }
	return <-done
}

// run executes a short command in the room.
func (r *room) run(name string, args ...string) error {
	_, err := r.output("", name, args...)
	return err
}

// script runs the lines of a text as commands of ip(8).
func (r *room) script(lines string) error {
	_, err := r.output(lines, "ip", "-force", "-batch", "-")
	return err
}

func (r *room) output(stdin, name string, args ...string) (out string, err error) {
	err = r.do(func() error {
		cmd := exec.Command(name, args...)
		cmd.Stdin = strings.NewReader(stdin)
		cmd.SysProcAttr = mortal()
		b, err := cmd.CombinedOutput()
		out = string(b)
		if err != nil {
			return fmt.Errorf("%s: %s %s: %w: %s", r.name, name, strings.Join(args, " "), err, strings.TrimSpace(out))
		}
		return nil
	})
	return out, err
}

// start begins a long-running command in the room. Whoever started it ends it
// with stop; if this process is killed, the kernel does.
func (r *room) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = mortal()
	return r.do(cmd.Start)
}

// mortal ends a child when the thread that made it ends.
func mortal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// stop asks a process that start began to end, and waits for that. The context
// bounds the patience.
func stop(ctx context.Context, cmd *exec.Cmd, sig os.Signal) error {
	if cmd.Process == nil {
		return nil
	}
	_ = cmd.Process.Signal(sig)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil // ended by our signal, or with a status of its own
		}
		return err
	case <-ctx.Done():
		_ = cmd.Process.Kill()
		return <-done
	}
}

// set writes kernel settings, "net.ipv4.ip_forward=1", as the room sees them.
func (r *room) set(settings ...string) error {
	return r.do(func() error {
		for _, s := range settings {
			key, value, _ := strings.Cut(s, "=")
			path := "/proc/sys/" + strings.ReplaceAll(key, ".", "/")
			if err := os.WriteFile(path, []byte(value), 0); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
		return nil
	})
}
