package replay

import "math"

// Judgement is how a replayed silence compares with the observed one.
type Judgement string

const (
	Reproduced   Judgement = "reproduced"   // as observed
	Fixed        Judgement = "fixed"        // nothing audible is left
	Improved     Judgement = "improved"     // less
	Unchanged    Judgement = "unchanged"    // as observed, though something was changed
	Worse        Judgement = "worse"        // more
	Inconclusive Judgement = "inconclusive" // the observed silence or the input is not in the capture
)

// Silences is an observed and a replayed silence in seconds; nil where the
// capture does not show it, or lacks the input.
type Silences struct {
	Observed, Replayed *float64
}

// Judge compares one direction. near is what counts as the same, in seconds:
// 20 ms or one packet's time; changed says that the run is not meant to
// reproduce what was.
func (s Silences) Judge(near float64, changed bool) Judgement {
	if s.Observed == nil || s.Replayed == nil {
		return Inconclusive
	}
	audible := float64(Audible) / 1e9
	o, r := *s.Observed, *s.Replayed
	switch {
	case r < audible && o < audible:
		return Reproduced
	case math.Abs(o-r) <= near && changed:
		return Unchanged
	case math.Abs(o-r) <= near:
		return Reproduced
	case r < audible:
		return Fixed
	case r < o:
		return Improved
	}
	return Worse
}

// Overall is the judgement of a run: the worst of its directions, those left
// out of which nothing is known, and those that lost nothing either way. What
// mends one direction and leaves the other as it was reproduces nothing.
func Overall(near float64, changed bool, ways ...Silences) Judgement {
	worst, seen, mixed := Judgement(""), false, false
	for _, s := range ways {
		j := s.Judge(near, changed)
		if j == Inconclusive {
			continue
		}
		seen = true
		if j == Reproduced && *s.Observed < float64(Audible)/1e9 {
			continue
		}
		mixed = mixed || worst != "" && worst != j
		if severity(j) > severity(worst) {
			worst = j
		}
	}
	switch {
	case !seen:
		return Inconclusive
	case worst == "":
		return Reproduced
	case worst == Reproduced && mixed:
		return Unchanged
	}
	return worst
}

func severity(j Judgement) int {
	switch j {
	case Worse:
		return 4
	case Unchanged, Reproduced:
		return 3
	case Improved:
		return 2
	case Fixed:
		return 1
	}
	return 0
}
