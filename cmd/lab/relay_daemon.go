//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"github.com/latchscope/latchscope/replay/rtpengine"
)

// daemonRelay is one call at the real rtpengine, which runs on the server.
type daemonRelay struct {
	client *rtpengine.Client
	callID string
	flags  []string
	tags   [2]string
	lift   func() error // opens the firewall that stood in for closed ports
	ended  bool
}

const daemonPatience = 3 * time.Second

// startDaemon runs rtpengine on the server, with the server's outer address for
// both sides.
func (s *stage) startDaemon(srv *room) error {
	var said bytes.Buffer
	cmd := exec.Command("rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--log-level=4",
		"--interface="+serverOuter.String(), "--listen-ng=127.0.0.1:2223", "--table=-1",
		"--port-min=30000", "--port-max=32000", "--num-threads=2", "--delete-delay=0", "--endpoint-learning="+s.Engine.Learning)
	cmd.Stderr = &said
	if err := srv.start(cmd); err != nil {
		return err
	}
	s.spawn = append(s.spawn, func() {
		ctx, cancel := context.WithTimeout(context.Background(), daemonPatience)
		defer cancel()
		_ = stop(ctx, cmd, unix.SIGTERM)
	})
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := s.withDaemon(func(c *rtpengine.Client) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			return c.Ping(ctx)
		})
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("rtpengine does not answer: %w: %s", err, said.Bytes())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *stage) dialDaemon() (c *rtpengine.Client, err error) {
	err = s.rooms["server"].do(func() error {
		c, err = rtpengine.Dial("127.0.0.1:2223")
		return err
	})
	return c, err
}

func (s *stage) withDaemon(f func(*rtpengine.Client) error) error {
	c, err := s.dialDaemon()
	if err != nil {
		return err
	}
	defer c.Close()
	return f(c)
}

func (s *stage) openDaemonCall(callID string) (relay, error) {
	c, err := s.dialDaemon()
	if err != nil {
		return nil, err
	}
	d := &daemonRelay{client: c, callID: callID, tags: [2]string{"caller", "callee"},
		flags: append([]string{"endpoint-learning-" + s.Engine.Learning}, s.Engine.Daemon...)}
	if s.Engine.Closed {
		d.lift = s.openPorts
	}
	return d, nil
}

func (d *daemonRelay) offer(fromCaller bool, sdp string) (string, error) {
	q := rtpengine.SDP{CallID: d.callID, From: d.tags[1-index(fromCaller)], Body: sdp, Flags: d.flags}
	return d.pass(q)
}

func (d *daemonRelay) answer(fromCaller bool, sdp string, _ bool) (string, error) {
	q := rtpengine.SDP{CallID: d.callID, From: d.tags[index(fromCaller)], To: d.tags[1-index(fromCaller)], Answer: true, Body: sdp, Flags: d.flags}
	out, err := d.pass(q)
	if err == nil && d.lift != nil {
		err, d.lift = d.lift(), nil
	}
	return out, err
}

func (d *daemonRelay) pass(q rtpengine.SDP) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), daemonPatience)
	defer cancel()
	return d.client.Pass(ctx, q)
}

func (d *daemonRelay) bye() {
	if d.ended {
		return
	}
	d.ended = true
	// The ports stay open while the BYE travels, as the project's engine has it.
	time.AfterFunc(250*time.Millisecond, func() {
		ctx, cancel := context.WithTimeout(context.Background(), daemonPatience)
		defer cancel()
		_ = d.client.Delete(ctx, d.callID, d.tags[0])
		d.client.Close()
	})
}

// closePorts makes the server's host refuse media as closed ports would, for an
// engine that binds at the offer. An nft waits to open them at a word: to start
// one then would take as long as the story does.
func (s *stage) closePorts(srv *room) error {
	_, err := srv.output(`
table inet closed {
	chain in { type filter hook input priority filter; iifname "eth0" udp dport 30000-32000 reject; }
}`, "nft", "-f", "-")
	if err != nil {
		return err
	}
	cmd := exec.Command("nft", "-i")
	words, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := srv.start(cmd); err != nil {
		return err
	}
	s.spawn = append(s.spawn, func() {
		words.Close()
		ctx, cancel := context.WithTimeout(context.Background(), daemonPatience)
		defer cancel()
		_ = stop(ctx, cmd, unix.SIGTERM)
	})
	s.openPorts = func() error {
		_, err := io.WriteString(words, "delete table inet closed\n")
		s.log.signal("server", "", "firewall-lifted", "")
		return err
	}
	return nil
}
