// Package rtpengine plays a Case to the real daemon, which it drives through
// the NG control protocol: offers and answers are rebuilt on loopback
// addresses, packets are sent at their own pace, and what counts is what
// arrives.
package rtpengine
