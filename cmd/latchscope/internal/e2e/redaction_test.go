package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/redact"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/sip"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/mutation"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
	"github.com/latchscope/latchscope/detect"
)

// Names that stand nowhere but in a message's fields that carry names. No piece
// of them may be left in what is redacted, however the message was damaged.
const (
	userName  = "zanzibarjones"
	number    = "4930918273645"
	display   = "Wilhelmina Fotheringay"
	hostName  = "quuxgateway.vorpalcorp.example"
	hostAddr  = "203.77.191.243"
	insideIP6 = "2001:db8:beef:cafe:7a19:44c2:91e0:5bd3"
	callIDOf  = "kj8w2qmxv7rt@" + hostName
)

func namedMessages() []string {
	sdp := "v=0\r\no=" + userName + " 1 1 IN IP4 " + hostAddr + "\r\ns=" + display + "\r\ni=call of " + userName + "\r\ne=" + userName + "@" + hostName + "\r\np=+" + number +
		"\r\nc=IN IP4 " + hostAddr + "\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtcp:30001 IN IP4 " + hostAddr +
		"\r\na=candidate:1 1 UDP 2130706431 " + insideIP6 + " 5000 typ srflx raddr " + hostAddr + " rport 5001\r\na=ssrc:314159 cname:" + userName + "@" + hostName + "\r\na=sendrecv\r\n"
	head := "Via: SIP/2.0/UDP " + hostName + ":5060;branch=z9hG4bK776asdhds;received=" + hostAddr + ";rport=5060\r\n" +
		"From: \"" + display + "\" <sip:" + userName + "@" + hostName + ">;tag=1928301774\r\nTo: <sip:+" + number + "@" + hostAddr + ";user=phone>\r\n" +
		"Call-ID: " + callIDOf + "\r\nCSeq: 3 INVITE\r\nMax-Forwards: 70\r\nContact: " + display + " <sip:" + userName + "@[" + insideIP6 + "]:5060;transport=udp>;expires=60\r\n" +
		"Allow: INVITE, ACK, BYE, CANCEL\r\nSupported: replaces, timer\r\nSession-Expires: 1800;refresher=uac\r\nP-Asserted-Identity: <tel:+" + number + ">\r\n" +
		"Diversion: <sip:" + number + "@" + hostName + ">;reason=unconditional\r\nX-Account: " + userName + "\r\nReason: Q.850;cause=16;text=\"for " + userName + "\"\r\n" +
		"Record-Route: <sip:" + hostAddr + ";lr>\r\nReplaces: " + callIDOf + ";to-tag=7;from-tag=8\r\nSubject: " + display + "\r\n"
	with := func(start, kind, body string) string {
		return start + "\r\n" + head + "Content-Type: " + kind + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	}
	parts := "--quuxpart\r\nContent-Type: application/sdp\r\n\r\n" + sdp + "\r\n--quuxpart\r\nContent-Type: application/pidf+xml\r\n\r\n<x>" + userName + "</x>\r\n--quuxpart--\r\n"
	return []string{
		with("INVITE sip:+"+number+"@"+hostName+";user=phone SIP/2.0", "application/sdp", sdp),
		with("SIP/2.0 200 OK", "application/sdp", sdp),
		with("SIP/2.0 404 "+userName+" is not here", "text/plain", display),
		with("INVITE tel:+"+number+" SIP/2.0", "multipart/mixed;boundary=quuxpart", parts),
		strings.ReplaceAll(with("BYE sip:"+userName+"@"+hostAddr+" SIP/2.0", "application/sdp", ""), "\r\n", "\n"),
	}
}

// pieces are what is looked for: six letters or eight digits of a name in a row,
// and whole addresses.
func pieces() []string {
	out := []string{hostAddr, insideIP6, "beef:cafe:7a19"}
	add := func(s string, n int) {
		for i := 0; i+n <= len(s); i++ {
			out = append(out, strings.ToLower(s[i:i+n]))
		}
	}
	for _, s := range []string{userName, "Wilhelmina", "Fotheringay", "quuxgateway", "vorpalcorp", "kj8w2qmxv7rt"} {
		add(s, 6)
	}
	add(number, 8)
	slices.Sort(out)
	return slices.Compact(out)
}

// protocolNumber is a field whose number is nobody's.
var protocolNumber = regexp.MustCompile(`(?im)(?:^(?:cseq|rseq|rack|expires|timestamp|content-length|l|max-forwards|session-expires|x|min-se)\s*:[^\r\n]*|^[tbrz]=[^\r\n]*|^o=\S+ \d+ \d+|ssrc:\d+)`)

// left is a piece that stands in a text, "" if none does.
func left(list []string, text []byte) string {
	text = protocolNumber.ReplaceAllFunc(text, func(b []byte) []byte {
		return bytes.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return '#'
			}
			return r
		}, b)
	})
	low := strings.ToLower(string(text))
	for _, p := range list {
		if i := strings.Index(low, p); i >= 0 {
			return fmt.Sprintf("%q in %q", p, text[max(0, i-60):min(len(text), i+60)])
		}
	}
	return ""
}

