package detect_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// TestRandomScenes draws calls at random, plays them, and holds what an analysis
// of each capture says against what became of every packet. The first thirty are
// always drawn, a hundred in the long run; LATCHSCOPE_DRAWS says how many instead,
// LATCHSCOPE_DRAW plays one again, by its number, and shows its text. Both together: so
// many from there on.
func TestRandomScenes(t *testing.T) {
	first, draws := 1, 30
	switch {
	case testing.Short():
		draws = 10
	case sample.Long():
		draws = 100
	}
	only := os.Getenv("LATCHSCOPE_DRAW")
	if n, err := strconv.Atoi(only); err == nil {
		first, draws = n, 1
	}
	if n, err := strconv.Atoi(os.Getenv("LATCHSCOPE_DRAWS")); err == nil {
		draws = n
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
			if t.Failed() || only != "" && draws == 1 {
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
	held   [2]time.Duration   // from when until when the call is on hold: nothing is due
	pace   float64            // seconds between packets
	drops  bool               // the capture lost packets of its own

	injected bool // a stranger sends RTP
	handed   bool // another machine takes over the gateway's part
}

// drawScene draws a call: who calls, through which engine, with which codec and
// packet time, over which IP; when the NAT moves the phone's port; holds, resumes,
// pauses, losses; whether another call runs beside it; and where one listens.
func drawScene(seed uint64) drawn {
	r := rand.New(rand.NewPCG(seed, 14))
	more := rand.New(rand.NewPCG(seed, 15)) // what was added later leaves the rest of a draw as it was
	also := func(p float64) bool { return more.Float64() < p }
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
	later := rand.New(rand.NewPCG(seed, 16)) // and what was added after that
	yet := func(p float64) bool { return later.Float64() < p }
	engine := pick(
		fmt.Sprintf("lock:%d:%.1f", 1+r.IntN(5), span(1, 4)), fmt.Sprintf("lock:%d:%.1f+deaf", 1+r.IntN(5), span(1, 4)),
		"delayed", "delayed+strict", "delayed+handover", "immediate", "immediate+strict", "immediate+handover", fmt.Sprintf("again:%d", 2+r.IntN(14)))
	say("seed %d", seed)
	say("nat router 198.51.100.7 ports=%s base=%d %s delay=%dms", pick("keep", "next", "random"), 20000+2*r.IntN(9000), pick("icmp=on", "icmp=off", "icmp=limited"), 5+r.IntN(60))
	say("host phone 192.168.1.50 behind=router")
	say("host gw 192.0.2.50 delay=%dms", r.IntN(20))
	say("server sbc 203.0.113.10 media=203.0.113.20 engine=%s open=%s%s", engine, pick("offer", "answer"), some(0.2, " rewrite"))
	say("call c1 %s via sbc codec=%s", pick("gw -> phone", "phone -> gw"), pick("PCMU", "PCMA", "G729", "opus"))
	tap := pick("", "", " link=sll", " link=sll2", " link=raw", " format=pcapng")
	d := drawn{points: [][]string{{"server"}}, held: [2]time.Duration{time.Hour, time.Hour}, paused: map[string]float64{}, pace: 0.02}
	if tap == "" && also(0.4) {
		tap = " vlan=100"
	}
	if also(0.1) {
		tap, d.drops = tap+" drops=1%", true
	}
	say("capture server at sbc%s", tap)
	if also(0.2) {
		say("capture gw at gw")
		d.points = append(d.points, []string{"gw"})
	}
	beside := also(0.2)
	if beside {
		say("host phone2 192.168.1.51 behind=router\nhost gw2 192.0.2.51\ncall c2 gw2 -> phone2 via sbc")
	}
	if r.Float64() < 0.3 {
		say("capture phone at phone offset=%.3f drift=%d", span(0, 3), r.IntN(60)-30)
		d.points = append(d.points, []string{"server", "phone"}, []string{"phone"})
	}

	answer := span(0.5, 2)
	end := answer + span(9, 16)
	ptime := ""
	if also(0.3) {
		ms := 10 + 10*more.IntN(6)
		d.pace, ptime = float64(ms)/1000, fmt.Sprintf(" ptime=%dms", ms)
	}
	if beside {
		say("0.3 c2 invite\n1 c2 200\n1.01 c2 phone2 talks\n1.02 c2 gw2 talks\n8 c2 gw2 bye")
	}
	offer := ""
	if also(0.15) {
		offer = " nosdp"
	}
	say("0 c1 invite%s", offer)
	say("%.3f c1 200", answer)
	for _, who := range []string{"phone", "gw"} {
		talks := fmt.Sprintf("%.3f c1 %s talks%s", answer+span(0, 0.1), who, some(0.4, " rtcp")+ptime)
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
		d.held[0] = time.Duration(from * float64(time.Second))
		holder := pick("phone", "gw")
		say("%.3f c1 %s reinvite hold", from, holder)
		if to := from + 1 + 4*more.Float64(); also(0.5) && to < end-1 {
			d.held[1] = time.Duration(to * float64(time.Second))
			say("%.3f c1 %s reinvite resume", to, holder)
		}
	}
	if r.Float64() < 0.2 {
		say("%.3f router loses %d%% %s rtp", answer+span(0, 3), 1+r.IntN(4), pick("in", "out"))
	}
	say("%.3f c1 %s bye", end, pick("phone", "gw"))
	d.text = b.String()
	d.addMore(seed, answer, end, yet, later)
	d.addLast(seed, answer, end)
	if also(0.2) { // without a NAT, and without moves
		d.text = regexp.MustCompile(`(?m)^nat .*\n| behind=router|^.* router forgets .*\n|^.* router loses .*\n`).ReplaceAllString(d.text, "")
		d.text = strings.NewReplacer("198.51.100.200", "2001:db8:7::c8", "10.9.0.", "fd00:9::", "198.51.100.7", "2001:db8:7::1", "192.168.1.", "fd00:1::", "192.0.2.", "2001:db8:2::", "203.0.113.", "2001:db8:1::").Replace(d.text)
	}
	return d
}

// addMore adds to a draw what does not change who talks when: RTCP in its kinds, one
// Call-ID for both legs, early media, strangers, two uplinks, addresses that a
// firewall translates, a NAT64, clocks that are wrong, and a consultation in a hold.
func (d *drawn) addMore(seed uint64, answer, end float64, yet func(float64) bool, r *rand.Rand) {
	line := func(re, by string) {
		d.text = regexp.MustCompile(`(?m)`+re).ReplaceAllString(d.text, by)
	}
	add := func(format string, a ...any) { d.text += fmt.Sprintf(format+"\n", a...) }
	if yet(0.2) {
		line(`^(call c1 .*)$`, "$1 rtcp="+[]string{"mux", "odd"}[r.IntN(2)])
	}
	if yet(0.1) {
		line(`^(.* c1 gw talks.*)$`, "$1 rtcp rtcp-bye")
		line(`rtcp(.*) rtcp rtcp-bye$`, "rtcp$1 rtcp-bye")
	}
	if yet(0.15) {
		line(`^(call c1 .*)$`, "$1 call-id=both-"+strconv.FormatUint(seed, 10)+"@example.net")
	}
	if yet(0.1) && strings.Contains(d.text, "call c1 gw -> phone") && !strings.Contains(d.text, "nosdp") {
		add("%.3f c1 183 sdp", answer*0.6)
		line(`^(.* c1 200)$`, "$1")
	}
	if yet(0.1) {
		add("host stranger 198.51.100.200")
		line(`^(server .*)$`, "$1")
		d.text = strings.Replace(d.text, "host stranger 198.51.100.200\n", "", 1)
		d.text = strings.Replace(d.text, "server sbc", "host stranger 198.51.100.200\nserver sbc", 1)
		add("%.3f stranger sends %s to c1/gw count=%d every=20ms", answer+3+r.Float64()*3, []string{"stun", "empty"}[r.IntN(2)], 1+r.IntN(20))
	}
	switch {
	case yet(0.08):
		line(`^(server sbc .*)$`, "$1 lan=10.9.0.20,10.9.0.10")
		if yet(0.5) {
			line(`^(capture server .*)$`, "$1 only=inner")
		}
	case yet(0.08):
		line(`^(nat router 198.51.100.7) `, "$1 inside=fd00:64::1 ")
		d.text = strings.NewReplacer("192.168.1.", "fd00:64::").Replace(d.text)
	}
	if yet(0.1) {
		line(`^(capture phone .* offset=)\S+`, "${1}"+[]string{"3600.4", "-1800s", "7200.1"}[r.IntN(3)])
	}
	if yet(0.1) && d.held[0] == time.Hour && len(d.paused) == 0 {
		line(`^(capture server .*)$`, fmt.Sprintf("$1 step=%.3f:-%dms", answer+1+r.Float64()*(end-answer-2), 400+r.IntN(1600)))
	}
}

// addLast adds what changes who talks, or to whom: music while a call is on hold, a
// consultation meanwhile, the gateway's part taken over by another machine, a stranger
// whose RTP the server may take for a party's. And an end that has no port for RTCP.
func (d *drawn) addLast(seed uint64, answer, end float64) {
	r := rand.New(rand.NewPCG(seed, 17))
	some := func(p float64) bool { return r.Float64() < p }
	line := func(re, by string) {
		d.text = regexp.MustCompile(`(?m)`+re).ReplaceAllString(d.text, by)
	}
	add := func(format string, a ...any) { d.text += fmt.Sprintf(format+"\n", a...) }
	host := func(name, address string) {
		line(`^(server sbc .*)$`, "host "+name+" "+address+"\n$1")
	}
	held, resumed := d.held[0].Seconds(), d.held[1].Seconds()
	music, consults, handsOver, injects := some(0.4), some(0.4), some(0.1), some(0.1)
	if some(0.1) {
		line(`^(host (?:gw|phone) .*)$`, "$1 no-rtcp")
	}
	switch {
	case held < 3600 && music:
		line(`^(.* reinvite hold)$`, "$1 music")
	case held < 3600 && resumed < 3600 && consults:
		host("third", "192.0.2.52")
		line(`^(call c1 .*)$`, "$1\ncall c3 phone -> third via sbc")
		add("%.3f c3 invite\n%.3f c3 200\n%.3f c3 phone talks\n%.3f c3 third talks\n%.3f c3 phone bye", held+0.2, held+0.5, held+0.51, held+0.52, resumed-0.1)
	case held == 3600 && handsOver:
		host("third", "192.0.2.52 delay=9ms")
		add("%.3f c1 gw reinvite to=third", answer+3+r.Float64()*(end-answer-5))
		d.handed = true
	}
	if injects && !strings.Contains(d.text, "host stranger") {
		host("stranger", "198.51.100.200")
		add("%.3f stranger sends rtp to c1/%s count=%d every=20ms", answer+2+r.Float64()*4, []string{"gw", "phone"}[r.IntN(2)], 1+r.IntN(150))
		d.injected = true
	}
}

// holdAccount compares the account of a call's audio with what the simulation
// knows of its packets.
func holdAccount(t *testing.T, d drawn, run *scenetest.Result, points []string, j judged) {
	t.Helper()
	calls := len(run.Truth.Calls)
	if len(j.trace.Calls) != calls && points[0] == "server" && !(d.drops && oneSided(j.trace)) {
		t.Errorf("%v: %d calls, not %d", points, len(j.trace.Calls), calls)
		return
	}
	truth := run.Truth.Calls[0]
	if calls > 1 && truth.Name != "c1" {
		truth = run.Truth.Calls[1]
	}
	at := slices.IndexFunc(j.trace.Calls, func(c *trace.Call) bool {
		return slices.ContainsFunc(c.Legs, func(l *trace.Leg) bool { return slices.Contains(truth.CallIDs, l.CallID) })
	})
	if at < 0 {
		t.Errorf("%v: the call is not there", points)
		return
	}
	call := j.trace.Calls[at]
	whole := points[0] == "server" // else one side alone: what is not in view is not silent
	names := map[string]string{truth.From: "caller", truth.To: "callee"}
	lost := map[string]float64{}  // silent seconds by direction
	least := map[string]float64{} // the same, if a hold lasts half a second longer: both ends take up the call again
	pieces := map[string]int{}
	for _, o := range run.Truth.Outages {
		if o.Call != truth.Name {
			continue
		}
		dir := names[o.From] + "-to-" + names[o.To]
		outside := func(resumed time.Duration) float64 {
			return (max(0, min(o.End, d.held[0])-o.Start) + max(0, o.End-max(o.Start, resumed))).Seconds()
		}
		lost[dir] += outside(d.held[1])
		if o.End > truth.Answered+time.Second { // what a latch learns from in the first second is set-up, and no silence
			least[dir] += outside(d.held[1] + time.Second/2)
		}
		pieces[dir]++
	}
	astray, lossy := false, false
	for _, f := range truth.Flows {
		lossy = lossy || f.Lost > 0
		astray = astray || f.Dropped+f.Withheld+f.Misdirected+f.Lost > 0
	}
	got := map[string]float64{}
	for _, row := range j.result.Ledger.Rows(call) {
		for i := range row.Spans {
			if s := &row.Spans[i]; s.State.Silent() && !(astray && s.Duration() <= edge) {
				got[row.Direction()] += float64(s.Duration()) / 1e9
			}
		}
	}
	for party, name := range names {
		dir := name + "-to-caller"
		if name == "caller" {
			dir = "caller-to-callee"
		}
		// What is under way at a move is lost on roads that no capture sees, and a
		// silence ends with a packet. A pause within a silence counts if it is short.
		tolerance := 0.1 + 0.2*float64(pieces[dir]) + 2*d.pace
		if pieces[dir] > 0 {
			tolerance += d.paused[party] + d.paused["phone"] // the phone's moves show with its next packet
		}
		if len(points) > 1 {
			tolerance += 0.1 // before the phone has sent, its NAT lets nothing in: no latch's, and lost
		}
		if !whole {
			tolerance += 0.15 * float64(len(run.Truth.Flips)) // what was under way at a move is lost before the phone
		}
		if d.handed {
			tolerance += d.paused[party] // nor of one that a hand-over ends
		}
		if d.held[0] < time.Hour {
			tolerance += d.paused[party] // of a pause that a hold ends nobody knows how long it would have been
			if d.drops {
				tolerance++ // the answer that ends the hold may not be in the capture, but the one sent again
			}
		}
		if d.held[1] < time.Hour {
			tolerance += 0.3 // a hold begins and ends with messages that are under way
		}
		if got[dir]-lost[dir] > tolerance || whole && least[dir]-got[dir] > tolerance {
			t.Errorf("%v: %s was silent for %.3f s, the account says %.3f s: %s", points, dir, lost[dir], got[dir], spansOf(j, call, dir))
		}
	}
	allowed := map[string]bool{}
	allowed["media-loss"], allowed["competing-source"] = d.drops, d.injected
	allowed["said-not-sent"] = d.injected && !whole // from one side a stranger's packets are what the server sends
	if len(run.Truth.Flips) > 0 {
		allowed["nat-port-flip"] = true
		allowed["audio-gap"] = !whole // what was under way at a move is lost before the phone
	}
	if (d.held[0] < time.Hour || d.handed) && max(d.paused["phone"], d.paused["gw"]) > 2 {
		allowed["audio-gap"] = true // it looks like audio that ended
	}
	for _, o := range run.Truth.Outages {
		allowed["latch-silence"] = true
		if d.handed || d.injected { // the latch did not follow, or took somebody else
			allowed["wrong-target"], allowed["not-relayed"] = true, true
		}
		if !whole {
			allowed["audio-gap"], allowed["one-way-audio"] = true, true
		}
		if o.Dead && o.Silence().Seconds()+d.paused[o.From] >= 9 { // where he paused before, who hears nothing does not know
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
		allowed["not-relayed"] = allowed["not-relayed"] || f.Withheld > 0 // a latch that learns anew after a pause
		allowed["lost-between"] = allowed["lost-between"] || len(points) > 1 && f.Delivered < f.Sent
	}
	if d.injected && strings.Contains(d.text, "router forgets phone") {
		allowed["icmp-unreachable"] = true // a stranger's packets that the server passes on to where the phone was are in no flow
	}
	for _, f := range j.result.Findings {
		if f.Code == "audio-gap" && f.Severity == detect.Warn && fewInRow(&f) && lossy {
			continue // packets in a row that the line lost
		}
		if f.Severity >= detect.Warn && !allowed[f.Code] && !(astray && onTheEdge(&f)) {
			t.Errorf("%v: nothing was so: %s; caller-to-callee %s; callee-to-caller %s", points, show(f), spansOf(j, call, "caller-to-callee"), spansOf(j, call, "callee-to-caller"))
		}
	}
	worst := max(lost["caller-to-callee"], lost["callee-to-caller"])
	audio := j.result.Ledger.Audio(call)
	missed := max(lost[names["phone"]+"-to-"+names["gw"]], lost[names["gw"]+"-to-"+names["phone"]]-d.paused["gw"]) // a pause of some length within a silence is none
	switch {
	case whole && missed >= 1.3+d.paused["phone"]+2*d.pace && audio != ledger.Lost:
		t.Errorf("%v: %.3f s were lost, and the verdict is %s", points, missed, audio)
	case worst == 0 && !slices.Contains(slices.Collect(maps.Values(allowed)), true) && (audio == ledger.Lost || audio == ledger.Impaired):
		t.Errorf("%v: nothing was lost, and the verdict is %s", points, audio)
	}
}

// edge is how long the shortest silence that counts may seem.
const edge = int64(101 * time.Millisecond)

// fewInRow reports whether a gap is of packets that a line may lose by chance.
func fewInRow(f *detect.Finding) bool { return f.Data.(detect.AudioGap).Silence < 0.3 }

// onTheEdge reports whether all silences of a finding are just as long as the shortest
// that counts: by microseconds they are longer where one listens than where they were
// sent.
func onTheEdge(f *detect.Finding) bool {
	if d, ok := f.Data.(detect.Silence); ok {
		return d.Silence <= float64(edge)/1e9
	}
	return len(f.Claims) > 0 && !slices.ContainsFunc(f.Claims, func(c detect.Claim) bool {
		return c.Row.Spans[c.Span].Duration() > edge
	})
}

// oneSided reports whether a leg's addresses are known of one side at most: the capture
// dropped the offer or the answer, and which call the leg belongs to with it.
func oneSided(t *trace.Trace) bool {
	return slices.ContainsFunc(t.Legs, func(l *trace.Leg) bool {
		return len(l.Ports) == 0 || !slices.ContainsFunc(l.Ports, func(p *trace.Port) bool { return p.Side != l.Ports[0].Side })
	})
}

// spansOf shows the account of a direction.
func spansOf(j judged, call *trace.Call, dir string) string {
	var out []string
	for _, row := range j.result.Ledger.Rows(call) {
		if row.Direction() != dir {
			continue
		}
		for _, s := range row.Spans {
			out = append(out, fmt.Sprintf("%s %.3f-%.3f", s.State, float64(s.From.Time-j.trace.First.Time)/1e9, float64(s.To.Time-j.trace.First.Time)/1e9))
		}
	}
	return strings.Join(out, ", ")
}
