package redact

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/rtp"
)

func names() *Pseudonyms { return NewPseudonyms([]byte("a key for tests")) }

func randomAddr(r *rand.Rand, v6 bool) netip.Addr {
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if v6 {
		b[0] = []byte{0x20, 0x2a, 0xfc, 0xfd, 0xfe}[r.IntN(5)]
		if b[0] == 0xfe {
			b[1] = 0x80
		}
		return netip.AddrFrom16(b)
	}
	return netip.AddrFrom4([4]byte(b[:]))
}

func common(a, b netip.Addr) int {
	x, y := a.AsSlice(), b.AsSlice()
	for i := range len(x) * 8 {
		if (x[i/8]^y[i/8])&(0x80>>(i%8)) != 0 {
			return i
		}
	}
	return len(x) * 8
}

func special(a netip.Addr) string {
	switch {
	case a.IsPrivate():
		return "private"
	case a.IsLoopback():
		return "loopback"
	case a.IsUnspecified():
		return "unspecified"
	case a.IsMulticast():
		return "multicast"
	case a.IsLinkLocalUnicast():
		return "link-local"
	case netip.MustParsePrefix("100.64.0.0/10").Contains(a):
		return "carrier"
	}
	return "public"
}

// nobodys tells the ranges that are nobody's: RFC 5737, RFC 2544, RFC 3849, and
// RFC 1112 section 4.
func nobodys(a netip.Addr) bool {
	return documented4(a) || benchmarked(a) || netip.MustParsePrefix("240.0.0.0/4").Contains(a) && a != netip.MustParseAddr("255.255.255.255") ||
		netip.MustParsePrefix("2001:db8::/32").Contains(a)
}

// What is for documentation itself, as in a laboratory, becomes nothing that looks
// like another of the kind.
func TestDocumentationIsNoPseudonymOfItself(t *testing.T) {
	p := names()
	p.Alone = true
	for _, s := range []string{"192.0.2.50", "198.51.100.7", "203.0.113.20"} {
		if a := p.Addr(netip.MustParseAddr(s)); documented4(a) {
			t.Errorf("%s became %v", s, a)
		}
	}
	if a := p.Addr(netip.MustParseAddr("198.18.0.66")); !documented4(a) {
		t.Errorf("198.18.0.66 became %v", a)
	}
}

// Public networks get what is for documentation and for benchmarks as long as
// there is any, each a place of its own; where nothing else is redacted with the
// key, documentation comes first.
func TestPublicNetworks(t *testing.T) {
	for _, alone := range []bool{false, true} {
		p := names()
		p.Alone = alone
		places := map[netip.Prefix]bool{}
		for i := range 600 {
			a := p.Addr(netip.AddrFrom4([4]byte{20, byte(i >> 8), byte(i), 9}))
			place := netip.PrefixFrom(a, 24).Masked()
			if places[place] {
				t.Fatalf("network %d got %v, which was another's", i, place)
			}
			places[place] = true
			if good := documented4(a) || benchmarked(a); good != (i < 515) {
				t.Fatalf("network %d got %v", i, place)
			}
			if alone && i < 3 && !documented4(a) {
				t.Errorf("network %d alone got %v", i, place)
			}
		}
	}
}

// Neighbours stay neighbours, to the bit, within a private range, a public /24
// and a public /48; what kind an address is stays true; and the pseudonym of a
// public address is nobody's.
func TestAddresses(t *testing.T) {
	p, r := names(), rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		v6 := r.IntN(3) == 0
		a, b := randomAddr(r, v6), randomAddr(r, v6)
		// mostly neighbours
		n := r.IntN(a.BitLen())
		y := b.AsSlice()
		for i := range n {
			bit := byte(0x80 >> (i % 8))
			y[i/8] = y[i/8]&^bit | a.AsSlice()[i/8]&bit
		}
		b, _ = netip.AddrFromSlice(y)
		pa, pb := p.Addr(a), p.Addr(b)
		if special(a) != special(pa) {
			t.Fatalf("%v, %s, became %v, %s", a, special(a), pa, special(pa))
		}
		least := 8
		if special(a) == "public" && p.Addr(a) != a { // 0.0.0.0/8 stays
			least = 24
			if v6 {
				least = 48
			}
			if !nobodys(pa) {
				t.Fatalf("%v became %v, which may be somebody's", a, pa)
			}
		}
		if want := common(a, b); want >= least && special(a) == special(b) && common(pa, pb) != want {
			t.Fatalf("%v and %v share %d bits, %v and %v %d", a, b, want, pa, pb, common(pa, pb))
		}
		if (a == b) != (pa == pb) {
			t.Fatalf("%v and %v became %v and %v", a, b, pa, pb)
		}
	}
	for _, s := range []string{"0.0.0.0", "127.0.0.1", "255.255.255.255", "224.0.1.75", "::", "::1", "ff02::1"} {
		if a := netip.MustParseAddr(s); p.Addr(a) != a {
			t.Errorf("%v became %v", a, p.Addr(a))
		}
	}
	in := netip.MustParseAddr("203.0.113.9")
	if got := p.Addr(netip.MustParseAddr("::ffff:203.0.113.9")); got.Unmap() != p.Addr(in) {
		t.Errorf("the mapped address became %v, the plain one %v", got, p.Addr(in))
	}
	if got := p.Addr(netip.MustParseAddr("64:ff9b::203.0.113.9")).As16(); netip.AddrFrom4([4]byte(got[12:])) != p.Addr(in) {
		t.Errorf("NAT64: %v", got)
	}
}

