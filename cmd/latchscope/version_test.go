package main

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "3ef17c3ab12d4e5f60718293a4b5c6d7e8f90123"}, {Key: "vcs.time", Value: "2026-11-28T23:53:00Z"}}
	changed := append(commit[:2:2], debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	for _, c := range []struct {
		name           string
		module         string
		settings       []debug.BuildSetting
		version, build string
	}{
		{"go install of a release", "v1.2.3", nil, "1.2.3", ""},
		{"of a release candidate", "v1.2.3-rc.1", nil, "1.2.3-rc.1", ""},
		{"of a branch", "v0.0.0-20261128235300-3ef17c3ab12d", nil, "0.0.0-20261128235300-3ef17c3ab12d", ""},
		{"a checkout at a tag", "v1.2.3", commit, "1.2.3", "commit 3ef17c3ab12d of 2026-11-28T23:53:00Z"},
		{"a checkout at a tag, changed", "v1.2.3+dirty", changed, "1.2.3", "commit 3ef17c3ab12d of 2026-11-28T23:53:00Z, with changes"},
		{"a checkout before any tag", "v0.0.0-20261128235300-3ef17c3ab12d", commit, unreleased, "commit 3ef17c3ab12d of 2026-11-28T23:53:00Z"},
		{"a checkout after a tag", "v1.2.4-0.20261128235300-3ef17c3ab12d+dirty", changed, unreleased, "commit 3ef17c3ab12d of 2026-11-28T23:53:00Z, with changes"},
		{"after a release candidate", "v1.2.3-rc.1.0.20261128235300-3ef17c3ab12d", commit, unreleased, "commit 3ef17c3ab12d of 2026-11-28T23:53:00Z"},
		{"without a repository", "(devel)", nil, unreleased, ""},
		{"a test", "", nil, unreleased, ""},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.module}, Settings: c.settings}
		version, build := versionOf(info, true)
		if version != c.version || build != c.build {
			t.Errorf("%s: %q, %q", c.name, version, build)
		}
	}
	if version, build := versionOf(nil, false); version != unreleased || build != "" {
		t.Errorf("nothing known: %q, %q", version, build)
	}
}
