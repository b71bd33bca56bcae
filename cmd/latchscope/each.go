package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/latchscope/latchscope/analyze/capture"
	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/cmd/latchscope/internal/page"
)

// fileRow is a capture in one line: what analyze --each writes. The last row is
// the total, whose file is null.
type fileRow struct {
	File     *string `json:"file"`
	Files    int     `json:"files,omitempty"` // of the total
	Calls    int     `json:"calls"`
	Lost     int     `json:"lost"`
	Impaired int     `json:"impaired"`
	Partly   int     `json:"partly"`
	Unjudged int     `json:"unjudged"`
	Clear    int     `json:"clear"`
	Failed   int     `json:"failed"` // calls that were neither answered nor refused by somebody
	Cause    string  `json:"cause"`  // the most frequent root cause, or why it is not read

	unread bool
	body   []byte // its report, where all go into one file
}

// runEach writes a line for each capture, and with --output a report for each.
func (a *analysis) runEach(cmd *cobra.Command, args []string, t *terminal) error {
	if err := a.check(cmd); err != nil {
		return err
	}
	format := a.format.value
	// list.json, calls.html and the like are files; what has no ending may be meant
	// as a folder.
	toFile := a.output != "" && !folder(a.output) && filepath.Ext(a.output) != ""
	toFolder := a.output != "" && !toFile
	lists := slices.Contains([]string{"text", "json", "ndjson"}, format)
	switch {
	case a.annotate.output != "":
		return &usageError{"--annotate copies one capture: it does not go with --each", ""}
	case a.join:
		return &usageError{"--each and --join exclude each other", ""}
	case toFolder && !folder(a.output) && format == "text" && !cmd.Flags().Changed("format"):
		return &usageError{"--each writes a report for each file: --output " + a.output + " is no folder", "name one, ending in /"}
	case a.output == "" && !lists:
		return &usageError{"--each prints text, json or ndjson, not " + format, "for a " + format + " report of each file add --output FOLDER/"}
	case toFolder:
		if err := makeFolder(a.output); err != nil {
			return err
		}
		format = "text"
	}
	in, err := a.open(cmd.Context(), args, t, true)
	if err != nil {
		return err
	}
	defer in.close()
	if toFile {
		if err := notOverInput(a.output, in.whole); err != nil {
			return err
		}
	}
	rows, v, err := a.rows(in, toFolder, toFile && !lists, t)
	if err != nil {
		return err
	}
	in.bar.done()
	if len(rows) == 0 {
		return a.selection.nothing(v.all)
	}
	if toFile {
		err = deliver(t.out, a.output, func(w io.Writer) error {
			if lists {
				return writeFiles(w, format, rows, 0)
			}
			return combineFiles(w, format, rows)
		})
	} else {
		err = writing("the list", writeFiles(t.out, format, rows, t.columns("")))
	}
	if err != nil {
		return err
	}
	return v.status()
}

// rows analyses the captures, as many at a time as there are processors.
func (a *analysis) rows(in *inputs, toFolder, bodies bool, t *terminal) ([]fileRow, *verdict, error) {
	v := &verdict{flags: &a.sharedFlags}
	names := newFileNames(a.output, ending(a.format.value))
	paths := make([]string, len(in.sets))
	for i, g := range in.sets {
		paths[i] = names.of(pathOf(g))
	}
	rows := make([]*fileRow, len(in.sets))
	failures := make([]error, len(in.sets))
	done := 0
	var mu sync.Mutex // of v, and of the pseudonyms
	parallel(len(in.sets), func(i int) {
		if in.ctx.Err() != nil {
			return
		}
		one, err := in.analyse(&in.sets[i], a.options(len(in.sets)))
		mu.Lock()
		defer mu.Unlock()
		done++
		in.bar.now("analysed %d of %d captures", done, len(in.sets))
		if err != nil {
			failures[i] = err
			return
		}
		if toFolder || bodies {
			if failures[i] = a.withMessages(in, one); failures[i] != nil {
				return
			}
		}
		r, calls, err := a.about(one, true, v)
		if err != nil || r == nil {
			failures[i] = err
			return
		}
		if toFolder || bodies {
			if failures[i] = a.withPackets(in, one, r); failures[i] != nil {
				return
			}
		}
		rows[i] = one.fileRow(r.Captures[0].Path, calls)
		switch {
		case toFolder:
			failures[i] = a.toFile(paths[i], r, t)
		case bodies:
			var body bytes.Buffer
			failures[i] = a.write(&body, r, t)
			rows[i].body = body.Bytes()
		}
	})
	var out []fileRow
	for i, r := range rows {
		if failures[i] != nil {
			return nil, nil, failures[i]
		}
		if r != nil {
			out = append(out, *r)
		}
	}
	v.interrupted = v.interrupted || in.ctx.Err() != nil
	for _, no := range in.whole.Rejected {
		path := no.Path
		if rewrite := a.redact.paths(); rewrite != nil {
			path = rewrite(path)
		}
		out = append(out, fileRow{File: &path, Cause: whyRejected(no), unread: true})
	}
	sortFiles(out)
	return append(out, total(out)), v, nil
}

