package rtp

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestParse(t *testing.T) {
	fixed := []byte{0x80, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef}
	base := Header{Stamp: Stamp{PT: 8, Marker: true, Seq: 0x1234, TS: 160}, SSRC: 0xdeadbeef, PayloadOffset: 12}
	with := func(first byte, rest ...byte) []byte {
		b := append(bytes.Clone(fixed), rest...)
		b[0] = first
		return b
	}
	want := func(change func(h *Header)) Header {
		h := base
		change(&h)
		return h
	}
	for _, tt := range []struct {
		name string
		in   []byte
		want Header
	}{
		{"bare", fixed, base},
		{"payload", with(0x80, 1, 2, 3), want(func(h *Header) { h.PayloadLen = 3 })},
		{"two CSRCs", with(0x82, 0, 0, 0, 1, 0, 0, 0, 2, 7), want(func(h *Header) { h.CSRCs = 2; h.PayloadOffset = 20; h.PayloadLen = 1 })},
		{"CSRCs cut", with(0x82, 0, 0, 0, 1, 0), want(func(h *Header) { h.CSRCs = 2; h.Cut = true; h.PayloadOffset = 17 })},
		{"extension", with(0x90, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 7, 7), want(func(h *Header) { h.Extension = true; h.PayloadOffset = 20; h.PayloadLen = 2 })},
		{"empty extension", with(0x90, 0xbe, 0xde, 0, 0), want(func(h *Header) { h.Extension = true; h.PayloadOffset = 16 })},
		{"extension's head cut", with(0x90, 0xbe, 0xde, 0), want(func(h *Header) { h.Extension = true; h.Cut = true; h.PayloadOffset = 15 })},
		{"extension cut", with(0x90, 0xbe, 0xde, 0xff, 0xff, 1), want(func(h *Header) { h.Extension = true; h.Cut = true; h.PayloadOffset = 17 })},
		{"padding", with(0xa0, 1, 2, 0, 0, 3), want(func(h *Header) { h.Padding = true; h.PayloadLen = 2 })},
		{"padding only", with(0xa0, 0, 2), want(func(h *Header) { h.Padding = true })},
		{"padding beyond the payload", with(0xa0, 1, 2, 9), want(func(h *Header) { h.Padding = true; h.PayloadLen = 3 })},
		{"padding of none", with(0xa0, 1, 2, 0), want(func(h *Header) { h.Padding = true; h.PayloadLen = 3 })},
		{"padding without bytes", with(0xa0), want(func(h *Header) { h.Padding = true })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Header{Stamp: Stamp{PT: 99}, Cut: true, PayloadLen: 77} // rests of another packet
			if !Parse(tt.in, &got) {
				t.Fatal("refused")
			}
			if got != tt.want {
				t.Errorf("have %+v\nwant %+v", got, tt.want)
			}
			if n := len(got.Payload(tt.in)); n != got.PayloadLen {
				t.Errorf("payload of %d bytes, PayloadLen %d", n, got.PayloadLen)
			}
		})
	}
	var h Header
	for _, b := range [][]byte{nil, fixed[:11], with(0x40), with(0x00), with(0xc0)} {
		if Parse(b, &h) {
			t.Errorf("% x passed for RTP", b)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x80, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3})
	f.Add([]byte{0xb2, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 5, 5, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		var h Header
		if !Parse(b, &h) {
			if len(b) >= HeaderLen && b[0]>>6 == 2 {
				t.Fatal("refused version 2")
			}
			return
		}
		payload := h.Payload(b) // must not panic
		if len(b) >= HeaderLen && h.Cut && len(payload) != 0 {
			t.Fatal("a cut header, and a payload behind it")
		}
	})
}

// TestPlain: Plain is a short cut of Classify and Parse, and never another
// opinion.
func TestPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	plain := 0
	for range 200_000 {
		b := make([]byte, r.IntN(40))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		if len(b) > 0 && r.IntN(4) > 0 {
			b[0] = 0x80
		}
		got, ssrc, ok := Plain(b)
		if !ok {
			continue
		}
		plain++
		var want Header
		if !Parse(b, &want) || Classify(b) != RTP || got != want.Stamp || ssrc != want.SSRC ||
			want.PayloadOffset != HeaderLen || want.PayloadLen != len(b)-HeaderLen || want.PayloadLen == 0 {
			t.Fatalf("% x: Plain says %+v of %#x, Parse says %+v, Classify says %v", b, got, ssrc, want, Classify(b))
		}
	}
	if plain < 10_000 {
		t.Fatalf("only %d were plain", plain)
	}
}
