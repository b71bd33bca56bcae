package oracle

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/pion/sdp/v3"

	"github.com/latchscope/latchscope/analyze/sip"
)

// The oracles are two parsers that others serve traffic with. Where they take
// an input, we must read the same from it; the differences that stay are
// listed with their reasons.

// difference is a field that the oracle reads otherwise.
type difference struct{ field, ours, theirs string }

// excuse is a kind of difference that we stand by.
type excuse struct {
	field   string // prefix
	why     string
	applies func(in []byte, d difference) bool
}

func TestAgainstSipgo(t *testing.T) {
	r := rand.New(rand.NewPCG(3261, 4475))
	var seeds [][]byte
	seeds = append(seeds, vectors(t)...)
	seeds = append(seeds, []byte(inviteSDP), []byte(byeMsg), []byte(okMsg))
	taken, used := 0, map[string]int{}
	for i := range 40000 {
		var in []byte
		switch {
		case i < len(seeds):
			in = seeds[i]
		case i%2 == 0:
			in = generateSIP(r)
		default:
			in = mutate(r, seeds[r.IntN(len(seeds))])
		}
		ds, ok := compareSIP(in, i >= len(seeds) && i%2 == 0)
		if !ok {
			continue
		}
		taken++
		check(t, in, ds, sipgoExcuses, used)
	}
	t.Logf("sipgo took %d, of which excused: %v", taken, used)
	if taken < 15000 {
		t.Error("too few to say anything")
	}
}

func TestAgainstPion(t *testing.T) {
	r := rand.New(rand.NewPCG(8866, 3264))
	seeds := [][]byte{[]byte(webRTC)}
	var m sip.Message
	for _, msg := range vectors(t) {
		if sip.Parse(msg, &m); m.SDP() != nil {
			seeds = append(seeds, bytes.Clone(m.SDP()))
		}
	}
	taken, used := 0, map[string]int{}
	for i := range 40000 {
		var in []byte
		switch {
		case i < len(seeds):
			in = seeds[i]
		case i%2 == 0:
			in = generateSDP(r)
		default:
			in = mutate(r, seeds[r.IntN(len(seeds))])
		}
		ds, ok := compareSDP(in)
		if !ok {
			continue
		}
		taken++
		check(t, in, ds, pionExcuses, used)
	}
	t.Logf("pion took %d, of which excused: %v", taken, used)
	if taken < 20000 {
		t.Error("too few to say anything")
	}
}

func check(t *testing.T, in []byte, ds []difference, excuses []excuse, used map[string]int) {
	t.Helper()
	for _, d := range ds {
		excused := false
		for _, e := range excuses {
			if strings.HasPrefix(d.field, e.field) && e.applies(in, d) {
				excused = true
				used[e.why]++
				break
			}
		}
		if !excused {
			t.Errorf("%s: ours %.200q, theirs %.200q\n%q", d.field, d.ours, d.theirs, in)
			if used[""]++; used[""] == 10 {
				t.FailNow()
			}
		}
	}
}

var sipgoExcuses = []excuse{
	{"", "a line may end in a bare LF or CR; sipgo knows CR LF only", func(in []byte, _ difference) bool { return bareLineEnd(in) }},
	{"", "of a header that may stand once, the first counts; sipgo takes the last", func(in []byte, _ difference) bool {
		var m sip.Message
		sip.Parse(in, &m)
		return m.Has(sip.DuplicateHeader)
	}},
	{"method", "methods are case-sensitive; sipgo makes them upper case", func(_ []byte, d difference) bool { return strings.EqualFold(d.ours, d.theirs) }},
	{"method", "a method is one word; sipgo knows blanks, but not tabs", func(_ []byte, d difference) bool {
		return strings.HasPrefix(strings.ToUpper(d.theirs), strings.ToUpper(d.ours)+" ")
	}},
	{"contacts", "a quote that does not close ends nothing", func(in []byte, _ difference) bool { return bytes.Count(in, []byte{'"'})%2 == 1 }},
	{"cseq", "a method is one word", func(_ []byte, d difference) bool { return strings.HasPrefix(d.theirs, d.ours+" ") }},
	{"parse", "what has no SIP version, no method or no status is no SIP", func(in []byte, _ difference) bool { return !startLine.Match(in) }},
	{"status", "a status has three digits", func(_ []byte, d difference) bool { return len(d.theirs) != 3 }},
	{"ruri", "sipgo takes no other scheme apart", otherScheme},
	{"to uri", "sipgo takes no other scheme apart", otherScheme},
	{"from uri", "sipgo takes no other scheme apart", otherScheme},
	{"contact", "sipgo takes no other scheme apart", otherScheme},
	{"vias", "a comma ends a Via wherever it stands, a semicolon its sent-by; sipgo looks for them among the parameters", func(in []byte, _ difference) bool { return brokenVia.Match(in) }},
	{"vias", "after trouble in one Via, sipgo drops those behind it in the list", func(_ []byte, d difference) bool { return d.ours > d.theirs }},
	{"from tag", "a tag without its semicolon is read", func(_ []byte, d difference) bool { return d.theirs == "" }},
	{"from tag", "a value may hold '=' or quotes, a parameter may be empty, and the first of two counts; not so in sipgo", oddParams},
	{"to tag", "a tag without its semicolon is read", func(_ []byte, d difference) bool { return d.theirs == "" }},
	{"to tag", "a value may hold '=' or quotes, a parameter may be empty, and the first of two counts; not so in sipgo", oddParams},
}

