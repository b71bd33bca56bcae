package golden

// Outcome of a case.
type Outcome string

const (
	Same    Outcome = "same"
	Differs Outcome = "differs"
	Missing Outcome = "no-expectations"
	Broken  Outcome = "broken" // expectations that cannot be used, or whose capture is not there
	Written Outcome = "written"
)

// Result is what became of a case.
type Result struct {
	Case        Case
	Outcome     Outcome
	Differences []Difference
	Facts       Facts
	Why         string // of Broken and Missing
	Seconds     float64
	Tolerated   bool // Missing, and allowed to be
}

// Failed tells results that a CI run must not pass with.
func (r *Result) Failed() bool {
	return r.Outcome == Differs || r.Outcome == Broken || r.Outcome == Missing && !r.Tolerated
}
