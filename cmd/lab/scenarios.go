//go:build linux

package main

import (
	"slices"
	"time"
)

const ms = time.Millisecond

// scenarios are all that the laboratory plays.
func scenarios() []scenario {
	return slices.Concat(stories(), fixes(), moves(), daemons(), lawful(), trouble(), programs())
}

// story is what the product exists for; the others are told as what is
// different from it.
func story(name, about string, change func(*scenario)) scenario {
	s := scenario{
		Name:   name,
		About:  about,
		Router: routerPlan{Ports: lowestPort, DropOnICMP: true, Taken: true},
		Delay:  35 * ms,
		Codec:  g729,
		Habits: habits{Ring: 150 * ms, Early: 500 * ms, Answer: 1000 * ms},
		Engine: enginePlan{Set: []string{"timeout=2s"}},
		Talk:   5 * time.Second,
	}
	change(&s)
	return s
}

// ordinary is a call in which nothing is wrong.
func ordinary(name, about string, change func(*scenario)) scenario {
	s := scenario{
		Name:   name,
		About:  about,
		Router: routerPlan{Ports: keepPort},
		Delay:  20 * ms,
		Codec:  g729,
		Habits: habits{Ring: 150 * ms, Answer: 800 * ms},
		Talk:   6 * time.Second,
	}
	change(&s)
	return s
}

// everywhere are all capture points.
func everywhere() []string { return []string{"server", "public", "phone", "nat"} }

func stories() []scenario {
	return []scenario{
		story("story", "The phone sends RTP half a second before its 200. The server's port is closed, its kernel refuses each packet, "+
			"and the router drops its mapping at each error. At the last one a second phone takes the port that it set free. "+
			"What was under way locks the latch on the old port, which nobody has any more, for ten seconds.", func(s *scenario) {
			s.Engine.Set, s.Codec, s.Talk = nil, pcmu, 13*time.Second
			s.Keep = everywhere()
		}),
		story("story-2s", "The story with a lock that lets go after two seconds.", func(s *scenario) { s.Keep = everywhere() }),
		story("story-b2bua", "The story through a media relay that sends RTP of its own making: another SSRC, sequence and clock, and RTCP ends there.",
			func(s *scenario) { s.Engine.Rewrites = true }),
		story("story-ipv6", "The story over IPv6, with a router that translates addresses there too.", func(s *scenario) { s.V6, s.Keep = true, []string{"server", "nat"} }),
		story("story-tcp", "The story with SIP over the TCP connection that the phone keeps to the server.", func(s *scenario) { s.TCP = true }),
		story("story-fragments", "The story with an INVITE that needs three IP fragments.", func(s *scenario) { s.Pad = 2800 }),
		story("story-silent-router", "The story behind a router that says nothing about packets to ports without a mapping.", func(s *scenario) {
			s.Router.Silent, s.Keep = true, []string{"server", "public"}
		}),
		story("story-next-free", "No second phone is needed where the router gives the next free port each time: every error moves the source.", func(s *scenario) {
			s.Router.Ports, s.Router.Taken = nextPort, false
		}),
		story("story-random", "The same with a router that gives a random port each time.", func(s *scenario) {
			s.Router.Ports, s.Router.Taken = randomPort, false
		}),
	}
}

func fixes() []scenario {
	return []scenario{
		story("open-at-offer", "The server binds its media port at the offer and discards what comes before the answer: no errors, no move.", func(s *scenario) {
			s.Engine.Set = []string{"bind=offer", "pre_sdp=drop"}
		}),
		story("icmp-silenced", "The server's port is closed as before, but its host says nothing about it: no errors, no move.", func(s *scenario) {
			s.Engine.NoICMP = true
		}),
		story("same-port", "The router drops its mapping at each error and gives the same port again, since no other session came in between.", func(s *scenario) {
			s.Router.Taken = false
		}),
		story("router-keeps", "The router does as RFC 4787 wants: errors leave its mappings alone.", func(s *scenario) {
			s.Router.DropOnICMP, s.Router.Taken = false, false
		}),
	}
}

func moves() []scenario {
	return []scenario{
		ordinary("idle-flip", "Both parties are silent for five seconds; the router forgets after three and gives another port. The lock lets go after eight.", func(s *scenario) {
			s.Router = routerPlan{Ports: nextPort, Idle: 3 * time.Second}
			s.Engine.Set = []string{"timeout=8s"}
			s.Keep = everywhere()
			s.Talk = 14 * time.Second
			s.Steps = []step{
				{4 * time.Second, "both pause", func(s *stage) error { return s.hush(true) }},
				{9 * time.Second, "both talk again", func(s *stage) error { return s.hush(false) }},
			}
		}),
		ordinary("failover", "The router's line fails and it goes on from another address, with four calls under way.", func(s *scenario) {
			s.Phones = 4
			s.Keep = []string{"server", "public"}
			s.Engine.Set = []string{"timeout=3s"}
			s.Talk = 10 * time.Second
			s.Steps = []step{{4 * time.Second, "failover", func(s *stage) error { s.router.failOver(natSpare); return nil }}}
		}),
	}
}

