package analyze_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/scenetest"
	"github.com/latchscope/latchscope/analyze/trace"
)

// A tape is a capture written as text, a run of packets a line:
//
//	a>s 1: 100-149,155-157       numbers of SSRC 1 from a to s
//	s>b 1: 100-149 +30           the same packets, 30 ms later
//	a>s 1: 150-199 pt=8 ext      of payload type 8 instead of 0, with a header extension
//	s>b 7: 500-549 as 1:100      SSRC 7 with the payloads of SSRC 1 from number 100 on, at their times
//	a>s 1: 500-549 at 100        from second 100 on; else a number says the time
//	sip 90 a>s INVITE 1 a:4000   at number 90's time: method or status, CSeq, SDP
//	stun 110 a>s asks            a check: asks, nominates, or answers
//	icmp 110 s>a 3/3 of a>s 1    refuses number 110 of SSRC 1 from a to s, 1 ms later
//
// A packet is due every 20 ms: number 100 at second 0, number 150 at second 1.
// Hosts are letters, with a port behind them where it is not 4000. Options of
// sip: call=ID, tag=TAG of the callee (- for none), own=TAG of the caller, by=HOST that wrote
// what a NAT or a proxy sends on, of=METHOD that a status answers where that is not
// the last request of its number, or whose transaction an ACK is of, sendonly and the like. Options of icmp:
// +MS, bytes=N of the quoted datagram (8 is its header alone), as=WHAT was
// refused (rtcp, stun, dtls, sip, junk), id: the packet had an identification.
func tape(t *testing.T, text string) *trace.Trace {
	t.Helper()
	return tapeWith(t, text, analyze.Options{})
}

func tapeWith(t *testing.T, text string, opt analyze.Options) *trace.Trace {
	t.Helper()
	var list []frame
	w := writer{t: t, methods: map[string]string{}, callers: map[string]string{}}
	for line := range strings.Lines(text) {
		switch line = strings.TrimSpace(line); {
		case line == "":
		case strings.HasPrefix(line, "sip "):
			list = append(list, w.sip(strings.Fields(line)[1:]))
		case strings.HasPrefix(line, "stun "):
			list = append(list, w.stun(strings.Fields(line)[1:]))
		case strings.HasPrefix(line, "icmp "):
			list = append(list, w.icmp(strings.Fields(line)[1:]))
		default:
			list = append(list, runOf(t, line)...)
		}
	}
	slices.SortStableFunc(list, func(a, b frame) int { return a.at - b.at })
	file := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0} // raw IP
	for _, f := range list {
		at := f.at + epoch
		for _, v := range []int{at / 1000, at % 1000 * 1000, len(f.data), len(f.data)} {
			file = binary.LittleEndian.AppendUint32(file, uint32(v))
		}
		file = append(file, f.data...)
	}
	return traceWith(t, opt, scenetest.Capture{Name: "tape.pcap", Bytes: file})
}

// epoch is when number 100 is due, in ms since 1970.
const epoch = 1_000_000_000

// number is the one that is due at a time; -1 where there is none.
func number(m trace.Moment) int {
	if m.IsZero() {
		return -1
	}
	return int(m.Time/1e6-epoch)/20 + 100
}

type frame struct {
	at   int // ms
	data []byte
}

