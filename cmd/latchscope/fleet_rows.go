package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/detect"
	"github.com/latchscope/latchscope/detect/rates"
)

// fleetHead begins what latchscope-fleet writes.
const fleetHead = `{"schema":"latchscope.fleet/1"`

// fleetCall is what compare wants to know of a row.
type fleetCall struct {
	Kind     string    `json:"kind"`
	Group    string    `json:"component"`
	File     string    `json:"file"`
	Call     int       `json:"call"`
	CallIDs  []string  `json:"call_ids"`
	Time     time.Time `json:"time"`
	Audio    string    `json:"audio"`
	Visible  []string  `json:"visible"`
	Engines  []string  `json:"engines"`
	Prefixes []string  `json:"prefixes"`
	Codecs   []string  `json:"codecs"`
	Findings []struct {
		Code     string        `json:"code"`
		Severity string        `json:"severity"`
		Summary  string        `json:"summary"`
		Evidence []rates.Frame `json:"evidence"`
	} `json:"findings"`
}

// Bounds of what may be read of a stranger's rows.
const (
	mostRow  = 16 << 20 // bytes
	mostRows = 10_000_000
)

// fleetRows reads the calls of a file that latchscope-fleet wrote; nil where it is
// another one.
func fleetRows(path string) (*rates.Population, error) {
	stat, err := os.Stat(path)
	if err != nil || !stat.Mode().IsRegular() {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil // whoever opens captures will say why
	}
	defer f.Close()
	head := make([]byte, len(fleetHead))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != fleetHead {
		return nil, nil
	}
	p := new(rates.Population) // of calls: incidents are what no row tells
	lines := bufio.NewScanner(io.MultiReader(bytes.NewReader(head), f))
	lines.Buffer(nil, mostRow)
	files := map[string]bool{}
	for n := 1; lines.Scan(); n++ {
		var r fleetCall
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil || n > mostRows {
			return nil, fmt.Errorf("%s: line %d is no row of latchscope-fleet", path, n)
		}
		if r.Kind == "call" {
			files[r.File] = true
			p.Calls = append(p.Calls, r.call())
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p.Captures = len(files)
	return p, nil
}

func (r *fleetCall) call() rates.Call {
	if r.Group == "" {
		r.Group = r.File
	}
	c := rates.Call{File: r.Group, Number: r.Call, Time: r.Time.UnixNano(), Visible: r.Visible, Agents: r.Engines, Codecs: r.Codecs}
	if len(r.CallIDs) > 0 {
		c.CallID = r.CallIDs[0]
	}
	for _, v := range []ledger.Verdict{ledger.Lost, ledger.Impaired, ledger.Unjudged, ledger.Partly, ledger.Clear} {
		if v.String() == r.Audio {
			c.Audio = v
		}
	}
	for _, p := range r.Prefixes {
		network, _, _ := strings.Cut(p, "/")
		c.Hosts = append(c.Hosts, network) // of which the prefix is made again
	}
	seen := map[string]int{}
	for _, f := range r.Findings {
		severity := map[string]detect.Severity{"warning": detect.Warn, "critical": detect.Critical}[f.Severity]
		if severity == 0 {
			continue
		}
		one := rates.Found{Code: f.Code, Severity: severity, Summary: f.Summary, Frames: f.Evidence}
		switch i, again := seen[f.Code]; {
		case !again:
			seen[f.Code] = len(c.Found)
			c.Found = append(c.Found, one)
		case severity > c.Found[i].Severity:
			c.Found[i] = one
		}
	}
	return c
}
