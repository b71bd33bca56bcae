package measure

import (
	"cmp"
	"slices"

	"github.com/latchscope/latchscope/replay/latch"
)

// Row is the comparison of all traces of one engine and setting.
type Row struct {
	Build  string
	Config latch.Config
	Traces int
	Comparison
	Of []*Trace // of each difference: the trace that it is in
}

// Share is the share of packets that came out as the policy says, in per cent.
func (r *Row) Share() float64 {
	if r.Packets == 0 {
		return 0
	}
	return 100 * float64(r.Packets-len(r.Differ)) / float64(r.Packets)
}

// Table compares every trace with the profile that claims to be its engine, a
// row for each engine and setting, ordered by build and setting.
func Table(list []*Trace) ([]*Row, error) {
	var rows []*Row
	for _, t := range list {
		cfg, err := t.Config()
		if err != nil {
			return nil, err
		}
		p, err := cfg.Policy()
		if err != nil {
			return nil, err
		}
		c, err := Compare(t, p)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(rows, func(r *Row) bool { return r.Build == t.Build && r.Config.String() == cfg.String() })
		if at < 0 {
			rows = append(rows, &Row{Build: t.Build, Config: cfg})
			at = len(rows) - 1
		}
		r := rows[at]
		r.Traces++
		r.Packets += c.Packets
		r.Races += c.Races
		for _, d := range c.Differ {
			r.Differ, r.Of = append(r.Differ, d), append(r.Of, t)
		}
	}
	slices.SortStableFunc(rows, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(a.Build, b.Build), cmp.Compare(a.Config.String(), b.Config.String()))
	})
	return rows, nil
}