var (
	startLine = regexp.MustCompile("(?i)^(SIP/[0-9]+(\\.[0-9]+)?[ \t]+[0-9]|[-A-Z0-9.!%*_+`'~]+[ \t]+[^ \t\r\n].*[ \t]SIP/[0-9]+(\\.[0-9]*)?[ \t]*\r?\n)")
	brokenVia = regexp.MustCompile(`(?i)(^|\n)(v|via)[ \t]*:[^/\n]*[;,]|(^|\n)(v|via)[ \t]*:[^;\n]*,`)
	twoTags   = regexp.MustCompile(`(?i)tag[^\n]*tag=|;[ \t]*;|=[^\n;]*=`)
)

// otherScheme: sipgo leaves the parts of such a URI empty.
func otherScheme(_ []byte, d difference) bool { return d.theirs == "  0" }

func oddParams(in []byte, _ difference) bool { return twoTags.Match(in) }

// bareLineEnd tells whether a CR or LF stands alone somewhere.
func bareLineEnd(in []byte) bool {
	rest := bytes.ReplaceAll(in, []byte("\r\n"), nil)
	return bytes.ContainsAny(rest, "\r\n")
}

// compareSIP compares what both must read alike. Of damaged URIs and Vias there
// is no right reading: they count only where the message is whole.
func compareSIP(in []byte, whole bool) (ds []difference, ok bool) {
	var m sip.Message
	defer func() {
		if recover() != nil { // sipgo panics on some
			ds, ok = nil, false
		}
	}()
	theirs, err := gosip.ParseMessage(bytes.Clone(in))
	if err != nil {
		return nil, false
	}
	if !sip.Parse(in, &m) {
		return []difference{{"parse", "no", "yes"}}, true
	}
	eq := func(field, a, b string) {
		a, b = unfold(a), unfold(b)
		if a != b && (whole || field != "via" && field != "contact" && !strings.HasSuffix(field, "uri")) {
			ds = append(ds, difference{field, a, b})
		}
	}
	switch msg := theirs.(type) {
	case *gosip.Request:
		eq("kind", fmt.Sprint(m.Request), "true")
		eq("method", string(m.Method), string(msg.Method))
		eq("ruri", uri(m.RequestURI), sipgoURI(msg.Recipient))
	case *gosip.Response:
		eq("kind", fmt.Sprint(m.Request), "false")
		eq("status", strconv.Itoa(m.Status), strconv.Itoa(msg.StatusCode))
		eq("reason", string(m.Reason), msg.Reason)
	}
	callID := ""
	if h := theirs.CallID(); h != nil {
		callID = h.Value()
	}
	eq("call-id", string(m.CallID), callID)
	if h := theirs.CSeq(); h != nil {
		eq("cseq", fmt.Sprint(m.CSeq, " ", string(m.CSeqMethod)), fmt.Sprint(h.SeqNo, " ", string(h.MethodName)))
	}
	if h := theirs.From(); h != nil {
		tag := sipgoParam(h.Params, "tag")
		eq("from tag", string(m.From.Tag), tag)
		eq("from uri", uri(m.From.URI), sipgoURI(h.Address))
	}
	if h := theirs.To(); h != nil {
		tag := sipgoParam(h.Params, "tag")
		eq("to tag", string(m.To.Tag), tag)
		eq("to uri", uri(m.To.URI), sipgoURI(h.Address))
	}
	vias := theirs.GetHeaders("via")
	eq("vias", strconv.Itoa(len(m.Vias)), strconv.Itoa(len(vias)))
	for i, h := range vias {
		v, isVia := h.(*gosip.ViaHeader)
		if !isVia || i >= len(m.Vias) {
			break
		}
		branch := sipgoParam(v.Params, "branch")
		ours := m.Vias[i]
		eq("via", fmt.Sprintf("%s %s %d %s", ours.Transport, ours.Host, ours.Port, ours.Branch), fmt.Sprintf("%s %s %d %s", v.Transport, v.Host, v.Port, branch))
	}
	if hs := theirs.GetHeaders("contact"); len(hs) > 0 {
		eq("contacts", strconv.Itoa(m.Contacts), strconv.Itoa(len(hs)))
		if c, isContact := hs[0].(*gosip.ContactHeader); isContact {
			eq("contact", uri(m.Contact.URI), sipgoURI(c.Address))
		}
	}
	if h := theirs.ContentLength(); h != nil && m.ContentLength >= 0 { // it adds one where there is none
		eq("length", strconv.Itoa(m.ContentLength), h.Value())
	}
	if !bytes.Equal(m.Body, theirs.Body()) {
		ds = append(ds, difference{"body", string(m.Body), string(theirs.Body())})
	}
	return ds, true
}

