package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/analyze/component"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// judge puts the pieces of a group together and says of each of its calls what became
// of it. A group that cannot be judged is a row, and no failure of the pipeline.
func judge(ctx context.Context, key string, members func(*[]byte) bool, row func(string)) error {
	set, number, _ := strings.Cut(key, "\x00")
	pieces := map[string]*analyze.Harvest{}
	var frame *component.Frame
	var b []byte
	for members(&b) {
		if len(b) == 0 {
			continue
		}
		if b[0] == isFrame {
			frame = new(component.Frame)
			if err := component.Decode(b[1:], frame); err != nil {
				return fmt.Errorf("%s: %w", set, err)
			}
			continue
		}
		name, rest := unnamed(b[1:])
		if pieces[name] != nil {
			continue // made again by a worker that took over
		}
		h, err := readHarvest(rest)
		if err != nil {
			row(fileRow(name, err))
			continue
		}
		pieces[name] = h
	}
	if frame == nil {
		row(fileRow(set, fmt.Errorf("what is known of a group of its calls was lost on the way")))
		return nil
	}
	rows, err := judged(ctx, set+"#"+number, frame, pieces)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		row(fileRow(set, fmt.Errorf("%d calls were not judged: %w", frame.Calls, err)))
		return nil
	}
	for _, r := range rows {
		row(r)
	}
	return nil
}

func judged(ctx context.Context, component string, frame *component.Frame, pieces map[string]*analyze.Harvest) (rows []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			what, _, _ := strings.Cut(fmt.Sprint(r), "\n") // where it was stands below
			err = fmt.Errorf("judging failed: %s", what)
		}
	}()
	t, err := frame.Join(ctx, pieces)
	if err != nil {
		return nil, err
	}
	own := func(c *trace.Call) bool { return !frame.Beside.Has(c) }
	return callRows(component, t, detect.Run(t, detect.Detectors()), own), nil
}

// count says of a call's row what it adds to the sums: for each cause that it would
// have shown, that it is one of so many, and whether it has it.
func count(row string, emit func(string, int)) error {
	c, err := parseCall(row)
	if err != nil {
		return err
	}
	if c.Kind != "call" {
		return nil
	}
	for _, key := range c.sums() {
		emit(key, 1)
	}
	return nil
}

func sumRow(key string, n int) string {
	f := strings.Split(key, "\x00")
	return encode(sum{Schema: schema, Kind: "sum", By: f[0], Value: f[1], Cause: f[2], What: f[3], Calls: n})
}
