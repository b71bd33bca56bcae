package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/latchscope/latchscope/"

// decoders are the rooms that turn bytes into values.
var decoders = []string{"analyze/capture", "analyze/endpoint", "analyze/packet", "analyze/ng", "analyze/sip", "analyze/rtp", "analyze/tls"}

func and(rooms []string, more ...string) []string { return append(slices.Clone(rooms), more...) }

// rooms says what each room may import of ours, beside the standard library
// and what libraries it likes. Imports run downwards only: what is not listed
// here, for a room that is, is a way upstairs.
var rooms = map[string][]string{
	"analyze/endpoint":  {},
	"analyze/capture":   {"analyze/capture/internal/inflate"},
	"analyze/ng":        {},
	"analyze/sip":       {},
	"analyze/rtp":       {},
	"analyze/tls":       {},
	"analyze/packet":    {"analyze/capture", "analyze/endpoint", "analyze/tls"},
	"analyze/scenetest": {},

	"analyze/internal/arena":     {},
	"analyze/internal/interval":  {"analyze/internal/arena"},
	"analyze/internal/parts":     {},
	"analyze/internal/timeindex": {"analyze/capture"},
	"analyze/internal/tracked":   {"analyze/rtp"},

	"analyze/trace":              and(decoders, "analyze/internal/arena", "analyze/internal/interval", "analyze/internal/timeindex", "analyze/internal/tracked"),
	"analyze/internal/srtp":      {"analyze/trace"},
	"analyze/internal/collect":   and(decoders, "analyze/trace", "analyze/internal/arena", "analyze/internal/srtp", "analyze/internal/timeindex", "analyze/internal/tracked"),
	"analyze/internal/correlate": and(decoders, "analyze/trace", "analyze/internal/arena", "analyze/internal/collect", "analyze/internal/interval", "analyze/internal/parts", "analyze/internal/tracked"),
	"analyze/internal/level":     {"analyze/trace", "analyze/internal/collect"},
	"analyze": {"analyze/capture", "analyze/ledger", "analyze/tls", "analyze/trace", "analyze/internal/authenticate", "analyze/internal/collect",
		"analyze/internal/correlate", "analyze/internal/harvest", "analyze/internal/level", "analyze/internal/srtp"},
	"analyze/internal/harvest":      and(decoders, "analyze/trace", "analyze/internal/collect", "analyze/internal/tracked"),
	"analyze/internal/authenticate": {"analyze/trace", "analyze/internal/collect", "analyze/internal/srtp"},

	"analyze/component":              {"analyze", "analyze/endpoint", "analyze/trace", "analyze/internal/collect", "analyze/internal/correlate", "analyze/internal/harvest"},
	"analyze/group":                  {"analyze/capture", "analyze/endpoint", "analyze/trace", "analyze/internal/collect", "analyze/internal/srtp"},
	"analyze/ledger":                 {"analyze/capture", "analyze/endpoint", "analyze/trace", "analyze/internal/parts"},
	"analyze/redact":                 and(decoders, "analyze/trace"),
	"analyze/extract":                and(decoders, "analyze/trace", "analyze/redact"),
	"detect":                         and(decoders, "analyze/trace", "analyze/ledger"),
	"detect/rates":                   {"analyze/trace", "analyze/ledger", "detect"},
	"replay/latch":                   {"analyze/endpoint"},
	"replay/measure":                 {"analyze/endpoint", "replay/latch"},
	"replay":                         and(decoders, "analyze", "analyze/trace", "analyze/ledger", "replay/latch"),
	"cmd/latchscope/internal/page":   {},
	"cmd/latchscope/internal/markup": {},
}

// gopacketRooms may use gopacket: those that decode, and those that write
// captures. Moving to its fork then stays an import away.
var gopacketRooms = []string{"analyze/packet", "analyze/extract", "analyze/scenetest", "cmd/lab"}

// golist is what "go list" lists, in a folder. What it says beside, of modules that it
// fetches first, is no part of the list.
func golist(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = dir
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w\n%s", err, said.String())
	}
	return string(out), nil
}

// TestImportsRunDownwards holds the house together: bytes → frames → datagrams
// → trace → findings, and no way back.
func TestImportsRunDownwards(t *testing.T) {
	out, err := golist(".", "-f", "{{.ImportPath}}: {{join .Imports \" \"}}", module+"...")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		path, list, ok := strings.Cut(line, ":")
		room, ours := strings.CutPrefix(path, module)
		if !ok || !ours {
			continue
		}
		allowed, ruled := rooms[room]
		if ruled {
			seen++
		}
		for _, imp := range strings.Fields(list) {
			if lower, own := strings.CutPrefix(imp, module); own && ruled && !slices.Contains(allowed, lower) {
				t.Errorf("%s must not import %s", room, lower)
			}
			if strings.HasPrefix(imp, module+"cmd/") && !strings.HasPrefix(room, "cmd/") {
				t.Errorf("%s must not import %s: nothing stands above the commands", room, imp)
			}
			if strings.HasPrefix(imp, "github.com/google/gopacket") && !slices.Contains(gopacketRooms, room) {
				t.Errorf("%s must not use gopacket: that is for %v", room, gopacketRooms)
			}
		}
	}
	if seen < len(rooms)-1 { // a room may still be empty
		t.Errorf("only %d of %d rooms were looked at", seen, len(rooms))
	}
}

// TestFleetIsOutside: the pipeline's tree, Beam and all that comes with it, stays a
// module of its own, and out of the binary's.
func TestFleetIsOutside(t *testing.T) {
	out, err := golist(".", "-m", "all")
	if err != nil {
		t.Fatal(err)
	}
	for _, far := range []string{"github.com/apache/beam", "google.golang.org/grpc", "latchscope/cmd/"} {
		for line := range strings.Lines(out) {
			if strings.Contains(line, far) {
				t.Errorf("the binary's modules include %s", strings.TrimSpace(line))
			}
		}
	}
}
