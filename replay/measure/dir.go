package measure

import (
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/latchscope/latchscope/replay/latch"
)

// Load reads every trace below a directory, files named *.txt or *.txt.gz, in
// the order of their names. Build is the name of the directory that a file is
// in: the engine as it was built. Errors name the file.
func Load(fsys fs.FS, dir string) ([]*Trace, error) {
	var list []*Trace
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(strings.TrimSuffix(name, ".gz"), ".txt") {
			return err
		}
		t, err := loadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if t.Build == "" {
			t.Build = path.Base(path.Dir(name))
		}
		list = append(list, t)
		return nil
	})
	return list, err
}

func loadFile(fsys fs.FS, name string) (*Trace, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	return Read(r)
}

// Config is the profile that claims to be the engine of a trace, set up as the
// engine was: the version of that name which the build's name holds, else the
// newest.
func (t *Trace) Config() (latch.Config, error) {
	p, ok := latch.Lookup(t.Engine)
	if !ok {
		return latch.Config{}, latch.UnknownProfile(t.Engine)
	}
	for _, v := range latch.Versions() {
		if v.Name == t.Engine && v.Version != "" && strings.Contains(t.Build, v.Version) {
			p = v
			break
		}
	}
	c := latch.Config{Profile: p}
	for _, flag := range strings.Fields(t.Flags) {
		switch {
		case flag == "none":
		case flag == "strict":
			c = c.With(latch.Setting{Name: "strict_source", Value: "true"})
		case flag == "handover":
			c = c.With(latch.Setting{Name: "media_handover", Value: "true"})
		default:
			s, ok := latch.ParseSetting(flag)
			if !ok {
				return c, fmt.Errorf("%q is neither strict, handover, none nor NAME=VALUE", flag)
			}
			c = c.With(s)
		}
	}
	return c, nil
}
