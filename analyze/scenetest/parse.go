package scenetest

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"strconv"
	"strings"
	"time"
)

// Load reads a scene's text from a file system, such as os.DirFS("testdata/scenes").
func Load(dir fs.FS, name string) (*Scene, error) {
	text, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, err
	}
	return Parse(strings.TrimSuffix(path.Base(name), ".scene"), text)
}

// LoadAll reads every *.scene of a file system's top folder, in order of name.
func LoadAll(dir fs.FS) ([]*Scene, error) {
	names, err := fs.Glob(dir, "*.scene")
	if err != nil {
		return nil, err
	}
	var all []*Scene
	for _, name := range names {
		s, err := Load(dir, name)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Parse reads a scene. Errors name the line.
func Parse(name string, text []byte) (*Scene, error) {
	s := &Scene{Name: name, seed: 1, start: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), end: -1}
	p := parser{scene: s, kinds: map[string]string{}, index: map[string]int{}}
	opening := true
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(strings.ReplaceAll(line, "\t", " "))
		if strings.HasPrefix(line, "#") {
			if opening {
				s.About = strings.TrimSpace(s.About + "\n" + strings.TrimSpace(line[1:]))
			}
			continue
		}
		opening = opening && line == "" && s.About == ""
		if at := strings.Index(line, " #"); at >= 0 {
			line = line[:at]
		}
		st := newStatement(i+1, line)
		if len(st.words) == 0 && len(st.options) == 0 {
			continue
		}
		p.statement(st)
		if err := st.done(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

type parser struct {
	scene *Scene
	kinds map[string]string // of each name: host, nat, server, call, capture
	index map[string]int    // of calls
}

// statement is one line, taken apart bit by bit; what nobody took is an error.
type statement struct {
	line    int
	words   []string
	options map[string]string
	err     error
}

func newStatement(line int, text string) *statement {
	st := &statement{line: line, options: map[string]string{}}
	for _, f := range strings.Fields(text) {
		key, value, is := strings.Cut(f, "=")
		if !is {
			st.words = append(st.words, f)
			continue
		}
		if _, twice := st.options[key]; twice {
			st.fail("%s= stands twice", key)
		}
		st.options[key] = value
	}
	return st
}

func (st *statement) fail(format string, args ...any) {
	if st.err == nil {
		st.err = fmt.Errorf(format, args...)
	}
}

func (st *statement) done() error {
	if st.err == nil && len(st.words) > 0 {
		st.fail("what is %q for?", st.words[0])
	}
	least := "" // the same error every time
	for key := range st.options {
		if least == "" || key < least {
			least = key
		}
	}
	if st.err == nil && least != "" {
		st.fail("unknown option %s=", least)
	}
	return st.err
}

// next takes the next word; what says which is missing.
func (st *statement) next(what string) string {
	if len(st.words) == 0 {
		st.fail("%s is missing", what)
		return ""
	}
	word := st.words[0]
	st.words = st.words[1:]
	return word
}

// flag takes a word if it is there, wherever it stands.
func (st *statement) flag(word string) bool {
	for i, w := range st.words {
		if w == word {
			st.words = append(st.words[:i:i], st.words[i+1:]...)
			return true
		}
	}
	return false
}

// after takes the word behind a key word, and both away.
func (st *statement) after(word string) (string, bool) {
	for i, w := range st.words {
		if w == word && i+1 < len(st.words) {
			value := st.words[i+1]
			st.words = append(st.words[:i:i], st.words[i+2:]...)
			return value, true
		}
	}
	return "", false
}

func (st *statement) option(key, otherwise string) string {
	if v, ok := st.options[key]; ok {
		delete(st.options, key)
		return v
	}
	return otherwise
}

// oneOf is an option with few possible values.
func (st *statement) oneOf(key, otherwise string, values ...string) string {
	v := st.option(key, otherwise)
	for _, each := range values {
		if v == each {
			return v
		}
	}
	st.fail("%s=%s: want %s", key, v, strings.Join(values, ", "))
	return otherwise
}

// duration reads seconds ("3.35") or a Go duration ("40ms").
func duration(text string) (time.Duration, error) {
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		if s >= 0 && s <= longest.Seconds() {
			return time.Duration(s*1e6+0.5) * time.Microsecond, nil
		}
		return 0, fmt.Errorf("%q is out of range", text)
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < -longest || d > longest {
		return 0, fmt.Errorf("%q is no time", text)
	}
	return d, nil
}

func (st *statement) duration(key string, otherwise time.Duration) time.Duration {
	text, ok := st.options[key]
	if !ok {
		return otherwise
	}
	delete(st.options, key)
	d, err := duration(text)
	if err != nil {
		st.fail("%s=: %w", key, err)
	}
	if d < 0 && key != "offset" {
		st.fail("%s=%s is negative", key, text)
	}
	return d
}

func (st *statement) time(text string) time.Duration {
	d, err := duration(text)
	if err == nil && d < 0 {
		err = errors.New("time before the start")
	}
	if err != nil {
		st.fail("%w", err)
	}
	return d
}

// number is an option between 0 and most; hexadecimal with 0x.
func (st *statement) number(key string, otherwise, most uint64) uint64 {
	text, ok := st.options[key]
	if !ok {
		return otherwise
	}
	delete(st.options, key)
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil || n > most {
		st.fail("%s=%s: want a number up to %d", key, text, most)
	}
	return n
}

// share reads "5%" as 0.05.
func share(text string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !strings.HasSuffix(text, "%") || !(f >= 0 && f <= 100) {
		return 0, fmt.Errorf("%q is no percentage", text)
	}
	return f / 100, nil
}

func (st *statement) share(key string) float64 {
	f, err := share(st.option(key, "0%"))
	if err != nil {
		st.fail("%s=: %w", key, err)
	}
	return f
}

func (st *statement) addr(text string) netip.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		st.fail("%q is no address", text)
	}
	return a
}

func (st *statement) addrOption(key string) (a netip.Addr) {
	if text := st.option(key, ""); text != "" {
		a = st.addr(text)
	}
	return a
}

func (st *statement) port(text string) uint16 {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n < 2 || n > 65000 {
		st.fail("%q is no port", text)
	}
	return uint16(n)
}

// named splits "phone:4000".
func (st *statement) named(text string) (string, uint16) {
	name, port, has := strings.Cut(text, ":")
	if !has {
		return name, 0
	}
	return name, st.port(port)
}

// declare takes a new name.
func (p *parser) declare(st *statement, kind string) string {
	name := st.next("a name for the " + kind)
	if kind == "capture" {
		if p.kinds["capture "+name] != "" {
			st.fail("there are two captures %q", name)
		}
		p.kinds["capture "+name] = kind
		return name
	}
	if name != "" && (name[0] < 'a' || name[0] > 'z' || strings.ContainsAny(name, ":/,+")) {
		st.fail("%q is no name: it begins with a small letter and holds none of : / , +", name)
	}
	if old := p.kinds[name]; old != "" {
		st.fail("%q is already a %s", name, old)
	}
	p.kinds[name] = kind
	return name
}

func (p *parser) want(st *statement, name, kind string) {
	if p.kinds[name] != kind {
		st.fail("no %s is called %q (names are declared before they are used)", kind, name)
	}
}

func (p *parser) statement(st *statement) {
	s := p.scene
	word := st.next("a statement")
	switch word {
	case "seed":
		n, err := strconv.ParseUint(st.next("a number"), 10, 64)
		if err != nil {
			st.fail("%w", err)
		}
		s.seed = n
	case "start":
		t, err := time.Parse(time.RFC3339Nano, st.next("a time"))
		if err != nil {
			st.fail("%w", err)
		}
		s.start = t.UTC()
	case "end":
		s.end = st.time(st.next("a time"))
	case "host":
		p.host(st)
	case "nat":
		p.nat(st)
	case "server":
		p.server(st)
	case "call":
		p.call(st)
	case "capture":
		p.capture(st)
	case "expect":
		p.expect(st)
	default:
		if word == "" || word[0] < '0' || word[0] > '9' {
			st.fail("unknown statement %q", word)
			return
		}
		p.action(st, st.time(word))
	}
}

func (st *statement) link(delay time.Duration) linkSpec {
	return linkSpec{delay: st.duration("delay", delay), jitter: st.duration("jitter", 200*time.Microsecond), loss: st.share("loss")}
}

func (st *statement) icmp() icmpSpec {
	how := st.oneOf("icmp", "on", "on", "off", "limited")
	return icmpSpec{off: how == "off", limited: how == "limited", quote8: st.flag("quote8")}
}

func (p *parser) host(st *statement) {
	h := hostSpec{name: p.declare(st, "host"), addr: st.addr(st.next("an address")), user: st.option("user", ""), behind: st.option("behind", "")}
	delay := 2 * time.Millisecond
	if h.behind != "" {
		p.want(st, h.behind, "nat")
		delay = 300 * time.Microsecond // a house's own network
	}
	h.link, h.icmp = st.link(delay), st.icmp()
	h.inner, h.noRTCP = st.flag("inner"), st.flag("no-rtcp")
	h.linger = st.duration("linger", 500*time.Millisecond)
	p.scene.hosts = append(p.scene.hosts, h)
}

func (p *parser) nat(st *statement) {
	n := natSpec{name: p.declare(st, "nat")}
	for _, text := range strings.Split(st.next("an address"), ",") {
		a := st.addr(text)
		if !a.Is4() {
			st.fail("a NAT translates IPv4 only")
		}
		n.addrs = append(n.addrs, a)
	}
	n.inside = st.addr(st.option("inside", "192.168.1.1"))
	n.link, n.icmp = st.link(30*time.Millisecond), st.icmp()
	n.ports = st.oneOf("ports", "keep", "keep", "lowest", "next", "random")
	n.base = st.port(st.option("base", "36716"))
	n.dropOnICMP = st.flag("drop-on-icmp")
	n.idle, n.alternate = st.duration("idle", 0), st.duration("alternate", 0)
	n.balance = st.flag("balance")
	p.scene.nats = append(p.scene.nats, n)
}

func (p *parser) server(st *statement) {
	s := serverSpec{name: p.declare(st, "server"), addr: st.addr(st.next("an address"))}
	s.media, s.inner = st.addrOption("media"), st.addrOption("inner")
	if !s.media.IsValid() {
		s.media = s.addr
	}
	s.link, s.icmp = st.link(500*time.Microsecond), st.icmp()
	var err error
	if s.policy, err = parsePolicy(st.option("engine", "sdp")); err != nil {
		st.fail("%w", err)
	}
	s.atOffer = st.oneOf("open", "offer", "offer", "answer") == "offer"
	s.proxy, s.rewrite, s.recrypt = st.flag("proxy"), st.flag("rewrite"), st.flag("recrypt")
	s.noMedia, s.noRoute = st.flag("no-media"), st.flag("no-route")
	if s.noMedia && !s.proxy || s.noRoute && !s.noMedia {
		st.fail("only a proxy has no-media, and only one that has it no-route")
	}
	s.lan = st.addrPair("lan")
	s.base = st.port(st.option("base", "30000"))
	s.linger = st.duration("linger", 500*time.Millisecond)
	p.scene.servers = append(p.scene.servers, s)
}

func (p *parser) call(st *statement) {
	c := callSpec{name: p.declare(st, "call")}
	c.from, c.fromPort = st.named(st.next("a caller"))
	if arrow := st.next("->"); arrow != "->" {
		st.fail("want FROM -> TO")
	}
	c.to, c.toPort = st.named(st.next("a callee"))
	p.want(st, c.from, "host")
	p.want(st, c.to, "host")
	if c.from == c.to {
		st.fail("%s calls itself", c.from)
	}
	if via, ok := st.after("via"); ok {
		name, ports, has := strings.Cut(via, ":")
		c.via = name
		p.want(st, name, "server")
		if has {
			a, b, _ := strings.Cut(ports, "/")
			c.portA, c.portB = st.port(a), st.port(b)
		}
	}
	c.suite = srtpSuites[0]
	if name := st.option("suite", ""); name != "" {
		known := false
		for _, s := range srtpSuites {
			if s.name == name {
				c.suite, known = s, true
			}
		}
		if !known {
			st.fail("suite=%s is not known", name)
		}
	}
	c.tcp, c.hidden, c.srtp, c.keyless = st.flag("tcp"), st.flag("hidden"), st.flag("srtp"), st.flag("keyless")
	c.nagle, c.mss = st.duration("nagle", 0), int(st.number("mss", 1460, 1460))
	if c.mss < 64 {
		st.fail("mss=%d is too small", c.mss)
	}
	c.callID = st.option("call-id", "")
	c.after, c.forkOf = st.option("after", ""), st.option("fork-of", "")
	for _, name := range [...]string{c.after, c.forkOf} {
		if name != "" {
			p.want(st, name, "call")
		}
	}
	c.rtcp = st.oneOf("rtcp", "", "", "mux", "odd")
	name := st.option("codec", "PCMU")
	for _, each := range codecs {
		if strings.EqualFold(each.name, name) {
			c.codec = each
		}
	}
	if c.codec.name == "" {
		st.fail("codec=%s is not known", name)
	}
	p.index[c.name] = len(p.scene.calls)
	p.scene.calls = append(p.scene.calls, c)
}

func (p *parser) capture(st *statement) {
	c := captureSpec{name: p.declare(st, "capture")}
	if at := st.next("at"); at != "at" {
		st.fail("want capture NAME at NODE")
	}
	c.at = st.next("a machine")
	if k := p.kinds[c.at]; k != "host" && k != "nat" && k != "server" {
		st.fail("no machine is called %q", c.at)
	}
	c.only = st.oneOf("only", "", "", "outer", "inner")
	c.link = st.oneOf("link", "ethernet", "ethernet", "sll", "sll2", "raw", "null")
	c.format = st.oneOf("format", "pcap", "pcap", "pcap-ns", "pcapng")
	if c.link == "sll2" && c.format == "pcapng" {
		st.fail("sll2 is written in pcap and pcap-ns only")
	}
	c.snaplen = int(st.number("snaplen", 262144, 262144))
	if c.snaplen < 34 {
		st.fail("snaplen=%d is too small", c.snaplen)
	}
	c.offset = st.duration("offset", 0)
	drift, err := strconv.ParseFloat(st.option("drift", "0"), 64)
	if err != nil || !(drift > -1e4 && drift < 1e4) {
		st.fail("drift= wants parts per million")
	}
	c.drift = drift
	c.dup = st.flag("dup")
	c.dupVLAN, c.vlan = uint16(st.number("dup-vlan", 0, 4094)), uint16(st.number("vlan", 0, 4094))
	c.dup = c.dup || c.dupVLAN != 0
	c.drops = st.share("drops")
	c.from, c.to = st.duration("from", 0), st.duration("to", longest)
	p.view(st, &c)
	p.scene.captures = append(p.scene.captures, c)
}

// check is what only the whole text can tell.
func (p *parser) check() error {
	s := p.scene
	at := map[netip.Addr]string{}
	inside := map[string]netip.Addr{}
	six := map[string]bool{} // NAT64s
	claim := func(name string, addrs ...netip.Addr) error {
		for _, a := range addrs {
			if old := at[a]; a.IsValid() && old != "" && old != name {
				return fmt.Errorf("%s and %s have the same address %s", old, name, a)
			}
			at[a] = name
		}
		return nil
	}
	family := map[string]bool{} // IPv6
	for _, n := range s.nats {
		six[n.name] = n.inside.Is6()
		if err := claim(n.name, n.addrs...); err != nil {
			return err
		}
	}
	for _, v := range s.servers {
		if err := claim(v.name, v.addr, v.media, v.inner, v.lan[0], v.lan[1]); err != nil {
			return err
		}
		family[v.name] = v.addr.Is6()
		if v.media.Is6() != v.addr.Is6() || v.inner.IsValid() && v.inner.Is6() != v.addr.Is6() {
			return fmt.Errorf("%s has addresses of two families", v.name)
		}
	}
	for _, h := range s.hosts {
		family[h.name] = h.addr.Is6()
		if h.behind == "" {
			if err := claim(h.name, h.addr); err != nil {
				return err
			}
			continue
		}
		if h.addr.Is6() != six[h.behind] {
			return fmt.Errorf("%s has an address of another family than the inside of %s", h.name, h.behind)
		}
		family[h.name] = false // a NAT64 makes it one of IPv4
		if inside[h.behind+"/"+h.addr.String()].IsValid() {
			return fmt.Errorf("two hosts behind %s have the address %s", h.behind, h.addr)
		}
		inside[h.behind+"/"+h.addr.String()] = h.addr
	}
	for _, c := range s.calls {
		if family[c.from] != family[c.to] || c.via != "" && family[c.via] != family[c.from] {
			return fmt.Errorf("call %s mixes IPv4 and IPv6", c.name)
		}
	}
	if s.end < 0 {
		for _, a := range s.actions {
			s.end = max(s.end, a.at, a.until, a.rule.until)
		}
		s.end = min(s.end+3*time.Second, longest)
	}
	return p.checkExpect()
}