// unfold makes one blank of several, as sipgo does of folded lines.
func unfold(s string) string { return strings.Join(strings.Fields(s), " ") }

// sipgoParam finds a parameter whose name keeps the blanks around it.
func sipgoParam(ps gosip.HeaderParams, name string) string {
	for _, p := range ps {
		if strings.EqualFold(strings.TrimSpace(p.K), name) {
			return strings.TrimSpace(p.V)
		}
	}
	return ""
}

func uri(b []byte) string {
	u := sip.ParseURI(b)
	return fmt.Sprintf("%s %s %d", u.User, u.Host, u.Port)
}

func sipgoURI(u gosip.Uri) string {
	return fmt.Sprintf("%s %s %d", u.User, strings.Trim(u.Host, "[]"), u.Port)
}

var pionExcuses = []excuse{
	{"", "a line may end in a lone CR, or hold one; pion splits some lines there", func(in []byte, _ difference) bool { return bareLineEnd(in) }},
	{"origin numbers", "they may exceed 64 bits, and hold anything; pion wraps around", func(_ []byte, d difference) bool {
		return strings.Contains(d.ours, "18446744073709551615")
	}},
	{"port", "pion takes a sign", func(_ []byte, d difference) bool { return d.ours == "0" }},
	{"candidates", "a candidate without a port is none", func([]byte, difference) bool { return true }},
}

func compareSDP(in []byte) (ds []difference, ok bool) {
	var theirs sdp.SessionDescription
	if theirs.Unmarshal(in) != nil {
		return nil, false
	}
	var s sip.Session
	if !sip.ParseSDP(in, &s) {
		return []difference{{"parse", "no", "yes"}}, true
	}
	eq := func(field, a, b string) {
		if a != b {
			ds = append(ds, difference{field, a, b})
		}
	}
	o := theirs.Origin
	eq("origin", fmt.Sprintf("%s %s", s.Origin.User, s.Origin.Addr), fmt.Sprintf("%s %s", o.Username, o.UnicastAddress))
	id, _ := strconv.ParseUint(string(s.Origin.SessionID), 10, 64)
	version, _ := strconv.ParseUint(string(s.Origin.Version), 10, 64)
	eq("origin numbers", fmt.Sprint(id, version), fmt.Sprint(o.SessionID, o.SessionVersion))
	eq("media", strconv.Itoa(len(s.Media)), strconv.Itoa(len(theirs.MediaDescriptions)))
	for i, md := range theirs.MediaDescriptions {
		if i >= len(s.Media) {
			break
		}
		m := &s.Media[i]
		eq("kind", string(m.KindRaw), md.MediaName.Media)
		eq("port", strconv.Itoa(int(m.Port)), strconv.Itoa(md.MediaName.Port.Value))
		eq("proto", string(m.Proto), strings.Join(md.MediaName.Protos, "/"))
		count := 1
		if md.MediaName.Port.Range != nil {
			count = *md.MediaName.Port.Range
		}
		eq("port count", strconv.Itoa(m.PortCount), strconv.Itoa(count))
		conn := md.ConnectionInformation
		if conn == nil {
			conn = theirs.ConnectionInformation
		}
		host := ""
		if conn != nil && conn.Address != nil {
			host, _, _ = strings.Cut(conn.Address.Address, "/")
		}
		eq("conn", string(m.Conn.Host), host)
		eq("direction", m.Direction.String(), pionDirection(&theirs, md))
		eq("mux", fmt.Sprint(m.RTCPMux), fmt.Sprint(hasAttribute(md.Attributes, "rtcp-mux")))
		eq("crypto", fmt.Sprint(m.Crypto), fmt.Sprint(hasAttribute(md.Attributes, "crypto")))
		mid, _ := md.Attribute("mid")
		eq("mid", string(m.Mid), mid)
		candidates := 0
		for _, a := range md.Attributes {
			if a.Key == "candidate" {
				candidates++
			}
		}
		eq("candidates", strconv.Itoa(len(m.Candidates)), strconv.Itoa(candidates))
		if !m.RTP() {
			continue
		}
		eq("formats", strconv.Itoa(len(m.Formats)), strconv.Itoa(len(md.MediaName.Formats)))
		for j, f := range md.MediaName.Formats {
			pt, err := strconv.ParseUint(f, 10, 7)
			if err != nil || j >= len(m.Formats) {
				continue
			}
			codec, err := theirs.GetCodecForPayloadType(uint8(pt))
			if err != nil || codec.Name == "" || len(theirs.MediaDescriptions) > 1 { // it looks in all media at once
				continue
			}
			eq("codec", fmt.Sprintf("%s %d", m.Formats[j].Name, m.Formats[j].Clock), fmt.Sprintf("%s %d", codec.Name, codec.ClockRate))
		}
	}
	return ds, true
}

