package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/detect"
)

// judge puts the harvests of a component together and says of each of its calls what
// became of it.
func judge(ctx context.Context, component string, harvests func(*[]byte) bool, row func(string)) error {
	type one struct {
		name string
		h    *analyze.Harvest
	}
	var list []one
	known := map[string]bool{}
	var b []byte
	for harvests(&b) {
		name, rest := unnamed(b)
		if known[name] {
			continue
		}
		known[name] = true
		h, err := readHarvest(rest)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, one{name, h})
	}
	slices.SortFunc(list, func(a, b one) int { return cmp.Compare(a.name, b.name) })
	var parts []*analyze.Harvest
	for _, o := range list {
		parts = append(parts, o.h)
	}
	t, err := analyze.Join(ctx, nil, analyze.Options{Serial: true}, parts...)
	if err != nil {
		return err
	}
	for _, r := range callRows(component, t, detect.Run(t, detect.Detectors())) {
		row(r)
	}
	return nil
}

// count says of a call's row what it adds to the sums: for each cause that it would
// have shown, that it is one of so many, and whether it has it.
func count(row string, emit func(string, int)) error {
	c, err := parseCall(row)
	if err != nil {
		return err
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