func runOf(t *testing.T, line string) (list []frame) {
	t.Helper()
	head, rest, ok := strings.Cut(line, ":")
	if n := strings.Count(head, ">"); !ok || n != 1 || !strings.Contains(head, " ") {
		head, rest, _ = cutPorts(line)
	}
	var way string
	var ssrc uint32
	if _, err := fmt.Sscanf(head, "%s %d", &way, &ssrc); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	words := strings.Fields(rest)
	shift, as, first, start, pt := 0, ssrc, 0, -1, byte(0)
	var ext []byte
	for i := 1; i < len(words); i++ {
		var err error
		switch w := words[i]; {
		case w == "as":
			i++
			_, err = fmt.Sscanf(words[i], "%d:%d", &as, &first)
		case w == "ext": // of one word (RFC 8285)
			ext = []byte{0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0}
		case strings.HasPrefix(w, "pt="):
			_, err = fmt.Sscanf(w, "pt=%d", &pt)
		case w == "at":
			i++
			_, err = fmt.Sscanf(words[i], "%d", &start)
		default:
			_, err = fmt.Sscanf(w, "+%d", &shift)
		}
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	from, to, _ := strings.Cut(way, ">")
	base := -1
	for part := range strings.SplitSeq(words[0], ",") {
		var lo, hi int
		if _, err := fmt.Sscanf(part, "%d-%d", &lo, &hi); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if base < 0 {
			base = lo
		}
		for seq := lo; seq <= hi; seq++ {
			said := seq // the number whose payload and time it has
			if first > 0 {
				said = first + seq - base
			}
			at := (said - 100) * 20
			if start >= 0 {
				at = start*1000 + (seq-base)*20
			}
			data := rtpPacket(from, to, ssrc, seq, slices.Concat(ext, speech(as, said)))
			if data[29] = pt; ext != nil {
				data[28] |= 0x10
			}
			list = append(list, frame{at + shift, data})
		}
	}
	return list
}

// cutPorts cuts a line whose hosts have ports: "a:4001>s 1: 100-199".
func cutPorts(line string) (head, rest string, ok bool) {
	blank := strings.Index(line, " ")
	at := strings.Index(line[blank:], ":")
	return line[:blank+at], line[blank+at+1:], at > 0
}

// said is what a trace says of how streams belong together, in one line:
// "talker 1 3" lists a talker's streams, "1>3" a move, with what announced it, "2 copies 1" and
// "2 relays 1" what shows the same packets or the same audio.
func said(t *trace.Trace) string {
	var out []string
	for _, k := range t.Talkers {
		out = append(out, "talker "+strings.ReplaceAll(ids(k.Streams), ",", " "))
		for _, m := range k.Moves {
			word := fmt.Sprintf("%d>%d", m.From.ID, m.To.ID)
			if m.Lost > 0 {
				word += fmt.Sprintf(" lost %d", m.Lost)
			}
			if m.Return {
				word += " back"
			}
			if m.Announced != trace.Unannounced {
				word += " by " + string(m.Announced)
			}
			out = append(out, word)
		}
	}
	for _, s := range t.Streams {
		if s.CopyOf != nil {
			out = append(out, fmt.Sprintf("%d copies %d", s.ID, s.CopyOf.ID))
		}
		if s.RelayOf != nil {
			out = append(out, fmt.Sprintf("%d relays %d", s.ID, s.RelayOf.ID))
		}
	}
	return strings.Join(out, ", ")
}

// ties is what a trace says of its ICMP errors, one after the other: the number
// and the stream that is quoted, the port that it was sent to, and the rest.
func ties(t *trace.Trace) string {
	var out []string
	for _, e := range t.Errors {
		var words []string
		if e.Stream != nil {
			words = append(words, fmt.Sprintf("stream %d", e.Stream.ID))
		}
		if e.Seq >= 0 {
			words = append(words, fmt.Sprintf("seq %d", e.Seq&0xffff))
		}
		if e.Port != nil {
			words = append(words, "to "+hostOf(e.Port.Addr.AddrPort()))
		}
		for _, f := range []struct {
			word string
			on   bool
		}{{"in call", e.Call != nil}, {"media", e.Media}, {"rtcp", e.RTCP}, {"toward", e.Toward}, {"unwanted", e.Dropped}} {
			if f.on {
				words = append(words, f.word)
			}
		}
		if e.Copies > 0 {
			words = append(words, fmt.Sprintf("and %d copies", e.Copies))
		}
		out = append(out, strings.Join(words, " "))
	}
	if n := t.Captures[0].Duplicates; n > 0 {
		out = append(out, fmt.Sprintf("%d recorded twice", n))
	}
	return strings.Join(out, ", ")
}

// epochs is who listened where, and from which number until which.
func epochs(t *trace.Trace) string {
	var out []string
	for _, l := range t.Legs {
		for _, p := range l.Ports {
			word := fmt.Sprintf("%s %d-", hostOf(p.Addr.AddrPort()), number(p.From()))
			if !p.Until.IsZero() {
				word += fmt.Sprint(number(p.Until))
			}
			if p.Changed {
				word += " moved"
			}
			if p.Alias {
				word += " alias"
			}
			if d := p.Direction.String(); d != "sendrecv" {
				word += " " + d
			}
			out = append(out, word)
		}
	}
	return strings.Join(out, ", ")
}

// places is whose media each stream is taken for: the leg and the sending side,
// and the ports that it is sent from and to, where they were announced.
func places(t *trace.Trace) string {
	var out []string
	for _, s := range t.Streams {
		word := fmt.Sprintf("%d", s.ID)
		if !s.Place.Known() {
			out = append(out, word+" nobody's")
			continue
		}
		word += fmt.Sprintf(" of leg %d's %s", s.Place.Leg.ID, sides[s.Place.From])
		if s.Place.Own != nil {
			word += " from " + hostOf(s.Place.Own.Addr.AddrPort())
		}
		if s.Place.Port != nil {
			word += " to " + hostOf(s.Place.Port.Addr.AddrPort())
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}
