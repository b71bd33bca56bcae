package report

import (
	"bytes"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A page must not scroll sideways, on a desk or on a phone, and the browser must
// have nothing to say about it. Without a browser there is nothing to see.
func TestPageInABrowser(t *testing.T) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" || testing.Short() {
		t.Skip("no browser here, or no time")
	}
	trunk, result := trunk(2000)
	many, err := New(trunk, result, Options{Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*Report{
		"sample": sampleReport(t, sampleDocs()), "trunk": many, "long names": hostileReport(t, strings.Repeat("x", 400)),
	} {
		t.Run(name, func(t *testing.T) {
			page := render(t, r, HTML)
			dir := t.TempDir()
			frames := ""
			for _, width := range []string{"1280", "400"} {
				frames += `<iframe width="` + width + `" height="900" srcdoc="` + html.EscapeString(page) + `"></iframe>`
			}
			outer := `<!doctype html><title>waiting</title>` + frames + `<script>addEventListener("load", () => {
				document.title = [...document.querySelectorAll("iframe")].map(f => f.contentDocument.documentElement.scrollWidth - f.contentDocument.documentElement.clientWidth).join(" ")
			})</script>`
			path := filepath.Join(dir, "page.html")
			if err := os.WriteFile(path, []byte(outer), 0o600); err != nil {
				t.Fatal(err)
			}
			var dom, said bytes.Buffer
			cmd := exec.Command(browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
				"--user-data-dir="+dir, "--virtual-time-budget=5000", "--dump-dom", "file://"+path)
			cmd.Stdout, cmd.Stderr = &dom, &said
			if err := cmd.Run(); err != nil {
				t.Skipf("the browser does not run here: %v", err)
			}
			title := regexp.MustCompile(`<title>(.*?)</title>`).FindStringSubmatch(dom.String())
			if title == nil || title[1] != "0 0" {
				t.Errorf("scrolls sideways by %q columns of pixels at 1280 and 400", title)
			}
			for line := range strings.Lines(said.String()) {
				if strings.Contains(line, "CONSOLE") {
					t.Errorf("the console says %s", line)
				}
			}
		})
	}
}