func lawful() []scenario {
	return []scenario{
		ordinary("quiet", "An ordinary call, with RTCP.", func(s *scenario) {
			s.Codec, s.Keep = pcmu, []string{"server", "nat"}
		}),
		ordinary("hold-resume", "The phone holds and resumes; later the gateway does.", func(s *scenario) {
			s.Engine.Set = []string{"reset=never"} // else it is silent a moment while it learns anew
			s.Talk = 13 * time.Second
			s.Steps = []step{
				{3 * time.Second, "phone holds", func(s *stage) error { return s.phoneEnd().reinvite("sendonly") }},
				{6 * time.Second, "phone resumes", func(s *stage) error { return s.phoneEnd().reinvite("sendrecv") }},
				{8 * time.Second, "gateway holds", func(s *stage) error { return s.calls[0].reinvite("inactive") }},
				{10 * time.Second, "gateway resumes", func(s *stage) error { return s.calls[0].reinvite("sendrecv") }},
			}
		}),
		ordinary("early-media", "The phone announces its media with a 183 and sends it a second before its 200.", func(s *scenario) {
			s.Habits = habits{Ring: 100 * ms, Progress: 300 * ms, Early: time.Second, Answer: 2 * time.Second}
		}),
		ordinary("ipv6", "An ordinary call over IPv6 and SIP over TCP.", func(s *scenario) { s.V6, s.TCP = true, true }),
		ordinary("fragments", "An ordinary call whose INVITE needs three IP fragments.", func(s *scenario) { s.Pad = 2800 }),
	}
}

func trouble() []scenario {
	return []scenario{
		ordinary("one-way", "A firewall before the gateway lets its RTP not out; RTCP passes.", func(s *scenario) {
			s.Steps = []step{{0, "firewall", func(s *stage) error { return s.blockGateway() }}}
		}),
		ordinary("injection", "A third host sends RTP to the phone's media port on the server, in the middle of the call. The lock drops it.", func(s *scenario) {
			s.Talk = 9 * time.Second
			s.Steps = []step{{3 * time.Second, "injection", func(s *stage) error { return s.inject(150) }}}
		}),
	}
}

// daemons are the real rtpengine's. It binds at the offer; that the early
// packets are refused is a firewall's doing, which the answer lifts.
func daemons() []scenario {
	engine := func(learning string, flags ...string) func(*scenario) {
		return func(s *scenario) {
			s.Engine = enginePlan{Learning: learning, Daemon: flags, Closed: true}
			s.Talk = 6 * time.Second
		}
	}
	return []scenario{
		story("rtpengine-delayed", "The story with rtpengine, which follows for three seconds after the answer: nothing is lost.", engine("delayed")),
		story("rtpengine-immediate", "The story with rtpengine that learns from the first packet: the phone is heard, but hears nothing.", func(s *scenario) {
			engine("immediate")(s)
			s.Keep = everywhere()
		}),
		story("rtpengine-strict", "The same with strict-source: neither hears the other.", engine("immediate", "strict-source")),
		story("rtpengine-handover", "The same with media-handover: nothing is lost.", engine("immediate", "media-handover")),
		ordinary("rtpengine-late-flip", "The router forgets the phone's mapping when rtpengine's three seconds are over: the phone hears nothing any more.", func(s *scenario) {
			s.Engine = enginePlan{Learning: "delayed"}
			s.Router.Ports = nextPort
			s.Talk = 9 * time.Second
			s.Steps = []step{{5 * time.Second, "router forgets", func(s *stage) error { return s.forget() }}}
		}),
		ordinary("rtpengine-reoffer", "After such a flip the gateway offers again, with nothing new in its SDP: rtpengine learns anew, and the phone hears again.", func(s *scenario) {
			s.Engine = enginePlan{Learning: "immediate", Daemon: []string{"strict-source"}}
			s.Router.Ports = nextPort
			s.Talk = 9 * time.Second
			s.Steps = []step{
				{4 * time.Second, "router forgets", func(s *stage) error { return s.forget() }},
				{6 * time.Second, "gateway offers again", func(s *stage) error { return s.calls[0].reinvite("sendrecv") }},
			}
		}),
	}
}

// programs have parties that other people wrote.
func programs() []scenario {
	flip := func(s *scenario) {
		s.Codec, s.Talk = pcmu, 8*time.Second
		s.Router.Ports = nextPort
		s.Engine.Set = []string{"timeout=2s"}
		s.Steps = []step{{3 * time.Second, "router forgets", func(s *stage) error { return s.forget() }}}
	}
	return []scenario{
		ordinary("baresip-flip", "baresip is the phone; in the middle of the call the router forgets its mapping.", func(s *scenario) {
			flip(s)
			s.Phone = baresip
		}),
		ordinary("sipp-flip", "sipp is the gateway; in the middle of the call the router forgets the phone's mapping.", func(s *scenario) {
			flip(s)
			s.Far = sipp
		}),
		ordinary("sipp-baresip", "sipp calls baresip: an ordinary call.", func(s *scenario) {
			s.Codec, s.Phone, s.Far = pcmu, baresip, sipp
		}),
	}
}
