package replay

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/latchscope/latchscope/replay/latch"
)

// Fit is one configuration and how well it explains what a capture shows.
type Fit struct {
	Config latch.Config
	Disagreement
	Unidentified []string // parameters whose value makes no difference in this capture
	Versions     []string // of the profile, those that the capture does not tell apart
}

// Fits are the configurations that explain a Case, one of each engine, the
// likeliest first: those within the noise of the best, ordered by how well the
// profile is known and how little they assume, then the others by how much they
// differ.
type Fits struct {
	List []Fit
	Ties int // how many of List the capture cannot tell from the first, itself included
}

// Tells reports whether the capture singles out an engine: something can be
// compared, the best differs in few enough packets, and more engines are
// excluded than are not.
func (f Fits) Tells() bool {
	return f.Explained() && f.Ties <= len(f.List)/2
}

// Explained reports whether any known engine may be the one that was there.
func (f Fits) Explained() bool {
	return f.Ties > 0 && f.List[0].Compared > 0 && f.List[0].Explains()
}

// FitEngine tries all profiles in all versions, with what operators turn
// varied, and says which explain best what became of the packets.
func (c *Case) FitEngine(ctx context.Context) (Fits, error) {
	// What a fit is ordered by is counted once: sorting asks again and again.
	type entry struct {
		Fit
		assumed, odd int
	}
	var all []entry
	for _, p := range latch.Versions() {
		for _, cfg := range c.variants(p) {
			if err := ctx.Err(); err != nil {
				return Fits{}, err
			}
			r, err := c.RunConfig(cfg)
			if err != nil {
				return Fits{}, err
			}
			all = append(all, entry{Fit{Config: cfg, Disagreement: c.Disagree(r)}, assumes(cfg), odd(cfg)})
		}
	}
	slices.SortStableFunc(all, func(x, y entry) int {
		return cmp.Or(
			cmp.Compare(x.Packets, y.Packets), cmp.Compare(x.EarlyPackets, y.EarlyPackets),
			cmp.Compare(x.assumed, y.assumed), cmp.Compare(x.odd, y.odd))
	})
	fits := make([]Fit, len(all))
	for i, x := range all {
		fits[i] = x.Fit
	}
	return c.rank(digest(fits)), nil
}

// rank puts one fit of every engine in order. Those that differ from the best
// by no more than noise come first, ordered by what speaks for them before
// anything is compared, then by how they fit before the answer and how little
// they assume. Versions of one engine that the capture cannot tell apart are one
// fit, of the newest.
func (c *Case) rank(all []Fit) (f Fits) {
	if len(all) == 0 {
		return f
	}
	most := all[0].Packets + all[0].Noise()
	standing, order := map[string]int{}, map[string]int{}
	for i, p := range latch.Profiles() {
		order[p.Name] = i
	}
	for _, x := range all { // of one name the best comes first
		p := x.Config.Profile
		at := slices.IndexFunc(f.List, func(y Fit) bool { return y.Config.Profile.Name == p.Name })
		switch {
		case at < 0:
			x.Versions = []string{p.Version}
			f.List = append(f.List, x)
		case x.Packets <= max(most, f.List[at].Packets):
			y := &f.List[at]
			y.Versions = append(y.Versions, p.Version)
			if newer(p, y.Config.Profile) {
				versions := y.Versions
				*y = x
				y.Versions = versions
			}
		default:
			continue
		}
		standing[p.Name] = max(standing[p.Name], c.standing(p))
	}
	for f.Ties < len(f.List) && f.List[f.Ties].Packets <= most {
		f.Ties++
	}
	slices.SortStableFunc(f.List[:f.Ties], func(x, y Fit) int {
		a, b := x.Config.Profile.Name, y.Config.Profile.Name
		return cmp.Or(
			cmp.Compare(standing[b], standing[a]), cmp.Compare(x.EarlyPackets, y.EarlyPackets),
			cmp.Compare(x.Packets, y.Packets), cmp.Compare(assumes(x.Config), assumes(y.Config)), cmp.Compare(order[a], order[b]))
	})
	return f
}

// newer reports whether one version of a profile is newer than another.
func newer(a, b latch.Profile) bool {
	for _, p := range latch.Versions() {
		if p.Name == a.Name && (p.Version == a.Version || p.Version == b.Version) {
			return p.Version == a.Version && a.Version != b.Version
		}
	}
	return false
}

// standing is how much speaks for a profile before anything is compared: that
// the capture names its engine, and how well it is known. A policy without an
// engine comes last: it may be given any parameters.
func (c *Case) standing(p latch.Profile) int {
	n := 0
	switch p.Confidence {
	case latch.Measured:
		n = 3
	case latch.Read:
		n = 2
	case latch.Documented:
		n = 1
	}
	if namedBy(p, c.Agent) {
		n += 4
	}
	return n
}

// digest keeps one fit of every profile and version, and notes which of its
// parameters made no difference.
func digest(all []Fit) (list []Fit) {
	for _, x := range all {
		at := slices.IndexFunc(list, func(y Fit) bool {
			return y.Config.Profile.Name == x.Config.Profile.Name && y.Config.Profile.Version == x.Config.Profile.Version
		})
		if at < 0 {
			list = append(list, x)
			continue
		}
		y := &list[at]
		if x.Packets != y.Packets {
			continue
		}
		for _, name := range differs(y.Config, x.Config) {
			if !slices.Contains(y.Unidentified, name) {
				y.Unidentified = append(y.Unidentified, name)
			}
		}
	}
	return list
}

