package scenetest

import (
	"bytes"
	"fmt"
	"io"
)

// Result is what a run leaves behind.
type Result struct {
	Captures []Capture // in the order of the text
	Truth    Truth
}

// Capture is one capture point's file.
type Capture struct {
	Name  string
	Bytes []byte
}

// Capture is the capture of a point; nil if there is none of that name.
func (r *Result) Capture(name string) []byte {
	for _, c := range r.Captures {
		if c.Name == name {
			return c.Bytes
		}
	}
	return nil
}

// Run plays the scene. Two runs give the same bytes.
func (s *Scene) Run() (*Result, error) {
	files := make([]bytes.Buffer, 0, len(s.captures))
	truth, err := s.RunTo(func(string) (io.Writer, error) {
		files = append(files, bytes.Buffer{})
		return &files[len(files)-1], nil
	})
	if err != nil {
		return nil, err
	}
	r := &Result{Truth: truth}
	for i, spec := range s.captures {
		r.Captures = append(r.Captures, Capture{spec.name, files[i].Bytes()})
	}
	return r, nil
}

// RunTo plays the scene and writes each capture as it comes about, for scenes
// too large to be held. What is remembered of a packet then is 16 bytes.
func (s *Scene) RunTo(create func(name string) (io.Writer, error)) (Truth, error) {
	w := &world{scene: s}
	if err := w.build(); err != nil {
		return Truth{}, err
	}
	if err := w.open(create); err != nil {
		return Truth{}, err
	}
	for _, a := range s.actions {
		w.at(a.at, func() { w.perform(a) })
	}
	if err := w.play(); err != nil {
		return Truth{}, fmt.Errorf("%s: %w", s.Name, err)
	}
	for _, t := range w.taps {
		if err := t.close(); err != nil {
			return Truth{}, err
		}
	}
	return w.conclude(), nil
}
