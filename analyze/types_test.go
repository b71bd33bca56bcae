package analyze_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/trace"
)

// TestPayloadTypes holds that a stream knows the types of its packets, each once,
// and that packets with a header extension are its packets.
func TestPayloadTypes(t *testing.T) {
	for _, c := range []struct{ name, tape, want string }{
		{"one", "a>s 1: 100-199", "[0] 100"},
		{"another one later on", "a>s 1: 100-149\na>s 1: 150-199 pt=8", "[0 8] 100"},
		{"events within", "a>s 1: 100-149\na>s 1: 150-153 pt=101\na>s 1: 154-199", "[0 101] 100"},
		{"to and fro", "a>s 1: 100-149\na>s 1: 150-159 pt=8\na>s 1: 160-169\na>s 1: 170-199 pt=8", "[0 8] 100"},
		{"with header extensions", "a>s 1: 100-199 ext", "[0] 100"},
		{"with some", "a>s 1: 100-149\na>s 1: 150-199 ext", "[0] 100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := tape(t, c.tape)
			if len(tr.Streams) != 1 {
				t.Fatalf("%d streams", len(tr.Streams))
			}
			s := tr.Streams[0]
			if got := fmt.Sprint(s.PayloadTypes(), " ", s.Stats.Packets); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.tape, got, c.want)
			}
		})
	}
}

// TestCandidates: where a capture has more of what looks like RTP than may be kept,
// a short stream stays if SDP named one end of it, whichever.
func TestCandidates(t *testing.T) {
	const noise = 200
	text := dialog + "r>s 1: 100-102\na>y 2: 100-102\nx>y 3: 100-102\n"
	for i := range noise {
		text += fmt.Sprintf("x>y %d: 110-110\n", 1000+i)
	}
	limits := trace.DefaultLimits()
	limits.Candidates = 16
	tr := tapeWith(t, text, analyze.Options{Limits: limits})
	var got []uint32
	for _, s := range tr.Streams {
		got = append(got, s.SSRC)
	}
	if fmt.Sprint(got) != "[1 2]" {
		t.Errorf("streams %v are there, want those of the dialog, 1 and 2", got)
	}
	if len(tr.Warnings)+len(tr.Captures[0].Warnings) == 0 {
		t.Error("that something was not kept is not said")
	}
}

// TestCandidatesAreThinnedOut: what merely looks like RTP is forgotten when as much of it as may
// be kept has come together, and not again until then: a stream that nothing announced
// has time to become one.
func TestCandidatesAreThinnedOut(t *testing.T) {
	var text string
	for i := range 40 {
		text += fmt.Sprintf("x>y %d: %d-%d\n", 1000+i, 100+i, 100+i)
	}
	text += "a>y 2: 117-150 +5\n" // the first eight were dropped at 108, the next at 116
	limits := trace.DefaultLimits()
	limits.Candidates = 8
	tr := tapeWith(t, text, analyze.Options{Limits: limits})
	if len(tr.Streams) != 1 || tr.Streams[0].SSRC != 2 || uint16(tr.Streams[0].First.Seq) != 117 {
		t.Errorf("%d streams are there, want one that begins at 117", len(tr.Streams))
	}
	var got []string
	for _, w := range slices.Concat(tr.Warnings, tr.Captures[0].Warnings) {
		got = append(got, fmt.Sprint(w.Code, " ", w.Count))
	}
	if fmt.Sprint(got) != "[limit-candidates 32]" {
		t.Errorf("%v is told, want 4 times 8", got)
	}
}

// TestCandidatesAnnouncedSince: where all that would be forgotten has been announced by now,
// nothing is, and nothing is told.
func TestCandidatesAnnouncedSince(t *testing.T) {
	limits := trace.DefaultLimits()
	limits.Candidates = 2
	tr := tapeWith(t, "x>a 1: 40-40\nx>s 2: 40-40\n"+dialog+"x>y 3: 110-159\n", analyze.Options{Limits: limits})
	if list := slices.Concat(tr.Warnings, tr.Captures[0].Warnings); len(list) > 0 {
		t.Errorf("%v is told", list)
	}
}

// TestOthers counts the messages that belong to no call, the most frequent first.
func TestOthers(t *testing.T) {
	tr := tape(t, "sip 50 a>s OPTIONS 1 call=x\nsip 51 s>a 200 1 call=x\nsip 60 a>s REGISTER 1 call=y\nsip 61 a>s REGISTER 2 call=y\nsip 62 a>s REGISTER 3 call=y\n"+dialog)
	if got := fmt.Sprint(tr.Others); got != "[{REGISTER 3} {OPTIONS 2}]" {
		t.Errorf("%s", got)
	}
}