// TestRedactionFailsClosed damages messages that are full of names, and looks
// for the names in what redaction makes of them. LATCHSCOPE_REDACT is how many
// it tries.
func TestRedactionFailsClosed(t *testing.T) {
	count := 3000
	if s := os.Getenv("LATCHSCOPE_REDACT"); s != "" {
		count, _ = strconv.Atoi(s)
	}
	list, messages := pieces(), namedMessages()
	failed, redacted := 0, 0
	for seed := range count {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		msg := []byte(messages[seed%len(messages)])
		if seed >= len(messages) {
			msg = mutation.Message(rng, msg)
		}
		if !sip.Looks(msg) {
			continue // never written: see Builder.Packets
		}
		redacted++
		names := redact.NewPseudonyms([]byte("a key for tests"))
		if found := left(list, names.SIP(msg)); found != "" {
			t.Errorf("seed %d leaves %s", seed, found)
			if failed++; failed > 30 {
				t.FailNow()
			}
		}
	}
	if redacted < count/3 {
		t.Errorf("only %d of %d messages looked like SIP", redacted, count)
	}
	t.Logf("%d of %d messages redacted", redacted, count)
}

// Nor is any in a redacted report or a redacted capture.
func TestRedactedFilesLeaveNoName(t *testing.T) {
	count := 40
	if s := os.Getenv("LATCHSCOPE_REDACT"); s != "" {
		count, _ = strconv.Atoi(s)
		count /= 10
	}
	list, dir := pieces(), t.TempDir()
	failed := 0
	for seed := range count {
		rng := rand.New(rand.NewPCG(uint64(seed), 3))
		names := redact.NewPseudonyms([]byte("a key for tests"))
		data := namedCapture(rng, seed)
		if seed%2 == 0 {
			data = labelled(t, dir, data)
		}
		r := must(t, analyze.Options{}, file(t, dir, "named.pcap", data))
		look := func(what string, b []byte) {
			if found := left(list, b); found != "" {
				t.Errorf("seed %d: %s leaves %s", seed, what, found)
				if failed++; failed > 20 {
					t.FailNow()
				}
			}
		}
		if seed == 0 && left(list, []byte(rendered(t, r, jsonOf))) == "" {
			t.Fatal("the report has no name in it to begin with")
		}
		prose := names.Prose(r.trace)
		rewritten, err := report.New(r.trace, r.result, report.Options{Version: "test", Docs: detect.Detectors(), Rewrite: func(kind report.Kind, s string) string {
			switch kind {
			case report.URI:
				return names.URI(s)
			case report.Name:
				return prose.Name(s)
			case report.CallID:
				return names.Text(s)
			case report.Path:
				return names.Path(s)
			}
			return prose.Text(s)
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range writers() {
			var b bytes.Buffer
			if err := f.Write(&b, rewritten); err != nil {
				t.Fatal(err)
			}
			look(f.Name, b.Bytes())
		}
		set, err := capture.OpenSet([]string{dir + "/named.pcap"}, nil, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wanted := extract.NewWanted(r.trace)
		for _, c := range r.trace.Calls {
			wanted.Call(c, extract.All, nil)
		}
		taken, err := extract.Take(t.Context(), set, wanted, extract.Options{Pseudonyms: names})
		set.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range taken {
			var b bytes.Buffer
			if err := c.WritePcapng(&b); err != nil {
				t.Fatal(err)
			}
			look("the capture", b.Bytes())
		}
	}
}

// namedCapture is a call whose messages are full of names, over UDP and TCP,
// most of them damaged, with media and errors that quote both.
func namedCapture(rng *rand.Rand, seed int) []byte {
	messages := namedMessages()
	tp := newTape()
	a, b := at(addr(203, 77, 191, 243), 5060), at(addr(192, 0, 2, 44), 5060)
	seq := uint32(1)
	for i := range 12 {
		msg := []byte(messages[i%len(messages)])
		if seed > 0 && rng.IntN(3) > 0 {
			msg = mutation.Message(rng, msg)
		}
		switch rng.IntN(4) {
		case 0:
			tp.tcp(a, b, seq, 0x18, msg)
			seq += uint32(len(msg))
		case 1:
			tp.udp(a, b, msg)
			tp.unreachable(a, b, msg[:min(len(msg), 28+rng.IntN(600))])
		default:
			tp.udp(a, b, msg)
		}
		tp.now += rng.Int64N(1e9)
		tp.talk(at(a.Addr(), 30000), at(b.Addr(), 20000), 7, 100*i, 10)
		tp.talk(at(b.Addr(), 20000), at(a.Addr(), 30000), 8, 100*i, 10)
	}
	return tp.data
}

// labelled is a capture as a pcapng file, with names in all that a file can say
// besides packets: comments of the file, of its interface and its packets, the
// interface's name, description, filter and address, and resolved names.
func labelled(t *testing.T, dir string, pcap []byte) []byte {
	list, _, ok := frames(t, file(t, dir, "unlabelled.pcap", pcap), capture.Options{})
	if !ok {
		t.Fatal("no capture")
	}
	le := binary.LittleEndian
	padded := func(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
	option := func(b []byte, code int, value string) []byte {
		b = le.AppendUint16(le.AppendUint16(b, uint16(code)), uint16(len(value)))
		return append(b, padded([]byte(value))...)
	}
	block := func(out []byte, kind uint32, body []byte) []byte {
		n := uint32(len(body) + 12)
		out = le.AppendUint32(le.AppendUint32(out, kind), n)
		return le.AppendUint32(append(out, body...), n)
	}
	end := func(b []byte) []byte { return le.AppendUint32(b, 0) }

	section := le.AppendUint64(append(le.AppendUint32(nil, 0x1a2b3c4d), 1, 0, 0, 0), 1<<64-1)
	for code := 1; code <= 4; code++ { // comment, hardware, system, program
		section = option(section, code, "of "+userName+" at "+hostName)
	}
	out := block(nil, 0x0a0d0d0a, end(section))

	of := le.AppendUint32(le.AppendUint32(nil, uint32(list[0].Link)), 0)
	of = option(option(option(of, 1, "for "+userName), 2, userName+"0"), 3, "uplink of "+hostName)
	of = option(option(of, 4, "\xcb\x4d\xbf\xf3\xff\xff\xff\x00"), 11, "\x00host "+hostAddr)
	of = option(option(of, 9, "\x09"), 12, hostName)
	out = block(out, 1, end(of))

	record := append(le.AppendUint16(le.AppendUint16(nil, 1), uint16(4+len(hostName)+1)), 203, 77, 191, 243)
	names := append(padded(append(append(record, hostName...), 0)), 0, 0, 0, 0)
	out = block(out, 4, end(option(names, 2, hostName)))

	for _, f := range list {
		b := le.AppendUint32(le.AppendUint32(nil, 0), uint32(f.Time>>32))
		b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, uint32(f.Time)), uint32(len(f.Data))), uint32(f.Len))
		out = block(out, 6, end(option(append(b, padded(bytes.Clone(f.Data))...), 1, display+", "+number)))
	}
	return out
}

// The scenes and the laboratory: no word of a user, a number, a display name, a
// host or a Call-ID is in their redacted captures, unless it is a pseudonym of
// another or a word that any redacted capture has.
func TestCapturesLeaveNoName(t *testing.T) {
	dir := t.TempDir()
	word := func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }
	words := func(b []byte) map[string]bool {
		out := map[string]bool{}
		for _, w := range strings.FieldsFunc(strings.ToLower(string(b)), word) {
			out[w] = true
		}
		return out
	}
	redacted := func(data []byte) (run, []byte, *redact.Pseudonyms) {
		names := redact.NewPseudonyms([]byte("a key for tests"))
		path := file(t, dir, "a.cap", data)
		r := must(t, analyze.Options{}, path)
		set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer set.Close()
		wanted := extract.NewWanted(r.trace)
		for _, c := range r.trace.Calls {
			wanted.Call(c, extract.Near, nil)
		}
		taken, err := extract.Take(t.Context(), set, wanted, extract.Options{Pseudonyms: names})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for _, c := range taken {
			if err := c.WritePcapng(&b); err != nil {
				t.Fatal(err)
			}
		}
		return r, b.Bytes(), names
	}
	_, plain, _ := redacted(namedCapture(rand.New(rand.NewPCG(1, 1)), 0))
	common := words(plain)
	looked := 0
	some := seeds(t)
	if os.Getenv("LATCHSCOPE_REDACT") == "" {
		some = sample.Every(t, 4, everyNth(some, 4))
	}
	for _, s := range some {
		r, out, names := redacted(s.data)
		there, pseudonyms := words(out), map[string]bool{}
		for _, n := range names.Named() {
			for w := range words([]byte(n.Pseudonym)) {
				pseudonyms[w] = true
			}
		}
		for _, l := range r.trace.Legs {
			for _, name := range []string{l.CallID, l.Parties[0].URI, l.Parties[1].URI, l.Parties[0].Display, l.Parties[1].Display} {
				for w := range words([]byte(name)) {
					digits := strings.Trim(w, "0123456789") == ""
					if len(w) < 4 || digits && len(w) < 6 || common[w] || pseudonyms[w] {
						continue
					}
					looked++
					if there[w] {
						t.Errorf("%s: %q of %q is left", s.name, w, name)
					}
				}
			}
		}
	}
	if looked < sample.Least(4, 50) {
		t.Errorf("only %d words were looked for", looked)
	}
}
