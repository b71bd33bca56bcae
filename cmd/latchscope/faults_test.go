package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/scenetest/trunk"
)

// The faults of the environment are tried on the program itself, in a process
// of its own: signals, pipes and full disks are nothing that a function call
// shows.

// program is latchscope as the shell would start it (see TestMain).
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Args = append([]string{"latchscope"}, args...)
	cmd.Dir = t.TempDir()
	return cmd
}

// ended is the exit status of a program that was started.
func ended(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatal(err)
	}
	return exit.ExitCode()
}

func unixOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("signals and permissions of Unix")
	}
}

// Ctrl-C while standard input has more to come: the report of what had come by
// then says that it is partial, at once, though nobody writes to the pipe any
// more, and a file is whole or not there.
func TestCtrlC(t *testing.T) {
	unixOnly(t)
	data, err := os.ReadFile(troubleFile(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, idle := range []bool{false, true} {
		cmd := program(t, "analyze", "-o", "report.txt", "-")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write(data[:len(data)/2]); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { // goes on writing, or keeps the pipe open in silence
			defer in.Close()
			for at := len(data) / 2; ; at++ {
				select {
				case <-done:
					return
				case <-time.After(time.Millisecond):
					if !idle && at < len(data) {
						_, _ = in.Write(data[at : at+1])
					}
				}
			}
		}()
		time.Sleep(200 * time.Millisecond) // the handler must be in place, or the signal kills
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		hung := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		status := ended(t, cmd.Wait())
		hung.Stop()
		close(done)
		out, _ := os.ReadFile(filepath.Join(cmd.Dir, "report.txt"))
		if status != exitInterrupted || !strings.Contains(string(out), "Interrupted: this is a partial report.") || !strings.Contains(string(out), "\nCALL 1 ") {
			t.Errorf("idle %v: status %d, %s\n%.300s", idle, status, errs.String(), out)
		}
		if list, _ := os.ReadDir(cmd.Dir); len(list) != 1 {
			t.Errorf("idle %v: %d files are left", idle, len(list))
		}
	}
}

// Ctrl-C ends every command within half a second, whatever it is at, and leaves
// no piece of a file behind.
func TestCtrlCIsQuick(t *testing.T) {
	unixOnly(t)
	if testing.Short() {
		t.Skip("writes a large capture")
	}
	dir := t.TempDir()
	big := filepath.Join(dir, "big.pcap")
	f, err := os.Create(big)
	if err != nil {
		t.Fatal(err)
	}
	_, err = trunk.Shape{Calls: 400, AtOnce: 200, Packets: 1500, Flips: 200, Idle: 100}.Write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		t.Fatal(err)
	}
	type interruption struct {
		args  []string
		after time.Duration
	}
	var all []interruption
	for _, after := range []time.Duration{150 * time.Millisecond, 600 * time.Millisecond, 1500 * time.Millisecond} {
		for _, args := range [][]string{
			{"analyze", "-o", "out.txt", big}, {"analyze", "--format", "html", "-o", "out.html", big}, {"replay", "--call", "all", "--matrix", "-o", "out.txt", big},
			{"replay", "--call", "all", "--fit", "-o", "out.txt", big}, {"extract", big, "-o", "out.pcapng"}, {"extract", big, "--redact", "-o", "out.pcapng"}, {"verify", "--update", big},
		} {
			all = append(all, interruption{args, after})
		}
	}
	for _, c := range sample.Every(t, 3, all) { // every command once
		// The program has half a second; a machine may take as long to end it, and
		// longer if it is busy, but not every time.
		var took []time.Duration
		for slow := true; slow && len(took) < 4; {
			cmd := program(t, c.args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(c.after)
			began := time.Now()
			err := cmd.Process.Signal(os.Interrupt)
			_ = cmd.Wait()
			if err != nil {
				break // it had ended by itself
			}
			took = append(took, time.Since(began))
			slow = took[len(took)-1] > time.Second
			list, _ := filepath.Glob(filepath.Join(cmd.Dir, ".*.part"))
			beside, _ := filepath.Glob(filepath.Join(dir, ".*.part"))
			if len(list)+len(beside) > 0 {
				t.Errorf("%v after %v: %v is left", c.args, c.after, append(list, beside...))
			}
		}
		if len(took) == 4 && slices.Min(took) > time.Second {
			t.Errorf("%v after %v: it took %v to end", c.args, c.after, took)
		}
	}
}

// Ctrl-C goes to a whole pipeline: what the program in front still holds when
// the signal comes is handed over when it ends, and belongs to the capture. Its
// end may be seen before the signal is.
func TestCtrlCOfAPipeline(t *testing.T) {
	unixOnly(t)
	data, err := os.ReadFile(troubleFile(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		first int           // bytes that come before the signal
		then  time.Duration // until the rest comes and the pipe ends; negative: before the signal
	}{
		"holds all of it":         {0, 100 * time.Millisecond},
		"holds half of it":        {len(data) / 2, 50 * time.Millisecond},
		"has handed over all":     {len(data), 0},
		"ends before it is heard": {len(data) / 2, -20 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			status := -1
			// On a busy machine it takes a while until the program listens to signals; one
			// that comes before ends it, as it ends any program, and shows nothing.
			for wait := 700 * time.Millisecond; status < 0 && wait < time.Minute; wait *= 3 {
				out.Reset()
				errs.Reset()
				cmd := program(t, "analyze", "--format", "json", "-")
				cmd.Stdout, cmd.Stderr = &out, &errs
				in, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				_, _ = in.Write(data[:c.first])
				time.Sleep(wait) // a capture under way
				end := func() { _, _ = in.Write(data[c.first:]); in.Close() }
				if c.then < 0 {
					end()
					time.Sleep(-c.then)
				}
				_ = cmd.Process.Signal(os.Interrupt)
				if c.then >= 0 {
					time.Sleep(c.then)
					end()
				}
				status = ended(t, cmd.Wait())
			}
			var got struct {
				Interrupted bool
				Captures    []struct{ Bytes int }
				Calls       []struct{ State string }
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("%v: %s", err, errs.String())
			}
			if status != exitInterrupted || !got.Interrupted || got.Captures[0].Bytes != len(data) || len(got.Calls) != 1 || got.Calls[0].State != "completed" {
				t.Errorf("status %d: %+v of %d bytes", status, got, len(data))
			}
		})
	}
}

// A full disk: one line, status 3, and what was there before stays. /dev/full
// is a disk that is always full, if only a device.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	for _, format := range []string{"text", "json", "html"} {
		out, err := program(t, "analyze", "--format", format, "-o", "/dev/full", troubleFile(t)).CombinedOutput()
		if status := ended(t, err); status != exitInput || string(out) != "latchscope: writing /dev/full: no space left on device\n" {
			t.Errorf("%s: status %d, %s", format, status, out)
		}
	}
}

