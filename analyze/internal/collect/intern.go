package collect

import (
	"encoding/binary"
	"strings"

	"github.com/latchscope/latchscope/analyze/packet"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/analyze/trace"
)

// interned is what many messages of a capture have in common, kept once. A table
// that is full begins anew: what recurs is soon back in it.
type interned struct {
	names    map[string]string  // of codecs and agents
	kinds    map[kindKey]uint32 // numbers in the Store
	passages map[trace.Passage]uint32
	terms    map[string]*trace.Terms // by all that they say
	last     [64]lastKind
	key      []byte
}

type kindKey struct {
	defects string
	reason  string
	expires int32
	status  int16
	method  int8 // index into callMethods
	pieces  trace.Pieces
}

// lastKind is a kind that was met lately: nearly all messages are of a dozen.
type lastKind struct {
	key  kindKey
	kind uint32 // 0: none
}

// maxInterned is how much of each sort is shared.
const maxInterned = 4096

func newInterned() interned {
	return interned{
		names: map[string]string{}, kinds: map[kindKey]uint32{}, passages: map[trace.Passage]uint32{}, terms: map[string]*trace.Terms{},
	}
}

// intern puts v into a table of what is shared.
func intern[K comparable, V any](table map[K]V, key K, v V) V {
	if len(table) >= maxInterned {
		clear(table)
	}
	table[key] = v
	return v
}

// name is b as a string.
func (s *interned) name(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	b = b[:min(len(b), maxName)]
	if n, ok := s.names[string(b)]; ok {
		return n
	}
	n := string(b)
	return intern(s.names, n, n)
}

// forget forgets the numbers of what is shared.
func (s *interned) forget() {
	clear(s.kinds)
	clear(s.passages)
	clear(s.last[:])
}

// kind is what sort of message m is.
func (s *interned) kind(m *said, defects []sip.Defect, reason []byte, pieces trace.Pieces, made *made) uint32 {
	k := kindKey{method: m.method, status: m.status, expires: m.expires, reason: s.name(reason), pieces: pieces}
	if !m.request && k.status == 0 {
		k.status = 999 // a response all the same
	}
	last := &s.last[(int(k.status)+int(k.method)*131)%len(s.last)]
	if len(defects) > 0 {
		var codes []string
		for _, f := range defects {
			codes = append(codes, f.Code.String())
		}
		k.defects = strings.Join(codes, ",")
	} else if last.kind != 0 && last.key == k {
		return last.kind
	}
	known := s.kinds[k]
	if known == 0 {
		known = intern(s.kinds, k, made.Kinds.Add(kindOf(k)))
	}
	*last = lastKind{k, known}
	return known
}

func kindOf(k kindKey) trace.Kind {
	return trace.Kind{Status: k.status, Method: callMethods[k.method], Defects: k.defects, Expires: k.expires, Reason: k.reason, Pieces: k.pieces}
}

// passage is where a message of the Call-ID came by.
func (c *collector) passage(d *packet.Datagram, via trace.Transport, n *callIDState) uint32 {
	p := trace.Passage{Src: d.Src, Dst: d.Dst, Tap: d.Tap, Transport: via}
	for _, known := range n.passages {
		if known != 0 && *c.made.Passages.At(known) == p {
			return known
		}
	}
	return remember(n.passages[:], &n.next.passage, c.interned.passage(p, &c.made))
}

func (s *interned) passage(p trace.Passage, made *made) uint32 {
	if known := s.passages[p]; known != 0 {
		return known
	}
	return intern(s.passages, p, made.Passages.Add(p))
}

// maxTermsKey is how long terms may be, in bytes, to be shared.
const maxTermsKey = 1024

// term are the terms of an m= line.
func (s *interned) term(m *sip.Media) *trace.Terms {
	s.key = termsKey(s.key[:0], m)
	known := s.terms[string(s.key)]
	if known == nil {
		t := terms(m, s.name)
		if known = &t; len(s.key) <= maxTermsKey {
			intern(s.terms, string(s.key), known)
		}
	}
	if m.RTCPPort == 0 && len(m.Candidates) == 0 {
		return known
	}
	own := *known
	private(&own, m)
	return &own
}

// termsKey writes down all that makes terms differ.
func termsKey(key []byte, m *sip.Media) []byte {
	text := func(b []byte) {
		key = append(binary.LittleEndian.AppendUint16(key, uint16(len(b))), b...)
	}
	flags := byte(m.Direction)
	for i, set := range [...]bool{m.RTCPMux, m.Secure || m.Crypto || m.Fingerprint, m.T38, m.ICE || len(m.Candidates) > 0, keyless(m)} {
		if set {
			flags |= 4 << i
		}
	}
	key = append(key, flags)
	text(m.KindRaw[:min(len(m.KindRaw), maxName)])
	for i := range m.Formats {
		f := &m.Formats[i]
		key = append(key, f.PT)
		key = binary.LittleEndian.AppendUint32(key, uint32(f.Clock))
		text(f.Name[:min(len(f.Name), maxName)])
	}
	return key
}