// fileRow counts the verdicts on calls of a capture.
func (e *examined) fileRow(path string, calls []*trace.Call) *fileRow {
	row := &fileRow{File: &path, Calls: len(calls)}
	for _, c := range calls {
		switch e.account.Audio(c) {
		case ledger.Lost:
			row.Lost++
		case ledger.Impaired:
			row.Impaired++
		case ledger.Partly:
			row.Partly++
		case ledger.Unjudged:
			row.Unjudged++
		case ledger.Clear:
			row.Clear++
		}
		if failed(c.State) {
			row.Failed++
		}
	}
	row.Cause = e.frequentCause(calls)
	return row
}

// frequentCause is the root cause of most of some calls, the first of equals.
func (e *examined) frequentCause(calls []*trace.Call) string {
	mine := make([]bool, len(e.trace.Calls)+1) // by ID
	for _, c := range calls {
		mine[c.ID] = true
	}
	count, best := map[string]int{}, ""
	for i := range e.result.Verdicts {
		v := &e.result.Verdicts[i]
		hurt := e.account.Audio(v.Call) == ledger.Lost || e.account.Audio(v.Call) == ledger.Impaired // of which nobody knows why
		if v.RootCause != "none" && mine[v.Call.ID] && (v.RootCause != "unknown" || len(v.Chain) > 0 || hurt) {
			count[v.RootCause]++
		}
	}
	for i := range e.result.Verdicts {
		if c := e.result.Verdicts[i].RootCause; count[c] > count[best] {
			best = c
		}
	}
	if best == "" {
		return "none"
	}
	return best
}

// whyRejected is why a file is not read, without its name.
func whyRejected(r capture.Rejected) string {
	if f, ok := errors.AsType[*capture.FormatError](r.Err); ok {
		if f.Broken {
			return "cannot be read: it is " + f.Looks
		}
		return "not a capture: it looks like " + f.Looks
	}
	text := r.Err.Error()
	if _, rest, ok := strings.Cut(text, ": "); ok {
		text = rest
	}
	return text
}

// sortFiles puts the worst first, and what is no capture last.
func sortFiles(rows []fileRow) {
	unread := func(r *fileRow) int {
		if r.unread {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(rows, func(a, b fileRow) int {
		return cmp.Or(cmp.Compare(unread(&a), unread(&b)), cmp.Compare(b.Lost, a.Lost), cmp.Compare(b.Impaired, a.Impaired),
			cmp.Compare(b.Failed, a.Failed), cmp.Compare(b.Unjudged, a.Unjudged), cmp.Compare(b.Partly, a.Partly), strings.Compare(*a.File, *b.File))
	})
}

func total(rows []fileRow) fileRow {
	t := fileRow{Files: len(rows)}
	unread := 0
	for i := range rows {
		r := &rows[i]
		t.Calls += r.Calls
		t.Lost += r.Lost
		t.Impaired += r.Impaired
		t.Partly += r.Partly
		t.Unjudged += r.Unjudged
		t.Clear += r.Clear
		t.Failed += r.Failed
		if r.unread {
			unread++
		}
	}
	if unread > 0 {
		t.Cause = fmt.Sprintf("%d not read", unread)
	}
	return t
}

func writeFiles(w io.Writer, format string, rows []fileRow, width int) error {
	if format != "text" {
		return writeJSON(w, rows, format == "ndjson")
	}
	table := &page.Table{Head: []string{"file", "calls", "lost", "impaired", "partly", "unjudged", "clear", "failed", "cause"}}
	table.Right = table.Head[1:8]
	names := listNames(rows)
	for i := range rows {
		r := &rows[i]
		name := fmt.Sprintf("%d files in all", r.Files)
		if r.File != nil {
			name = names[*r.File]
		}
		cells := []string{name}
		for _, n := range []int{r.Calls, r.Lost, r.Impaired, r.Partly, r.Unjudged, r.Clear, r.Failed} {
			switch {
			case r.unread:
				cells = append(cells, "-")
			default:
				cells = append(cells, strconv.Itoa(n))
			}
		}
		table.Rows = append(table.Rows, append(cells, r.Cause))
	}
	if width > 0 {
		for _, row := range table.Rows {
			if row[8] = page.Clip(row[8], 24); table.Natural() > width {
				row[0] = filepath.Base(row[0])
			}
		}
	}
	return writeTable(w, table, width, nil, []string{"file", "cause"})
}
