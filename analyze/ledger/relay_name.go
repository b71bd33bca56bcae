package ledger

import "strings"

// relayNames are what User-Agent and Server headers of session border
// controllers and back-to-back user agents hold, in lower case. A PBX alone
// proves nothing: phones and end systems call themselves so.
var relayNames = []string{
	"sbc", "b2bua", "border", "rtpengine", "rtpproxy", "mediaproxy", "sippy", "kamailio", "opensips", "openser",
	"audiocodes", "oracle", "acme", "ribbon", "sonus", "metaswitch", "perimeta", "anynode", "sems", "yeti", "cube",
}

// namesRelay reports whether a User-Agent or Server header names something that
// passes media on.
func namesRelay(agent string) bool {
	agent = strings.ToLower(agent)
	for _, n := range relayNames {
		if i := strings.Index(agent, n); i >= 0 {
			before := i == 0 || !isLetter(agent[i-1])
			end := i + len(n)
			after := end == len(agent) || !isLetter(agent[end])
			if before && after {
				return true
			}
		}
	}
	return false
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' }
