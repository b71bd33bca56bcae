package latch

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Config is a profile with some parameters set: one column of a comparison.
type Config struct {
	Profile Profile
	Sets    []Setting
}

// Setting is a parameter as the user wrote it.
type Setting struct {
	Name, Value string
}

// ParseSetting reads "name=value".
func ParseSetting(text string) (Setting, bool) {
	name, value, ok := strings.Cut(text, "=")
	return Setting{name, value}, ok && name != "" && value != ""
}

// With is the same with more parameters set; one that was set before is
// replaced.
func (c Config) With(sets ...Setting) Config {
	var kept []Setting
	for _, old := range c.Sets {
		again := false
		for _, s := range sets {
			again = again || s.Name == old.Name
		}
		if !again {
			kept = append(kept, old)
		}
	}
	c.Sets = append(kept, sets...)
	return c
}

// Policy is the profile's with the parameters set.
func (c Config) Policy() (Policy, error) {
	p := c.Profile.Policy
	for _, s := range c.Sets {
		if err := p.Set(s.Name, s.Value); err != nil {
			return Policy{}, err
		}
	}
	return p, p.Validate()
}

// Policies are those of both sides of an engine, A and B. The side that the
// talker in question does not arrive at is sent to before it is locked: it is
// not behind a NAT, and a lock on both sides would wait for each other.
func (c Config) Policies(near Side) (a, b Policy, err error) {
	p, err := c.Policy()
	if err != nil {
		return Policy{}, Policy{}, err
	}
	other := p
	if other.Destination == DestinationSourceOnly {
		other.Destination = DestinationSource
	}
	if near == SideA {
		return p, other, nil
	}
	return other, p, nil
}

// String is "session-lock, lock_packets=3, timeout=10s".
func (c Config) String() string {
	words := []string{c.Profile.String()}
	for _, s := range c.Sets {
		words = append(words, s.Name+"="+s.Value)
	}
	return strings.Join(words, ", ")
}

// MarshalJSON writes what was set, numbers and truths as such.
func (c Config) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, s := range c.Sets {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(s.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(typed(s.Value))
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

func typed(text string) any {
	switch text {
	case "true":
		return true
	case "false":
		return false
	case "":
		return nil // not to be identified
	}
	if n, err := strconv.Atoi(text); err == nil && strconv.Itoa(n) == text {
		return n
	}
	return text
}

// Value is what a parameter was set to, "" if it was not.
func (c Config) Value(name string) string {
	for _, s := range c.Sets {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}
