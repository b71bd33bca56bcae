// Package tls reads TLS connections of which somebody kept the session keys: a
// browser, a softphone or a proxy that was told to write a key log, or a capture
// with the keys in it. It only listens. It knows TLS 1.0 to 1.3 with AES in GCM
// and CBC mode, 3DES, and ChaCha20-Poly1305; not CCM, RC4, Camellia, early data,
// or a handshake inside a session (renegotiation).
//
// Nothing here prints: secrets leave this package in no form.
package tls

import (
	"bytes"
	"encoding/hex"
)

// random is the client's: what a key log names a session by.
type random [32]byte

// label says what a secret is for, in the words of the key log.
type label uint8

const (
	master          label = iota // TLS 1.2 and before
	clientHandshake              // TLS 1.3, RFC 8446 section 7.1
	serverHandshake
	clientTraffic
	serverTraffic
	labels
)

var labelNames = map[string]label{
	"CLIENT_RANDOM":                   master,
	"CLIENT_HANDSHAKE_TRAFFIC_SECRET": clientHandshake,
	"SERVER_HANDSHAKE_TRAFFIC_SECRET": serverHandshake,
	"CLIENT_TRAFFIC_SECRET_0":         clientTraffic,
	"SERVER_TRAFFIC_SECRET_0":         serverTraffic,
}

// mostSessions bounds how many sessions' secrets are held, some 300 bytes each.
const mostSessions = 200_000

// Secrets are the keys of sessions. The zero value holds none. Reading and adding
// at the same time is not allowed.
type Secrets struct {
	sessions map[random]*session
}

type session struct {
	secret [labels][]byte
}

// Add takes a key log (draft-ietf-tls-keylogfile): lines of a label, the client's
// random and the secret, in hexadecimal. Other lines are passed over. It returns
// how many secrets it understood.
func (s *Secrets) Add(log []byte) (n int) {
	for len(log) > 0 {
		var line []byte
		line, log, _ = bytes.Cut(log, []byte("\n"))
		if s.line(line) {
			n++
		}
	}
	return n
}

func (s *Secrets) line(line []byte) bool {
	f := bytes.Fields(line)
	if len(f) != 3 {
		return false
	}
	kind, known := labelNames[string(f[0])]
	if !known || len(f[1]) != 64 || len(f[2]) < 64 || len(f[2]) > 128 {
		return false
	}
	var r random
	secret := make([]byte, hex.DecodedLen(len(f[2])))
	if _, err := hex.Decode(r[:], f[1]); err != nil {
		return false
	}
	if _, err := hex.Decode(secret, f[2]); err != nil {
		return false
	}
	of := s.sessions[r]
	if of == nil {
		if len(s.sessions) >= mostSessions {
			return false
		}
		if s.sessions == nil {
			s.sessions = map[random]*session{}
		}
		of = new(session)
		s.sessions[r] = of
	}
	of.secret[kind] = secret
	return true
}

// Any tells whether there are secrets at all.
func (s *Secrets) Any() bool { return s != nil && len(s.sessions) > 0 }
