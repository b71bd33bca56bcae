package detect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const quietCall = `host phone 192.0.2.60
host gw 192.0.2.50
server sbc 203.0.113.10 engine=immediate
call c1 gw -> phone via sbc
capture server at sbc
capture late at sbc from=5
0.0 c1 invite
2.0 c1 200
2.0 c1 phone talks
2.0 c1 gw talks
15.0 c1 gw bye
expect quiet point=server
`

// What a capture cannot show is said: a call that began before it, and what lies
// behind a cut.
func TestLimitsAreSaid(t *testing.T) {
	run := played(t, quietCall)
	const began = "began before the capture"
	if limits := judge(t, run, []string{"server"}).result.Coverage.Limits; strings.Contains(strings.Join(limits, " "), began) {
		t.Errorf("from its beginning: %q", limits)
	}
	if limits := judge(t, run, []string{"late"}).result.Coverage.Limits; !strings.Contains(strings.Join(limits, " "), began) {
		t.Errorf("from its middle: %q", limits)
	}
	whole := run.Capture("server")
	for end, want := range map[int]string{len(whole): "loss by the recording is not excluded", len(whole) - 7: "figures are up to the cut"} {
		path := filepath.Join(t.TempDir(), "cut.pcap")
		if err := os.WriteFile(path, whole[:end], 0o600); err != nil {
			t.Fatal(err)
		}
		if got := analyzed(t, path).result.Coverage.Recording.Verdict; got != want {
			t.Errorf("%d of %d bytes: %q, want %q", end, len(whole), got, want)
		}
	}
}

// What is mute by digital silence is so for as long as it was due, and the other
// direction is not.
func TestMute(t *testing.T) {
	text := strings.Replace(quietCall, "phone talks", "phone talks silence", 1)
	run := played(t, strings.Replace(text, "expect quiet", "expect dead-air", 1))
	j := judge(t, run, []string{"server"})
	rows := j.result.Ledger.Rows(j.trace.Calls[0])
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	for i := range rows {
		r, want := &rows[i], int64(0)
		if r.From.Name == "callee" {
			want = r.Due()
		}
		if got := j.result.Mute(r); got != want {
			t.Errorf("the %s's voice is mute for %d of %d ns, want %d", r.From.Name, got, r.Due(), want)
		}
	}
}
