package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
)

// section is one of several reports that go into one output.
type section struct {
	name string // of its first capture
	body []byte
}

// combine writes several reports of one format as one document. One report is
// written as it is.
func combine(w io.Writer, format string, list []section) error {
	if len(list) == 1 {
		_, err := w.Write(list[0].body)
		return err
	}
	switch format {
	case "json":
		return combineJSON(w, list)
	case "ndjson":
		return between(w, list, "")
	case "markdown":
		return between(w, list, "\n---\n\n")
	case "junit":
		return combineJUnit(w, list)
	case "sarif":
		return combineSARIF(w, list)
	}
	return between(w, list, "\n\n")
}

// between writes the reports one after the other.
func between(w io.Writer, list []section, gap string) error {
	for i, s := range list {
		if i > 0 {
			if _, err := io.WriteString(w, gap); err != nil {
				return err
			}
		}
		if _, err := w.Write(s.body); err != nil {
			return err
		}
	}
	return nil
}

func combineJSON(w io.Writer, list []section) error {
	if _, err := io.WriteString(w, "["); err != nil {
		return err
	}
	for i, s := range list {
		if i > 0 {
			if _, err := io.WriteString(w, ",\n"); err != nil {
				return err
			}
		}
		if _, err := w.Write(bytes.TrimSpace(s.body)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "]\n")
	return err
}

// combineSARIF makes one log with a run for each report.
func combineSARIF(w io.Writer, list []section) error {
	type log struct {
		Schema  string            `json:"$schema"`
		Version string            `json:"version"`
		Runs    []json.RawMessage `json:"runs"`
	}
	var all log
	for _, s := range list {
		var one log
		if err := json.Unmarshal(s.body, &one); err != nil {
			return err
		}
		all.Schema, all.Version, all.Runs = one.Schema, one.Version, append(all.Runs, one.Runs...)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(all)
}

// combineJUnit puts the suites of all reports into one document. Their names and
// classes get the capture's in front: every report has a call 1.
func combineJUnit(w io.Writer, list []section) error {
	var suites bytes.Buffer
	enc := xml.NewEncoder(&suites)
	enc.Indent("", "\t")
	suite := 0 // of all reports: an id is there once
	total := map[string]float64{}
	var sums []string // in order of their first mention
	for _, s := range list {
		dec := xml.NewDecoder(bytes.NewReader(s.body))
		for {
			tok, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			switch t := tok.(type) {
			case xml.ProcInst:
				continue
			case xml.CharData:
				if len(bytes.TrimSpace(t)) == 0 {
					continue
				}
			case xml.EndElement:
				if t.Name.Local == "testsuites" {
					continue
				}
			case xml.StartElement:
				if t.Name.Local == "testsuites" {
					for _, a := range t.Attr {
						if n, err := strconv.ParseFloat(a.Value, 64); err == nil {
							if _, known := total[a.Name.Local]; !known {
								sums = append(sums, a.Name.Local)
							}
							total[a.Name.Local] += n
						}
					}
					continue
				}
				for i, a := range t.Attr {
					if t.Name.Local == "testsuite" && a.Name.Local == "id" {
						t.Attr[i].Value = strconv.Itoa(suite)
						suite++
					}
					if t.Name.Local == "testsuite" && a.Name.Local == "name" || a.Name.Local == "classname" {
						t.Attr[i].Value = s.name + ": " + a.Value
					}
				}
			}
			if err := enc.EncodeToken(xml.CopyToken(tok)); err != nil {
				return err
			}
		}
	}
	if err := enc.Flush(); err != nil {
		return err
	}
	head := `<?xml version="1.0" encoding="UTF-8"?>` + "\n<testsuites name=\"latchscope\""
	for _, name := range sums {
		head += fmt.Sprintf(" %s=%q", name, strconv.FormatFloat(total[name], 'f', -1, 64))
	}
	_, err := io.WriteString(w, head+">\n"+suites.String()+"\n</testsuites>\n")
	return err
}

// combineFiles writes the reports of analyze --each as one document, in the order of
// its list, which a page of HTML has in front.
func combineFiles(w io.Writer, format string, rows []fileRow) error {
	var list []section
	for i := range rows {
		if r := &rows[i]; r.body != nil {
			list = append(list, section{*r.File, r.body})
		}
	}
	if format == "html" && len(list) > 1 {
		return combinePage(w, list, rows)
	}
	return combine(w, format, list)
}

// tableOf is the list of files, each with a link to its report.
func tableOf(rows []fileRow) string {
	var b strings.Builder
	b.WriteString("<table>\n<tr><th>file<th>calls<th>lost<th>impaired<th>partly<th>unjudged<th>clear<th>failed<th>cause</tr>\n")
	n := 0
	names := listNames(rows)
	for i := range rows {
		r := &rows[i]
		name := fmt.Sprintf("%d files in all", r.Files)
		if r.File != nil {
			name = html.EscapeString(names[*r.File])
		}
		if r.body != nil {
			name = fmt.Sprintf("<a href=\"#report-%d\">%s</a>", n, name)
			n++
		}
		fmt.Fprintf(&b, "<tr><td>%s", name)
		for j, count := range []int{r.Calls, r.Lost, r.Impaired, r.Partly, r.Unjudged, r.Clear, r.Failed} {
			cell := strconv.Itoa(count)
			if r.unread {
				cell = "-"
			}
			head := []string{"calls", "lost", "impaired", "partly", "unjudged", "clear", "failed"}[j]
			b.WriteString("<td class=\"n\" data-l=\"" + head + "\">" + cell)
		}
		b.WriteString("<td>" + html.EscapeString(r.Cause) + "</tr>\n")
	}
	b.WriteString("</table>\n")
	return b.String()
}

// combinePage makes one page that needs nothing but itself: a list of the files, and
// each report in a frame of its own, so that their marks do not meet.
func combinePage(w io.Writer, list []section, rows []fileRow) error {
	var page strings.Builder
	page.WriteString("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>latchscope: " +
		strconv.Itoa(len(list)) + " reports</title>\n<style>\n" +
		":root{color-scheme:light dark}body{font-family:system-ui,sans-serif;margin:1rem;overflow-wrap:anywhere;background:#fff;color:#1b1f24}a{color:#0b5cad}\n" +
		"@media(prefers-color-scheme:dark){body{background:#14171a;color:#e3e6e8}a{color:#79b8ff}}\n" +
		"iframe{width:100%;height:85vh;border:1px solid #8888}\nsummary{cursor:pointer;padding:.4rem 0;font-weight:600}\n" +
		"table{border-collapse:collapse;margin:1rem 0}th,td{text-align:left;padding:.15rem .6rem;border-bottom:1px solid #8884}td.n{text-align:right}\n" +
		"@media(max-width:640px){th{display:none}tr{display:flex;flex-wrap:wrap;gap:0 .8rem;border-bottom:1px solid #8884;padding:.35rem 0}td,td.n{border:0;padding:0;text-align:left}td:first-child{flex-basis:100%}td[data-l]::before{content:attr(data-l) \" \"}}\n" +
		"@media print{iframe{display:none}}\n" +
		"</style>\n</head>\n<body>\n<h1>" + strconv.Itoa(len(list)) + " reports</h1>\n")
	page.WriteString(tableOf(rows))
	names := listNames(rows)
	for i, s := range list {
		name := html.EscapeString(names[s.name])
		fmt.Fprintf(&page, "<details id=\"report-%d\"><summary>%s</summary>\n<iframe loading=\"lazy\" title=\"%s\" srcdoc=\"%s\"></iframe></details>\n",
			i, name, name, html.EscapeString(string(s.body)))
	}
	page.WriteString("</body>\n</html>\n")
	_, err := io.WriteString(w, page.String())
	return err
}
