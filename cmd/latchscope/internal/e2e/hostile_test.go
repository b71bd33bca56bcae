package e2e

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

// hostileNames are what a stranger may call himself. They stand in a capture
// as they are here, so a line break ends what they stand in.
var hostileNames = []string{
	"\x1b[2J\x1b[31mred\x1b[0m", "\x1b]0;title\a", "\u009b31m\x9b", "\b\b\bgone\x7f\x00nul",
	"\u202eright to left\u202c", "\u2066isolate\u2069\u200f", "zero\u200bwidth\ufeff\u2028line\u2029par",
	"\xff\xfe\xc3 not UTF-8", "tags \U000e0041", "zalgo" + strings.Repeat("\u0301", 60),
	"</script><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</details></table><h1>x", "javascript:alert(1)",
	"| cell | cell |", "`code` ``` ~~~~", "[link](http://evil.example)", "![i](http://evil.example/p.png)", "@everyone #1", "<!-- -->",
	"]]>", "<![CDATA[", "&amp;&lt;&#x1b;", "<?xml?>",
	"=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+1", "-2+3", "%s%n%!d(MISSING) {{.}} ${jndi:ldap://x}",
	strings.Repeat("x", 3000), strings.Repeat("漢", 900), "sip:a@b;x=\"\\\"",
}

// hostile is a call in whose every text a name stands, with something to find
// in it.
func hostile(name string) *tape {
	tp := newTape()
	d := begin("id", alice, bob)
	d.id = name + "@x"
	d.name = name
	d.fromTag = "f" + name
	d.extra = "User-Agent: " + name + "\r\nServer: " + name + "\r\nSubject: " + name + "\r\nReason: SIP;text=\"" + name + "\"\r\nContact: \"" + name + "\" <sip:" + name + "@192.0.2.1>\r\n"
	body := strings.Replace(sdp(alice), "s=-", "s="+name, 1) + "a=rtpmap:0 " + name + "/8000\r\na=label:" + name + "\r\nm=" + name + " 9000 RTP/AVP 96\r\na=rtpmap:96 " + name + "/8000\r\n"
	tp.up(d, d.request("INVITE", body, false))
	tp.talk(bob, alice, 7, 1, 40)
	tp.unreachable(bob, alice, rtp(7, 40, 40*160))
	d.toTag = "t" + name
	tp.down(d, d.response(200, "INVITE", strings.Replace(sdp(bob), "s=-", "s="+name, 1)))
	tp.up(d, d.request("ACK", "", false))
	tp.talk(at(addr(192, 0, 2, 2), 20100), alice, 7, 41, 200)
	tp.bye(d)
	return tp
}

// Names from a capture, its interfaces and its file do nothing in any report
// but stand there.
func TestHostileNames(t *testing.T) {
	tags := regexp.MustCompile(`<[/!]?[a-zA-Z][^>]*>`)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	sarif, err := compiler.Compile("../report/testdata/sarif-2.1.0.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	benign := 0
	for i, name := range append([]string{"alice"}, hostileNames...) {
		list, _, _ := frames(t, file(t, dir, "plain", hostile(name).data), capture.Options{})
		data := pcapngNamed(list, name)
		path := file(t, dir, "hostile.pcapng", data)
		if safe := strings.Map(func(r rune) rune {
			if r == '/' || r == 0 {
				return -1
			}
			return r
		}, name); runtime.GOOS != "windows" && len(safe) < 200 {
			path = file(t, dir, safe+".pcapng", data)
		}
		r := must(t, analyze.Options{}, path)
		sound(t, r)
		soundFormats(t, r)
		if i == 0 && len(r.result.Findings) < 2 {
			t.Fatalf("only %d findings", len(r.result.Findings))
		}

		out := rendered(t, r, report.HTML)
		got := tags.FindAllString(out, -1)
		if n := strings.Count(out, "<script"); n != 1 {
			t.Errorf("%q: %d scripts in HTML, where the page has one of its own", name, n)
		}
		for _, tag := range got {
			if tag == "<script>" {
				continue // the page's own, as counted
			}
			for _, bad := range []string{"<script", "<img", "onerror", `href="h`, `href="j`, "src="} {
				if strings.Contains(tag, bad) {
					t.Errorf("%q: %s in HTML", name, tag)
				}
			}
		}
		if n := strings.Count(out, "<h1"); benign == 0 {
			benign = n
		} else if n != benign {
			t.Errorf("%q: %d headings in HTML, not %d", name, n, benign)
		}

		dec := xml.NewDecoder(strings.NewReader(rendered(t, r, report.JUnit)))
		for {
			if _, err := dec.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%q: %v", name, err)
			}
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(rendered(t, r, report.SARIF)))
		if err == nil {
			err = sarif.Validate(doc)
		}
		if err != nil {
			t.Errorf("%q: SARIF: %v", name, err)
		}
		for line := range strings.Lines(rendered(t, r, report.NDJSON)) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%q: %s", name, line)
			}
		}
		markdownHolds(t, name, rendered(t, r, report.Markdown))
	}
}

// markdownHolds fails for syntax that came out of the capture: outside of code,
// nothing of it is left but words.
func markdownHolds(t *testing.T, name, out string) {
	t.Helper()
	spans := regexp.MustCompile("(`+)(?:[^`]|[^`](?:.*?)[^`])(`+)")
	fenced := false
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "~~~~") {
			fenced = !fenced
			continue
		}
		if fenced {
			continue
		}
		bare := spans.ReplaceAllString(line, "")
		for _, bad := range []string{"<script", "<img", "<h1", "<!--", "](http", "http:", "@everyone"} {
			if strings.Contains(bare, bad) {
				t.Errorf("%q: %s outside of code: %s", name, bad, line)
			}
		}
	}
	if fenced {
		t.Errorf("%q: a fence is left open", name)
	}
}
