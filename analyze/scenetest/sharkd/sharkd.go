// Package sharkd asks Wireshark what it makes of a capture. To start tshark takes
// most of a second, to read a call some hundredths of one: sharkd, which is installed
// with tshark, is started once and reads one capture after the other.
package sharkd

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Settings are what tshark would be told by options.
type Settings struct {
	Preferences []string // as -o has them: "ip.check_checksum:TRUE"
	Heuristics  []string // as --enable-heuristic has them: "rtp_udp"
	Disabled    []string // as --disable-protocol has them: "eth"
	DecodeAs    []string // as the profile's file has them: "udp.port,8472,(none),VXLAN"
}

// Daemon is a sharkd that runs. Its questions are answered one after the other.
type Daemon struct {
	mu    sync.Mutex
	in    io.Writer
	out   *bufio.Reader
	asked int
}

// Question is what is to be known of a capture.
type Question struct {
	Filter  string   // of the frames; all if it is empty
	Fields  []string // of each such frame; "frame.comment:2" is the second of that name
	Streams bool     // "-z rtp,streams"
}

// Answer is what Wireshark says.
type Answer struct {
	Frames  map[int64][]string // the fields by number of frame; the values of one that occurs several times stand between commas
	Streams []Stream
}

// Stream is a row of Wireshark's table of RTP streams.
type Stream struct {
	Src, Dst              netip.AddrPort
	SSRC                  uint32
	Packets               int
	Lost                  int     // negative where more came than the numbers tell
	MeanJitter, MaxJitter float64 // ms
}

// Start starts a sharkd, which ends with the test. It is nil where none is installed,
// and with -short: Wireshark takes its time.
func Start(t testing.TB, s Settings) *Daemon {
	t.Helper()
	bin, err := exec.LookPath("sharkd")
	if err != nil || testing.Short() {
		return nil
	}
	home := t.TempDir()
	for name, lines := range map[string][]string{
		"preferences": s.Preferences, "heuristic_protos": s.Heuristics, "disabled_protos": s.Disabled, "decode_as_entries": s.DecodeAs,
	} {
		var text strings.Builder
		for _, line := range lines {
			switch name {
			case "preferences":
				line = strings.Replace(line, ":", ": ", 1)
			case "heuristic_protos":
				line += ",1"
			case "decode_as_entries":
				line = "decode_as_entry: " + line
			}
			text.WriteString(line + "\n")
		}
		if err := os.WriteFile(filepath.Join(home, name), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(bin, "-")
	// Names of manufacturers and services, and colours, would be read anew with every capture: there are none in this folder.
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+home, "WIRESHARK_DATA_DIR="+home, "TZ=UTC", "LC_ALL=C")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return &Daemon{in: in, out: bufio.NewReader(out)}
}

// Ask has a capture read and answers one question about it.
func (d *Daemon) Ask(path string, q Question) (a Answer, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return a, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	// Of a file that is cut it reads what is there, and says nothing at all: what it
	// has now is another question.
	if err := d.send("load", map[string]any{"file": path}); err != nil {
		return a, err
	}
	var now struct{ Filename string }
	if err := d.call("status", nil, &now); err != nil {
		return a, err
	}
	if now.Filename != filepath.Base(path) {
		return a, fmt.Errorf("sharkd: %s is not read", path)
	}
	if len(q.Fields) > 0 {
		if a.Frames, err = d.frames(q); err != nil {
			return a, err
		}
	}
	if q.Streams {
		a.Streams, err = d.streams()
	}
	return a, err
}

func (d *Daemon) frames(q Question) (map[int64][]string, error) {
	params := map[string]any{}
	if q.Filter != "" {
		// It remembers what a filter picked by the filter's text, of whichever capture:
		// no text comes twice.
		params["filter"] = fmt.Sprintf("(%s) && frame.number < %d", q.Filter, 1<<31+d.asked)
	}
	for i, f := range q.Fields {
		if !strings.Contains(f, ":") {
			f += ":0"
		}
		params[fmt.Sprintf("column%d", i)] = f
	}
	var rows []struct {
		C   []string
		Num int64
	}
	if err := d.call("frames", params, &rows); err != nil {
		return nil, err
	}
	all := map[int64][]string{}
	for _, r := range rows {
		all[r.Num] = r.C
	}
	return all, nil
}

func (d *Daemon) streams() (all []Stream, err error) {
	var answer struct {
		Taps []struct {
			Streams []struct {
				SSRC         uint32
				Saddr, Daddr netip.Addr
				Sport, Dport uint16
				Pkts         uint32
				Expectednr   uint32
				Mean         float64 `json:"mean_jitter"`
				Max          float64 `json:"max_jitter"`
			}
		}
	}
	if err := d.call("tap", map[string]any{"tap0": "rtp-streams"}, &answer); err != nil {
		return nil, err
	}
	if len(answer.Taps) != 1 {
		return nil, fmt.Errorf("sharkd: %d tables of streams", len(answer.Taps))
	}
	for _, s := range answer.Taps[0].Streams {
		all = append(all, Stream{
			Src: netip.AddrPortFrom(s.Saddr, s.Sport), Dst: netip.AddrPortFrom(s.Daddr, s.Dport), SSRC: s.SSRC,
			Packets: int(s.Pkts), Lost: int(int32(s.Expectednr - s.Pkts)), MeanJitter: s.Mean, MaxJitter: s.Max,
		})
	}
	return all, nil
}

// call sends a request and takes its answer.
func (d *Daemon) call(method string, params, result any) error {
	if err := d.send(method, params); err != nil {
		return err
	}
	var failed error // this request, or the one before it that nobody waited for
	for {
		raw, err := d.out.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("sharkd: %s: %w", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(raw, &answer); err != nil {
			return fmt.Errorf("sharkd says %.200q: %w", raw, err)
		}
		if answer.Error != nil {
			failed = errors.Join(failed, fmt.Errorf("sharkd: %s: %s", method, answer.Error.Message))
		}
		if answer.ID == d.asked {
			if failed != nil {
				return failed
			}
			return json.Unmarshal(answer.Result, result)
		}
	}
}

// send sends a request as JSON-RPC has it.
func (d *Daemon) send(method string, params any) error {
	d.asked++
	request := map[string]any{"jsonrpc": "2.0", "id": d.asked, "method": method}
	if params != nil {
		request["params"] = params
	}
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := d.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("sharkd: %w", err)
	}
	return nil
}
