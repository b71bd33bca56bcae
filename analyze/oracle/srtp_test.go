package oracle

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/pion/rtp"
	pion "github.com/pion/srtp/v3"

	"github.com/latchscope/latchscope/analyze/internal/srtp"
	"github.com/latchscope/latchscope/analyze/scenetest"
)

var profiles = []struct {
	name      string
	profile   pion.ProtectionProfile
	key, salt int
}{
	{"AES_CM_128_HMAC_SHA1_80", pion.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	{"AES_CM_128_HMAC_SHA1_32", pion.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
	{"AES_256_CM_HMAC_SHA1_80", pion.ProtectionProfileAes256CmHmacSha1_80, 32, 14},
	{"AES_256_CM_HMAC_SHA1_32", pion.ProtectionProfileAes256CmHmacSha1_32, 32, 14},
	{"AEAD_AES_128_GCM", pion.ProtectionProfileAeadAes128Gcm, 16, 12},
	{"AEAD_AES_256_GCM", pion.ProtectionProfileAeadAes256Gcm, 32, 12},
}

// TestTags holds our tags against those that pion makes: over several rollovers,
// with header extensions, with an MKI and without.
func TestTags(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	fill := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(dice.Uint32())
		}
		return b
	}
	for _, p := range profiles {
		for _, mki := range []int{0, 4} {
			t.Run(fmt.Sprintf("%s/%d", p.name, mki), func(t *testing.T) {
				key, salt := fill(p.key), fill(p.salt)
				var options []pion.ContextOption
				suffix := ""
				if mki > 0 {
					options = append(options, pion.MasterKeyIndicator([]byte{0, 0, 0, 7}))
					suffix = "|2^20|7:4"
				}
				out, err := pion.CreateContext(key, salt, p.profile, options...)
				if err != nil {
					t.Fatal(err)
				}
				c, ok := srtp.ParseCrypto([]byte("1 " + p.name + " inline:" + base64.StdEncoding.EncodeToString(append(bytes.Clone(key), salt...)) + suffix))
				if !ok {
					t.Fatal("the attribute is not read")
				}
				x := srtp.NewChecker(c.Suite, c.Keys[0])
				for i := range 400 {
					seq := uint16(i * 700) // four rollovers
					roc := uint32(i * 700 >> 16)
					packet := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: seq, Timestamp: uint32(i), SSRC: 0x1234567}, Payload: fill(1 + i%200)}
					if i%3 == 0 {
						if err := packet.SetExtension(1, []byte{1, 2, 3}); err != nil {
							t.Fatal(err)
						}
					}
					raw, err := packet.Marshal()
					if err != nil {
						t.Fatal(err)
					}
					sealed, err := out.EncryptRTP(nil, raw, nil)
					if err != nil {
						t.Fatal(err)
					}
					header := packet.Header.MarshalSize()
					if !x.Passes(sealed, header, roc) {
						t.Fatalf("packet %d fails", i)
					}
					if x.Passes(sealed, header, roc+1) || roc > 0 && x.Passes(sealed, header, 0) {
						t.Fatalf("packet %d passes with another rollover counter", i)
					}
					sealed[dice.IntN(len(sealed))] ^= 1
					if x.Passes(sealed, header, roc) {
						t.Fatalf("packet %d passes though it was changed", i)
					}
				}
			})
		}
	}
}

// TestScenesAreSRTP lets pion take apart what the parties of a staged call send.
func TestScenesAreSRTP(t *testing.T) {
	for _, p := range profiles {
		if p.name == "AES_256_CM_HMAC_SHA1_32" {
			continue // scenes do without
		}
		t.Run(p.name, func(t *testing.T) {
			s, err := scenetest.Parse(p.name, []byte("host a 192.0.2.1\nhost b 192.0.2.2\ncall c a -> b srtp suite="+p.name+"\ncapture b at b\n"+
				"0 c invite\n1 c 200\n1.1 c a talks seq=65436\n1.1 c b talks\n5 c b bye\nexpect nothing\n"))
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			reader, err := pcapgo.NewReader(bytes.NewReader(r.Captures[0].Bytes))
			if err != nil {
				t.Fatal(err)
			}
			inline := regexp.MustCompile(`a=crypto:1 ` + p.name + ` inline:(\S+)`)
			in := map[string]*pion.Context{}
			held := 0
			for {
				data, _, err := reader.ReadPacketData()
				if err != nil {
					break
				}
				q := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.NoCopy)
				u, ok := q.TransportLayer().(*layers.UDP)
				if !ok {
					continue
				}
				from := q.NetworkLayer().NetworkFlow().Src().String()
				if m := inline.FindSubmatch(u.Payload); m != nil {
					b, err := base64.StdEncoding.DecodeString(string(m[1]))
					if err != nil {
						t.Fatal(err)
					}
					if in[from], err = pion.CreateContext(b[:p.key], b[p.key:], p.profile); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if len(u.Payload) < 12 || u.Payload[0]>>6 != 2 || in[from] == nil {
					continue
				}
				if _, err := in[from].DecryptRTP(nil, u.Payload, nil); err != nil {
					t.Fatalf("packet %d from %s: %v", held, from, err)
				}
				held++
			}
			if held < 380 {
				t.Errorf("only %d packets", held)
			}
		})
	}
}
