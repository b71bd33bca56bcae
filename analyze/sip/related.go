package sip

// maxRelated bounds Message.Related.
const maxRelated = 32

// namesDialog tells by its name whether a header might carry another leg's
// Call-ID: "X-...", and whatever ends in "id" (Original-Call-ID, X-CID,
// Cisco-Guid, ...). B2BUAs invent these freely; the values decide.
func namesDialog(name []byte) bool {
	n := len(name)
	if n < 3 {
		return false
	}
	x := name[0]|0x20 == 'x' && name[1] == '-'
	if !x && (name[n-2]|0x20 != 'i' || name[n-1]|0x20 != 'd') {
		return false
	}
	// What is secret by its name is not kept.
	return !contains(name, "auth") && !contains(name, "pass") && !contains(name, "secret") &&
		!contains(name, "token") && !contains(name, "key")
}

func (m *Message) relate(name, value []byte) {
	if len(value) > 0 && len(m.Related) < maxRelated {
		m.Related = append(m.Related, Header{name, value})
	}
}

// relateSessionID keeps both identifiers of a Session-ID (RFC 7989 section 5):
// the two legs of a B2BUA carry the same pair, in either order.
func (m *Message) relateSessionID(name, v []byte) {
	id, params := cutSemicolon(v)
	m.relateUUID(name, trim(id))
	m.relateUUID(name, Param(params, "remote"))
}

// relateUUID leaves out the nil UUID, which stands for "not known yet".
func (m *Message) relateUUID(name, v []byte) {
	for _, c := range v {
		if c != '0' {
			m.relate(name, v)
			return
		}
	}
}

// relateCharging keeps the icid-value of P-Charging-Vector (RFC 7315 section
// 5.6), which is one for all legs of an IMS call.
func (m *Message) relateCharging(name, v []byte) {
	m.relate(name, Param(v, "icid-value"))
}
