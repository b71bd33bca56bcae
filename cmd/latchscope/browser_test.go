package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/scenetest/sample"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/browser"
)

// pagesToSee are pages that show what there is to see: the story with its ladder and its
// SIP messages, both sides of a NAT, an incident of six calls, a call that is well,
// a private target, a voice that came in pieces, several reports in one file.
func pagesToSee(t *testing.T) []browser.Page {
	var pages []browser.Page
	for _, scene := range []string{"story", "story-nat", "story-two-points", "failover-six", "early-40ms", "sdp-unlatched", "uneven-line", "heavy-loss", "hold-resume", "busy"} {
		pages = append(pages, browser.Page{Name: scene, HTML: output(t, append([]string{"analyze", "--format", "html"}, sceneFiles(t, scene)...))})
	}
	out := filepath.Join(t.TempDir(), "all.html")
	output(t, append([]string{"analyze", "--each", "-o", out}, append(sceneFiles(t, "story"), sceneFiles(t, "busy")...)...))
	all, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return append(pages, browser.Page{Name: "several", HTML: string(all)})
}

// What people see of a report: on a desk and on a phone, by day and by night.
// LATCHSCOPE_SHOTS is a folder for pictures of it.
func TestPagesInABrowser(t *testing.T) {
	b, ok := browser.Open(t.TempDir())
	if !ok || testing.Short() {
		t.Skip("no browser here, or no time")
	}
	pages := sample.Every(t, 4, pagesToSee(t))
	for _, dark := range []bool{false, true} {
		faults, err := b.Look(t.Context(), dark, pages...)
		if errors.Is(err, browser.ErrDoesNotRun) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range faults {
			t.Errorf("dark %v: %s", dark, f)
		}
	}
	if dir := os.Getenv("LATCHSCOPE_SHOTS"); dir != "" {
		for _, p := range pages {
			for _, width := range browser.Widths() {
				for _, dark := range []bool{false, true} {
					shot, err := b.Shot(t.Context(), dark, p, width, 3000)
					if err != nil {
						t.Fatal(err)
					}
					name := fmt.Sprintf("%s-%d-%v.png", p.Name, width, map[bool]string{false: "day", true: "night"}[dark])
					if err := os.WriteFile(filepath.Join(dir, name), shot, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

var heading = regexp.MustCompile(`<h[23]>([^<]+)`)

// Printed, no heading stands alone at the end of a page, and what was drawn is there.
func TestPagesPrinted(t *testing.T) {
	b, ok := browser.Open(t.TempDir())
	if !ok || testing.Short() {
		t.Skip("no browser here, or no time")
	}
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("nothing here reads a PDF")
	}
	for _, scene := range []string{"story", "failover-six"} {
		p := browser.Page{Name: scene, HTML: output(t, append([]string{"analyze", "--format", "html"}, sceneFiles(t, scene)...))}
		pdf, err := b.Print(t.Context(), p)
		if errors.Is(err, browser.ErrDoesNotRun) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(reader, "-layout", "-", "-")
		cmd.Stdin = bytes.NewReader(pdf)
		text, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		heads := map[string]bool{}
		for _, m := range heading.FindAllStringSubmatch(p.HTML, -1) {
			heads[strings.TrimSpace(m[1])] = true
		}
		sheets := strings.Split(strings.TrimRight(string(text), "\f\n "), "\f")
		if len(sheets) < 2 || len(sheets) > 8 {
			t.Errorf("%s takes %d pages", scene, len(sheets))
		}
		for i, sheet := range sheets[:len(sheets)-1] {
			lines := strings.Split(strings.TrimSpace(sheet), "\n")
			last := strings.Join(strings.Fields(lines[len(lines)-1]), " ")
			for h := range heads {
				if last == h || strings.HasPrefix(last, h+" ") {
					t.Errorf("%s: page %d ends with the heading %q", scene, i+1, last)
				}
			}
		}
	}
}
