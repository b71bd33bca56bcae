package redact

import "strings"

// Redaction fails closed: what stays as it was is a word that stands in these
// lists, a number where the protocol has one, or the punctuation between them.
// Damage moves names into fields that never hold one, so no field is trusted.

// spoken rewrites a value word by word, but for the protocol's own words and
// for numbers of up to so many digits.
func (p *Pseudonyms) spoken(s string, digits int) string {
	var b strings.Builder
	for s != "" {
		n := 0
		for n < len(s) && !divides(s[n]) {
			n++
		}
		if n == 0 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		b.WriteString(p.unlessSpoken(s[:n], digits))
		s = s[n:]
	}
	return b.String()
}

// divides reports what stands between words, where a hyphen or a dot does not.
func divides(c byte) bool {
	return separator(c) || c == '"' || c == '<' || c == ':' || c == '*' || c == '[' || c == ']' || c == '+'
}

func (p *Pseudonyms) unlessSpoken(w string, digits int) string {
	if isSpoken(w) || shortNumber(w, digits) {
		return w
	}
	return p.Token(w)
}

// shortNumber reports whether a word is a number of up to so many digits, with
// a sign or a point.
func shortNumber(w string, digits int) bool {
	n := 0
	for i := range len(w) {
		switch c := w[i]; {
		case isDigit(c):
			n++
		case c == '.' && i > 0 || c == '-' && i == 0:
		default:
			return false
		}
	}
	return n > 0 && n <= digits && strings.Count(w, ".") <= 1
}

// isSpoken reports whether a word is the protocol's: a method, an option tag, a
// part of a media type, a parameter or one of its values.
func isSpoken(w string) bool {
	low := strings.ToLower(w)
	if isMethod(low) || known(low) || protocolWord(low) {
		return true
	}
	switch low {
	case "sip/2.0", "sip", "2.0", "udp", "tcp", "tls", "sctp", "ws", "wss", "tls-sctp", "dtls-udp", "q.850", "isup", "preemption", "rfc2833", "iq", "gmt",
		// option tags (IANA)
		"100rel", "timer", "gruu", "outbound", "norefersub", "eventlist", "histinfo", "precondition", "pref", "tdialog", "sec-agree",
		"multiple-refer", "early-session", "answermode", "from-change", "resource-priority", "ice", "sdp-anat", "recipient-list-invite",
		"recipient-list-message", "recipient-list-subscribe", "policy", "geolocation", "uui", "siprec", "trickle-ice", "record-aware", "nosub", "explicitsub",
		"replaces", "join", "path", "fax", "sleep", "199", "geolocation-sip", "geolocation-http", "in-dialog", "view-share", "x-nat", "ietf",
		// events and states
		"presence", "dialog", "conference", "message-summary", "reg", "talk", "hold", "kpml", "telephone-event", "ua-profile", "check-sync", "winfo",
		"active", "pending", "deactivated", "probation", "rejected", "giveup", "invariant", "call-info", "line-seize", "as-feature-event", "vq-rtcpxr",
		// media types and dispositions
		"application", "sdp", "text", "plain", "html", "multipart", "mixed", "alternative", "related", "audio", "video", "image", "message", "sipfrag",
		"isup-oli", "dtmf-relay", "dtmf", "pidf", "xml", "pidf+xml", "resource-lists+xml", "rlmi+xml", "dialog-info+xml", "simple-message-summary", "media_control+xml",
		"external-body", "media-policy-dataset+xml", "vnd.3gpp.sms", "cpim-pidf+xml", "reginfo+xml", "watcherinfo+xml", "conference-info+xml", "json", "octet-stream",
		"qsig", "render", "session", "early", "icon", "alert", "signal", "recording-session", "by-reference", "gzip", "deflate", "identity",
		"base64", "binary", "8bit", "7bit", "quoted-printable", "en", "de", "fr", "es", "it", "nl", "pt", "ru", "zh", "ja", "us", "gb", "en-us", "en-gb", "de-de",
		// priorities and privacies
		"urgent", "normal", "non-urgent", "header", "history", "user-critical", "fork", "no-fork", "queue", "no-queue", "parallel", "sequential", "proxy", "redirect",
		"cancel-on", "recurse", "no-recurse", "manual", "auto", "supported", "sendrecv", "sendonly", "recvonly", "inactive", "gated", "ms", "s",
		"mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
		// credentials
		"digest", "basic", "bearer", "ntlm", "kerberos", "tls-dsk", "aka", "akav1-md5", "akav2-md5", "ipsec-3gpp", "mediasec", "sdes-srtp":
		return true
	}
	return false
}