// pionDirection is the last direction attribute: the medium's, else the
// session's.
func pionDirection(s *sdp.SessionDescription, md *sdp.MediaDescription) string {
	dir := "sendrecv"
	for _, list := range [][]sdp.Attribute{s.Attributes, md.Attributes} {
		for _, a := range list {
			switch a.Key {
			case "sendrecv", "sendonly", "recvonly", "inactive":
				dir = a.Key
			}
		}
	}
	return dir
}

func hasAttribute(as []sdp.Attribute, key string) bool {
	for _, a := range as {
		if a.Key == key {
			return true
		}
	}
	return false
}

// mutate changes a few bytes: some at random, some to what means something.
func mutate(r *rand.Rand, seed []byte) []byte {
	b := bytes.Clone(seed)
	for range 1 + r.IntN(3) {
		at := r.IntN(len(b))
		n := min(1+r.IntN(4), len(b)-at)
		switch r.IntN(5) {
		case 0: // cut out
			b = append(b[:at], b[at+n:]...)
		case 1: // double
			b = append(b[:at+n], append(bytes.Clone(b[at:at+n]), b[at+n:]...)...)
		case 2: // overwrite
			b[at] = byte(r.Uint32())
		case 3: // overwrite with meaning
			b[at] = pick(r, strings.Split("\r\n\t \"<>;:,=@[]/\\%?*09azAZ", "")...)[0]
		case 4: // insert with meaning
			word := []string{"\r\n", "\n", " ", "\t", "\r\n ", ",", ";", ";tag=z", "\"", "<", ">", ":", "\x00", "a=inactive\r\n", "0"}[r.IntN(15)]
			b = append(b[:at], append([]byte(word), b[at:]...)...)
		}
		if len(b) == 0 {
			return bytes.Clone(seed)
		}
	}
	return b
}

func pick(r *rand.Rand, s ...string) string { return s[r.IntN(len(s))] }

