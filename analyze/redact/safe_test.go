package redact

import (
	"strings"
	"testing"
)

// What a page shows of a SIP message has everything but what nobody may read.
func TestSafeMessages(t *testing.T) {
	const invite = "INVITE sip:bob:hunter2@example.org SIP/2.0\r\nFrom: <sip:alice@example.org>;tag=1\r\nCall-ID: 1\r\n" +
		"Authorization: Digest username=\"alice\", realm=\"example.org\", response=\"6629fae49393a05397450978507c4ef1\",\r\n qop=auth, cnonce=\"0a4f113b\"\r\n" +
		"X-Api-Token: abcdef12345\r\nContent-Type: application/sdp\r\nContent-Length: 999\r\n\r\n" +
		"v=0\r\nk=clear:opensesame\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:32\r\n" +
		"a=ice-ufrag:F7gI\r\na=ice-pwd:x9cml/YzichV2+XlhiMu8g\r\na=sendrecv\r\n"
	got := string(Safe([]byte(invite)))
	for _, secret := range []string{"hunter2", "6629fae4", "0a4f113b", "abcdef12345", "opensesame", "WVNfX19z", "x9cml"} {
		if strings.Contains(got, secret) {
			t.Errorf("%s is still there:\n%s", secret, got)
		}
	}
	for _, kept := range []string{"sip:bob:***@example.org", "<sip:alice@example.org>;tag=1", "Digest", "m=audio 4000 RTP/SAVP 0", "AES_CM_128_HMAC_SHA1_80", "a=sendrecv"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%s is gone:\n%s", kept, got)
		}
	}
	const info = "INFO sip:bob@example.org SIP/2.0\r\nCall-ID: 1\r\nc: application/dtmf-relay\r\n\r\nSignal=5\r\nDuration=160\r\n"
	if got := string(Safe([]byte(info))); strings.Contains(got, "Signal") || !strings.Contains(got, "(24 bytes of body are not shown)") {
		t.Errorf("digits: %s", got)
	}
	if got := Safe(nil); got != nil {
		t.Errorf("nothing became %q", got)
	}
}
