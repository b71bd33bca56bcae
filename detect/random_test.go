package detect_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/detect"
)

// TestRandomScenes draws calls at random, plays them, and holds what an analysis
// of each capture says against what became of every packet. The first hundred are
// always drawn; LATCHSCOPE_DRAWS says how many instead, LATCHSCOPE_DRAW plays one
// again, by its number, and shows its text.
func TestRandomScenes(t *testing.T) {
	first, draws := 1, 100
	if n, err := strconv.Atoi(os.Getenv("LATCHSCOPE_DRAWS")); err == nil {
		draws = n
	} else if testing.Short() {
		draws = 10
	}
	only := os.Getenv("LATCHSCOPE_DRAW")
	if n, err := strconv.Atoi(only); err == nil {
		first, draws = n, 1
	}
	for n := first; n < first+draws; n++ {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			d := drawScene(uint64(n))
			s, err := scenetest.Parse("draw "+strconv.Itoa(n), []byte(d.text))
			if err != nil {
				t.Fatalf("%v\n%s", err, d.text)
			}
			run, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			for _, points := range d.points {
				holdAccount(t, d, run, points, judge(t, run, points))
			}
			if t.Failed() || only != "" {
				t.Logf("LATCHSCOPE_DRAW=%d go test -run TestRandomScenes ./detect\n%s", n, d.text)
			}
		})
	}
}

// drawn is a scene drawn at random.
type drawn struct {
	text   string
	points [][]string         // capture points that are read together
	paused map[string]float64 // for how long a party pauses, in seconds
	held   time.Duration      // from when on the call is on hold: nothing is due any more
}

// drawScene draws a call: who calls, through which engine, with which codec; when
// the NAT moves the phone's port; holds, pauses, losses; and where one listens.
func drawScene(seed uint64) drawn {
	r := rand.New(rand.NewPCG(seed, 14))
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	span := func(from, to float64) float64 { return math.Round((from+r.Float64()*(to-from))*1000) / 1000 }
	some := func(p float64, format string, a ...any) string {
		if r.Float64() < p {
			return fmt.Sprintf(format, a...)
		}
		return ""
	}
	var b strings.Builder
	say := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	engine := pick(
		fmt.Sprintf("lock:%d:%.1f", 1+r.IntN(5), span(1, 4)), fmt.Sprintf("lock:%d:%.1f+deaf", 1+r.IntN(5), span(1, 4)),
		"delayed", "delayed+strict", "delayed+handover", "immediate", "immediate+strict", "immediate+handover", fmt.Sprintf("again:%d", 2+r.IntN(14)))
	say("seed %d", seed)
	say("nat router 198.51.100.7 ports=%s base=%d %s delay=%dms", pick("keep", "next", "random"), 20000+2*r.IntN(9000), pick("icmp=on", "icmp=off", "icmp=limited"), 5+r.IntN(60))
	say("host phone 192.168.1.50 behind=router")
	say("host gw 192.0.2.50 delay=%dms", r.IntN(20))
	say("server sbc 203.0.113.10 media=203.0.113.20 engine=%s open=%s%s", engine, pick("offer", "answer"), some(0.2, " rewrite"))
	say("call c1 %s via sbc codec=%s", pick("gw -> phone", "phone -> gw"), pick("PCMU", "PCMA", "G729", "opus"))
	say("capture server at sbc%s", pick("", "", " link=sll", " link=sll2", " link=raw", " format=pcapng"))
	d := drawn{points: [][]string{{"server"}}, held: time.Hour, paused: map[string]float64{}}
	if r.Float64() < 0.3 {
		say("capture phone at phone offset=%.3f drift=%d", span(0, 3), r.IntN(60)-30)
		d.points = append(d.points, []string{"server", "phone"})
	}

	answer := span(0.5, 2)
	end := answer + span(9, 16)
	say("0 c1 invite")
	say("%.3f c1 200", answer)
	for _, who := range []string{"phone", "gw"} {
		talks := fmt.Sprintf("%.3f c1 %s talks%s", answer+span(0, 0.1), who, some(0.4, " rtcp"))
		if r.Float64() < 0.3 {
			from := answer + span(2, 5)
			d.paused[who] = span(0.3, 3)
			talks += fmt.Sprintf(" pause=%.3f-%.3f%s", from, from+d.paused[who], some(0.5, " cn"))
		}
		say("%s", talks)
	}
	// A move in the last seconds is left out: how a call ends is judged more mildly.
	at := answer + span(1.5, 4)
	for range r.IntN(4) {
		if at > end-2 {
			break
		}
		say("%.3f router forgets phone", at)
		at += span(0.5, 6)
	}
	if r.Float64() < 0.2 {
		from := answer + span(3, 5)
		d.held = time.Duration(from * float64(time.Second))
		say("%.3f c1 %s reinvite hold", from, pick("phone", "gw"))
	}
	if r.Float64() < 0.2 {
		say("%.3f router loses %d%% %s rtp", answer+span(0, 3), 1+r.IntN(4), pick("in", "out"))
	}
	say("%.3f c1 %s bye", end, pick("phone", "gw"))
	d.text = b.String()
	return d
}

