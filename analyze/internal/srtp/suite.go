package srtp

import "bytes"

// Suite is a crypto suite of SDP: how long its keys and tags are, in bytes.
type Suite struct {
	Name string
	Key  int // master key
	Salt int // master salt
	Tag  int // authentication tag
	AEAD bool
}

// suites are those of RFC 4568 section 6.2, RFC 6188 section 4 and RFC 7714
// section 14.2. What a suite encrypts with matters only where the same key
// makes the tag: F8 differs from AES-CM in the payload alone.
var suites = [...]Suite{
	{Name: "AES_CM_128_HMAC_SHA1_80", Key: 16, Salt: 14, Tag: 10},
	{Name: "AES_CM_128_HMAC_SHA1_32", Key: 16, Salt: 14, Tag: 4},
	{Name: "F8_128_HMAC_SHA1_80", Key: 16, Salt: 14, Tag: 10},
	{Name: "AES_192_CM_HMAC_SHA1_80", Key: 24, Salt: 14, Tag: 10},
	{Name: "AES_192_CM_HMAC_SHA1_32", Key: 24, Salt: 14, Tag: 4},
	{Name: "AES_256_CM_HMAC_SHA1_80", Key: 32, Salt: 14, Tag: 10},
	{Name: "AES_256_CM_HMAC_SHA1_32", Key: 32, Salt: 14, Tag: 4},
	{Name: "AEAD_AES_128_GCM", Key: 16, Salt: 12, Tag: 16, AEAD: true},
	{Name: "AEAD_AES_256_GCM", Key: 32, Salt: 12, Tag: 16, AEAD: true},
}

// suiteOf is the suite of that name, nil if it is none of these.
func suiteOf(name []byte) *Suite {
	for i := range suites {
		if bytes.EqualFold(name, []byte(suites[i].Name)) {
			return &suites[i]
		}
	}
	return nil
}

// OtherTag is the suite with the same key and cipher and the other length of
// tag (RFC 4568 sections 6.2.1 and 6.2.2); nil where there is none.
func (s *Suite) OtherTag() *Suite {
	for i := range suites {
		o := &suites[i]
		if !s.AEAD && !o.AEAD && o.Key == s.Key && o.Tag != s.Tag && s.Name != "F8_128_HMAC_SHA1_80" {
			return o
		}
	}
	return nil
}
