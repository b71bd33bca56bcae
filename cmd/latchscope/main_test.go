package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/latchscope/latchscope/analyze/scenetest"
)

func TestMain(m *testing.M) {
	// Hundreds of small analyses, one after the other: with the runtime's own pace a
	// fifth of the time went into looking for garbage. The program sets a pace of its own.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(1 << 30)
	testscript.Main(m, map[string]func(){"latchscope": main, "mutated-worker": mutatedWorker})
}

// The scripts hold the command line: what is printed where, and with which
// status. They find some captures: trouble.pcap, in which a call lost audio,
// healthy.pcap, in which none did, and signalling.pcap, which has no media; and
// bundle.zip with all of them. The golden captures stand in $TESTDATA.
func TestScripts(t *testing.T) {
	captures := scriptCaptures(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			for name, data := range captures {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), data, 0o644); err != nil {
					return err
				}
			}
			kept, err := filepath.Abs("../../testdata")
			env.Setenv("TESTDATA", kept)
			return err
		},
	})
}

// scriptCaptures are the files that the scripts find.
func scriptCaptures(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	var bundle bytes.Buffer
	archive := zip.NewWriter(&bundle)
	for _, c := range []struct{ name, text string }{{"trouble.pcap", troubleScene}, {"healthy.pcap", healthyScene}, {"signalling.pcap", signallingScene}} {
		s, err := scenetest.Parse(c.name, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		files[c.name] = r.Captures[0].Bytes
		member, err := archive.Create("ticket/" + c.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := member.Write(r.Captures[0].Bytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	files["bundle.zip"] = bundle.Bytes()
	return files
}

const healthyScene = `
nat    router 198.51.100.7 ports=keep delay=20ms
host   phone  192.168.1.50 behind=router
host   gw     192.0.2.50
server sbc    203.0.113.10 engine=delayed
call   c1     gw:20000 -> phone:4000 via sbc:30000/30002
capture server at sbc
0.000  c1 invite
1.000  c1 200
1.000  c1 phone talks
1.020  c1 gw talks
4.000  c1 gw bye
`

const signallingScene = `
host   phone  192.168.1.50
host   gw     192.0.2.50
server sbc    203.0.113.10
call   c1     gw:20000 -> phone:4000 via sbc:30000/30002
capture server at sbc
0.000  c1 invite
1.000  c1 200
8.000  c1 gw bye
`

const troubleScene = `
nat    router 198.51.100.7 ports=lowest base=36716 drop-on-icmp delay=35ms
host   phone  192.168.1.50 behind=router user=2001
host   gw     192.0.2.50
server sbc    203.0.113.10 media=203.0.113.20 engine=lock:3:10 open=answer
call   c1     gw:20550 -> phone:4000 via sbc:34660/34662
capture server at sbc
0.000  c1 invite
0.150  c1 180
2.237  c1 phone talks ssrc=0x35bf992d
3.315  c1 200
3.368  router takes 36716
3.355  c1 gw talks
25.00  c1 gw bye
`
