package collect

import (
	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/tls"
	"github.com/latchscope/latchscope/analyze/trace"
)

// Options of a pass. The zero value is good.
type Options struct {
	Limits trace.Limits // zero fields: as in DefaultLimits
	Serial bool         // read and collect in one goroutine; the result is the same
	Whole  bool         // read again from the beginning to the end; the result is the same

	// Secrets are the keys of TLS sessions; those that the captures hold are added.
	// Nil: these only.
	Secrets *tls.Secrets

	// Keys takes the media keys of session descriptions; whoever gives it wipes it.
	// Nil: no keys are read.
	Keys *srtp.Keyring
}
