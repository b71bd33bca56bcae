package analyze_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	keys "github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
)

// tapped is a connection that writes down what passes, as IP packets.
type tapped struct {
	net.Conn
	src, dst netip.AddrPort
	mu       *sync.Mutex
	seq      *[2]uint32 // of the client's side and the server's
	client   bool
	to       *[]frame
}

func (c tapped) Write(b []byte) (int, error) {
	c.mu.Lock()
	for rest := b; len(rest) > 0; {
		n := min(len(rest), 1400)
		c.segment(0x18, rest[:n])
		rest = rest[n:]
	}
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c tapped) segment(flags byte, payload []byte) {
	own := &c.seq[0]
	if !c.client {
		own = &c.seq[1]
	}
	h := make([]byte, 20)
	binary.BigEndian.PutUint16(h, c.src.Port())
	binary.BigEndian.PutUint16(h[2:], c.dst.Port())
	binary.BigEndian.PutUint32(h[4:], *own)
	h[12], h[13] = 0x50, flags
	*own += uint32(len(payload)) + uint32(flags>>1&1)
	ip := ipPacket(6, append(h, payload...))
	copy(ip[12:], c.src.Addr().AsSlice())
	copy(ip[16:], c.dst.Addr().AsSlice())
	*c.to = append(*c.to, frame{len(*c.to), ip})
}

// secured lets a client send invite and a server answer over TLS, in WebSocket
// frames if socket, and returns the packets and the key log.
func secured(t *testing.T, version uint16, socket bool, invite, ok string) ([]frame, []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	var list []frame
	var mu sync.Mutex
	var seq [2]uint32
	client, server := netip.MustParseAddrPort("198.51.100.10:50000"), netip.MustParseAddrPort("203.0.113.20:5061")
	if socket {
		server = netip.MustParseAddrPort("203.0.113.20:7443")
		invite = "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n" + socketFrame(invite)
		ok = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n" + socketFrame(ok)
	}
	a, b := net.Pipe()
	from := tapped{a, client, server, &mu, &seq, true, &list}
	to := tapped{b, server, client, &mu, &seq, false, &list}
	from.segment(0x02, nil)
	to.segment(0x12, nil)
	done := make(chan error, 1)
	go func() {
		s := tls.Server(to, &tls.Config{MaxVersion: version, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}}})
		_, err := io.ReadFull(s, make([]byte, len(invite)))
		if err == nil {
			_, err = s.Write([]byte(ok))
		}
		done <- err
	}()
	c := tls.Client(from, &tls.Config{InsecureSkipVerify: true, KeyLogWriter: &log})
	if _, err := c.Write([]byte(invite)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, len(ok))); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return list, log.Bytes()
}

// socketFrame is a WebSocket frame of text, unmasked.
func socketFrame(s string) string {
	return string(binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(len(s)))) + s
}

// pcapngOf is a capture of IP packets with a key log in it, unless that is empty.
func pcapngOf(list []frame, log []byte) []byte {
	le := binary.LittleEndian
	block := func(out []byte, kind uint32, body []byte) []byte {
		body = append(body, make([]byte, -len(body)&3)...)
		out = le.AppendUint32(le.AppendUint32(out, kind), uint32(12+len(body)))
		return le.AppendUint32(append(out, body...), uint32(12+len(body)))
	}
	out := block(nil, 0x0a0d0d0a, []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255})
	out = block(out, 1, []byte{101, 0, 0, 0, 0, 0, 4, 0})
	if len(log) > 0 {
		out = block(out, 10, append(le.AppendUint32(le.AppendUint32(nil, 0x544c534b), uint32(len(log))), log...))
	}
	for _, f := range list {
		at := uint64(1_000_000_000_000_000 + f.at*1000)
		b := le.AppendUint32(make([]byte, 4), uint32(at>>32))
		b = le.AppendUint32(b, uint32(at))
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(f.data))), uint32(len(f.data)))
		out = block(out, 6, append(b, f.data...))
	}
	return out
}

// TestSecured reads a call that was set up over TLS: with the keys in the capture,
// with a key log, and without either. tshark says what is in it.
func TestSecured(t *testing.T) {
	invite, ok := callMessages(netip.MustParseAddrPort("198.51.100.10:4000"), netip.MustParseAddrPort("203.0.113.20:20000"))
	run := func(t *testing.T, file []byte, s *keys.Secrets) (*trace.Trace, string) {
		path := filepath.Join(t.TempDir(), "secured.pcapng")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer set.Close()
		tr, err := analyze.Run(t.Context(), set, analyze.Options{Secrets: s})
		if err != nil {
			t.Fatal(err)
		}
		return tr, path
	}
	for _, how := range []struct {
		version uint16
		socket  bool
		via     trace.Transport
	}{{tls.VersionTLS12, false, trace.TLS}, {tls.VersionTLS13, false, trace.TLS}, {tls.VersionTLS12, true, trace.WSS}, {tls.VersionTLS13, true, trace.WSS}} {
		t.Run(fmt.Sprint(tls.VersionName(how.version), " ", how.via), func(t *testing.T) {
			list, log := secured(t, how.version, how.socket, invite, ok)
			var s keys.Secrets
			s.Add(log)
			for name, in := range map[string]struct {
				file []byte
				keys *keys.Secrets
			}{"keys inside": {pcapngOf(list, log), nil}, "key log": {pcapngOf(list, nil), &s}} {
				tr, path := run(t, in.file, in.keys)
				if len(tr.Calls) != 1 || tr.Messages != 2 || tr.Calls[0].Answer.IsZero() || tr.Legs[0].Messages.At(0).Transport != how.via {
					t.Fatalf("%s: %d calls of %d messages", name, len(tr.Calls), tr.Messages)
				}
				for _, w := range tr.Captures[0].Warnings {
					if strings.Contains(w.Code, "encrypted") {
						t.Errorf("%s: %+v", name, w)
					}
				}
				if bin, err := exec.LookPath("tshark"); err == nil && name == "keys inside" && !how.socket { // a frame in the record of the upgrade is lost to it
					out, err := exec.Command(bin, "-n", "-r", path, "-Y", "sip", "-T", "fields", "-e", "sip.Call-ID",
						"-d", "tcp.port==5061,tls", "-d", "tls.port==5061,sip").Output()
					if n := strings.Count(string(out), "call@example.com"); err != nil || int64(n) != tr.Messages {
						t.Errorf("tshark finds %d messages, we %d (%v)", n, tr.Messages, err)
					}
				}
			}
			tr, _ := run(t, pcapngOf(list, nil), nil)
			code := "sips-encrypted"
			if how.socket {
				code = "tls-encrypted"
			}
			if len(tr.Calls) != 0 || len(tr.Captures[0].Warnings) != 1 || tr.Captures[0].Warnings[0].Code != code {
				t.Errorf("without keys: %d calls, %+v", len(tr.Calls), tr.Captures[0].Warnings)
			}
		})
	}
}
