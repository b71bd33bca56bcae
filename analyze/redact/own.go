package redact

import "strings"

// ownWords are what our sentences call parties, machines and what passes between
// them. Somebody may be called so, too, or a telephone: where such a word stands
// alone in a sentence it is the sentence's, and says nothing about anybody. Behind
// "sip:" or before an "@" it is a name as any other.
const ownWords = ` phone phones softphone telephone caller callee server media gateway router firewall carrier stranger party parties
 talker listener relay engine proxy trunk port ports call calls audio voice video capture captures point points frame frames packet packets
 answer answered offer offerer source sources target address addresses network host line side device recording report reports signalling
 stream streams latch session codec silence loss lost early refused unknown sender receiver customer vendor provider user number incident
 tunnel public private first last next other both after before from that this with without nothing rings ringing `

func ownWord(w string) bool {
	w = strings.ToLower(w)
	for own := range strings.FieldsSeq(ownWords) {
		if own == w {
			return true
		}
	}
	return false
}