// The pseudonyms of all words of one shape are all words of that shape.
func TestWordsAreExchanged(t *testing.T) {
	p := names()
	seen := map[string]string{}
	for a := range 26 {
		for b := range 26 {
			for _, digit := range []string{"", "7"} {
				w := string(rune('a'+a)) + string(rune('a'+b)) + digit + "xq"
				to := p.Word(w)
				if other, ok := seen[to]; ok {
					t.Fatalf("%s and %s both became %s", w, other, to)
				}
				seen[to] = w
				if len(to) != len(w) || strings.ContainsAny(to[:2], "0123456789") {
					t.Fatalf("%s became %s", w, to)
				}
			}
		}
	}
	for n := range 1000 {
		w := string(rune('0'+n/100)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
		if to := p.Word(w); to == w || seen[to] != "" {
			t.Fatalf("%s became %s", w, to)
		} else {
			seen[to] = w
		}
	}
	// The last digits that two spellings of a number share are shared.
	a, b := p.Word("+49301234567"), p.Word("0301234567")
	if a[4:] != b[2:] {
		t.Errorf("%s and %s are no longer one number", a, b)
	}
	if got := p.Word("Alice"); got != strings.ToUpper(p.Word("alice")[:1])+p.Word("alice")[1:] {
		t.Errorf("Alice became %s, alice %s", got, p.Word("alice"))
	}
	if a, b := p.Word("alice"), NewPseudonyms([]byte("another")).Word("alice"); a == b {
		t.Error("two keys, one pseudonym")
	}
	if names().Word("alice") != p.Word("alice") {
		t.Error("one key, two pseudonyms")
	}
}

func TestNames(t *testing.T) {
	p := names()
	host, user, addr := p.Host("gw.example.net"), p.Word("alice"), p.Host("203.0.113.9")
	for _, c := range []struct{ got, want string }{
		{p.URI("sip:alice@gw.example.net:5062;transport=udp;lr"), "sip:" + user + "@" + host + ":5062;transport=udp;lr"},
		{p.URI("sips:alice@203.0.113.9"), "sips:" + user + "@" + addr},
		{p.URI("sip:gw.example.net"), "sip:" + host},
		{p.URI("tel:+1-201-555;phone-context=gw.example.net"), "tel:" + p.Word("+1-201-555") + ";phone-context=" + host},
		{p.URI("sip:alice:secret1@203.0.113.9"), "sip:" + user + ":xxxxxx0@" + addr},
		{p.Text("abc123@203.0.113.9"), p.Word("abc123") + "@" + addr},
		{p.Text("abc123@203.0.113.9_b2b-1"), p.Word("abc123") + "@" + addr + "_b2b-1"},
		{p.Text(`"Alice" <sip:alice@203.0.113.9>;tag=77x;user=phone`), `"` + p.Word("Alice") + `" <sip:` + user + "@" + addr + ">;tag=" + p.Word("77x") + ";user=phone"},
		{p.Text("x;user=alice"), p.Word("x") + ";user=" + user},
		{p.header("via", "SIP/2.0/UDP gw.example.net:5060;branch=z9hG4bKab1;rport=1540;received=203.0.113.9"),
			"SIP/2.0/UDP " + host + ":5060;branch=z9hG4bK" + p.Word("ab1") + ";rport=1540;received=" + addr},
		{p.header("authorization", `Digest username="alice", realm="example.net", nonce="n1", response="0af3", algorithm=MD5, qop=auth, nc=00000001`),
			`Digest username="xxxxx", realm="xxxxxxx.xxx", nonce="x0", response="0xx0", algorithm=MD5, qop=auth, nc=00000001`},
		{p.header("cseq", "102 INVITE"), "102 INVITE"},
		{p.header("reason", `Q.850;cause=16;text="Normal Clearing"`), `Q.850;cause=16;text="Normal Clearing"`},
		{p.header("user-agent", "Softphone 3.2"), "Softphone 3.2"},
		{p.Host("localhost"), "localhost"},
		{p.URI("sip:anonymous@anonymous.invalid"), "sip:anonymous@anonymous.invalid"},
		{p.sdpLine("c=IN IP4 203.0.113.9/127"), "c=IN IP4 " + addr + "/127"},
		{p.sdpLine("o=alice 53655765 2353687637 IN IP4 gw.example.net"), "o=" + user + " 53655765 2353687637 IN IP4 " + host},
		{p.sdpLine("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32"),
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("A", 40) + "|0^00|0:00"},
		{p.sdpLine("a=ice-pwd:asd88fgpdd777uzjYhagZg"), "a=ice-pwd:xxx00xxxxx000xxxXxxxXx"},
		{p.sdpLine("a=fingerprint:sha-256 4A:AD:B9"), "a=fingerprint:sha-256 00:00:00"},
		{p.sdpLine("a=rtcp:53020 IN IP4 203.0.113.9"), "a=rtcp:53020 IN IP4 " + addr},
		{p.sdpLine("a=candidate:1 1 UDP 2130706431 203.0.113.9 5000 typ srflx raddr 192.168.1.50 rport 5001"),
			"a=candidate:" + p.Word("1") + " 1 UDP 2130706431 " + addr + " 5000 typ srflx raddr " + p.Host("192.168.1.50") + " rport 5001"},
		{p.sdpLine("a=rtpmap:0 PCMU/8000"), "a=rtpmap:0 PCMU/8000"},
		{p.sdpLine("a=ssrc:314159 cname:alice@203.0.113.9"), "a=ssrc:314159 cname:" + user + "@" + addr},
	} {
		if c.want = strings.ReplaceAll(c.want, "xxxXxxxXx", "xxxxxxxxx"); c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
	if h := p.Host("sip.example.net"); !strings.HasSuffix(h, strings.SplitN(host, ".", 2)[1]) || !strings.HasSuffix(h, ".invalid") {
		t.Errorf("hosts of one domain: %s, %s", h, host)
	}
}

const invite = "INVITE sip:bob@biloxi.example.com SIP/2.0\r\nVia: SIP/2.0/UDP pc33.atlanta.example.com;branch=z9hG4bK776asdhds\r\n" +
	"Max-Forwards: 70\r\nTo: Bob <sip:bob@biloxi.example.com>\r\nFrom: \"Alice Liddell\" <sip:alice@atlanta.example.com>;tag=1928301774\r\n" +
	"Call-ID: a84b4c76e66710@pc33.atlanta.example.com\r\nCSeq: 314159 INVITE\r\nContact: <sip:alice@pc33.atlanta.example.com>\r\n" +
	"X-Account: Liddell and Sons\r\nContent-Type: application/sdp\r\nContent-Length: 142\r\n\r\n" +
	"v=0\r\no=alice 1 1 IN IP4 203.0.113.9\r\ns=Call of Liddell\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

func TestMessage(t *testing.T) {
	msg := strings.Replace(invite, "Content-Length: 142", "Content-Length: "+itoa(len(invite)-strings.Index(invite, "\r\n\r\n")-4), 1)
	got := string(names().SIP([]byte(msg)))
	for _, name := range []string{"bob", "biloxi", "pc33", "atlanta", "alice", "Alice", "Liddell", "Sons", "203.0.113.9", "1928301774", "776asdhds", "a84b4c76e66710"} {
		if strings.Contains(got, name) {
			t.Errorf("%s is left:\n%s", name, got)
		}
	}
	for _, kept := range []string{"INVITE sip:", " SIP/2.0\r\n", "Max-Forwards: 70\r\n", "CSeq: 314159 INVITE\r\n", "branch=z9hG4bK", "m=audio 49172 RTP/AVP 0 101\r\n", "a=rtpmap:101 telephone-event/8000\r\n"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is gone:\n%s", kept, got)
		}
	}
	head, body, _ := strings.Cut(got, "\r\n\r\n")
	if !strings.Contains(head, "Content-Length: "+itoa(len(body))+"\r\n") && !strings.HasSuffix(head, "Content-Length: "+itoa(len(body))) {
		t.Errorf("the length is not %d:\n%s", len(body), got)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// What an analysis needs of payloads survives: silence, length, equality.
func TestMediaKeepsItsShape(t *testing.T) {
	p, r := names(), rand.New(rand.NewPCG(3, 4))
	packet := func(pt byte, payload []byte) []byte {
		return append([]byte{0x80, pt, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3}, payload...)
	}
	payloadOf := func(b []byte) []byte { return b[12:] }
	k := &PayloadTypes{told: true}
	k.events[101] = true
	for _, pt := range []byte{0, 8, 18, 111} {
		seen := map[string]bool{}
		for range 50 {
			speech := make([]byte, 160)
			for i := range speech {
				speech[i] = byte(r.Uint32())
			}
			in := packet(pt, speech)
			a, b := p.media(in, k), p.media(packet(pt, speech), k)
			if !bytes.Equal(a, b) || len(a) != len(in) || !bytes.Equal(a[:12], in[:12]) {
				t.Fatal("the same packet became two")
			}
			if bytes.Contains(a, speech[:8]) {
				t.Fatal("speech is left")
			}
			if _, ok := rtp.Fingerprint(payloadOf(a)); !ok || seen[string(payloadOf(a))] {
				t.Fatal("distinct payloads are no longer")
			}
			seen[string(payloadOf(a))] = true
		}
	}
	for pt, silence := range map[byte]byte{0: 0xff, 8: 0xd5} {
		in := packet(pt, bytes.Repeat([]byte{silence}, 160))
		if got := p.media(in, k); !bytes.Equal(got, in) {
			t.Errorf("silence of payload type %d became % x", pt, got[:20])
		}
		tone := packet(pt, bytes.Repeat([]byte{silence ^ 0x2a}, 160))
		got := p.media(tone, k)
		if _, ok := rtp.Fingerprint(payloadOf(got)); ok {
			t.Errorf("a steady tone of payload type %d became distinctive", pt)
		}
		if segment(got[12], pt) != segment(tone[12], pt) {
			t.Errorf("the tone is not as loud as it was")
		}
	}
	for _, digit := range []byte{1, 5, 11, 15} {
		if got := p.media(packet(101, []byte{digit, 0x8a, 3, 0x20}), k); !bytes.Equal(payloadOf(got), []byte{0, 0x8a, 3, 0x20}) {
			t.Errorf("digit %d became % x", digit, payloadOf(got))
		}
	}
}

// FuzzSIP: whatever the message, its rewriting ends, is deterministic, and
// leaves no name that the test put in.
func FuzzSIP(f *testing.F) {
	f.Add([]byte(invite))
	f.Add([]byte("SIP/2.0 200 OK\nv: SIP/2.0/TCP h\ni:1\n f\n\nv=0\rc=IN IP6 ::1\r"))
	f.Add([]byte("REGISTER sip:x SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 64<<10 {
			return
		}
		once, twice := names().SIP(b), names().SIP(b)
		if !bytes.Equal(once, twice) {
			t.Fatal("two runs, two messages")
		}
		const name, addr = "zanzibarjones", "203.0.113.77"
		lines := "From: " + name + " <sip:" + name + "@" + addr + ">\r\nX-Who: " + name + ";a=" + addr + "\r\n"
		i := bytes.IndexByte(b, '\n') + 1
		if i == 0 {
			return
		}
		with := append(append(append([]byte{}, b[:i]...), lines...), b[i:]...)
		if got := names().SIP(with); bytes.Contains(got, []byte(name)) || bytes.Contains(got, []byte(addr)) {
			t.Fatalf("a name is left in %q, from %q", got, with)
		}
	})
}

// FuzzMedia: no payload breaks the rewriting, and lengths stay.
func FuzzMedia(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4})
	f.Add([]byte{0x81, 202, 0, 3, 0, 0, 0, 1, 1, 3, 'a', 'b', 'c', 0, 0, 0})
	f.Add([]byte("\x01\x01\x00\x0c\x21\x12\xa4\x42abcdefghijkl\x00\x20\x00\x08\x00\x01\x11\x22\x33\x44\x55\x66"))
	f.Add([]byte{0, 1, 2, 6, 7, 0, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		p := names()
		got := p.media(b, new(PayloadTypes))
		if got == nil {
			return
		}
		if len(got) != len(b) {
			t.Fatalf("%d bytes became %d", len(b), len(got))
		}
		if class := rtp.Classify(b); class != rtp.RTCP && rtp.Classify(got) != class {
			t.Fatalf("%v became %v", class, rtp.Classify(got))
		}
	})
}
