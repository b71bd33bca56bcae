package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/scenetest/sharkd"
)

// dissected is a frame as Wireshark has it.
type dissected struct {
	No, Time, Protocols, Length, Source string
	Comments                            []string
}

// dissect reads the frames of a capture that a filter picks.
func dissect(t *testing.T, wireshark *sharkd.Daemon, path, filter string) map[string]dissected {
	t.Helper()
	fields := []string{"frame.time_epoch", "frame.protocols", "frame.len", "ip.src"}
	first := len(fields)
	for n := range 9 {
		fields = append(fields, fmt.Sprintf("frame.comment:%d", n+1))
	}
	answer, err := wireshark.Ask(path, sharkd.Question{Filter: filter, Fields: fields})
	if err != nil {
		t.Fatal(err)
	}
	frames := map[string]dissected{}
	for no, f := range answer.Frames {
		d := dissected{No: fmt.Sprint(no), Time: f[0], Protocols: f[1], Length: f[2], Source: f[3]}
		for _, c := range f[first:] {
			if c != "" {
				d.Comments = append(d.Comments, c)
			}
		}
		if len(d.Comments) == len(fields)-first {
			t.Fatalf("frame %d may have more comments than were asked for", no)
		}
		frames[d.No] = d
	}
	return frames
}

// fits reports whether a note can be about a frame of such protocols.
func fits(note, protocols string) bool {
	is := func(name string) bool { return slices.Contains(strings.Split(protocols, ":"), name) }
	refusal := is("icmp") || is("icmpv6")
	switch {
	case strings.Contains(note, "ICMP") || strings.Contains(note, "refusal") || strings.HasPrefix(note, "refused"):
		return refusal
	case strings.Contains(note, "SDP") || strings.Contains(note, "INVITE") || strings.Contains(note, "BYE") || strings.Contains(note, "have answered"):
		return is("sip")
	case strings.Contains(note, "packet"):
		return is("udp") && !is("sip") && !refusal
	}
	return true
}

// The evidence goes into captures as Wireshark reads them: each note at the frame that
// the report names, and at no other; in a copy, in an extract, in which frames have
// other numbers, and in captures of two points.
func TestAnnotationsInTshark(t *testing.T) {
	wireshark := sharkd.Start(t, sharkd.Settings{})
	if wireshark == nil {
		t.Skip("no sharkd here, which comes with tshark, or no time")
	}
	origin := regexp.MustCompile(`^(.+), frame (\d+)$`)
	for _, scene := range sample.Every(t, 4, []string{"story", "story-two-points", "lost-between-points", "failover-six", "idle-flip-lock", "relay-stalls", "injection-wins", "sdp-unlatched", "lab/idle-flip.server.pcap.gz"}) {
		t.Run(scene, func(t *testing.T) {
			paths, dir := []string{filepath.Join("..", "..", "testdata", scene)}, t.TempDir()
			if !strings.Contains(scene, ".") {
				paths = sceneFiles(t, scene)
			}
			var doc struct {
				Captures []struct{ Point int }
				Findings []struct {
					Code     string
					Call     *int
					Evidence []struct {
						File, Frame int
						Note        string
					}
				}
			}
			copied := filepath.Join(dir, "copy.pcapng")
			if err := json.Unmarshal([]byte(output(t, append([]string{"analyze", "--format", "json", "--annotate", copied}, paths...))), &doc); err != nil {
				t.Fatal(err)
			}
			want := make([]map[string][]string, len(paths)) // notes, by file and frame
			for i := range want {
				want[i] = map[string][]string{}
			}
			notes, calls := 0, map[int]bool{}
			for _, f := range doc.Findings {
				about := f.Code
				if f.Call != nil {
					about = fmt.Sprintf("%s, call %d", f.Code, *f.Call)
					calls[*f.Call] = true
				}
				for _, e := range f.Evidence {
					if e.Frame == 0 || e.Note == "" {
						continue
					}
					at := fmt.Sprint(e.Frame)
					if text := fmt.Sprintf("latchscope: %s (%s)", e.Note, about); !slices.Contains(want[e.File][at], text) {
						want[e.File][at] = append(want[e.File][at], text)
						notes++
					}
				}
			}
			if notes < 2 {
				t.Fatalf("%d notes", notes)
			}
			named := func(stem string, file int) string {
				if len(paths) == 1 {
					return filepath.Join(dir, stem+".pcapng")
				}
				return filepath.Join(dir, fmt.Sprintf("%s.point%d.pcapng", stem, doc.Captures[file].Point))
			}
			told := func(text string) []string { return strings.Split(text, `\n`) } // as tshark writes a line end
			output(t, append([]string{"extract", "--annotate", "-o", filepath.Join(dir, "part.pcapng")}, paths...))
			var sources []string // of what is said to have been passed on
			for i, path := range paths {
				original := dissect(t, wireshark, path, "frame")
				for at, texts := range want[i] {
					for _, text := range texts {
						if strings.Contains(text, "packet of the callee passed on") {
							sources = append(sources, original[at].Source)
						}
					}
				}
				frames := dissect(t, wireshark, named("copy", i), "frame.comment")
				for at, texts := range want[i] {
					var got []string
					for _, c := range frames[at].Comments {
						got = append(got, told(c)...)
					}
					if !slices.Equal(got, texts) {
						t.Errorf("frame %s of the copy says %q, not %q", at, got, texts)
					}
					for _, text := range texts {
						note := strings.TrimPrefix(text, "latchscope: ")
						note = note[:strings.LastIndex(note, " (")]
						if !fits(note, original[at].Protocols) {
							t.Errorf("frame %s, %s, is said to be %q", at, original[at].Protocols, note)
						}
					}
				}
				if len(frames) != len(want[i]) {
					t.Errorf("%d frames of the copy have comments, not %d", len(frames), len(want[i]))
				}
				for at, f := range frames {
					if o := original[at]; o.Time != f.Time || o.Length != f.Length {
						t.Errorf("frame %s of the copy is another packet", at)
					}
				}
				// The extract is of one call, the worst finding's; what it says of others
				// that share a frame with it does not matter.
				noted := 0
				for no, f := range dissect(t, wireshark, named("part", i), "frame.comment") {
					if len(f.Comments) == 0 {
						continue
					}
					from := origin.FindStringSubmatch(f.Comments[0])
					if from == nil || from[1] != filepath.Base(path) {
						t.Errorf("frame %s of the extract does not say where it is from: %q", no, f.Comments)
						continue
					}
					if o := original[from[2]]; o.Time != f.Time || o.Length != f.Length {
						t.Errorf("frame %s of the extract is not frame %s", no, from[2])
					}
					for _, c := range f.Comments[1:] {
						for _, text := range told(c) {
							noted++
							if !slices.Contains(want[i][from[2]], text) {
								t.Errorf("frame %s of the extract, which was %s, says %q", no, from[2], text)
							}
						}
					}
				}
				all := 0
				for _, texts := range want[i] {
					all += len(texts)
				}
				if len(calls) == 1 && noted != all {
					t.Errorf("the extract of %s has %d of %d notes", filepath.Base(path), noted, all)
				}
			}
			// Whoever passes packets on is one host; the talker's own are none of them.
			if slices.Sort(sources); len(slices.Compact(sources)) > 1 {
				t.Errorf("packets that were passed on come from %q", sources)
			}
		})
	}
}
