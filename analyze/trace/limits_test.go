package trace

import "testing"

// TestWithDefaults holds that setting one bound leaves the others as they were.
func TestWithDefaults(t *testing.T) {
	if got := (Limits{}).WithDefaults(); got != DefaultLimits() {
		t.Errorf("zero limits became %+v", got)
	}
	want := DefaultLimits()
	want.Streams = 7
	if got := (Limits{Streams: 7}).WithDefaults(); got != want {
		t.Errorf("one bound set: got %+v, want %+v", got, want)
	}
	if got := want.WithDefaults(); got != want {
		t.Errorf("all set: got %+v, want %+v", got, want)
	}
}

func TestZeroMessage(t *testing.T) {
	var m Message
	if !m.Request() || !m.IsZero() {
		t.Error("the zero message is something")
	}
}
