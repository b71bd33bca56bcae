// Package measure holds profiles against real media engines.
//
// A [Schedule] is a call made of chance: who signals what and when, from where
// media comes and where it moves to. A [Driver] plays it to a real engine, and
// what the engine did with every packet is a [Trace], which can be written to a
// file and sent to somebody. [Compare] plays a trace to a profile of package
// latch, packet by packet, and says in how many they differ and of what the
// differences are made.
package measure
