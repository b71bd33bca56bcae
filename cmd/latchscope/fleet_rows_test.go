package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompareFleet: rows of latchscope-fleet are compared as captures are; 3 of 40
// calls have the cause before, 20 of 40 after, and what is only worth knowing counts
// nowhere.
func TestCompareFleet(t *testing.T) {
	dir := t.TempDir()
	rows := func(name string, with int) string {
		var b strings.Builder
		b.WriteString(`{"schema":"latchscope.fleet/1","kind":"about","tool":"latchscope-fleet"}` + "\n")
		for i := range 40 {
			severity, audio := "info", "clear"
			if i < with {
				severity, audio = "critical", "lost"
			}
			fmt.Fprintf(&b, `{"schema":"latchscope.fleet/1","kind":"call","component":"a.pcap","file":"a.pcap","call":%d,"call_ids":["c%d"],"time":"2026-03-02T10:00:00Z","audio":%q,`+
				`"findings":[{"code":"not-relayed","severity":%q,"summary":"silence","evidence":[{"file":"a.pcap","frame":7,"note":"x"}]}],"visible":["not-relayed"],"engines":["sbc/1"],"prefixes":["192.0.2.0/24"],"codecs":["PCMU"],"hour":"10:00"}`+"\n", i+1, i+1, audio, severity)
		}
		b.WriteString(`{"schema":"latchscope.fleet/1","kind":"sum","by":"all","value":"","cause":"not-relayed","what":"with","calls":3}` + "\n")
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	got := compared(t, rows("before.ndjson", 3), rows("after.ndjson", 20))
	if len(got.Rates) != 1 || got.Rates[0].Before != (counted{40, 3}) || got.Rates[0].After != (counted{40, 20}) || got.Rates[0].Conclusion != "more" {
		t.Fatalf("%+v", got.Rates)
	}
	if c := got.Rates[0].Calls; len(c) == 0 || c[0].File != "a.pcap" || len(c[0].Frames) != 1 || c[0].Frames[0].Frame != 7 {
		t.Errorf("calls: %+v", c)
	}
	for _, b := range got.By {
		want := map[string]string{"engine": "sbc/1", "prefix": "192.0.2.0/24", "codec": "PCMU", "hour": "10:00"}[b.By]
		if len(b.Groups) != 1 || b.Groups[0].Value != want {
			t.Errorf("by %s: %+v", b.By, b.Groups)
		}
	}
	if got.Before.Incidents != nil {
		t.Errorf("%d incidents of rows that tell none", *got.Before.Incidents)
	}
	bad := filepath.Join(dir, "bad.ndjson")
	if err := os.WriteFile(bad, []byte(fleetHead+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	if status := run(t.Context(), []string{"compare", bad, bad}, nil, &out, &errs); status != exitInput || !strings.Contains(errs.String(), "line 1 is no row") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}
