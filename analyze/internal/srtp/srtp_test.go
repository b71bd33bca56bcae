package srtp

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/latchscope/latchscope/analyze/trace"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 3711 appendix B.3: key derivation.
func TestDerive(t *testing.T) {
	master, salt := unhex(t, "E1F97A0D3E018BE0D64FA32C06DE4139"), unhex(t, "0EC675AD498AFEEBB6960B3AABE6")
	for _, c := range []struct {
		label byte
		want  string
	}{
		{labelCipher, "C61E7A93744F39EE10734AFE3FF7A087"},
		{labelSalt, "30CBBC08863D8C85D49DB34A9AE1"},
		{labelAuth, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E47403576"},
	} {
		want := unhex(t, c.want)
		if got := derive(master, salt, c.label, len(want)); !bytes.Equal(got, want) {
			t.Errorf("label %d: %X, want %X", c.label, got, want)
		}
	}
}

// RFC 6188 section 7.4: key derivation with AES-256.
func TestDerive256(t *testing.T) {
	master := unhex(t, "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6")
	salt := unhex(t, "3b04803de51ee7c96423ab5b78d2")
	for _, c := range []struct {
		label byte
		want  string
	}{
		{labelCipher, "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"},
		{labelSalt, "fa31791685ca444a9e07c6c64e93"},
		{labelAuth, "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"},
	} {
		want := unhex(t, c.want)
		if got := derive(master, salt, c.label, len(want)); !bytes.Equal(got, want) {
			t.Errorf("label %d: %x, want %x", c.label, got, want)
		}
	}
}

// RFC 7714 section 16.1.1: AES-128-GCM, with session keys as given.
func TestOpens(t *testing.T) {
	block, err := aes.NewCipher(unhex(t, "000102030405060708090a0b0c0d0e0f"))
	if err != nil {
		t.Fatal(err)
	}
	c := &Checker{suite: &suites[7], salt: unhex(t, "51756964 2070726f 2071756f")}
	if c.aead, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	packet := unhex(t, `8040f17b 8041f8d3 5501a0b2
		f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833
		899d7f27 beb16a91 52cf765e e4390cce`)
	if !c.Passes(packet, 12, 0) {
		t.Error("the tag of the example does not pass")
	}
	if c.Passes(packet, 12, 1) {
		t.Error("another rollover counter passes, too")
	}
	packet[20] ^= 1
	if c.Passes(packet, 12, 0) {
		t.Error("a changed packet passes, too")
	}
	if bytes.Contains(c.room[:cap(c.room)], []byte("Gallia")) {
		t.Error("what was opened is still there")
	}
}

func TestParseCrypto(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 30))
	long := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 46))
	for _, c := range []struct {
		text   string
		ok     bool
		tag    uint32
		suite  string
		keys   int
		mki    int
		opaque bool
	}{
		{text: "1 AES_CM_128_HMAC_SHA1_80 inline:" + key, ok: true, tag: 1, suite: "AES_CM_128_HMAC_SHA1_80", keys: 1},
		{text: "12 aes_cm_128_hmac_sha1_32 INLINE:" + key + "|2^20", ok: true, tag: 12, suite: "AES_CM_128_HMAC_SHA1_32", keys: 1},
		{text: "2 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20|1:4;inline:" + key + "|2^20|2:4", ok: true, tag: 2, suite: "AES_CM_128_HMAC_SHA1_80", keys: 2, mki: 4},
		{text: "1 AES_256_CM_HMAC_SHA1_80 inline:" + long, ok: true, tag: 1, suite: "AES_256_CM_HMAC_SHA1_80", keys: 1},
		{text: "1 AES_256_CM_HMAC_SHA1_80 inline:" + strings.TrimRight(long, "="), ok: true, tag: 1, suite: "AES_256_CM_HMAC_SHA1_80", keys: 1},
		{text: "1 AES_CM_128_HMAC_SHA1_80 inline:" + key + " KDR=1", ok: true, tag: 1, suite: "AES_CM_128_HMAC_SHA1_80", keys: 1, opaque: true},
		{text: "1 AES_CM_128_HMAC_SHA1_80 inline:" + key + " KDR=0 UNENCRYPTED_SRTP", ok: true, tag: 1, suite: "AES_CM_128_HMAC_SHA1_80", keys: 1},
		{text: "1 AES_CM_128_HMAC_SHA1_80 inline:" + key + " UNAUTHENTICATED_SRTP", ok: true, tag: 1, suite: "AES_CM_128_HMAC_SHA1_80", keys: 1, opaque: true},
		{text: "1 AES_256_CM_HMAC_SHA1_80 inline:" + key},
		{text: "1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("A", 40)}, // redacted
		{text: "1 AES_CM_128_HMAC_SHA1_80 inline:%%%"},
		{text: "1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|1:9999"},
		{text: "1 SEED_CTR_128_HMAC_SHA1_80 inline:" + key},
		{text: "x AES_CM_128_HMAC_SHA1_80 inline:" + key},
		{text: "1 AES_CM_128_HMAC_SHA1_80"},
		{text: ""},
	} {
		got, ok := ParseCrypto([]byte(c.text))
		if ok != c.ok {
			t.Errorf("%q: %v, want %v", c.text, ok, c.ok)
			continue
		}
		if ok && (got.Tag != c.tag || got.Suite.Name != c.suite || len(got.Keys) != c.keys || len(got.Keys[0].mki) != c.mki || got.Opaque != c.opaque) {
			t.Errorf("%q: tag %d suite %s, %d keys, MKI of %d bytes, opaque %v", c.text, got.Tag, got.Suite.Name, len(got.Keys), len(got.Keys[0].mki), got.Opaque)
		}
	}
}

// Keys are printed by nothing, and are gone after Wipe.
func TestKeyringHidesAndWipes(t *testing.T) {
	secret := bytes.Repeat([]byte("S3"), 15)
	text := "1 AES_CM_128_HMAC_SHA1_80 inline:" + base64.StdEncoding.EncodeToString(secret)
	var r Keyring
	m := new(trace.SDP)
	r.Add(m, 0, [][]byte{[]byte(text)})
	list := r.Of(m, 0)
	if len(list) != 1 || r.Empty() {
		t.Fatal("the key is not there")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{&r, list, list[0], list[0].Keys[0]} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, "S3") || strings.Contains(s, "5333") || strings.Contains(s, "0x53") || strings.Contains(s, "83 51") {
				t.Errorf("%s prints the key: %s", verb, s)
			}
		}
	}
	held := list[0].Keys[0].secret
	r.Wipe()
	if !bytes.Equal(held, make([]byte, len(held))) || !r.Empty() || r.Of(m, 0) != nil {
		t.Error("the key is still there")
	}
}

func TestKeyringIsBounded(t *testing.T) {
	text := []byte("1 AES_CM_128_HMAC_SHA1_80 inline:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 30)))
	r := Keyring{of: make(map[*trace.SDP][]Line, mostDescriptions)}
	for range mostDescriptions {
		r.of[new(trace.SDP)] = nil
	}
	r.Add(new(trace.SDP), 0, [][]byte{text})
	if len(r.of) != mostDescriptions || !r.Full() {
		t.Errorf("%d descriptions, full %v", len(r.of), r.Full())
	}
}
