package main

import (
	"os/exec"
	"time"
)

// command is one tool and its arguments.
type command struct {
	name string
	args []string
}

func (c command) installed() bool {
	_, err := exec.LookPath(c.args[0])
	return err == nil
}

// figures of several runs of a command, one each.
type figures struct {
	cpu, wall []time.Duration
	peak      []int64 // bytes of memory
}

// run runs the command once as a whole process and takes the system's own
// account of it.
func (f *figures) run(c command) error {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	begun := time.Now()
	err := cmd.Run()
	f.wall = append(f.wall, time.Since(begun))
	f.cpu = append(f.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	f.peak = append(f.peak, peak(cmd.ProcessState))
	return err
}
