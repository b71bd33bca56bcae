package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/detect"
)

// fewAlike is how many incidents of one kind are told one by one: what happened to
// two callers are two stories, what happened to sixty is one.
const fewAlike = 3

// alike puts incidents of one kind together: the same cause, and the same words but
// for the figures in them. Of each the first is told, which is the worst or the
// earliest; the others are in likes.
func (w *writer) alike(list []detect.Incident) []detect.Incident {
	kind := func(inc *detect.Incident) string {
		words := strings.FieldsFunc(inc.Title, func(r rune) bool { return r >= '0' && r <= '9' })
		return string(inc.RootCause) + "\x00" + string(inc.Severity) + "\x00" + strings.Join(words, "#")
	}
	count := map[string]int{}
	for i := range list {
		count[kind(&list[i])]++
	}
	first := map[string]int{} // its ID
	w.likes = map[int][]detect.Incident{}
	var out []detect.Incident
	for i := range list {
		k := kind(&list[i])
		id, again := first[k]
		if !again || count[k] <= fewAlike {
			first[k] = list[i].ID
			out = append(out, list[i])
			continue
		}
		w.likes[id] = append(w.likes[id], list[i])
	}
	return out
}

// like is one line about the incidents that are like one that is told; "" where
// there are none.
func (w *writer) like(inc *detect.Incident) string {
	likes := w.likes[inc.ID]
	if len(likes) == 0 {
		return ""
	}
	var calls []int
	first, last := likes[0].Start, likes[0].Start
	least, most := int64(0), int64(0)
	for i := range likes {
		o := &likes[i]
		if o.Start.Before(first) {
			first = o.Start
		}
		if last.Before(o.Start) {
			last = o.Start
		}
		for _, c := range w.callsOf(o) {
			calls = append(calls, c.ID)
			if i >= 1000 { // enough to tell how long it was for
				continue
			}
			var longest int64
			for _, l := range w.lossesIn(o, c) {
				longest = max(longest, l.silent)
			}
			if longest > 0 && (least == 0 || longest < least) {
				least = longest
			}
			most = max(most, longest)
		}
	}
	text := fmt.Sprintf("The same happened in %s, at a time of its own each: %s", plural(len(calls), "more call", "more calls"), ranges(calls, 12))
	if from, to := w.clock(first), w.clock(last); from != to {
		text += fmt.Sprintf("; between %s and %s %s", from, to, w.zone())
	}
	switch shortest, longest := seconds(float64(least)/1e9), seconds(float64(most)/1e9); {
	case most == 0:
	case shortest == longest:
		text += ", for " + longest + " each"
	default:
		text += fmt.Sprintf(", for %s to %s", shortest, longest)
	}
	return text + "."
}

// ranges are numbers as people write them, "2-40, 51", and how many more there are.
func ranges(list []int, most int) string {
	list = slices.Clone(list)
	slices.Sort(list)
	list = slices.Compact(list)
	var out []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if len(out) == most {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(list)-i)
		}
		switch {
		case j == i:
			out = append(out, fmt.Sprint(list[i]))
		case j == i+1:
			out = append(out, fmt.Sprint(list[i]), fmt.Sprint(list[j]))
		default:
			out = append(out, fmt.Sprintf("%d-%d", list[i], list[j]))
		}
		i = j + 1
	}
	return strings.Join(out, ", ")
}

// idsOf are the numbers of an incident and of those like it, and how many calls
// they hit.
func (w *writer) idsOf(inc *detect.Incident) (ids string, calls int) {
	all := []int{inc.ID}
	calls = len(w.callsOf(inc))
	for i := range w.likes[inc.ID] {
		o := &w.likes[inc.ID][i]
		all = append(all, o.ID)
		calls += len(w.callsOf(o))
	}
	return ranges(all, 2), calls
}
