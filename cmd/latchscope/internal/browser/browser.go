package browser

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed look.js
var look string

// Browser is a Chromium that is installed here.
type Browser struct {
	path string
	dir  string // for its files
}

// Open finds one; dir is where it may leave files. ok is false where there is none.
func Open(dir string) (b Browser, ok bool) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return Browser{path, dir}, true
		}
	}
	return Browser{}, false
}

// Page is a page with its name.
type Page struct{ Name, HTML string }

// Widths are those that pages are looked at in, in pixels: a desk and a phone.
func Widths() []int { return []int{1280, 400} }

// ErrDoesNotRun is that a browser is installed and does not start here.
var ErrDoesNotRun = errors.New("the browser does not run here")

// Look shows pages, each in all Widths, and says what is wrong with them: one that
// scrolls sideways, labels that overlap or are cut, text that does not stand out
// from what is behind it (WCAG 2: 4.5 to 1), links to nowhere, content that is not
// there without script, and whatever the console has to say.
func (b Browser) Look(ctx context.Context, dark bool, pages ...Page) (faults []string, err error) {
	var outer strings.Builder
	outer.WriteString("<!doctype html><meta charset=\"utf-8\"><title>pages</title>\n")
	for _, p := range pages {
		for _, width := range Widths() {
			for _, sandbox := range []string{"", ` sandbox="allow-same-origin"`} {
				fmt.Fprintf(&outer, "<iframe data-name=\"%s at %d\" width=\"%d\" height=\"900\"%s srcdoc=\"%s\"></iframe>\n", html.EscapeString(p.Name), width, width, sandbox, html.EscapeString(p.HTML))
			}
		}
	}
	outer.WriteString("<pre id=\"faults\">not looked</pre><script>" + look + "</script>\n")
	path := filepath.Join(b.dir, "pages.html")
	if err := os.WriteFile(path, []byte(outer.String()), 0o600); err != nil {
		return nil, err
	}
	args := []string{"--virtual-time-budget=20000", "--dump-dom"}
	if dark {
		args = append(args, "--blink-settings=preferredColorScheme=0")
	}
	dom, said, err := b.run(ctx, path, args...)
	if err != nil {
		return nil, err
	}
	_, rest, ok := strings.Cut(dom, `<pre id="faults">`)
	list, _, ended := strings.Cut(rest, "</pre>")
	if !ok || !ended {
		return nil, fmt.Errorf("%w: it shows no page", ErrDoesNotRun)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(list)), &faults); err != nil {
		return nil, fmt.Errorf("%q: %w", list, err)
	}
	for line := range strings.Lines(said) {
		// A page without script is shown on purpose; that is said, too.
		if strings.Contains(line, "CONSOLE") && !strings.Contains(line, "Blocked script execution") {
			faults = append(faults, "the console says "+strings.TrimSpace(line))
		}
	}
	return faults, nil
}

// Shot is a picture of a page as PNG.
func (b Browser) Shot(ctx context.Context, dark bool, p Page, width, height int) ([]byte, error) {
	args := []string{"--hide-scrollbars", fmt.Sprintf("--window-size=%d,%d", width, height)}
	if dark {
		args = append(args, "--blink-settings=preferredColorScheme=0")
	}
	return b.file(ctx, p, "shot.png", "--screenshot=", args...)
}

// Print is a page as it comes out of a printer, as PDF.
func (b Browser) Print(ctx context.Context, p Page) ([]byte, error) {
	return b.file(ctx, p, "print.pdf", "--print-to-pdf=", "--no-pdf-header-footer")
}

// file lets the browser make a file of a page.
func (b Browser) file(ctx context.Context, p Page, name, flag string, args ...string) ([]byte, error) {
	path, out := filepath.Join(b.dir, "page.html"), filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(p.HTML), 0o600); err != nil {
		return nil, err
	}
	if err := os.Remove(out); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if _, _, err := b.run(ctx, path, append(slices.Clone(args), flag+out)...); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// run shows a file, and returns what the browser wrote.
func (b Browser) run(ctx context.Context, path string, args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	args = append([]string{"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run", "--enable-logging=stderr",
		"--user-data-dir=" + filepath.Join(b.dir, "profile")}, args...)
	cmd := exec.CommandContext(ctx, b.path, append(args, "file://"+path)...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrDoesNotRun, err)
	}
	return out.String(), said.String(), nil
}
