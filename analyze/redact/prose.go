package redact

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/latchscope/latchscope/analyze/trace"
)

// Prose rewrites sentences of our own making that quote names and addresses of
// a trace: reports.
type Prose struct {
	p      *Pseudonyms
	names  map[string]string // what the trace is known to hold
	agents map[string]bool
}

// Prose knows the names in a trace.
func (p *Pseudonyms) Prose(t *trace.Trace) *Prose {
	s := &Prose{p: p, names: map[string]string{}, agents: map[string]bool{}}
	for _, l := range t.Legs {
		s.words(l.CallID)
		s.learn(l.CallID, p.Text(l.CallID))
		for _, m := range l.Parties {
			s.words(m.URI)
			s.words(m.Display)
			s.learn(m.URI, p.URI(m.URI))
			s.agents[m.Agent] = true
			if user, _, ok := strings.Cut(m.URI, "@"); ok {
				_, user, _ = strings.Cut(user, ":")
				if len(user) > 3 { // shorter ones are words of any sentence
					s.learn(user, p.user(user))
				}
			}
		}
	}
	for i := range t.Captures {
		s.learn(t.Captures[i].Path, p.Path(t.Captures[i].Path))
	}
	return s
}

// words learns the words of a name, as a sentence that quotes it is taken apart.
// What is shorter than four letters is a word of any sentence.
func (s *Prose) words(name string) {
	for w := range strings.FieldsFuncSeq(name, func(r rune) bool { return strings.ContainsRune(wordEnds+"@:?", r) }) {
		if len(w) > 3 && !isSpoken(w) {
			s.learn(w, s.p.Token(w))
		}
	}
}

func (s *Prose) learn(name, pseudonym string) {
	if name != "" && !ownWord(name) {
		s.names[name] = pseudonym
	}
}

// Name is the pseudonym of a display name; the name of a program is kept where
// programs are.
func (s *Prose) Name(name string) string {
	if s.agents[name] && s.p.KeepAgents && namesProgram(name) {
		return name
	}
	return s.p.Text(name)
}

// Path is the pseudonym of a file's name: what kind of file it is may stay, the
// folders it lies in do not.
func (p *Pseudonyms) Path(path string) string {
	if path == "-" {
		return path
	}
	path = path[strings.LastIndexAny(path, `/\`)+1:]
	base, kind := path, ""
	for _, k := range []string{".gz", ".zst", ".xz", ".pcapng", ".pcap", ".cap"} {
		if rest, ok := strings.CutSuffix(base, k); ok {
			base, kind = rest, k+kind
		}
	}
	return p.Word(base) + kind
}

// wordEnds are what words of a sentence end at.
const wordEnds = " \t\n\",;(){}<>=|&'→"

// Text rewrites a sentence, word by word: addresses, URIs, and names that the
// trace holds.
func (s *Prose) Text(text string) string {
	var b strings.Builder
	for text != "" {
		n := strings.IndexAny(text, wordEnds)
		if n == 0 {
			_, size := utf8.DecodeRuneInString(text)
			b.WriteString(text[:size])
			text = text[size:]
			continue
		}
		if n < 0 {
			n = len(text)
		}
		b.WriteString(s.word(text[:n]))
		text = text[n:]
	}
	return b.String()
}

func (s *Prose) word(w string) string {
	if to, ok := s.names[w]; ok {
		return to
	}
	if to, ok := s.address(w); ok {
		return to
	}
	if bare := strings.TrimRight(w, ".:!?"); bare != w && bare != "" {
		return s.word(bare) + w[len(bare):]
	}
	if low := strings.ToLower(w); strings.HasPrefix(low, "sip:") || strings.HasPrefix(low, "sips:") || strings.HasPrefix(low, "tel:") {
		return s.p.URI(w)
	}
	return w
}

func (s *Prose) address(w string) (string, bool) {
	if ap, err := netip.ParseAddrPort(w); err == nil {
		return netip.AddrPortFrom(s.p.Addr(ap.Addr()), ap.Port()).String(), true
	}
	if _, err := netip.ParseAddr(strings.Trim(w, "[]")); err == nil && len(w) > 2 {
		return s.p.Host(w), true
	}
	return "", false
}
