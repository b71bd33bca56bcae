package main

import (
	"fmt"
	"os"
	"strings"
)

// Staging a scene takes four times as long as looking at its captures, and
// comes out the same for every mutant. So the tests that are built here stage
// each scene once, and keep what came of it in a folder.

const stage = "analyze/scenetest/run.go"

// keep stands in for Run where a folder is named.
const keep = `

func (s *Scene) Run() (*Result, error) {
	dir := os.Getenv("MUTANT_SCENES")
	if dir == "" {
		return s.run()
	}
	path := filepath.Join(dir, s.Name)
	if f, err := os.Open(path); err == nil {
		defer f.Close()
		r := new(Result)
		return r, gob.NewDecoder(f).Decode(r)
	}
	r, err := s.run()
	if err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return r, gob.NewEncoder(f).Encode(r)
}
`

// staged is the text of the stage that does so.
func staged() ([]byte, error) {
	b, err := os.ReadFile(stage)
	if err != nil {
		return nil, err
	}
	text := string(b)
	for old, now := range map[string]string{
		"func (s *Scene) Run() ": "func (s *Scene) run() ",
		"import (\n":             "import (\n\t\"encoding/gob\"\n\t\"os\"\n\t\"path/filepath\"\n",
	} {
		if strings.Count(text, old) != 1 {
			return nil, fmt.Errorf("%s: %q does not stand there once", stage, old)
		}
		text = strings.Replace(text, old, now, 1)
	}
	return []byte(text + keep), nil
}
