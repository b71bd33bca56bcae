package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Every scene's report keeps the contract of its JSON and the width of its
// text, whatever the analysis makes of it.
func TestScenesKeepTheContract(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("internal/report/testdata/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stagedScenes(t) {
		t.Run(s.Name, func(t *testing.T) {
			args := append([]string{"analyze"}, s.write(t, t.TempDir(), "")...)
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(output(t, append(args, "--format=json"))))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Error(err)
			}
			for line := range strings.Lines(output(t, append(args, "--width=80"))) {
				if n := (displaywidth.Options{}).String(strings.TrimSuffix(line, "\n")); n > 80 {
					t.Errorf("%d columns: %s", n, line)
				}
			}
		})
	}
}

func output(t *testing.T, args []string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run(t.Context(), args, nil, &out, &errs); status != exitDone {
		t.Fatalf("%v: status %d: %s", args, status, errs.String())
	}
	return out.String()
}