// mostToLock is how many packets a lock takes to close at most, as far as
// timeouts are guessed from when it did.
const mostToLock = 10

// differs names the one parameter in which two configurations differ, if it is
// only one: then the capture cannot tell its value.
func differs(c, o latch.Config) []string {
	var names []string
	for _, s := range c.Sets {
		if o.Value(s.Name) != s.Value {
			names = append(names, s.Name)
		}
	}
	for _, s := range o.Sets {
		if c.Value(s.Name) == "" {
			names = append(names, s.Name)
		}
	}
	if len(names) != 1 {
		return nil
	}
	return names
}

// assumes counts the parameters that differ from the profile's own.
func assumes(c latch.Config) int {
	p, err := c.Policy()
	if err != nil {
		return len(c.Sets)
	}
	n := 0
	own := c.Profile.Policy.Params()
	for i, q := range p.Params() {
		if own[i].Value != q.Value {
			n++
		}
	}
	return n
}

// odd is how unlikely somebody is to have chosen these values: round ones go
// before others.
func odd(c latch.Config) int {
	n := 0
	for _, s := range c.Sets {
		if d, err := time.ParseDuration(s.Value); err == nil {
			switch {
			case d%time.Second == 0:
			case d%(500*time.Millisecond) == 0:
				n++
			default:
				n += 2
			}
		}
	}
	return n
}

// variants are the configurations of a profile that are worth a try: its
// defaults, unless a variant spells them out, what operators turn, and the
// moment at which its port opens.
func (c *Case) variants(p latch.Profile) []latch.Config {
	var list []latch.Config
	for _, v := range p.Variants {
		list = append(list, c.suggested(v).Configs(p)...)
	}
	if !slices.ContainsFunc(list, func(c latch.Config) bool { return assumes(c) == 0 }) {
		list = slices.Insert(list, 0, latch.Config{Profile: p})
	}
	if c.earlyTaken() && p.Policy.Bind != latch.BindOffer {
		for _, cfg := range slices.Clone(list) {
			list = append(list, cfg.With(latch.Setting{Name: "bind", Value: "offer"}))
			if p.Policy.PreSDP != latch.PreSDPDrop {
				list = append(list, cfg.With(latch.Setting{Name: "bind", Value: "offer"}, latch.Setting{Name: "pre_sdp", Value: "drop"}))
			}
		}
	}
	return list
}

// suggested is a variant with the timeouts that the capture itself suggests
// beside those that somebody may have configured.
func (c *Case) suggested(v latch.Variant) latch.Variant {
	v = slices.Clone(v)
	for i := range v {
		if v[i].Param == "timeout" {
			v[i].Values = c.timeouts(v[i].Values)
		}
	}
	return v
}

// earlyTaken tells whether packets came before the answer that nobody refused.
func (c *Case) earlyTaken() bool {
	for i := range c.Events {
		if carries(&c.Events[i]) && c.Events[i].Time < c.Answer && c.Facts[i].Fate == Arrived {
			return true
		}
	}
	return false
}

// timeouts are a profile's own and those at which the capture shows a lock
// opening.
func (c *Case) timeouts(own []string) []string {
	list := slices.Clone(own)
	add := func(d time.Duration) {
		if s := d.String(); d > 0 && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	pace := float64(c.pace())
	for _, held := range c.heldFor() {
		// The release shows with the next packet only, and, where only the
		// way back is seen, with the one that locks anew.
		for n := range mostToLock {
			at := held - float64(n)*pace
			for _, step := range []float64{1e9, 0.5e9, 0.1e9} {
				d := time.Duration(math.Floor(at/step+1e-6) * step)
				if at-float64(d) <= 3*pace+5e6 {
					add(d)
					break
				}
			}
		}
	}
	return list
}

// heldFor are the times for which the capture shows a dead source being held on
// to: from its last packet to the first from elsewhere that was taken, and to
// the first that was sent elsewhere.
func (c *Case) heldFor() []float64 {
	var out []float64
	for _, d := range c.Moves {
		last := int64(0)
		up, down := true, true
		for i := range c.Events {
			ev, f := &c.Events[i], &c.Facts[i]
			switch {
			case !carries(ev):
			case ev.Side == c.Near && ev.Source == d.From:
				last = ev.Time
			case ev.Time < d.After || last == 0:
			case up && ev.Side == c.Near && f.Fate == Arrived && ev.Source == d.To:
				out, up = append(out, float64(ev.Time-last)), false
			case down && ev.Side != c.Near && f.Fate == Arrived && f.To == d.To:
				out, down = append(out, float64(ev.Time-last)), false
			}
			if len(out) >= 16 {
				return out
			}
		}
	}
	return out
}

// pace is the talker's time between packets in nanoseconds.
func (c *Case) pace() int64 { return c.Talker.Streams[0].Interval() }

// Parameters are those of a fit as a report shows them: those that the capture
// cannot tell have no value.
func (f Fit) Parameters() latch.Config {
	c := f.Config
	c.Sets = slices.Clone(c.Sets)
	for _, name := range f.Unidentified {
		if i := slices.IndexFunc(c.Sets, func(s latch.Setting) bool { return s.Name == name }); i >= 0 {
			c.Sets[i].Value = ""
		} else {
			c.Sets = append(c.Sets, latch.Setting{Name: name})
		}
	}
	return c
}

// String is "session-lock, lock_packets=3, timeout=10s: 0 of 1507 packets differ".
func (f Fit) String() string {
	return fmt.Sprintf("%s: %d of %d packets differ", f.Config, f.Packets, f.Compared)
}
