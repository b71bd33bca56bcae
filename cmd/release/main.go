// Command release builds the archives that are handed out: for Linux, macOS and
// Windows on amd64 and arm64, without cgo, with the licences of what is in them
// and a list of checksums. The same commit and the same Go give the same bytes,
// wherever it runs:
//
//	go run ./cmd/release -o dist
package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

const command = "./cmd/latchscope"

// target is a system to build for.
type target struct{ os, arch string }

var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

func main() {
	dir := flag.String("o", "dist", "`folder` to write to")
	only := flag.String("only", "", "build only this `os/arch`")
	flag.Parse()
	if err := release(*dir, *only); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func release(dir, only string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	version, err := output(nil, "go", "run", command, "--version")
	if err != nil {
		return err
	}
	version, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(version), "latchscope "), " ")
	third, err := thirdParties()
	if err != nil {
		return err
	}
	help, err := manuals()
	if err != nil {
		return err
	}
	stamp := commitTime()
	var sums []string
	for _, t := range targets {
		if only != "" && only != t.os+"/"+t.arch {
			continue
		}
		binary, err := build(t)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("latchscope-%s-%s-%s", version, t.os, t.arch)
		files := []member{{t.program(), 0o755, binary}, {"THIRD-PARTY.txt", 0o644, third}}
		for _, doc := range []string{"LICENSE", "README.md"} {
			b, err := os.ReadFile(doc)
			if err != nil {
				return err
			}
			files = append(files, member{doc, 0o644, b})
		}
		files = append(files, help...)
		archive, ext, err := pack(t, name, files, stamp)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+ext), archive, 0o644); err != nil {
			return err
		}
		sums = append(sums, fmt.Sprintf("%x  %s\n", sha256.Sum256(archive), name+ext))
		fmt.Print(sums[len(sums)-1])
	}
	sort.Slice(sums, func(i, j int) bool { return sums[i][64:] < sums[j][64:] })
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(strings.Join(sums, "")), 0o644)
}

// manuals are the manual pages and the completions of shells, as the program
// itself writes them.
func manuals() ([]member, error) {
	tmp, err := os.MkdirTemp("", "release")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	if _, err := output(nil, "go", "run", command, "man", tmp); err != nil {
		return nil, err
	}
	pages, err := os.ReadDir(tmp)
	if err != nil {
		return nil, err
	}
	var out []member
	for _, p := range pages { // sorted by name
		b, err := os.ReadFile(filepath.Join(tmp, p.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, member{"man/" + p.Name(), 0o644, b})
	}
	for _, shell := range []string{"bash", "fish", "powershell", "zsh"} {
		text, err := output(nil, "go", "run", command, "completion", shell)
		if err != nil {
			return nil, err
		}
		out = append(out, member{"completions/latchscope." + shell, 0o644, []byte(text)})
	}
	return out, nil
}

func (t target) program() string {
	if t.os == "windows" {
		return "latchscope.exe"
	}
	return "latchscope"
}

// build makes the binary. Nothing of the machine goes into it: no paths, no
// newer instructions than the baseline has. Of the checkout it knows the
// commit, and whether something was changed since.
func build(t target) ([]byte, error) {
	tmp, err := os.MkdirTemp("", "release")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	path := filepath.Join(tmp, t.program())
	env := []string{"CGO_ENABLED=0", "GOOS=" + t.os, "GOARCH=" + t.arch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOWORK=off"}
	if _, err := output(env, "go", "build", "-trimpath", "-buildvcs=auto", "-ldflags=-s -w -buildid=", "-o", path, command); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// commitTime is what archives say of the age of their files. Without a
// repository it is the first moment that a zip can hold.
func commitTime() time.Time {
	for _, s := range []string{os.Getenv("SOURCE_DATE_EPOCH"), quiet("git", "log", "-1", "--format=%ct")} {
		if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
			return time.Unix(n&^1, 0).UTC() // a zip counts in steps of two seconds
		}
	}
	return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
}

// thirdParties are the licences of all modules that are linked in, which ask to
// be handed out with them.
func thirdParties() ([]byte, error) {
	list := map[string]bool{}
	for _, t := range targets {
		out, err := output([]string{"CGO_ENABLED=0", "GOOS=" + t.os, "GOARCH=" + t.arch}, "go", "list", "-deps",
			"-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", command)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(out) {
			if line = strings.TrimSpace(line); line != "" {
				list[line] = true
			}
		}
	}
	goroot, err := output(nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	list["Go\t"+strings.TrimSpace(goroot)] = true
	var lines []string
	for line := range list {
		lines = append(lines, line)
	}
	sort.Strings(lines)
	var b bytes.Buffer
	for _, line := range lines {
		name, dir, _ := strings.Cut(line, "\t")
		texts, _ := filepath.Glob(filepath.Join(dir, "[LCN][IO][CPT][EYI]*"))
		if len(texts) == 0 && name != "Go" {
			return nil, fmt.Errorf("%s comes without a licence", name)
		}
		sort.Strings(texts)
		for _, path := range texts {
			if stat, err := os.Stat(path); err != nil || stat.IsDir() {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "==== %s: %s\n\n%s\n\n", name, filepath.Base(path), bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
		}
	}
	return b.Bytes(), nil
}

func output(env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), nil
}

func quiet(name string, args ...string) string {
	out, _ := exec.Command(name, args...).Output()
	return string(out)
}
