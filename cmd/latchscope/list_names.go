package main

import "strings"

// listNames are captures as a list for people names them, by path: the base name,
// with as many folders in front as it takes to tell two of one name apart. Where the
// files lie is nobody's business who gets the list.
func listNames(rows []fileRow) map[string]string {
	parts := map[string][]string{}
	var open []string
	for i := range rows {
		if f := rows[i].File; f != nil && parts[*f] == nil {
			parts[*f] = strings.FieldsFunc(*f, func(r rune) bool { return r == '/' || r == '\\' })
			open = append(open, *f)
		}
	}
	names := map[string]string{}
	for n := 1; len(open) > 0; n++ {
		by := map[string][]string{}
		for _, path := range open {
			p := parts[path]
			name := strings.Join(p[max(0, len(p)-n):], "/")
			names[path] = name
			by[name] = append(by[name], path)
		}
		var again []string
		for _, path := range open {
			if len(by[names[path]]) > 1 && n < len(parts[path]) {
				again = append(again, path)
			}
		}
		open = again
	}
	return names
}
