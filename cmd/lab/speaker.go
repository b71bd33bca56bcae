//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
)

// A speaker sends and hears the RTP and RTCP of one party in one call, and
// notes each packet.
type speaker struct {
	party, call string
	log         *journal
	local       netip.AddrPort
	rtp, rtcp   *net.UDPConn
	codec       codec
	ssrc        uint32
	voice       *voice

	order  sync.Mutex // held while something is noted and sent: notes stand in the order of the wire
	mu     sync.Mutex
	target netip.AddrPort // where the other side's SDP wants it; zero: nowhere
	quiet  bool           // silence suppression, hold
	seq    uint16
	clock  uint32
	sent   uint32
	peer   reception

	talks   atomic.Bool
	closing chan struct{}
	once    sync.Once
	wait    sync.WaitGroup
}

// reception is what a receiver report tells.
type reception struct {
	ssrc     uint32
	base     uint16
	cycles   uint32
	highest  uint16
	received uint32
	sr       uint32
	srAt     time.Time
}

func openSpeaker(r *room, party, call string, local netip.AddrPort, c codec, ssrc uint32, log *journal) (*speaker, error) {
	s := &speaker{party: party, call: call, log: log, local: local, codec: c, ssrc: ssrc,
		voice: newVoice(ssrc, c), seq: uint16(ssrc), clock: ssrc << 3, closing: make(chan struct{})}
	var err error
	if s.rtp, s.rtcp, err = listenPair(r, local); err != nil {
		return nil, err
	}
	s.wait.Add(2)
	go s.hear()
	go s.hearRTCP()
	return s, nil
}

// listenPair binds a port and the one beside it.
func listenPair(r *room, at netip.AddrPort) (rtp, rtcp *net.UDPConn, err error) {
	err = r.do(func() error {
		rtp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		if err != nil {
			return err
		}
		rtcp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Addr(), at.Port()+1)))
		if err != nil {
			rtp.Close()
		}
		return err
	})
	return rtp, rtcp, err
}

// sendTo says where to, from now on.
func (s *speaker) sendTo(target netip.AddrPort) {
	s.mu.Lock()
	s.target = target
	s.mu.Unlock()
}

// hush begins or ends a pause in which nothing is sent.
func (s *speaker) hush(quiet bool) {
	s.mu.Lock()
	s.quiet = quiet
	s.mu.Unlock()
}

// talk begins to send, a packet every 20 ms, until close.
func (s *speaker) talk() {
	if s.talks.Swap(true) {
		return
	}
	s.wait.Add(1)
	go func() {
		defer s.wait.Done()
		start := time.Now()
		paused := true
		report := 60 // packets until the first RTCP
		for n := 0; ; n++ {
			select {
			case <-s.closing:
				return
			case <-time.After(time.Until(start.Add(time.Duration(n) * 20 * time.Millisecond))):
			}
			s.log.lateness(start.Add(time.Duration(n) * 20 * time.Millisecond))
			s.mu.Lock()
			target, quiet := s.target, s.quiet
			s.mu.Unlock()
			s.clock += 160
			frame := s.voice.frame()
			if quiet || !target.IsValid() {
				paused = true
				continue
			}
			s.packet(target, frame, paused)
			paused = false
			if report--; report <= 0 {
				report = 125
				s.report(target)
			}
		}
	}()
}

func (s *speaker) packet(target netip.AddrPort, payload []byte, marker bool) {
	s.seq++
	b := make([]byte, 12, 12+len(payload))
	b[0], b[1] = 0x80, s.codec.pt
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], s.seq)
	binary.BigEndian.PutUint32(b[4:], s.clock)
	binary.BigEndian.PutUint32(b[8:], s.ssrc)
	b = append(b, payload...)
	s.order.Lock()
	note(s.log, &s.log.sent, packetNote{time.Now(), s.party, s.call, s.seq, s.ssrc, s.local, target})
	_, _ = s.rtp.WriteToUDPAddrPort(b, target)
	s.order.Unlock()
	s.mu.Lock()
	s.sent++
	s.mu.Unlock()
}

// report sends a sender report with what was heard of the other side.
func (s *speaker) report(target netip.AddrPort) {
	now := time.Now()
	s.mu.Lock()
	sr := &rtcp.SenderReport{SSRC: s.ssrc, NTPTime: ntp(now), RTPTime: s.clock, PacketCount: s.sent, OctetCount: s.sent * uint32(s.codec.bytes)}
	if p := s.peer; p.received > 0 {
		expected := p.cycles + uint32(p.highest) - uint32(p.base) + 1
		block := rtcp.ReceptionReport{SSRC: p.ssrc, LastSequenceNumber: p.cycles + uint32(p.highest), LastSenderReport: p.sr}
		if expected > p.received {
			block.TotalLost = expected - p.received
		}
		if p.sr != 0 {
			block.Delay = uint32(now.Sub(p.srAt) * 65536 / time.Second)
		}
		sr.Reports = []rtcp.ReceptionReport{block}
	}
	s.mu.Unlock()
	b, err := rtcp.Marshal([]rtcp.Packet{sr, rtcp.NewCNAMESourceDescription(s.ssrc, s.party+"@lab.example")})
	if err != nil {
		s.log.trouble(err)
		return
	}
	_, _ = s.rtcp.WriteToUDPAddrPort(b, netip.AddrPortFrom(target.Addr(), target.Port()+1))
}

func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+2208988800)<<32 | uint64(t.Nanosecond())<<32/1e9
}

func (s *speaker) hear() {
	defer s.wait.Done()
	buf := make([]byte, 2048)
	for {
		n, from, err := s.rtp.ReadFromUDPAddrPort(buf)
		at := time.Now()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		seq, ssrc, ok := rtpSeq(buf[:n])
		if err != nil || !ok {
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		note(s.log, &s.log.heard, packetNote{at, s.party, s.call, seq, ssrc, from, s.local})
		s.mu.Lock()
		s.peer.count(seq, ssrc)
		s.mu.Unlock()
	}
}

func (p *reception) count(seq uint16, ssrc uint32) {
	if p.ssrc != ssrc {
		*p = reception{ssrc: ssrc, base: seq, highest: seq}
	}
	p.received++
	if ahead := seq - p.highest; ahead < 1<<15 {
		if seq < p.highest {
			p.cycles += 1 << 16
		}
		p.highest = seq
	}
}

func (s *speaker) hearRTCP() {
	defer s.wait.Done()
	buf := make([]byte, 2048)
	for {
		n, _, err := s.rtcp.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		packets, err := rtcp.Unmarshal(buf[:n])
		if err != nil {
			continue
		}
		if sr, ok := packets[0].(*rtcp.SenderReport); ok {
			s.mu.Lock()
			s.peer.sr, s.peer.srAt = uint32(sr.NTPTime>>16), time.Now()
			s.mu.Unlock()
		}
	}
}

func (s *speaker) close() {
	s.once.Do(func() {
		close(s.closing)
		s.rtp.Close()
		s.rtcp.Close()
	})
	s.wait.Wait()
}
