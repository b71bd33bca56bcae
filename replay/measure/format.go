package measure

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// The trace format, a line each:
//
//	# ENGINE FLAGS seed N        the head; FLAGS may be missing
//	# build WORD                 the engine as it was built; may be missing
//	# began N ns; ...            wall clock in nanoseconds since the epoch
//	# anything else              what was staged
//	MS offer|early|answer SIDE PLACE hold=true|false
//	MS rtp SIDE PLACE SSRC SEQ [pt=N] => PLACE
//	MS empty|crlf|stun|rtp-empty SIDE PLACE [SSRC SEQ] => PLACE
//
// MS are milliseconds since the beginning, SSRC is hexadecimal.

// mostEvents bounds a trace: an hour of two parties at 50 packets a second.
const mostEvents = 400_000

// Read reads one trace. Errors name the line.
func Read(r io.Reader) (*Trace, error) {
	t := new(Trace)
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		var err error
		switch {
		case line == "":
		case line[0] == '#':
			err = t.readHead(strings.TrimSpace(line[1:]))
		case len(t.Events) >= mostEvents:
			err = fmt.Errorf("more than %d events", mostEvents)
		default:
			var ev Event
			if ev, err = readEvent(line); err == nil && len(t.Events) > 0 && ev.At < t.Events[len(t.Events)-1].At {
				err = fmt.Errorf("time runs backwards")
			}
			t.Events = append(t.Events, ev)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if t.Engine == "" {
		return nil, fmt.Errorf("no line says which engine it is: # ENGINE seed N")
	}
	return t, nil
}

func (t *Trace) readHead(text string) error {
	f := strings.Fields(text)
	switch {
	case t.Engine == "" && len(f) >= 3 && f[len(f)-2] == "seed":
		seed, err := strconv.ParseUint(f[len(f)-1], 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a seed", f[len(f)-1])
		}
		t.Engine, t.Flags, t.Seed = f[0], strings.Join(f[1:len(f)-2], " "), seed
	case len(f) >= 2 && f[0] == "began":
		ns, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no time in nanoseconds", f[1])
		}
		t.Began = time.Unix(0, ns)
	case len(f) == 2 && f[0] == "build":
		t.Build = f[1]
	case text != "":
		t.Notes = append(t.Notes, text)
	}
	return nil
}

func readEvent(line string) (ev Event, err error) {
	f := strings.Fields(line)
	if len(f) < 4 {
		return ev, fmt.Errorf("%q is not MS EVENT SIDE PLACE", line)
	}
	ms, err := strconv.ParseFloat(f[0], 64)
	if err != nil || !(ms >= 0 && ms <= 24*3600*1e3) {
		return ev, fmt.Errorf("%q are no milliseconds", f[0])
	}
	ev.At = time.Duration(ms*1e6 + 0.5)
	what := slices.Index(whatWords[:], f[1])
	if what < 0 {
		return ev, fmt.Errorf("%q is no event", f[1])
	}
	ev.What = What(what)
	switch f[2] {
	case "A":
	case "B":
		ev.Side = latch.SideB
	default:
		return ev, fmt.Errorf("%q is no side", f[2])
	}
	if ev.Place, err = readPlace(f[3]); err != nil {
		return ev, err
	}
	if !ev.What.Packet() {
		return ev, readSignalling(&ev, f[4:])
	}
	return ev, readPacket(&ev, f[4:])
}

func readPlace(word string) (Place, error) {
	if at := slices.Index(placeWords[:], word); at >= 0 {
		return Place(at), nil
	}
	return 0, fmt.Errorf("%q is no place", word)
}

func readSignalling(ev *Event, f []string) error {
	for _, w := range f {
		switch w {
		case "hold=true":
			ev.Hold = true
		case "hold=false":
		default:
			return fmt.Errorf("%q says nothing about an offer or answer", w)
		}
	}
	return nil
}

func readPacket(ev *Event, f []string) error {
	if len(f) < 2 || f[len(f)-2] != "=>" {
		return fmt.Errorf("it does not say what became of the packet: => PLACE")
	}
	var err error
	if ev.To, err = readPlace(f[len(f)-1]); err != nil {
		return err
	}
	f = f[:len(f)-2]
	if len(f) >= 2 {
		ssrc, err1 := strconv.ParseUint(f[0], 16, 32)
		seq, err2 := strconv.ParseUint(f[1], 10, 16)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("%q is no SSRC and sequence number", strings.Join(f[:2], " "))
		}
		ev.SSRC, ev.Seq, f = uint32(ssrc), uint16(seq), f[2:]
	} else if ev.What == RTP {
		return fmt.Errorf("an RTP packet has an SSRC and a sequence number")
	}
	if len(f) == 1 && strings.HasPrefix(f[0], "pt=") {
		pt, err := strconv.ParseUint(f[0][3:], 10, 7)
		if err != nil {
			return fmt.Errorf("%q is no payload type", f[0])
		}
		ev.PT, f = uint8(pt), nil
	}
	if len(f) > 0 {
		return fmt.Errorf("%q does not belong here", strings.Join(f, " "))
	}
	return nil
}

// WriteTo writes the trace so that Read reads the same.
func (t *Trace) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	b.WriteString("# " + t.Engine)
	if t.Flags != "" {
		b.WriteString(" " + t.Flags)
	}
	fmt.Fprintf(&b, " seed %d\n", t.Seed)
	if t.Build != "" {
		b.WriteString("# build " + t.Build + "\n")
	}
	if !t.Began.IsZero() {
		fmt.Fprintf(&b, "# began %d ns\n", t.Began.UnixNano())
	}
	for _, n := range t.Notes {
		b.WriteString("# " + n + "\n")
	}
	for i := range t.Events {
		b.WriteString(t.Events[i].String() + "\n")
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// String is the event's line.
func (ev Event) String() string {
	s := fmt.Sprintf("%.3f %s %s %s", float64(ev.At)/1e6, ev.What, ev.Side, ev.Place)
	switch {
	case !ev.What.Packet():
		return s + fmt.Sprintf(" hold=%v", ev.Hold)
	case ev.What == RTP || ev.What == NoMedia:
		s += fmt.Sprintf(" %08x %d", ev.SSRC, ev.Seq)
		if ev.PT != 0 {
			s += fmt.Sprintf(" pt=%d", ev.PT)
		}
	}
	return s + " => " + ev.To.String()
}
