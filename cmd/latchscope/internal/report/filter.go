package report

// Filter is a Wireshark display filter and what it shows.
type Filter struct{ Name, Text string }

// filters are those of the findings, each once.
func (r *Report) filters(findings []Finding) []Filter {
	var out []Filter
	said := map[string]bool{}
	for _, f := range findings {
		if f.Filter != "" && !said[f.Filter] {
			said[f.Filter] = true
			out = append(out, Filter{f.Code, f.Filter})
		}
	}
	return out
}
