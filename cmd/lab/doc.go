//go:build linux

// Lab is the laboratory: real telephones, a real Linux NAT, a real media relay
// and real captures, on network namespaces that it makes and that vanish with
// it. It plays scenarios, records each at several machines with tcpdump, and
// writes beside the captures what was true, from the parties' own logs and
// never from an analysis.
//
//	lan              wan                    core
//	phone ─┐                  ┌─ server ─────────── gateway
//	phone2 ┼── router (NAT) ──┤
//	…      ┘                  └─ third host
//
// Lines are TAP devices whose frames the program carries itself, so that they
// have a length: a packet is under way for as long as the scenario says, and an
// ICMP error meets it half-way, which is what the story is about.
package main
