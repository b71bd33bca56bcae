package e2e

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/extract"
	"github.com/latchscope/latchscope/analyze/redact"
)

// No report shows what somebody dialled, logged in with or encrypted by, in
// whatever format, in a call about which there is much to say.
func TestSecretsStayInTheCapture(t *testing.T) {
	secrets := map[string]string{
		"digest response":       "deadbeefcafe4711deadbeefcafe4711",
		"digest nonce":          "nonceNONCE4711",
		"basic credentials":     "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		"bearer token":          "eyJhbGciOiJIUzI1NiJ9.4711",
		"password in a URI":     "uriPassw0rd",
		"SRTP key":              "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
		"MIKEY key":             "AQAFgM0XflABAAAAAAAAAAAAAAsAyONQ6g",
		"k= key":                "plainTextKey4711",
		"ICE password":          "asd88fgpdd777uzjYhagZg",
		"DTMF in an INFO":       "73194285",
		"DTMF in a URI":         "31415926",
		"password of a MESSAGE": "hunter2hunter2",
	}
	for what, s := range secrets {
		for _, n := range secrets {
			if s != n && strings.Contains(n, s) {
				t.Fatal(what)
			}
		}
	}
	tp := newTape()
	d := begin("secrets", alice, bob)
	d.name = "alice:" + secrets["password in a URI"]
	d.extra = "User-Agent: phone\r\n" +
		`Authorization: Digest username="alice", realm="x", nonce="` + secrets["digest nonce"] + `", uri="sip:x", response="` + secrets["digest response"] + "\"\r\n" +
		`Proxy-Authorization: Basic ` + secrets["basic credentials"] + "\r\n" +
		`Authorization: Bearer ` + secrets["bearer token"] + "\r\n" +
		"Contact: <sip:alice:" + secrets["password in a URI"] + "@192.0.2.1;postd=" + secrets["DTMF in a URI"] + ">\r\n"
	body := sdp(alice) + "k=clear:" + secrets["k= key"] + "\r\n" +
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + secrets["SRTP key"] + "|2^20|1:32\r\n" +
		"a=key-mgmt:mikey " + secrets["MIKEY key"] + "\r\n" +
		"a=ice-ufrag:8hhY\r\na=ice-pwd:" + secrets["ICE password"] + "\r\n"
	tp.up(d, d.request("INVITE", body, false))
	tp.talk(bob, alice, 7, 1, 40)
	tp.unreachable(bob, alice, rtp(7, 40, 40*160))
	d.toTag = "t"
	tp.down(d, d.response(200, "INVITE", strings.ReplaceAll(body, alice.String(), bob.String())))
	tp.up(d, d.request("ACK", "", false))
	for i, c := range secrets["DTMF in an INFO"] {
		d.cseq++
		tp.up(d, strings.Replace(d.request("INFO", fmt.Sprintf("Signal=%c\r\nDuration=160\r\n", c), false), "application/sdp", "application/dtmf-relay", 1))
		// And the same digits as telephone events (RFC 4733).
		event := rtp(7, uint16(100+i), 16000)[:12]
		event[1] = 101
		tp.udp(bob, alice, append(event, byte(c-'0'), 0x8a, 0, 160))
		tp.now += 20e6
	}
	d.cseq++
	tp.up(d, strings.Replace(d.request("MESSAGE", "the password is "+secrets["password of a MESSAGE"], false), "application/sdp", "text/plain", 1))
	moved := at(addr(192, 0, 2, 2), 20100)
	tp.talk(moved, alice, 7, 200, 200)
	tp.bye(d)
	r := must(t, analyze.Options{}, file(t, t.TempDir(), "secrets.pcap", tp.data))
	if len(r.result.Findings) == 0 {
		t.Fatal("nothing to say")
	}
	harvested := unpackedHarvest(t, file(t, t.TempDir(), "secrets.pcap", tp.data))
	for what, s := range secrets {
		if strings.Contains(harvested, s) {
			t.Errorf("a harvest holds the %s", what)
		}
	}
	if !strings.Contains(harvested, "sip:alice@") {
		t.Error("a harvest holds nothing")
	}
	shown := shownMessages(t, r, tp.data)
	if !strings.Contains(shown, "INVITE sip:") || !strings.Contains(shown, "m=audio ") {
		t.Errorf("the messages are not shown: %s", shown)
	}
	for what, s := range secrets {
		if strings.Contains(shown, s) {
			t.Errorf("the messages show the %s:\n%s", what, shown)
		}
	}
	if strings.Contains(digits(shown), secrets["DTMF in an INFO"]) {
		t.Error("the messages show the digits one by one")
	}
	for _, f := range writers() {
		out := rendered(t, r, f.Write)
		for what, s := range secrets {
			if strings.Contains(out, s) {
				i := strings.Index(out, s)
				t.Errorf("%s shows the %s: …%s", f.Name, what, out[max(0, i-60):i+len(s)])
			}
		}
		if squeezed := digits(out); strings.Contains(squeezed, secrets["DTMF in an INFO"]) {
			t.Errorf("%s shows the digits one by one", f.Name)
		}
	}
}

// shownMessages are the SIP messages of a capture as a page shows them.
func shownMessages(t *testing.T, r run, data []byte) string {
	t.Helper()
	set, err := capture.OpenSet([]string{file(t, t.TempDir(), "shown.pcap", data)}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	raw, err := extract.Messages(t.Context(), set, r.trace, r.trace.Calls, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range r.trace.Legs {
		for _, m := range l.Messages.All() {
			b.Write(redact.Safe(raw[m.Ref]))
		}
	}
	return b.String()
}

// digits are those that stand alone, in their order: "5", then "7".
func digits(s string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '.') }) {
		if len(w) == 1 && w[0] <= '9' {
			b.WriteString(w)
		}
	}
	return b.String()
}

// unpackedHarvest is what is in the harvest of a capture, as bytes.
func unpackedHarvest(t *testing.T, path string) string {
	t.Helper()
	set, err := capture.OpenSet([]string{path}, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	h, err := analyze.Gather(t.Context(), set, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := h.Write(&b); err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(bytes.NewReader(b.Bytes()[9:])) // behind its name and version
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