// isMethod reports whether a word, in small letters, is a method of SIP.
func isMethod(low string) bool {
	switch low {
	case "invite", "ack", "bye", "cancel", "register", "options", "update", "prack", "refer", "notify", "subscribe", "info", "message", "publish", "service", "benotify", "ping":
		return true
	}
	return false
}

// isHeader reports whether a name, in full and in small letters, is that of a
// header that SIP or a common extension defines.
func isHeader(low string) bool {
	switch low {
	case "accept", "accept-contact", "accept-encoding", "accept-language", "accept-resource-priority", "alert-info", "allow", "allow-events", "answer-mode",
		"authentication-info", "authorization", "call-id", "call-info", "cisco-guid", "contact", "content-disposition", "content-encoding", "content-id",
		"content-language", "content-length", "content-transfer-encoding", "content-type", "cseq", "date", "diversion", "error-info", "event", "expires",
		"feature-caps", "flow-timer", "from", "geolocation", "h323-conf-id", "history-info", "identity", "identity-info", "in-reply-to", "info-package", "join", "max-breadth",
		"max-forwards", "mime-version", "min-expires", "min-se", "organization", "original-call-id", "p-access-network-info", "p-answer-state",
		"p-asserted-identity", "p-asserted-service", "p-associated-uri", "p-called-party-id", "p-charge-info", "p-charging-function-addresses",
		"p-charging-vector", "p-early-media", "p-hint", "p-media-authorization", "p-preferred-identity", "p-preferred-service", "p-profile-key",
		"p-refused-uri-list", "p-rtp-stat", "p-served-user", "p-user-database", "p-visited-network-id", "path", "permission-missing", "policy-contact", "policy-id",
		"priority", "priv-answer-mode", "privacy", "proxy-authenticate", "proxy-authentication-info", "proxy-authorization", "proxy-require", "rack", "reason",
		"reason-phrase", "record-route", "recv-info", "refer-sub", "refer-to", "referred-by", "reject-contact", "remote-party-id", "replaces", "reply-to",
		"request-disposition", "require", "resource-priority", "response-source", "retry-after", "route", "rseq", "same-session", "security-client",
		"security-server", "security-verify", "server", "service-route", "session-expires", "session-id", "signature", "sip-etag", "sip-if-match", "subject",
		"subscription-state", "supported", "suppress-if-match", "target-dialog", "timestamp", "to", "trigger-consent", "unsupported", "user-agent",
		"user-to-user", "via", "warning", "www-authenticate", "x-cid", "x-call-id", "x-asterisk-hangupcause", "x-asterisk-hangupcausecode", "x-fs-support", "x-rtp-stat",
		"x-serialnumber", "x-real-ip", "x-original-call-id", "x-ms-conversation-id":
		return true
	}
	return false
}

// isAttribute reports whether a name, in small letters, is that of an attribute
// of SDP (IANA and what is common beside).
func isAttribute(low string) bool {
	switch low {
	case "rtpmap", "fmtp", "ptime", "maxptime", "minptime", "rtcp", "rtcp-fb", "rtcp-mux", "rtcp-mux-only", "rtcp-rsize", "rtcp-xr", "setup", "connection", "mid", "group", "extmap",
		"extmap-allow-mixed", "t38faxversion", "t38maxbitrate", "t38faxratemanagement", "t38faxmaxbuffer", "t38faxmaxdatagram", "t38faxmaxifp", "t38faxudpec",
		"t38faxudpecdepth", "t38faxudpfecmaxspan", "t38faxfillbitremoval", "t38faxtranscodingmmr", "t38faxtranscodingjbig", "t38vendorinfo", "t38modemtype",
		"silencesupp", "framerate", "framesize", "quality", "orient", "type", "charset", "sdplang", "lang", "content", "ice-options", "ice-lite", "ice-mismatch", "ice-ufrag",
		"ice-pwd", "curr", "des", "conf", "sqn", "cdsc", "cpar", "cparmin", "cparmax", "pcfg", "acfg", "acap", "tcap", "csup", "creq", "imageattr", "bundle-only",
		"end-of-candidates", "ssrc", "ssrc-group", "simulcast", "rid", "maxprate", "cat", "keywds", "tool", "fmtp-ext", "sendrecv", "sendonly", "recvonly", "inactive",
		"x-nat", "gpmd", "candidate", "remote-candidates", "alt", "crypto", "key-mgmt", "zrtp-hash", "tls-id", "identity", "encryption", "3ge2ae", "dtls-id",
		"fingerprint", "label", "msid", "msid-semantic", "sctpmap", "sctp-port", "max-message-size", "direction", "nortpproxy", "floorctrl", "confid", "userid",
		"floorid", "path", "accept-types", "accept-wrapped-types", "source-filter", "ts-refclk", "mediaclk", "record", "recordpref", "x-cap", "x-bypassid":
		return true
	}
	return false
}

