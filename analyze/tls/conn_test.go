package tls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	stdtls "crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// piece is what one side wrote at once; from is 0 for the client.
type piece struct {
	from int
	b    []byte
}

// wire is a connection that keeps what passes.
type wire struct {
	net.Conn
	from int
	mu   *sync.Mutex
	to   *[]piece
}

func (w wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	*w.to = append(*w.to, piece{w.from, bytes.Clone(b)})
	w.mu.Unlock()
	return w.Conn.Write(b)
}

func certificate(t testing.TB, key any, public any) stdtls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return stdtls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// said is what a client and a server say to each other in the tests: longer
// than a record in one direction.
func said(n int) [2]string {
	return [2]string{
		strings.Repeat(fmt.Sprintf("INVITE sip:%d@example.com SIP/2.0\r\n", n), 20),
		strings.Repeat(fmt.Sprintf("SIP/2.0 200 answer %d\r\n", n), 1200),
	}
}

const rounds = 6

// talk lets two TLS ends talk, and returns what passed between them and the key
// log.
func talk(t testing.TB, client, server *stdtls.Config) ([]piece, []byte) {
	t.Helper()
	var pieces []piece
	var mu sync.Mutex
	var keys bytes.Buffer
	client.KeyLogWriter, client.InsecureSkipVerify = &keys, true
	a, b := net.Pipe()
	done := make(chan error, 1)
	go func() {
		s := stdtls.Server(wire{b, 1, &mu, &pieces}, server)
		for n := range rounds {
			want := said(n)
			buf := make([]byte, len(want[0]))
			if _, err := io.ReadFull(s, buf); err != nil {
				done <- err
				return
			}
			if _, err := s.Write([]byte(want[1])); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	c := stdtls.Client(wire{a, 0, &mu, &pieces}, client)
	for n := range rounds {
		want := said(n)
		if _, err := c.Write([]byte(want[0])); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, len(want[1]))); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return pieces, keys.Bytes()
}

// listen follows pieces, cut into segments of size bytes, and returns what it
// understands of either side.
func listen(pieces []piece, keys []byte, size int) (got [2]string, readable bool) {
	var s Secrets
	s.Add(keys)
	c := NewConn(&s)
	readable = true
	for _, p := range pieces {
		for b := p.b; len(b) > 0; {
			n := min(size, len(b))
			if !c.Write(p.from, bytes.Clone(b[:n]), func(plain []byte) { got[p.from] += string(plain) }) {
				readable = false
			}
			b = b[n:]
		}
	}
	return got, readable
}

func everything() (all [2]string) {
	for n := range rounds {
		for i, s := range said(n) {
			all[i] += s
		}
	}
	return all
}

func TestStandardLibrary(t *testing.T) {
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	certificates := []stdtls.Certificate{certificate(t, rsaKey, &rsaKey.PublicKey), certificate(t, ecKey, &ecKey.PublicKey)}
	type how struct {
		version, suite uint16
	}
	list := []how{{stdtls.VersionTLS13, 0}}
	for _, s := range append(stdtls.CipherSuites(), stdtls.InsecureCipherSuites()...) {
		if strings.Contains(s.Name, "RC4") || s.ID>>8 == 0x13 {
			continue
		}
		for _, v := range s.SupportedVersions {
			list = append(list, how{v, s.ID})
		}
	}
	want := everything()
	for _, h := range list {
		name := stdtls.VersionName(h.version) + " " + stdtls.CipherSuiteName(h.suite)
		t.Run(name, func(t *testing.T) {
			config := func() *stdtls.Config {
				return &stdtls.Config{MinVersion: h.version, MaxVersion: h.version, CipherSuites: []uint16{h.suite}, Certificates: certificates}
			}
			pieces, keys := talk(t, config(), config())
			for _, size := range []int{1 << 20, 1460, 7} {
				if got, ok := listen(pieces, keys, size); got != want || !ok {
					t.Fatalf("segments of %d: %d and %d bytes of %d and %d, readable %t", size, len(got[0]), len(got[1]), len(want[0]), len(want[1]), ok)
				}
			}
			if got, ok := listen(pieces, nil, 1460); got != [2]string{} || ok {
				t.Errorf("without keys: %d and %d bytes, readable %t", len(got[0]), len(got[1]), ok)
			}
			if h.version == stdtls.VersionTLS13 {
				var some []string
				for _, line := range strings.Split(string(keys), "\n") {
					if !strings.Contains(line, "HANDSHAKE") {
						some = append(some, line)
					}
				}
				if got, _ := listen(pieces, []byte(strings.Join(some, "\n")), 1460); got != want {
					t.Errorf("without the handshake's secrets: %d and %d bytes", len(got[0]), len(got[1]))
				}
			}
		})
	}
}

// TestGap loses a piece of the conversation: what follows it is read again.
func TestGap(t *testing.T) {
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	certificates := []stdtls.Certificate{certificate(t, key, &key.PublicKey)}
	for _, h := range []struct{ version, suite uint16 }{
		{stdtls.VersionTLS13, 0},
		{stdtls.VersionTLS12, stdtls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		{stdtls.VersionTLS12, stdtls.TLS_RSA_WITH_AES_128_CBC_SHA},
		{stdtls.VersionTLS10, stdtls.TLS_RSA_WITH_AES_128_CBC_SHA},
	} {
		config := func() *stdtls.Config {
			return &stdtls.Config{MinVersion: h.version, MaxVersion: h.version, CipherSuites: []uint16{h.suite}, Certificates: certificates}
		}
		pieces, keys := talk(t, config(), config())
		var s Secrets
		s.Add(keys)
		c := NewConn(&s)
		var got string
		from := 0
		for i, p := range pieces {
			if p.from == 0 && len(p.b) > 400 && from == 0 && i > len(pieces)/2 {
				from = i
				c.Gap(0)
				continue
			}
			c.Write(p.from, bytes.Clone(p.b), func(plain []byte) {
				if p.from == 0 {
					got += string(plain)
				}
			})
		}
		last := said(rounds - 1)[0]
		if from == 0 || !strings.HasSuffix(got, last) {
			t.Errorf("%s: the last message is missing behind a gap at %d of %d", stdtls.VersionName(h.version), from, len(pieces))
		}
	}
}

// TestOpenSSL listens to suites that the standard library does not choose, or
// does not have.
func TestOpenSSL(t *testing.T) {
	bin, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	cert := certificate(t, key, &key.PublicKey)
	pemFile := filepath.Join(dir, "server.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})...)
	if err := os.WriteFile(pemFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, how := range [][]string{
		{"-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"},
		{"-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"},
		{"-tls1_3", "-groups", "P-521"}, // the client is asked for another hello
		{"-tls1_2", "-cipher", "AES256-SHA256"},
		{"-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"},
		{"-tls1_2", "-cipher", "DHE-RSA-AES128-SHA"}, // with encrypt-then-MAC
	} {
		t.Run(strings.Join(how, " "), func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Skip("no sockets here")
			}
			port := l.Addr().(*net.TCPAddr).Port
			l.Close()
			keys := filepath.Join(dir, fmt.Sprint("keys", i))
			address := fmt.Sprintf("127.0.0.1:%d", port)
			server := exec.Command(bin, append([]string{"s_server", "-accept", address, "-cert", pemFile, "-rev", "-naccept", "1", "-quiet"}, how...)...)
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { server.Process.Kill(); server.Wait() }()

			// The client is openssl as well: a relay between them listens.
			relay, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer relay.Close()
			var pieces []piece
			var mu sync.Mutex
			go func() {
				in, err := relay.Accept()
				if err != nil {
					return
				}
				var out net.Conn
				for range 100 {
					if out, err = net.Dial("tcp", address); err == nil {
						break
					}
					time.Sleep(50 * time.Millisecond)
				}
				if err != nil {
					in.Close()
					return
				}
				go io.Copy(wire{out, 0, &mu, &pieces}, in)
				io.Copy(wire{in, 1, &mu, &pieces}, out)
			}()
			client := exec.Command(bin, "s_client", "-connect", relay.Addr().String(), "-quiet", "-keylogfile", keys)
			stdin, _ := client.StdinPipe()
			stdout, _ := client.StdoutPipe()
			if err := client.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { client.Process.Kill(); client.Wait() }()
			timer := time.AfterFunc(20*time.Second, func() { client.Process.Kill() })
			defer timer.Stop()
			fmt.Fprintln(stdin, "drawkcab")
			answer := make([]byte, len("backward\n"))
			if _, err := io.ReadFull(stdout, answer); err != nil {
				t.Fatalf("the two do not talk: %v", err)
			}
			text, err := os.ReadFile(keys)
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, size := range []int{1460, 1} {
				if got, _ := listen(pieces, text, size); got != [2]string{"drawkcab\n", "backward\n"} {
					t.Errorf("segments of %d: %q", size, got)
				}
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	r := strings.Repeat("ab", 32)
	var s Secrets
	n := s.Add([]byte("# comment\r\nCLIENT_RANDOM " + r + " " + strings.Repeat("cd", 48) + "\r\n" +
		"CLIENT_RANDOM " + r + " short\nCLIENT_RANDOM xx yy\nEXPORTER_SECRET " + r + " " + strings.Repeat("cd", 32) + "\n" +
		"CLIENT_TRAFFIC_SECRET_0 " + r + " " + strings.Repeat("ef", 32)))
	if n != 2 || !s.Any() || len(s.sessions) != 1 {
		t.Errorf("%d secrets, %d sessions", n, len(s.sessions))
	}
	if (*Secrets)(nil).Any() || new(Secrets).Any() {
		t.Error("no secrets are some")
	}
}

func FuzzConn(f *testing.F) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	certificates := []stdtls.Certificate{certificate(f, key, &key.PublicKey)}
	for _, v := range []uint16{stdtls.VersionTLS12, stdtls.VersionTLS13} {
		config := func() *stdtls.Config { return &stdtls.Config{MinVersion: v, MaxVersion: v, Certificates: certificates} }
		pieces, keys := talk(f, config(), config())
		var client, server []byte
		for _, p := range pieces {
			if p.from == 0 {
				client = append(client, p.b...)
			} else {
				server = append(server, p.b...)
			}
		}
		f.Add(keys, client[:min(len(client), 1500)], server[:min(len(server), 3000)])
	}
	f.Fuzz(func(t *testing.T, keys, client, server []byte) {
		var s Secrets
		s.Add(keys)
		for _, size := range []int{1 << 20, 11} {
			c := NewConn(&s)
			total := 0
			yield := func(b []byte) { total += len(b) }
			a, b := client, server
			for len(a)+len(b) > 0 {
				n := min(size, len(a))
				c.Write(0, bytes.Clone(a[:n]), yield)
				a = a[n:]
				n = min(size, len(b))
				c.Write(1, bytes.Clone(b[:n]), yield)
				b = b[n:]
				if held := c.Held(); held > 4*(mostRecord+mostMessages) {
					t.Fatalf("%d bytes held", held)
				}
			}
			if total > len(client)+len(server) {
				t.Fatalf("%d bytes out of %d", total, len(client)+len(server))
			}
			c.Gap(0)
		}
	})
}

// FuzzConnection listens to a whole connection in pieces of the fuzzer's sizes, of
// which it loses some and damages others: what is understood is a part of what was
// said, in its order, and without loss it is all.
func FuzzConnection(f *testing.F) {
	type conversation struct {
		pieces []piece
		keys   []byte
	}
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	certificates := []stdtls.Certificate{certificate(f, key, &key.PublicKey)}
	var all []conversation
	for _, v := range []uint16{stdtls.VersionTLS12, stdtls.VersionTLS13} {
		config := func() *stdtls.Config { return &stdtls.Config{MinVersion: v, MaxVersion: v, Certificates: certificates} }
		pieces, keys := talk(f, config(), config())
		all = append(all, conversation{pieces, keys})
	}
	want := everything()
	f.Add(byte(0), uint16(0), []byte{})
	f.Add(byte(1), uint16(100), []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Add(byte(0), uint16(5), []byte{0, 0, 0, 0, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, which byte, size uint16, fate []byte) {
		talked := all[int(which)%len(all)]
		var s Secrets
		s.Add(talked.keys)
		c := NewConn(&s)
		var got [2]string
		var at [2]int // in what was said: where the next must stand at least
		n, lost := 0, false
		for _, p := range talked.pieces {
			for b := p.b; len(b) > 0; n++ {
				part := bytes.Clone(b[:min(int(size%2000)+200, len(b))])
				b = b[len(part):]
				what := byte(0)
				if n < len(fate) {
					what = fate[n]
				}
				switch what & 3 {
				case 1:
					c.Gap(p.from)
					lost = true
					continue
				case 2:
					part[int(what>>2)%len(part)] ^= 0x40
					lost = true
				}
				c.Write(p.from, part, func(plain []byte) {
					i := strings.Index(want[p.from][at[p.from]:], string(plain))
					if i < 0 {
						t.Fatalf("side %d never said %q", p.from, plain)
					}
					at[p.from] += i + len(plain)
					got[p.from] += string(plain)
				})
				if held := c.Held(); held > 4*(mostRecord+mostMessages) {
					t.Fatalf("%d bytes held", held)
				}
			}
		}
		if !lost && got != want {
			t.Fatalf("understood %d and %d bytes of %d and %d", len(got[0]), len(got[1]), len(want[0]), len(want[1]))
		}
	})
}
