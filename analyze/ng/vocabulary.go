package ng

import "strings"

// words are the flags and the values of options that rtpengine's manual names.
var words = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`
		trust-address symmetric asymmetric unidirectional strict-source media-handover port-latching no-port-latching reset
		no-rtcp-attribute full-rtcp-attribute loop-protect record-call always-transcode detect-DTMF inject-DTMF pad-crypto
		generate-mid generate-RTCP mirror-RTCP original-sendrecv inactive symmetric-codecs asymmetric-codecs single-codec
		allow-transcoding no-redis-update SIP-source-address sip-source-address debug all-ICE no-codec-renegotiation
		reuse-codecs early-media pierce-NAT NAT-wait trickle-ICE reject-ICE fragment discard-RTCP allow-asymmetric-codecs
		prefer-low-bitrate block-DTMF block-media unblock-media silence-media provisional directional block-egress
		remove force force-relay default optional off no offer accept require demux reject passive active
		origin session-connection sdp-version username session-name zero-address force-increment-sdp-ver
		RTP/AVP RTP/SAVP RTP/AVPF RTP/SAVPF UDP/TLS/RTP/SAVP UDP/TLS/RTP/SAVPF IP4 IP6 inet inet6
		delayed immediate heuristic no-learning internal external public private priv pub int ext inside outside`) {
		out[w] = true
	}
	return out
}()

// Plain reports whether a setting is made of words of the protocol and numbers
// only: nothing in it names anybody.
func Plain(setting string) bool {
	_, value, option := strings.Cut(setting, "=")
	if !option {
		return words[strings.ReplaceAll(setting, " ", "-")]
	}
	for w := range strings.SplitSeq(value, ",") {
		if !words[w] && strings.Trim(w, "0123456789") != "" {
			return false
		}
	}
	return true
}

// Command reports whether the manual names a command about a call.
func Command(s string) bool {
	switch s {
	case "offer", "answer", "delete", "query", "publish", "subscribe request", "subscribe answer", "unsubscribe",
		"start recording", "stop recording", "pause recording", "start forwarding", "stop forwarding",
		"block DTMF", "unblock DTMF", "block media", "unblock media", "silence media", "unsilence media",
		"play media", "stop media", "play DTMF", "connect":
		return true
	}
	return false
}
