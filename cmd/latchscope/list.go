package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

type listing struct {
	readFlags
	selection selection
	format    *choice
	order     *choice
	output    string
	timezone  string
	redact    redaction
}

func listCommand(t *terminal) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:   "list FILE...",
		Short: "List the calls of captures, one line each, the worst first",
		Long: `Lists the calls of captures, one line each: when, who, how it ended, what became
of its audio and why. The worst come first, or with --sort time the earliest.

FILE is as for analyze. A call's number is the one that --call takes for the same
files; the captures of a folder that do not belong together number theirs apart.
Columns that a narrow terminal has no room for are left out there; in a pipe, and
in the other formats, all are there.`,
		Example: `  latchscope list trunk.pcap
  latchscope list --number 4930123456 --since 14:00 trunk.pcap
  latchscope list --audio lost,impaired captures/
  latchscope list --format csv -o calls.csv captures/`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error { return l.run(cmd, args, t) },
	}
	flags := cmd.Flags()
	l.format = chooseFlag(cmd, "format", "text", "how to write the list (default: by the ending of --output, else text)", lineFormats...)
	l.order = chooseFlag(cmd, "sort", "worst", "what comes first", "worst", "time")
	flags.StringVarP(&l.output, "output", "o", "", "write to `FILE` instead of standard output")
	l.selection.register(cmd)
	l.readFlags.register(cmd)
	l.harvests = true
	registerTimezone(cmd, &l.timezone, "`ZONE` of the times that people read, such as Europe/Berlin or Local (JSON and CSV stay UTC)")
	l.redact.register(cmd)
	return cmd
}

func (l *listing) run(cmd *cobra.Command, args []string, t *terminal) error {
	where, err := location(l.timezone)
	if err != nil {
		return err
	}
	for _, err := range []error{l.selection.check(), l.format.follow(cmd, l.output), l.redact.check(cmd)} {
		if err != nil {
			return err
		}
	}
	in, err := l.open(cmd.Context(), args, t, false)
	if err != nil {
		return err
	}
	defer in.close()
	if err := in.notOver(l.output); err != nil {
		return err
	}
	rows, all, err := l.rows(in, where)
	if err != nil {
		return err
	}
	in.tell(t)
	if len(rows) == 0 && l.selection.any() {
		return l.selection.nothing(all)
	}
	if l.order.value == "worst" {
		worstFirst(rows)
	} else {
		slices.SortStableFunc(rows, func(a, b callRow) int { return int(min(max(a.begin-b.begin, -1), 1)) })
	}
	if err := deliver(t.out, l.output, func(w io.Writer) error { return l.write(w, rows, where, t) }); err != nil {
		return err
	}
	if in.ctx.Err() != nil || in.whole.Stopped() {
		return outcome{exitInterrupted, "interrupted; the list covers only what had been read"}
	}
	return nil
}

// rows reads the captures, several sets at a time.
func (l *listing) rows(in *inputs, where zone) (rows []callRow, all int, err error) {
	var mu sync.Mutex
	parts := make([][]callRow, len(in.sets))
	failed := make([]error, len(in.sets))
	missing := 0
	parallel(len(in.sets), func(i int) {
		e, err := in.analyse(&in.sets[i], analyze.Options{Serial: len(in.sets) > 1})
		if err != nil {
			failed[i] = err
			return
		}
		mu.Lock() // pseudonyms are drawn one by one
		defer mu.Unlock()
		all += len(e.trace.Calls)
		calls, err := l.selection.of(e, where)
		if _, none := errors.AsType[*noSuchCall](err); none {
			missing++
			if missing < len(in.sets) {
				return
			}
			err = &usageError{err.Error(), ""}
		}
		failed[i] = err
		parts[i] = e.rows(calls, l.redact.report(e.trace))
	})
	for i := range parts {
		if failed[i] != nil {
			return nil, 0, failed[i]
		}
		rows = append(rows, parts[i]...)
	}
	return rows, all, nil
}

func (l *listing) write(w io.Writer, rows []callRow, where zone, t *terminal) error {
	switch l.format.value {
	case "json", "ndjson":
		return writeJSON(w, rows, l.format.value == "ndjson")
	case "csv":
		var cells [][]string
		for i := range rows {
			cells = append(cells, rows[i].cells())
		}
		return writeCSV(w, callHead, cells)
	}
	table, width := callTable(rows, where), t.columns(l.output)
	if at := slices.Index(table.Head, "file"); at >= 0 && width > 0 && table.Natural() > width {
		for _, row := range table.Rows {
			row[at] = filepath.Base(row[at])
		}
	}
	return writeTable(w, table, width, []string{"mos", "sip", "state", "loss"}, []string{"file", "from", "to", "cause"})
}

// callTable is the list for people: numbers in place of URIs, and the day only
// where there are several.
func callTable(rows []callRow, where zone) *page.Table {
	layout := "15:04:05"
	days := map[string]bool{}
	files := map[string]bool{}
	for i := range rows {
		days[time.Unix(0, rows[i].begin).In(where).Format(time.DateOnly)] = true
		files[rows[i].File] = true
	}
	if len(days) > 1 {
		layout = "2006-01-02 15:04:05"
	}
	table := &page.Table{
		Head:  []string{"call", "time", "from", "to", "state", "sip", "talk", "audio", "loss", "mos", "cause", "file"},
		Right: []string{"call", "sip", "talk", "loss", "mos"},
	}
	for i := range rows {
		r := &rows[i]
		c := r.cells()
		loss, talk := "", ""
		if r.Loss != nil {
			loss = fmt.Sprintf("%.1f%%", *r.Loss)
		}
		if r.Talk != nil {
			talk = fmt.Sprintf("%.1fs", *r.Talk)
		}
		table.Rows = append(table.Rows, []string{c[1], time.Unix(0, r.begin).In(where).Format(layout), cmp.Or(short(r.From), r.hosts[0]), cmp.Or(short(r.To), r.hosts[1]), r.State, c[6], talk, c[8], loss, c[10], r.Cause, r.File})
	}
	if len(files) < 2 {
		table.Drop("file")
	}
	return table
}

// short is the number or the name of a URI, or its host.
func short(uri string) string {
	if u := userOf(uri); u != "" {
		return u
	}
	return uri
}
