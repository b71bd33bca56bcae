// Package trunk writes captures as busy as one likes: hundreds of calls at a
// time through one media server, some of which live through the documented
// story, and floods that try to make an analyser choke. A packet costs well
// under a microsecond, and the same Shape gives the same bytes everywhere.
//
// Where package scene plays what happens, this one only writes it down: it is
// for measuring, and for what is only seen in large numbers. Like scene it
// imports none of latchscope's packages.
package trunk
