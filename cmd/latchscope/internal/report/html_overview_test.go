package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// A mark of the overview leads to the row of its call, or to the section that tells of
// it, without script; what the page does not tell has no link that leads nowhere.
func TestOverviewLeads(t *testing.T) {
	columns := []Column{{Head: "call", Kind: Figure}, {Head: "verdict"}}
	d := &Document{
		Calls: []Dot{{ID: 1, At: 1}, {ID: 3, At: 2}, {ID: 7, At: 3}, {ID: 9, At: 4}},
		Sections: []Section{
			{Kind: SectionSummary, Title: "Summary", Blocks: []Block{{Text: "Two calls lost audio.", Loud: true}}},
			{Kind: SectionCalls, Title: "Calls that it hit", Blocks: []Block{
				{Table: &Table{Columns: columns, Rows: [][]string{{"7", "lost"}}, Rest: [][]string{{"9", "lost"}}, More: "and 1 more"}},
				{Table: &Table{Columns: columns, Rows: [][]string{{"7", "again"}}}},
			}},
			{Kind: SectionCall, Title: "Call 1", Blocks: []Block{{Text: "It is told."}}},
		},
	}
	p, err := pageFilled()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.Execute(&out, htmlPageOf(d)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		call, links, places int
	}{{1, 1, 1}, {3, 0, 0}, {7, 1, 1}, {9, 1, 1}} {
		links := strings.Count(out.String(), fmt.Sprintf(`href="#call-%d"`, tt.call))
		places := strings.Count(out.String(), fmt.Sprintf(` id="call-%d"`, tt.call))
		if links != tt.links || places != tt.places {
			t.Errorf("call %d: %d links and %d places, want %d and %d", tt.call, links, places, tt.links, tt.places)
		}
	}
}
