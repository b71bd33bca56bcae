package rtpengine

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Client speaks NG to one daemon: a datagram holds a cookie, a blank and a
// body. A body in JSON is answered in JSON.
type Client struct {
	mu   sync.Mutex // one question at a time
	conn *net.UDPConn
	addr string
	base string // of the cookies
	n    int
}

// How long an answer is waited for, and how often a question is put. The daemon
// knows a repeated cookie and repeats its answer.
const (
	patience = 700 * time.Millisecond
	attempts = 3
)

// Dial makes a client for the daemon at an address. Nothing is sent yet.
func Dial(addr string) (*Client, error) {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		udp, err := net.ResolveUDPAddr("udp", addr)
		if err != nil {
			return nil, fmt.Errorf("rtpengine at %s: %w", addr, err)
		}
		ap = udp.AddrPort()
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(ap))
	if err != nil {
		return nil, fmt.Errorf("rtpengine at %s: %w", addr, err)
	}
	var salt [6]byte
	_, _ = rand.Read(salt[:]) // never fails
	return &Client{conn: conn, addr: addr, base: hex.EncodeToString(salt[:])}, nil
}

// Close ends the client.
func (c *Client) Close() error { return c.conn.Close() }

// do puts a question and reads the answer into a reply.
func (c *Client) do(ctx context.Context, q command) (reply, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return reply{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	cookie := fmt.Sprintf("%s_%d", c.base, c.n)
	msg := append([]byte(cookie+" "), body...)
	buf := make([]byte, 65536)
	for range attempts {
		if err := ctx.Err(); err != nil {
			return reply{}, err
		}
		if _, err := c.conn.Write(msg); err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			return reply{}, fmt.Errorf("rtpengine at %s: %w", c.addr, err)
		}
		_ = c.conn.SetReadDeadline(time.Now().Add(patience))
		for {
			n, err := c.conn.Read(buf)
			if errors.Is(err, syscall.ECONNREFUSED) {
				return reply{}, fmt.Errorf("nothing listens at %s: is rtpengine running, with --listen-ng=%s?", c.addr, c.addr)
			}
			if err != nil {
				break // time is up: once more
			}
			r, ours, err := parseReply(cookie, buf[:n])
			if !ours {
				continue // an answer to an earlier question
			}
			if err != nil {
				return reply{}, fmt.Errorf("rtpengine at %s, to %q: %w", c.addr, q.Command, err)
			}
			return r, nil
		}
	}
	return reply{}, fmt.Errorf("rtpengine at %s does not answer", c.addr)
}

// Ping asks whether the daemon is there.
func (c *Client) Ping(ctx context.Context) error {
	r, err := c.do(ctx, command{Command: "ping"})
	if err == nil && r.Result != "pong" {
		err = fmt.Errorf("rtpengine at %s answers %q to a ping", c.addr, clip(r.Result))
	}
	return err
}

// command is a question. Its words are the daemon's.
type command struct {
	Command     string   `json:"command"`
	CallID      string   `json:"call-id,omitempty"`
	FromTag     string   `json:"from-tag,omitempty"`
	ToTag       string   `json:"to-tag,omitempty"`
	SDP         string   `json:"sdp,omitempty"`
	ICE         string   `json:"ICE,omitempty"`
	Replace     []string `json:"replace,omitempty"`
	Flags       []string `json:"flags,omitempty"`
	DeleteDelay *int     `json:"delete-delay,omitempty"`
}

// reply is what is read of an answer.
type reply struct {
	Result string              `json:"result"`
	Reason string              `json:"error-reason"`
	SDP    string              `json:"sdp"`
	Tags   map[string]tagState `json:"tags"`
}

type tagState struct {
	Medias []struct {
		Streams []streamState `json:"streams"`
	} `json:"medias"`
}

// streamState is one stream of a party as the daemon sees it.
type streamState struct {
	Endpoint struct {
		Address string `json:"address"`
		Port    int    `json:"port"`
	} `json:"endpoint"`
	LocalPort int `json:"local port"`
	Stats     struct {
		Packets int64 `json:"packets"`
		Errors  int64 `json:"errors"`
	} `json:"stats"`
}

// parseReply reads a datagram; ours tells whether it answers the cookie.
func parseReply(cookie string, b []byte) (r reply, ours bool, err error) {
	head, body, ok := bytes.Cut(b, []byte(" "))
	if !ok || string(head) != cookie {
		return reply{}, false, nil
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return reply{}, true, fmt.Errorf("the answer is not JSON: %s", clip(string(body)))
	}
	switch r.Result {
	case "":
		return reply{}, true, fmt.Errorf("the answer has no result: %s", clip(string(body)))
	case "error":
		if r.Reason == "" {
			r.Reason = "no reason given"
		}
		return reply{}, true, fmt.Errorf("refused: %s", clip(r.Reason))
	}
	return r, true, nil
}

// clip shortens what a stranger wrote to what fits a message.
func clip(s string) string {
	const most = 120
	if len(s) > most {
		s = s[:most] + "..."
	}
	return fmt.Sprintf("%q", s)
}
