package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchscope/latchscope/analyze/trace"
)

// unreadKind is something in a capture that is not read, by the code of its
// warning: what it is called, and what may help.
type unreadKind struct {
	code string
	what string
	help string // what to do, a sentence
}

// foreignSignalling are the protocols that set up calls and are not read.
var foreignSignalling = []unreadKind{
	{"signalling-mgcp", "MGCP", ""},
	{"signalling-megaco", "Megaco (H.248)", ""},
	{"signalling-h323", "H.323", ""},
	{"signalling-sccp", "SCCP (Skinny)", ""},
	{"signalling-iax2", "IAX2", ""},
}

// brokenSIP is SIP that was found and says too little.
var brokenSIP = []unreadKind{
	{"sip-cut", "SIP that the snap length cut", "What stood behind the cut is not known: record with -s 0."},
	{"ng-cut", "rtpengine's control protocol (NG) that the snap length cut", "What stood behind the cut is not known: record with -s 0."},
	{"sip-no-call-id", "SIP without a Call-ID", "It belongs to no call."},
}

// encrypted is what may hide signalling.
var encrypted = []unreadKind{
	{"sips-encrypted", "SIP over TLS that is encrypted", "Its session keys let it be read (--keylog)."},
	{"tls-encrypted", "TLS that is encrypted", "Should it be the signalling, its session keys let it be read (--keylog)."},
	{"esp-encrypted", "IPsec (ESP) that is encrypted", "Capture where it ends."},
	{"wifi-encrypted", "802.11 that is encrypted over the air", "Capture behind the access point."},
}

// found is what of one kind is in the captures, and where.
type found struct {
	unreadKind
	place string // "frame 7", "frame 7 of capture 2"
	count int64
}

func (f found) String() string {
	return fmt.Sprintf("%s (first in %s, %s)", f.what, f.place, plural(f.count, "packet"))
}

// unread finds the kinds that the captures' warnings name.
func unread(t *trace.Trace, kinds []unreadKind) (out []found) {
	for _, k := range kinds {
		f := found{unreadKind: k}
		take := func(file int, w trace.Warning) {
			if w.Code != k.code {
				return
			}
			if f.count == 0 {
				f.place = fmt.Sprintf("frame %d", w.Frame)
				if len(t.Captures) > 1 {
					f.place += fmt.Sprintf(" of capture %d", file+1)
				}
			}
			f.count += w.Count
		}
		for i := range t.Captures {
			for _, w := range t.Captures[i].Warnings {
				take(i, w)
			}
		}
		for _, w := range t.Warnings {
			take(int(w.File), w)
		}
		if f.count > 0 {
			out = append(out, f)
		}
	}
	return out
}

// signallingLimits says what signalling there is that could not be read, and why
// media has none. That it was encrypted is only said where something encrypted was
// seen.
func signallingLimits(t *trace.Trace, calls, media int) (out []string) {
	foreign, broken := unread(t, foreignSignalling), unread(t, brokenSIP)
	for _, f := range foreign {
		out = append(out, f.String()+" is not read: calls that it sets up are not judged.")
	}
	for _, f := range broken {
		out = append(out, f.String()+". "+f.help)
	}
	if media > 0 {
		of := plural(int64(media), "conversation")
		switch hidden := unread(t, encrypted); {
		case len(foreign)+len(broken) > 0:
			out = append(out, fmt.Sprintf("Media without signalling that could be read (%s): moves of a source may have been announced in it.", of))
		case len(hidden) > 0:
			line := fmt.Sprintf("Media without signalling (%s). There is %s. %s", of, hidden[0], hidden[0].help)
			out = append(out, line+" Moves of a source may have been announced in it.")
		default:
			out = append(out, fmt.Sprintf("Media without signalling (%s): none of it is in this capture. Moves of a source may have been announced in it; add it to the capture.", of))
		}
	}
	if calls == 0 && media == 0 && len(t.Others) > 0 && len(broken) == 0 {
		var list []string
		var sum int64
		for _, m := range t.Others {
			list = append(list, fmt.Sprintf("%s ×%d", m.Method, m.Count))
			sum += m.Count
		}
		out = append(out, fmt.Sprintf("SIP, but no call: %s (%s).", plural(sum, "message"), strings.Join(list, ", ")))
	}
	return slices.Clip(out)
}