// The same on a file system of 8 KiB, in a mount namespace of its own.
func TestFullFileSystem(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil || exec.Command(unshare, "-m", "true").Run() != nil {
		t.Skip("no mount namespaces here")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "latchscope")
	if err := os.Symlink(exe, link); err != nil {
		t.Fatal(err)
	}
	script := `mount -t tmpfs -o size=8k none "$1" || exit 99
echo old > "$1/report.html"
"$2" analyze --format html -o "$1/report.html" "$3"; echo "status $?"
ls -A "$1"; cat "$1/report.html"`
	out, err := exec.Command(unshare, "-m", "sh", "-c", script, "sh", t.TempDir(), link, troubleFile(t)).CombinedOutput()
	if status := ended(t, err); status == 99 {
		t.Skip("tmpfs cannot be mounted here")
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[0], "report.html: no space left on device") || lines[1] != "status 3" || lines[2] != "report.html" || lines[3] != "old" {
		t.Errorf("%s", out)
	}
}

// A reader that has seen enough, as head has: no complaint, status 0.
func TestReaderGoesAway(t *testing.T) {
	unixOnly(t)
	path := troubleFile(t)
	for _, format := range []string{"text", "json", "ndjson", "markdown", "html", "junit", "sarif"} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := program(t, "analyze", "--format", format, path)
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		r.Close()
		w.Close()
		if status := ended(t, cmd.Wait()); status != exitDone || errs.Len() > 0 {
			t.Errorf("%s: status %d, %s", format, status, errs.String())
		}
	}
}

