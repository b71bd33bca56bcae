package latch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	Version     string // tells several profiles of one name apart, "10.5"; "" where there is only one
	Title       string
	Engine      string // product; empty where it is a policy without one
	Release     string // what exactly was read or measured
	Source      string // file and function, or the document
	Confidence  Confidence
	Measured    Measurement // zero where it was not
	Agents      []string    // how the product calls itself in User-Agent and Server
	AgentBelow  int         // the major version from which on the product does not behave so any more; 0: none
	Doc         string      // what one must know to trust or adjust it
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
	Sets   []Setting
	Why    string // what it does, as an imperative
	File   string // where the engine is told so; "" where it has no words for it
	Before string // what stands there now, as far as the profile's defaults say
	After  string // what is to stand there
}

// String is the profile's name, with its version where that is not the newest.
func (p Profile) String() string {
	if newest, ok := Lookup(p.Name); p.Version == "" || ok && newest.Version == p.Version {
		return p.Name
	}
	return p.Name + "@" + p.Version
}

// Profiles are the built-in profiles in the order in which listings show them,
// each in its newest version. The slice is the caller's.
func Profiles() []Profile {
	var list []Profile
	for _, p := range Versions() {
		if !slices.ContainsFunc(list, func(q Profile) bool { return q.Name == p.Name }) {
			list = append(list, p)
		}
	}
	return list
}

// Versions are the built-in profiles in all of their versions, of one name the
// newest first. The slice is the caller's.
func Versions() []Profile {
	list := slices.Concat(
		sessionLock(),
		rtpengine(),
		asterisk(),
		freeswitch(),
		rtpproxy(),
		pjmedia(),
		sems(),
		livekit(),
		diago(),
		ortp(),
		audioCodes(),
		noLatch(),
	)
	found := measurements()
	for i := range list {
		if m, ok := found[list[i].Name+"@"+list[i].Version]; ok {
			list[i].Confidence, list[i].Measured = Measured, m
		}
	}
	return list
}

// Lookup finds a profile by its name, the newest of them, or by "NAME@VERSION". A
// profile stands for its version and those after it, up to the next that there
// is: with 13.4 and 10.5 known, 10.5.3.5 and 12.0 are 10.5.
func Lookup(name string) (Profile, bool) {
	name, version, exact := strings.Cut(name, "@")
	for _, p := range Versions() {
		if p.Name == name && (!exact || p.Version != "" && notBefore(version, p.Version)) {
			return p, true
		}
	}
	return Profile{}, false
}

// notBefore reports whether a version is another or comes after it. Versions
// are numbers with dots; of other words only the same is.
func notBefore(v, than string) bool {
	a, ok1 := numbers(v)
	b, ok2 := numbers(than)
	if !ok1 || !ok2 {
		return v == than
	}
	return slices.Compare(a, b) >= 0
}

// numbers are those of a version such as 10.5.3.
func numbers(version string) (list []int, ok bool) {
	for word := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 {
			return nil, false
		}
		list = append(list, n)
	}
	return list, true
}

// UnknownProfile is the error for a name that Lookup does not know.
func UnknownProfile(name string) error {
	if bare, version, ok := strings.Cut(name, "@"); ok {
		var known []string
		for _, p := range Versions() {
			if p.Name == bare && p.Version != "" {
				known = append(known, p.Version)
			}
		}
		if known != nil {
			return fmt.Errorf("there is no version %q of engine %s; it is one of %s", version, bare, strings.Join(known, ", "))
		}
		if _, ok := Lookup(bare); ok {
			return fmt.Errorf("engine %s has no versions to choose from", bare)
		}
	}
	var names []string
	for _, p := range Profiles() {
		names = append(names, p.Name)
	}
	return fmt.Errorf("there is no engine %q; did you mean %s?", name, nearest(name, names))
}
