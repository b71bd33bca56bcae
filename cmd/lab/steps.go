//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// phoneEnd is the phone's end of the first call.
func (s *stage) phoneEnd() *dialog {
	a := s.agents["phone"]
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.calls {
		return d
	}
	return nil
}

// hush makes both ends of the first call pause, or talk again.
func (s *stage) hush(quiet bool) error {
	s.calls[0].speaker.hush(quiet)
	s.phoneEnd().speaker.hush(quiet)
	return nil
}

// blockGateway puts a firewall before the gateway that stops its RTP.
func (s *stage) blockGateway() error {
	s.log.signal("gateway", "", "firewall", "")
	_, err := s.rooms["gateway"].output(`
table inet wall {
	chain out { type filter hook output priority filter; udp sport 20550 drop; }
}`, "nft", "-f", "-")
	return err
}

// inject has the third host send RTP of its own to where the phone sends.
func (s *stage) inject(packets int) error {
	from := netip.AddrPortFrom(s.pick(thirdAddress, thirdAddress6), 40100)
	to := netip.AddrPortFrom(s.pick(serverOuter, serverOuter6), 34662)
	c, err := listenUDP(s.rooms["third"], from)
	if err != nil {
		return err
	}
	go func() {
		defer c.Close()
		v := newVoice(0xbad00001, s.Codec)
		start := time.Now()
		for n := range packets {
			time.Sleep(time.Until(start.Add(time.Duration(n) * 20 * time.Millisecond)))
			b := []byte{0x80, s.Codec.pt, 0, 0}
			binary.BigEndian.PutUint16(b[2:], uint16(n))
			b = binary.BigEndian.AppendUint32(b, uint32(n)*160)
			b = binary.BigEndian.AppendUint32(b, 0xbad00001)
			note(s.log, &s.log.intrusion, packetNote{time.Now(), "third", "", uint16(n), 0xbad00001, from, to})
			_, _ = c.WriteToUDPAddrPort(append(b, v.frame()...), to)
		}
	}()
	return nil
}

// forget makes the router forget the first phone's media mappings.
func (s *stage) forget() error {
	s.router.forget(phoneAddress(0, s.V6))
	return nil
}