// A capture that is still being written, and one that somebody cuts short
// meanwhile: what was there is analysed, and the report says what happened.
func TestFileChangesWhileRead(t *testing.T) {
	data, err := os.ReadFile(troubleFile(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(path string) error
		says   string
	}{
		{"grows", func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.Write(bytes.Repeat(data[24:], 20))
			return err
		}, ""},
		{"shrinks", func(path string) error { return os.Truncate(path, int64(len(data)/2)) }, "file-changed"},
	} {
		path := filepath.Join(t.TempDir(), "a.pcap")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		// The change comes between opening and reading: standard input is read
		// in between, since it has to be copied.
		in := &late{data: data, change: func() error { return c.change(path) }}
		var out, errs bytes.Buffer
		if status := run(t.Context(), []string{"analyze", "--format", "json", path, "-"}, in, &out, &errs); status != exitDone {
			t.Errorf("%s: status %d, %s", c.name, status, errs.String())
		}
		if in.err != nil {
			t.Fatal(in.err)
		}
		if c.says != "" && !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: the report does not say so:\n%.600s", c.name, out.String())
		}
	}
}

// late does something before its first byte is read.
type late struct {
	data   []byte
	change func() error
	err    error
}

func (l *late) Read(b []byte) (int, error) {
	if l.change != nil {
		l.err, l.change = l.change(), nil
	}
	if len(l.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, l.data)
	l.data = l.data[n:]
	return n, nil
}

// A named file without permission is a 3; such a member of a directory is a
// warning, and the others are read.
func TestNoPermission(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	data, err := os.ReadFile(troubleFile(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"a.pcap": 0o600, "b.pcap": 0} {
		if err := os.WriteFile(filepath.Join(dir, name), data, mode); err != nil {
			t.Fatal(err)
		}
	}
	one, all := program(t, "analyze", filepath.Join(dir, "b.pcap")), program(t, "analyze", dir)
	if f, err := os.Open(filepath.Join(dir, "b.pcap")); err == nil {
		f.Close()
		nobody(t, dir, one, all)
	}
	out, err := one.CombinedOutput()
	if status := ended(t, err); status != exitInput || !strings.HasSuffix(string(out), "b.pcap: permission denied\n") {
		t.Errorf("status %d, %s", status, out)
	}
	var errs bytes.Buffer
	all.Stderr = &errs
	report, err := all.Output()
	if status := ended(t, err); status != exitDone || !strings.Contains(string(report), "The call lost audio") || !strings.Contains(errs.String(), "b.pcap: permission denied") {
		t.Errorf("status %d, %s\n%s", status, errs.String(), report)
	}
}

// nobody makes commands run as a user to whom something is forbidden.
func nobody(t *testing.T, dir string, commands ...*exec.Cmd) {
	t.Helper()
	setpriv, err := exec.LookPath("setpriv")
	if err != nil || os.Getuid() != 0 {
		t.Skip("nothing is forbidden to this user")
	}
	exe, err := os.ReadFile(commands[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(t.TempDir(), "latchscope")
	if err := os.WriteFile(at, exe, 0o755); err != nil {
		t.Fatal(err)
	}
	open := []string{filepath.Dir(dir), filepath.Join(dir, "a.pcap")}
	for _, p := range append(open, at) {
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range commands {
		c.Args = append([]string{setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", at}, c.Args[1:]...)
		c.Path, c.Dir = setpriv, "/"
	}
}
