//go:build linux

package main

import (
	"net/netip"
	"sync"
	"time"
)

// A journal is what the machines of one scenario wrote down about themselves.
// The truth is made of it and of nothing else.
type journal struct {
	mu        sync.Mutex
	sent      []packetNote
	heard     []packetNote
	relayed   []relayNote
	refusals  []refusalNote
	mappings  []mappingNote
	dropped   []mappingNote // those that the router forgot, and when
	signals   []signalNote
	intrusion []packetNote
	errs      []error
	late      time.Duration // how far behind its own clock the laboratory fell
}

// lateness is noted wherever something has its time.
func (j *journal) lateness(due time.Time) {
	d := time.Since(due)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.late = max(j.late, d)
}

// packetNote is one RTP packet as a party sent or heard it.
type packetNote struct {
	at       time.Time
	party    string
	call     string
	seq      uint16
	ssrc     uint32
	src, dst netip.AddrPort // as the party sees them
}

// relayNote is one RTP packet as the media engine saw it, and what it did.
type relayNote struct {
	at     time.Time
	call   string
	caller bool // it came from the caller's side
	source netip.AddrPort
	seq    uint16
	ssrc   uint32
	action string
	to     netip.AddrPort
	outSeq uint16
	events string // what it did to the latch
}

// refusalNote is an ICMP error as the kernel of a machine handed it over.
type refusalNote struct {
	at       time.Time
	host     string // who received it
	by       netip.Addr
	src, dst netip.AddrPort // of the refused packet, as the host knows it
	seq      uint16
	rtp      bool // it quotes RTP; else RTCP or something else
}

// mappingNote is a router's new mapping.
type mappingNote struct {
	at              time.Time
	inside, outside netip.AddrPort
	because         string // what became of the one before; "" for the first
}

// signalNote is a step of a call's signalling at a party.
type signalNote struct {
	at     time.Time
	party  string
	call   string // the party's Call-ID
	name   string // "invite", "sdp", "answer", "bye", "hold", "resume"
	detail string
}

func (j *journal) trouble(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.errs = append(j.errs, err)
}

func (j *journal) mapped(inside, outside netip.AddrPort, because string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.mappings = append(j.mappings, mappingNote{time.Now(), inside, outside, because})
}

func (j *journal) signal(party, call, name, detail string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.signals = append(j.signals, signalNote{time.Now(), party, call, name, detail})
}

// note appends to one of the lists.
func note[T any](j *journal, list *[]T, n T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	*list = append(*list, n)
}

// has tells whether a party has noted a step of that name.
func (j *journal) has(party, name string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, n := range j.signals {
		if n.party == party && n.name == name {
			return true
		}
	}
	return false
}
