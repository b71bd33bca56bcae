package golden

import (
	"encoding/json"
	"io"
)

// Schema is the name and version of the JSON form.
const Schema = "latchscope.verify/1"

// JSON writes results for programs.
func JSON(w io.Writer, results []Result) error {
	type difference struct {
		Line  *int    `json:"line"`
		Kind  string  `json:"kind"` // new, missing, changed
		What  string  `json:"what"`
		Want  *string `json:"expected"`
		Got   *string `json:"got"`
		Spans *string `json:"spans"`
	}
	type result struct {
		Name        string       `json:"name"`
		Captures    []string     `json:"captures"`
		Expect      *string      `json:"expectations"`
		Outcome     Outcome      `json:"outcome"`
		Failed      bool         `json:"failed"`
		Why         string       `json:"why,omitempty"`
		Differences []difference `json:"differences"`
	}
	some := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	out := struct {
		Schema  string   `json:"schema"`
		Results []result `json:"results"`
	}{Schema, []result{}}
	for i := range results {
		r := &results[i]
		one := result{r.Case.Name, append([]string{}, r.Case.Captures...), some(r.Case.Expect), r.Outcome, r.Failed(), r.Why, []difference{}}
		for _, d := range r.Differences {
			x := difference{Kind: d.Kind(), What: d.What, Spans: some(d.Spans), Want: some(d.Want), Got: some(d.Got)}
			if d.Line > 0 {
				x.Line = &d.Line
			}
			one.Differences = append(one.Differences, x)
		}
		out.Results = append(out.Results, one)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
