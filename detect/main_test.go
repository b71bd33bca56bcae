package detect_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// Hundreds of small captures, one after the other: with the runtime's own pace a
// fifth of the time goes into looking for garbage.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
