package scenetest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/scenetest/sharkd"
)

var scenes = os.DirFS("../../testdata/scenes")

// misread are scenes of which Wireshark tells another truth, with the reason.
var misread = map[string]string{
	"stray-dns": "what SDP says of a port makes RTP of everything there to Wireshark, of a name server's question too",
}

// TestScenes plays every scene and holds what comes out against whatever can judge it:
// pcapgo's readers, and the expectations against the truth; a quarter of them, and all in
// the long run, against a second run and against Wireshark. SIP and SDP parsers judge them among the oracles.
func TestScenes(t *testing.T) {
	all, err := LoadAll(scenes)
	if err != nil {
		t.Fatal(err)
	}
	wireshark := sharkd.Start(t, sharkd.Settings{
		Preferences: []string{"ip.check_checksum:TRUE", "udp.check_checksum:TRUE", "tcp.check_checksum:TRUE"},
		Heuristics:  []string{"rtp_udp", "rtcp_udp"},
	})
	twice := sample.Indices(t, 4, len(all))
	for no, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			r, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range r.Captures {
				checkReadable(t, c, r.Truth.Points[i], s.captures[i].stepBy < 0)
			}
			checkExpectations(t, s, &r.Truth)
			if !slices.Contains(twice, no) {
				return
			}
			again, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range r.Captures {
				if !bytes.Equal(c.Bytes, again.Captures[i].Bytes) {
					t.Errorf("%s differs between two runs", c.Name)
				}
				if wireshark != nil && misread[s.Name] == "" {
					checkWireshark(t, wireshark, c, r.Truth.Points[i])
				}
			}
		})
	}
}

// TestDocumentedStory plays the example in the package's documentation.
func TestDocumentedStory(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(doc), "# The story, as a scene")
	example, _, _ = strings.Cut(example, "What follows")
	s, err := Parse("doc", []byte(strings.ReplaceAll(example, "\n//", "\n")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	checkExpectations(t, s, &r.Truth)
}

// TestStreaming writes a scene of many calls as it comes about.
func TestStreaming(t *testing.T) {
	s, err := Parse("many", manyCalls(20))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	truth, err := s.RunTo(func(string) (io.Writer, error) { return &out, nil })
	if err != nil {
		t.Fatal(err)
	}
	if n, err := countFrames(out.Bytes(), false); err != nil || n != truth.Points[0].Frames || n < 20*4*450 {
		t.Errorf("%d frames, the truth counts %d (%v)", n, truth.Points[0].Frames, err)
	}
	if len(truth.Outages) > 0 {
		t.Errorf("an outage: %+v", truth.Outages[0])
	}
}

func manyCalls(n int) []byte {
	b := []byte("nat r 198.51.100.7\nhost phone 192.168.1.2 behind=r\nhost gw 192.0.2.1\nserver s 203.0.113.1 engine=delayed\ncapture s at s\n")
	for i := range n {
		at := float64(i) / 100
		b = fmt.Appendf(b, "call c%d gw -> phone via s\n%.3f c%d invite\n%.3f c%d 200\n%.3f c%d phone talks\n%.3f c%d gw talks\n%.3f c%d gw bye\n",
			i, at, i, at+1, i, at+1, i, at+1.05, i, at+10, i)
	}
	return b
}

func BenchmarkRun(b *testing.B) {
	s, err := Parse("many", manyCalls(100))
	if err != nil {
		b.Fatal(err)
	}
	frames := 0
	for b.Loop() {
		truth, err := s.RunTo(func(string) (io.Writer, error) { return io.Discard, nil })
		if err != nil {
			b.Fatal(err)
		}
		frames += truth.Points[0].Frames
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(frames), "ns/frame")
}
