package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/latchscope/latchscope/cmd/latchscope/internal/report"
)

// Facts are what a report says, in the words of expectations.
type Facts struct {
	Calls int
	Items []Item
	Texts map[int]string // a finding's summary by its index in Items
	Spans map[int]string // what of the audio it explains, by the same: "callee-to-caller stopped 3.39 to 13.45 s"
}

// FactsOf takes them from a report.
func FactsOf(r *report.Report) Facts {
	out := Facts{Calls: r.Coverage.Calls, Texts: map[int]string{}, Spans: map[int]string{}}
	text := func(s string) Value { return Value{Text: s} }
	verdicts := map[int]report.Verdict{}
	for v := range r.Verdicts() {
		verdicts[v.Call] = v
	}
	for c := range r.Calls() {
		v := verdicts[c.ID]
		out.Items = append(out.Items, Item{Kind: "call", Name: strconv.Itoa(c.ID), Fields: []Field{
			{Key: "state", Value: text(c.State.String())},
			{Key: "root_cause", Value: text(v.RootCause)},
			{Key: "confidence", Value: text(v.Confidence)},
			{Key: "audio", Value: audio(v.Audio)},
			{Key: "from", Value: text(c.From)},
			{Key: "to", Value: text(c.To)},
			{Key: "call_ids", Value: text(strings.Join(c.CallIDs, " "))},
			{Key: "streams", Value: number(float64(len(c.Streams)))},
		}})
	}
	spans := spansOf(r)
	for f := range r.Findings() {
		it := Item{Kind: "finding", Name: f.Code}
		add := func(key string, v Value) { it.Fields = append(it.Fields, Field{Key: key, Value: v}) }
		call, id := Value{Null: true}, Value{Null: true}
		if f.Call != nil {
			call = number(float64(*f.Call))
		}
		if f.CallID != nil {
			id = text(*f.CallID)
		}
		add("call", call)
		add("call_id", id)
		add("severity", text(f.Severity))
		add("confidence", text(f.Confidence))
		add("start_s", number(f.Start.Since(r.Start)))
		add("end_s", number(f.End.Since(r.Start)))
		flatten("data", f.Data, add)
		add("summary", text(f.Summary))
		add("fingerprint", text(f.Fingerprint))
		out.Texts[len(out.Items)] = f.Summary
		out.Spans[len(out.Items)] = strings.Join(spans[f.ID], ", ")
		if spans[f.ID] == nil {
			out.Spans[len(out.Items)] = fmt.Sprintf("%.2f to %.2f s", f.Start.Since(r.Start), f.End.Since(r.Start))
		}
		out.Items = append(out.Items, it)
	}
	return out
}

// spansOf are the stretches of the account that findings explain.
func spansOf(r *report.Report) map[int][]string {
	out := map[int][]string{}
	for row := range r.Ledger() {
		for _, s := range row.Spans {
			for _, id := range s.Findings {
				out[id] = append(out[id], fmt.Sprintf("%s %s %.2f to %.2f s", row.Direction, s.State, float64(s.Start), float64(s.End)))
			}
		}
	}
	return out
}

func audio(verdict report.Word) Value {
	if verdict == "" {
		return Value{Null: true}
	}
	return Value{Text: string(verdict)}
}

// flatten names the scalars within some JSON by their paths, in its order.
func flatten(path string, raw json.RawMessage, add func(string, Value)) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	flattenNext(path, dec, add)
}

func flattenNext(path string, dec *json.Decoder, add func(string, Value)) {
	tok, err := dec.Token()
	if err != nil {
		return
	}
	switch tok := tok.(type) {
	case json.Delim:
		n := 0
		for ; dec.More(); n++ {
			if tok == '[' {
				flattenNext(fmt.Sprintf("%s[%d]", path, n), dec, add)
				continue
			}
			key, err := dec.Token()
			if err != nil {
				return
			}
			flattenNext(path+"."+key.(string), dec, add)
		}
		_, _ = dec.Token()
		if tok == '[' {
			add(path+".length", number(float64(n)))
		}
	case json.Number:
		f, _ := tok.Float64()
		v := number(f)
		v.Text = tok.String()
		add(path, v)
	case string:
		add(path, Value{Text: tok})
	case bool:
		add(path, Value{Text: strconv.FormatBool(tok)})
	case nil:
		add(path, Value{Null: true})
	}
}
