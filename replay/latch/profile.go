package latch

import (
	"fmt"
	"slices"
)

// Confidence is how a profile's parameters are known.
type Confidence uint8

const (
	Believed   Confidence = iota // said by people who run it; not checked
	Documented                   // from the vendor's documents
	Read                         // from the engine's source
	Measured                     // read, and measured with the engine itself
	Defined                      // a policy of our own: it is what it says
)

func (c Confidence) String() string { return choiceText(c) }

func (Confidence) names() []string {
	return []string{"believed", "documented", "read", "measured", "defined"}
}

// ConfigName says by which words an engine's own configuration sets a parameter.
type ConfigName struct {
	Param, Words string
}

// Profile is a Policy under the name of the engine that behaves so.
type Profile struct {
	Name        string
	Title       string
	Engine      string // product; empty where it is a policy without one
	Version     string // the version that was read or measured
	Source      string // file and function, or the document
	Confidence  Confidence
	Doc         string // what one must know to trust or adjust it
	ConfigNames []ConfigName
	Policy      Policy

	// What operators turn, and what turning it may mend.

	Variants []Variant // beside the defaults
	Remedies []Remedy  // the smallest change first
}

// Variant is a set of parameters that operators turn together: every value of
// each against every value of the others.
type Variant []Choice

// Choice is one parameter and the values that are worth a try, the likeliest
// first.
type Choice struct {
	Param  string
	Values []string
}

// Configs are the configurations of a variant of a profile, the values of the
// first parameter changing slowest.
func (v Variant) Configs(p Profile) []Config {
	list := []Config{{Profile: p}}
	for _, c := range v {
		var next []Config
		for _, base := range list {
			for _, value := range c.Values {
				next = append(next, base.With(Setting{c.Param, value}))
			}
		}
		list = next
	}
	return list
}

// Remedy is a change of an engine's settings that may spare a call its silence.
type Remedy struct {
	Sets []Setting
	Why  string // what it does, as an imperative
}

// Profiles are the built-in profiles in the order in which listings show them.
// The slice is the caller's.
func Profiles() []Profile {
	return slices.Concat(
		sessionLock(),
		rtpengine(),
		asterisk(),
		freeswitch(),
		rtpproxy(),
		pjmedia(),
		sems(),
		audioCodes(),
		noLatch(),
	)
}

// Lookup finds a profile by its name.
func Lookup(name string) (Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// UnknownProfile is the error for a name that Lookup does not know.
func UnknownProfile(name string) error {
	var names []string
	for _, p := range Profiles() {
		names = append(names, p.Name)
	}
	return fmt.Errorf("there is no engine %q; did you mean %s?", name, nearest(name, names))
}