// generateSIP writes a lawful message, in one of the many ways to do so.
func generateSIP(r *rand.Rand) []byte {
	host := func() string {
		return pick(r, "example.com", "192.0.2.1", "a", "[2001:db8::1]", "192.0.2.1:5070", "sip.example.org:5061")
	}
	address := func() string {
		u := pick(r, "sip:", "sips:") + pick(r, "", "alice@", "+15551234@", "a.b-c_d!e~f*g'h(i)j@", "al%20ice@") + host() + pick(r, "", ";transport=tcp", ";lr;x=y")
		return pick(r, "", "Alice ", `"Alice" `, `"A. \"B\" C" `, `"<x>;tag=9" `, "\"\u00c4\"") + "<" + u + ">"
	}
	params := func(tag string) string {
		p := pick(r, ";tag="+tag, "; tag="+tag, ";x=y;tag="+tag, ";tag="+tag+";x", "")
		return p
	}
	method := pick(r, "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "UPDATE", "PRACK", "X-NEW")
	start := method + " " + pick(r, "sip:", "sips:") + pick(r, "", "bob@") + host() + " SIP/2.0"
	if r.IntN(2) == 0 {
		start = "SIP/2.0 " + pick(r, "100 Trying", "180 Ringing", "183 Session Progress", "200 OK", "404 Not Found", "486 Busy Here", "603 Decline")
	}
	colon := func() string { return pick(r, ": ", ": ", ":", " : ", ":  ", " :") }
	var hs []string
	for range 1 + r.IntN(3) {
		hs = append(hs, pick(r, "Via", "v", "VIA")+colon()+"SIP/2.0/"+pick(r, "UDP", "TCP", "WSS")+" "+host()+
			pick(r, "", ";rport", ";received=192.0.2.9")+pick(r, ";branch=z9hG4bK1a", "; branch=z9hG4bK2"))
	}
	hs = append(hs,
		pick(r, "From", "f", "FROM")+colon()+address()+params("f1"),
		pick(r, "To", "t", "to")+colon()+address()+params("t1"),
		pick(r, "Call-ID", "i", "call-id")+colon()+pick(r, "a84b@pc33.example.com", "1", "x/y:z", "{a-b}"),
		pick(r, "CSeq", "CSEQ")+colon()+strconv.Itoa(r.IntN(1<<31))+" "+method,
		"Max-Forwards"+colon()+"70")
	for range r.IntN(2) {
		hs = append(hs, pick(r, "Contact", "m")+colon()+address()+pick(r, "", ";expires=60"))
	}
	for range r.IntN(4) {
		hs = append(hs, pick(r, "User-Agent: x", "X-Call-ID: y", "Subject:", "Allow: INVITE, ACK", "Supported: 100rel, timer", "Warning: 399 a \"b, c\""))
	}
	body := pick(r, "", "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "x", "a\r\n\r\nb")
	if r.IntN(4) > 0 {
		n := len(body)
		if n > 0 && r.IntN(8) == 0 {
			n-- // too small
		}
		hs = append(hs, pick(r, "Content-Length", "l")+colon()+strconv.Itoa(n))
	}
	r.Shuffle(len(hs), func(i, j int) { hs[i], hs[j] = hs[j], hs[i] })
	for i := range hs {
		if r.IntN(12) == 0 {
			hs[i] = strings.Replace(hs[i], ": ", ":\r\n ", 1)
		}
	}
	return []byte(start + "\r\n" + strings.Join(hs, "\r\n") + "\r\n\r\n" + body)
}

// generateSDP writes a lawful description.
func generateSDP(r *rand.Rand) []byte {
	conn := func() string {
		return "c=" + pick(r, "IN IP4 192.0.2.1", "IN IP6 2001:db8::1", "IN IP4 0.0.0.0", "IN IP4 224.2.1.1/127", "IN IP4 media.example.com") + "\r\n"
	}
	dir := func() string {
		return pick(r, "", "", "a=sendrecv\r\n", "a=sendonly\r\n", "a=recvonly\r\n", "a=inactive\r\n")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=%s %d %d IN %s\r\ns=%s\r\n", pick(r, "-", "alice"), r.Uint64(), r.Uint32(), pick(r, "IP4 192.0.2.1", "IP6 ::1", "IP4 a.example"), pick(r, "-", " ", "A call"))
	session := r.IntN(3) > 0
	if session {
		b.WriteString(conn())
	}
	b.WriteString("t=0 0\r\n" + dir())
	if r.IntN(3) == 0 {
		b.WriteString("a=group:BUNDLE 0 1\r\n")
	}
	for i := range r.IntN(4) {
		fmt.Fprintf(&b, "m=%s %d%s %s", pick(r, "audio", "video", "text"), r.IntN(1<<16), pick(r, "", "", "/2"), pick(r, "RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF"))
		for range 1 + r.IntN(4) {
			fmt.Fprintf(&b, " %d", r.IntN(128))
		}
		b.WriteString("\r\n")
		if !session || r.IntN(3) == 0 {
			b.WriteString(conn())
		}
		for range r.IntN(5) {
			b.WriteString(pick(r,
				"a=rtpmap:0 PCMU/8000\r\n", "a=rtpmap:96 opus/48000/2\r\n", fmt.Sprintf("a=rtpmap:%d x/%d\r\n", r.IntN(128), 8000*r.IntN(9)),
				"a=fmtp:96 usedtx=1\r\n", "a=ptime:20\r\n", "a=rtcp-mux\r\n", "a=rtcp:4001 IN IP4 192.0.2.1\r\n", fmt.Sprintf("a=mid:%d\r\n", i),
				"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n", "a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host\r\n", "a=ice-ufrag:x\r\n", "a=setup:actpass\r\n"))
		}
		b.WriteString(dir())
	}
	return []byte(b.String())
}
