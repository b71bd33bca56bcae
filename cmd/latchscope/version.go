package main

import (
	"regexp"
	"runtime/debug"
	"strings"
)

// unreleased is the version that a checkout is on its way to. A released
// program knows its own from the module system.
const unreleased = "0.1.0"

// version stands in every report, and is told with the commit by --version.
var version, build = versionOf(debug.ReadBuildInfo())

// pseudo is a version that the module system made up for a commit without a
// tag (https://go.dev/ref/mod#pseudo-versions).
var pseudo = regexp.MustCompile(`-(0\.|[0-9A-Za-z.]+\.0\.)?\d{14}-[0-9a-f]{12}`)

// versionOf tells the version of the program, without the leading v, and what
// else is known of the build: the commit, its date, and whether the checkout
// had changes that were not committed; "" where nothing is.
//
// What go install fetched says its version and no commit; what was built in a
// checkout says its commit, and a version only where that is tagged.
func versionOf(info *debug.BuildInfo, ok bool) (version, build string) {
	if !ok {
		return unreleased, ""
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	version = strings.TrimPrefix(info.Main.Version, "v")
	commit := set["vcs.revision"]
	if version == "" || version == "(devel)" || commit != "" && pseudo.MatchString(version) {
		version = unreleased
	}
	version = strings.TrimSuffix(version, "+dirty")
	if commit == "" {
		return version, ""
	}
	build = "commit " + commit[:min(12, len(commit))]
	if at := set["vcs.time"]; at != "" {
		build += " of " + at
	}
	if set["vcs.modified"] == "true" {
		build += ", with changes"
	}
	return version, build
}

// versionLine is what --version says, without the program's name.
func versionLine() string {
	if build == "" {
		return version
	}
	return version + " (" + build + ")"
}
