package report

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/latchscope/latchscope/detect/rates"
)

// RatesSchema names the JSON of compare.
const RatesSchema = "latchscope.compare/1"

type jsonRates struct {
	Schema string          `json:"schema"`
	Tool   Tool            `json:"tool"`
	Before jsonRatesSide   `json:"before"`
	After  jsonRatesSide   `json:"after"`
	Level  float64         `json:"level"`   // the chance that some row differs by chance alone
	Fewest int             `json:"minimum"` // calls a side
	Audio  jsonRate        `json:"audio"`
	Rates  []jsonRate      `json:"rates"`
	By     []jsonBreakdown `json:"by"`
	Notes  []string        `json:"notes"`
}

type jsonRatesSide struct {
	Name      string   `json:"name"`
	Captures  int      `json:"captures"`
	Calls     int      `json:"calls"`
	Incidents *int     `json:"incidents"`
	First     *string  `json:"first_time"`
	Last      *string  `json:"last_time"`
	Not       []string `json:"not_read"`
}

type jsonRate struct {
	Cause      string        `json:"cause"`
	Title      string        `json:"title"`
	Before     rates.Count   `json:"before"`
	After      rates.Count   `json:"after"`
	Difference *float64      `json:"difference"`
	Interval   *[2]float64   `json:"interval"`
	Level      float64       `json:"interval_level"`
	Plain      *[2]float64   `json:"interval_uncorrected"`
	P          float64       `json:"p"`
	Conclusion string        `json:"conclusion"`
	Needed     *int          `json:"needed_calls"`
	Calls      []jsonExample `json:"calls"`
}

type jsonExample struct {
	Side    string        `json:"side"`
	File    string        `json:"file"`
	Call    int           `json:"call"`
	CallID  *string       `json:"call_id"`
	Time    string        `json:"time"`
	Silence float64       `json:"silence_s"`
	Summary string        `json:"summary"`
	Frames  []rates.Frame `json:"frames"`
}

type jsonBreakdown struct {
	By     string      `json:"by"`
	Groups []jsonGroup `json:"groups"`
	More   int         `json:"left_out"`
}

type jsonGroup struct {
	Value  string     `json:"value"`
	Before int        `json:"before_calls"`
	After  int        `json:"after_calls"`
	Rates  []jsonRate `json:"rates"`
}

// RatesJSON writes the comparison as JSON: proportions, not percent.
func RatesJSON(w io.Writer, r *Rates) error {
	out := jsonRates{
		Schema: RatesSchema, Tool: r.Tool, Before: jsonSide(&r.Before), After: jsonSide(&r.After),
		Level: rates.Level, Fewest: rates.Fewest, Audio: jsonRateOf(&r.Audio), Rates: jsonRatesOf(r.Rates), Notes: r.notes(),
	}
	for _, b := range r.By {
		j := jsonBreakdown{By: b.By, Groups: []jsonGroup{}, More: b.More}
		for _, g := range b.Groups {
			j.Groups = append(j.Groups, jsonGroup{g.Value, g.Before, g.After, jsonRatesOf(g.Rates)})
		}
		out.By = append(out.By, j)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func jsonSide(s *RatesSide) jsonRatesSide {
	out := jsonRatesSide{Name: s.Name, Captures: s.Captures, Calls: len(s.Calls), Incidents: s.incidents(), Not: append([]string{}, s.Not...)}
	if first, last, ok := s.span(); ok {
		a, b := first.Format(time.RFC3339Nano), last.Format(time.RFC3339Nano)
		out.First, out.Last = &a, &b
	}
	return out
}

func jsonRatesOf(list []rates.Rate) []jsonRate {
	out := make([]jsonRate, len(list))
	for i := range list {
		out[i] = jsonRateOf(&list[i])
	}
	return out
}

func jsonRateOf(r *rates.Rate) jsonRate {
	out := jsonRate{
		Cause: r.Cause, Title: r.Title, Before: r.Before, After: r.After, Level: fraction(r.Level), P: fraction(r.P),
		Conclusion: string(r.Conclusion), Calls: []jsonExample{},
	}
	if i, ok := r.Interval(); ok {
		d := fraction(r.After.Share() - r.Before.Share())
		plain := rates.Newcombe(r.Before, r.After, rates.Level)
		out.Difference, out.Interval, out.Plain = &d, jsonInterval(i), jsonInterval(plain)
	}
	if r.Needed > 0 {
		out.Needed = &r.Needed
	}
	for i := range r.Examples {
		e := &r.Examples[i]
		j := jsonExample{Side: "before", File: e.File, Call: e.Number, Time: time.Unix(0, e.Call.Time).UTC().Format(time.RFC3339Nano),
			Silence: fraction(e.Silence), Summary: e.Summary, Frames: append([]rates.Frame{}, e.Frames...)}
		if e.After {
			j.Side = "after"
		}
		if e.CallID != "" {
			j.CallID = &e.CallID
		}
		out.Calls = append(out.Calls, j)
	}
	return out
}

func jsonInterval(i rates.Interval) *[2]float64 {
	return &[2]float64{fraction(i.Low), fraction(i.High)}
}

// fraction is rounded to what a reader can use, without a negative zero.
func fraction(f float64) float64 { return math.Round(f*1e6)/1e6 + 0 }
