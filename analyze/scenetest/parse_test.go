package scenetest

import (
	"io/fs"
	"strings"
	"testing"
	"time"
)

func TestErrorsNameTheLine(t *testing.T) {
	const head = "nat r 198.51.100.7\nhost a 192.0.2.1\nhost b 192.168.1.2 behind=r\nserver s 203.0.113.1\ncall c a -> b via s\n"
	for text, want := range map[string]string{
		"hots a 192.0.2.1":                            `x:1: unknown statement "hots"`,
		"=":                                           "x:1: a statement is missing",
		"host a":                                      "x:1: an address is missing",
		"host a 192.0.2.300":                          `x:1: "192.0.2.300" is no address`,
		"host a 192.0.2.1 colour=red":                 "x:1: unknown option colour=",
		"host a 192.0.2.1 delay=1 delay=2":            "x:1: delay= stands twice",
		"host a 192.0.2.1 behind=r":                   `x:1: no nat is called "r"`,
		"\n\nhost A 192.0.2.1":                        `x:3: "A" is no name`,
		head + "host a 192.0.2.9":                     `x:6: "a" is already a host`,
		head + "host z 192.0.2.1":                     "x: a and z have the same address 192.0.2.1",
		head + "0 c ivnite":                           `x:6: "ivnite" is neither a verb nor a party of c`,
		head + "0 c 299":                              "x:6: a callee cannot answer 299",
		head + "0 c b sings":                          `x:6: "sings" is nothing that b can do`,
		head + "0 c b talks until never":              `x:6: "never" is no time`,
		head + "0 c b talks loudly":                   `x:6: what is "loudly" for?`,
		head + "0 r loses 120% in":                    `x:6: "120%" is no percentage`,
		head + "0 a sends rtp to c/x":                 `x:6: "x" is no party of c`,
		head + "server t 203.0.113.2 engine=lock:0:1": "x:6: engine \"lock:0:1\": \"0\" is no number of packets",
		head + "capture p at q":                       `x:6: no machine is called "q"`,
		head + "expect quite":                         "x: line 6: there are 0 captures", // that there is no such code is told where the scene is played
		head + "expect Quiet":                         `x:6: "Quiet" is no finding code`,
		head + "expect quiet":                         "x: line 6: there are 0 captures",
		head + "host d 2001:db8::1\ncall e a -> d":    "x: call e mixes IPv4 and IPv6",
	} {
		_, err := Parse("x", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q\n got %v\nwant %s", text[max(0, len(text)-40):], err, want)
		}
	}
}

func TestRunErrorsNameTheLine(t *testing.T) {
	const head = "host a 192.0.2.1\nhost b 192.0.2.2\ncall c a -> b\n"
	for text, want := range map[string]string{
		head + "0 c 200":                          "x: line 4: b has no INVITE to answer yet",
		head + "0 c invite\n1 c 486\n2 c 200":     "x: line 6: b has already answered 486",
		head + "0 c invite\n1 c 486\n2 c b talks": "x: line 6: b has hung up",
		head + "0 c cancel":                       "x: line 4: c has not been invited",
		head + "0 c a moves port=4000":            "x: line 4: a does not talk",
		head + "0 c a sends empty":                "x: line 4: a knows no address to send to",
	} {
		s, err := Parse("x", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Run(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// FuzzParse: no text makes Parse or a short run panic.
func FuzzParse(f *testing.F) {
	names, err := fs.Glob(scenes, "*.scene")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(scenes, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		work := 0
		for _, a := range s.actions {
			work += 1 + a.n
		}
		if work > 500 || len(s.calls) > 20 {
			return
		}
		s.end = min(s.end, 3*time.Second)
		if _, err := s.Run(); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