// holdAccount compares the account of a call's audio with what the simulation
// knows of its packets.
func holdAccount(t *testing.T, d drawn, run *scenetest.Result, points []string, j judged) {
	t.Helper()
	if len(j.trace.Calls) != 1 {
		t.Errorf("%v: %d calls, not one", points, len(j.trace.Calls))
		return
	}
	truth := run.Truth.Calls[0]
	call := j.trace.Calls[0]
	names := map[string]string{truth.From: "caller", truth.To: "callee"}
	lost := map[string]float64{} // silent seconds by direction
	pieces := map[string]int{}
	for _, o := range run.Truth.Outages {
		dir := names[o.From] + "-to-" + names[o.To]
		lost[dir] += max(0, min(o.End, d.held)-o.Start).Seconds()
		pieces[dir]++
	}
	got := map[string]float64{}
	for _, row := range j.result.Ledger.Rows(call) {
		got[row.Direction()] += float64(row.Silent()) / 1e9
	}
	for party, name := range names {
		dir := name + "-to-caller"
		if name == "caller" {
			dir = "caller-to-callee"
		}
		// What is under way at a move is lost on roads that no capture sees, and a
		// silence ends with a packet. A pause within a silence counts if it is short.
		tolerance := 0.1 + 0.2*float64(pieces[dir])
		if pieces[dir] > 0 {
			tolerance += d.paused[party] + d.paused["phone"] // the phone's moves show with its next packet
		}
		if len(points) > 1 {
			tolerance += 0.1 // before the phone has sent, its NAT lets nothing in: no latch's, and lost
		}
		if math.Abs(got[dir]-lost[dir]) > tolerance {
			t.Errorf("%v: %s was silent for %.3f s, the account says %.3f s: %s", points, dir, lost[dir], got[dir], spansOf(j, dir))
		}
	}
	allowed := map[string]bool{}
	if len(run.Truth.Flips) > 0 {
		allowed["nat-port-flip"] = true
	}
	for _, o := range run.Truth.Outages {
		allowed["latch-silence"] = true
		if o.Dead && o.Silence() >= 9*time.Second {
			allowed["call-cut"] = true // a BYE so long after the audio ended looks like a media timeout
		}
	}
	for _, e := range truth.Early {
		allowed["early-rtp"] = allowed["early-rtp"] || e.Packets > 0
		allowed["icmp-unreachable"] = allowed["icmp-unreachable"] || e.Refused > 0
	}
	for _, f := range truth.Flows {
		allowed["media-loss"] = allowed["media-loss"] || f.Lost > 0 || f.Dropped+f.Withheld+f.Misdirected > 0
		allowed["icmp-unreachable"] = allowed["icmp-unreachable"] || f.Misdirected > 0
		allowed["lost-between"] = allowed["lost-between"] || len(points) > 1 && f.Delivered < f.Sent
	}
	for _, f := range j.result.Findings {
		if f.Severity >= detect.Warn && !allowed[f.Code] {
			t.Errorf("%v: nothing was so: %s; caller-to-callee %s; callee-to-caller %s", points, show(f), spansOf(j, "caller-to-callee"), spansOf(j, "callee-to-caller"))
		}
	}
	worst := max(lost["caller-to-callee"], lost["callee-to-caller"])
	audio := j.result.Ledger.Audio(call)
	switch {
	case worst >= 1.3+d.paused["phone"] && audio != ledger.Lost:
		t.Errorf("%v: %.3f s were lost, and the verdict is %s", points, worst, audio)
	case worst == 0 && len(allowed) == 0 && (audio == ledger.Lost || audio == ledger.Impaired):
		t.Errorf("%v: nothing was lost, and the verdict is %s", points, audio)
	}
}

// spansOf shows the account of a direction.
func spansOf(j judged, dir string) string {
	var out []string
	for _, row := range j.result.Ledger.Rows(j.trace.Calls[0]) {
		if row.Direction() != dir {
			continue
		}
		for _, s := range row.Spans {
			out = append(out, fmt.Sprintf("%s %.3f-%.3f", s.State, float64(s.From.Time-j.trace.First.Time)/1e9, float64(s.To.Time-j.trace.First.Time)/1e9))
		}
	}
	return strings.Join(out, ", ")
}
