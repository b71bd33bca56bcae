package main

import (
	"bytes"
	"strings"
	"testing"
)

// Sentences of a text report that are true of one kind of call and false of its like.
func TestToldAsItIs(t *testing.T) {
	for _, c := range []struct {
		file        string
		args        []string
		says, never []string
	}{
		// Media that SDP sends past the servers is on no hop of theirs.
		{"../../testdata/field/direct-media-unseen.pcap", nil, []string{"SDP has them send to each other, past every server; a capture at the caller or at the callee would show it"}, []string{"the hop callee to server"}},
		{"../../testdata/field/relay-stops-after-reinvite.pcap", nil, nil, []string{"past every server"}},
		// Video is no voice.
		{"../../testdata/field/video-gap-drawn-as-audio.pcap", []string{"--call", "1"}, []string{"video begins, caller to callee", "audio begins, caller to callee"}, nil},
		{"../../testdata/field/video-gap-drawn-as-audio.pcap", nil, nil, []string{"begin a voice"}},
		// What went to two old ports is not one number for the last.
		{"../../testdata/hard/two_flips-7100.two-flips.pcap.xz", nil, []string{"sent 501 packets to the old one"}, []string{"1,002"}},
		// Wireshark knows RTP by the address in SDP, which this server's packets do not have.
		{"../../testdata/hard/private_media_address-7100.private-media.pcap.xz", nil, []string{"udp && ip.dst == 198.51.100.7 && udp.dstport == 24804"}, []string{"rtp && ip.dst == 198.51.100.7"}},
	} {
		var out, errs bytes.Buffer
		if got := run(t.Context(), append([]string{"analyze", c.file}, c.args...), nil, &out, &errs); got > 1 {
			t.Fatalf("%s: status %d: %s", c.file, got, errs.String())
		}
		text := strings.Join(strings.Fields(out.String()), " ")
		for _, s := range c.says {
			if !strings.Contains(text, s) {
				t.Errorf("%s does not say %q:\n%s", c.file, s, out.String())
			}
		}
		for _, s := range c.never {
			if strings.Contains(text, s) {
				t.Errorf("%s says %q", c.file, s)
			}
		}
	}
}
