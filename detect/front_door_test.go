package detect_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/detect"
)

// TestServer is a media server's own test over a capture of its traffic.
func TestServer(t *testing.T) {
	tr, err := analyze.Files(t.Context(), "../testdata/lab/fix_openearly_lock3.server_any.pcap")
	if err != nil {
		t.Fatal(err)
	}
	r := detect.Run(tr, detect.Detectors())
	if r.Coverage.Judged == 0 {
		t.Fatal("no call that could be judged: an empty capture proves nothing")
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Severity >= detect.Warn {
			t.Error(r.Words(f))
		}
	}
}

// The front door for tests of a media server: analyse a capture, run the detectors,
// and print what they have to say of each finding.
func Example() {
	tr, err := analyze.Files(context.Background(), "../testdata/lab/blog_lock3.server_any.pcap")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := detect.Run(tr, detect.Detectors())
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Severity == detect.Critical {
			fmt.Println(r.Words(f))
		}
	}
	// Output:
	// latch-silence in call 1 (critical, proven): 10.1 s of silence in both directions: the callee's old port was held on to
	//   The media server had latched on port 4000 (it trusts the source that it hears, RFC 7362) and stayed with it: it passed on none of the 499 packets from the new one and sent 500 packets to the old one, until that had been silent for 10.0 s. (frames 31, 35, 1547)
	//   To do: Let the latch follow a source that is confirmed (same SSRC, next sequence numbers) at once, and no other.
}
