//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// startPrograms starts the telephones that other people wrote.
func (s *stage) startPrograms(ctx context.Context) error {
	if s.Phone != baresip && s.Far != sipp {
		return nil
	}
	// Beside the captures, so that a run finds what a killed one has left.
	home, err := filepath.Abs(s.path("." + s.Name + ".home"))
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(home), os.Mkdir(home, 0o700)); err != nil {
		return err
	}
	s.closer = append(s.closer, func() { os.RemoveAll(home) })
	if s.Phone == baresip {
		if err := s.startBaresip(home); err != nil {
			return err
		}
		if err := s.await(ctx, "baresip's registration", func() bool { return s.server.knows("phone") }); err != nil {
			return err
		}
	}
	if s.Far == sipp {
		if err := s.startSipp(home); err != nil {
			return err
		}
		return s.await(ctx, "an answer to sipp", func() bool { return s.log.has("server", "answer") })
	}
	return nil
}

func (s *stage) await(ctx context.Context, what string, so func() bool) error {
	for !so() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

func (s *server) knows(user string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.bindings[user]
	return ok
}

// program starts one of them in a room; it is ended with the stage.
func (s *stage) program(room, home, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := s.rooms[room].start(cmd); err != nil {
		return err
	}
	s.spawn = append(s.spawn, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = stop(ctx, cmd, unix.SIGTERM)
		if os.Getenv("LATCHSCOPE_LAB_VERBOSE") != "" {
			fmt.Fprintf(os.Stderr, "%s: %s said:\n%s\n", s.Name, name, said.Bytes())
		}
	})
	return nil
}

// startBaresip runs a softphone that registers, answers by itself and says what
// a WAV file holds.
func (s *stage) startBaresip(home string) error {
	at := phoneAddress(0, false)
	files := map[string]string{
		"speech.wav": string(wav(ssrcOf("baresip", 0), 30)),
		"contacts":   "",
		"config": fmt.Sprintf(`sip_listen %s:5060
module_path %s
module g711.so
module aufile.so
module account.so
module menu.so
audio_source aufile,%s/speech.wav
audio_player aufile,%s/heard.wav
audio_alert aufile,%s/alert.wav
rtp_ports 4000-4010
rtcp_enable yes
net_interface eth0
`, at, baresipModules(), home, home, home),
		"accounts": fmt.Sprintf("<sip:phone@%s;transport=udp>;auth_pass=none;answermode=auto;audio_codecs=pcmu;regint=300;ptime=20\n", serverOuter),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return s.program("phone", home, "baresip", "-f", home)
}

// baresipModules is where Debian or a build from source puts them.
func baresipModules() string {
	for _, dir := range []string{"/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"} {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	return "/usr/lib/baresip/modules"
}

// startSipp has sipp call the phone, speak for as long as the scenario lasts,
// and hang up.
func (s *stage) startSipp(home string) error {
	v := newVoice(ssrcOf("sipp", 0), pcmu)
	var speech []byte
	for range 30 * 50 {
		speech = append(speech, v.frame()...)
	}
	files := map[string][]byte{
		"speech.ul": speech,
		"uac.xml":   fmt.Appendf(nil, sippScenario, filepath.Join(home, "speech.ul"), s.Talk.Milliseconds()),
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(home, name), b, 0o600); err != nil {
			return err
		}
	}
	return s.program("gateway", home, "sipp", "-sf", "uac.xml", "-m", "1", "-nostdin", "-i", farAddress.String(), "-p", "5060", "-s", "phone", serverInner.String()+":5060")
}

const sippScenario = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="call, talk, hang up">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:gateway@lab.example>;tag=[pid]SIPp[call_number]
To: <sip:[service]@lab.example>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:gateway@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [local_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
  <recv response="100" optional="true"></recv>
  <recv response="180" optional="true"></recv>
  <recv response="183" optional="true"></recv>
  <recv response="200" rrs="true"></recv>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:gateway@lab.example>;tag=[pid]SIPp[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <nop><action><exec rtp_stream="%s,-1,0,PCMU/8000" /></action></nop>
  <pause milliseconds="%d"/>
  <nop><action><exec rtp_stream="pause" /></action></nop>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:gateway@lab.example>;tag=[pid]SIPp[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"></recv>
</scenario>
`