// codecWord reports whether a word, in small letters, belongs to the description
// of a codec, a transport or a medium in SDP.
func codecWord(low string) bool {
	switch low {
	case "audio", "video", "image", "text", "application", "message", "data", "tcptls", "t38", "udptl", "rtp", "avp", "savp", "avpf", "savpf", "tls", "dtls", "msrp", "bfcp",
		"pcmu", "pcma", "g729", "g729a", "g729b", "g723", "g722", "g726-16", "g726-24", "g726-32", "g726-40", "aal2-g726-32", "g728", "g7221", "gsm", "gsm-efr", "gsm-hr-08", "ilbc",
		"speex", "opus", "amr", "amr-wb", "evs", "silk", "isac", "l8", "l16", "l24", "lpc", "dvi4", "qcelp", "evrc", "evrc0", "evrcb", "evrcwb", "cn", "telephone-event", "tone", "red",
		"rtx", "ulpfec", "flexfec-03", "vmr-wb", "smv", "mpa", "mp4a-latm", "siren", "siren7", "siren14", "bv16", "bv32", "codec2", "lyra", "clearmode", "x-ulpfecuc",
		"h261", "h263", "h263-1998", "h263-2000", "h264", "h264-svc", "h265", "vp8", "vp9", "av1", "jpeg", "theora", "mp4v-es", "x-data", "transferredtcf", "localtcf", "t38udpredundancy",
		"t38udpfec", "t38udpnofec", "annexa", "annexb", "annexc", "mode", "mode-set", "mode-change-period", "mode-change-neighbor", "mode-change-capability", "octet-align", "max-red",
		"crc", "robust-sorting", "interleaving", "channels", "bitrate", "br", "bw", "cmr", "ch-aw-recv", "hf-only", "evs-mode-switch", "dtx", "dtx-recv", "nb", "wb", "swb", "fb", "nb-swb", "nb-fb", "nb-wb",
		"useinbandfec", "usedtx", "stereo", "sprop-stereo", "maxplaybackrate", "sprop-maxcapturerate", "maxaveragebitrate", "minptime", "ptime", "maxptime", "cbr", "vbr", "vad", "cng", "penh",
		"profile-level-id", "packetization-mode", "level-asymmetry-allowed", "max-mbps", "max-fs", "max-fr", "max-br", "max-smbps", "max-cpb", "max-dpb", "sprop-parameter-sets", "apt", "x-google-start-bitrate",
		"profile", "level", "profile-id", "level-id", "tier-flag", "sprop-vps", "sprop-sps", "sprop-pps", "cif", "qcif", "sqcif", "cif4", "cif16", "custom", "max", "par", "cpcf", "bpp", "hrd", "maxbr", "maxfr",
		"yes", "no", "on", "off", "true", "false", "ccm", "fir", "nack", "pli", "rpsi", "sli", "tmmbr", "tstr", "vbcm", "goog-remb", "transport-cc", "trr-int", "lrr", "app", "ack", "ecn",
		"active", "passive", "actpass", "holdconn", "new", "existing", "bundle", "ls", "fid", "lip", "fec", "fec-fr", "dup", "anat", "sim", "wms", "send", "recv", "local", "remote", "e2e", "none", "mandatory", "optional",
		"failure", "sendrecv", "qos", "sec", "trickle", "ice2", "rtp+ecn", "renomination", "voip-metrics", "pkt-loss-rle", "pkt-dup-rle", "pkt-rcpt-times", "rcvr-rtt", "all", "sender", "stat-summary", "loss", "jitt", "ttl", "hl",
		"slides", "speaker", "sl", "main", "portrait", "landscape", "seascape", "broadcast", "meeting", "moderated", "test", "h332", "utf-8", "iso-8859-1", "en", "de", "fr", "sip", "urn", "ietf", "params", "rtp-hdrext",
		"ssrc-audio-level", "toffset", "http", "www.webrtc.org", "experiments", "abs-send-time", "transport-wide-cc-extensions-01", "sdes", "rtp-stream-id", "vad=on", "3gpp", "video-orientation", "csrc-audio-level", "mid", "x-nat":
		return true
	}
	return false
}
