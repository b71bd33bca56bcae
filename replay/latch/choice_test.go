package latch

import (
	"fmt"
	"testing"
)

// The last constant of each kind has the last name, so none is missing between.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		last fmt.Stringer
		want string
	}{
		{SideB, "B"},
		{KindBye, "bye"},
		{Withheld, "withheld"},
		{ReasonOnHold, "on-hold"},
		{Defined, "defined"},
	} {
		if got := tt.last.String(); got != tt.want {
			t.Errorf("%T: %q, want %q", tt.last, got, tt.want)
		}
	}
	if int(ReasonOnHold)+1 != len(ReasonOnHold.names()) || int(Withheld)+1 != len(Withheld.names()) ||
		int(KindBye)+1 != len(KindBye.names()) || int(Defined)+1 != len(Defined.names()) {
		t.Error("names and constants differ in number")
	}
	if got := Action(99).String(); got != "latch.Action(99)" {
		t.Errorf("an unknown action is %q", got)
	}
	if all := Change(1<<len(Moved.names()) - 1).String(); all != "candidate,locked,relocked,released,reopened,moved" {
		t.Errorf("changes are %q", all)
	}
	if all := Reset(resetAll).String(); all != "signalling+re-offer+answer+unhold+sdp-changed+sdp-differs+own-re-offer" {
		t.Errorf("resets are %q", all)
	}
}
