package sip

import (
	gosip "github.com/emiago/sipgo/sip"
	"github.com/pion/sdp/v3"
	"testing"
)

func BenchmarkSipgo(b *testing.B) {
	for b.Loop() {
		gosip.ParseMessage([]byte(inviteSDP))
	}
}
func BenchmarkPion(b *testing.B) {
	var m Message
	Parse([]byte(inviteSDP), &m)
	for b.Loop() {
		var s sdp.SessionDescription
		s.Unmarshal(m.Body)
	}
}
func BenchmarkSDP(b *testing.B) {
	var m Message
	Parse([]byte(inviteSDP), &m)
	var s Session
	for b.Loop() {
		ParseSDP(m.Body, &s)
	}
}
