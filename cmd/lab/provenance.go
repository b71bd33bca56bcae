//go:build linux

package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// provenance is a line on where a recording comes from.
func provenance() string {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	words := []string{"recorded " + time.Now().UTC().Format("2006-01-02 15:04 MST") + " by cmd/lab",
		"Linux " + dotted().FindString(string(release))}
	for _, v := range [][]string{{"nft", "--version"}, {"tcpdump", "--version"}, {"rtpengine", "--version"}, {"sipp", "-v"}, {"baresip", "-h"}} {
		if version := versionOf(v[0], v[1]); version != "" {
			words = append(words, v[0]+" "+version)
		}
	}
	return strings.Join(words, ", ")
}

func versionOf(program, flag string) string {
	if _, err := exec.LookPath(program); err != nil {
		return ""
	}
	out, _ := exec.Command(program, flag).CombinedOutput()
	return dotted().FindString(string(out))
}

// dotted matches a version.
func dotted() *regexp.Regexp { return regexp.MustCompile(`[0-9]+(\.[0-9]+)+`) }
