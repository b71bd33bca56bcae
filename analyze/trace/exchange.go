package trace

// Exchange is one session description that a party of a leg sent: an offer or
// an answer. Where Ports say who listened where, Exchanges say what passed, and
// so hold refreshes that announced nothing new, too.
type Exchange struct {
	Message Message
	From    Side // the side that sent it
	Offer   bool // else it is an answer
	Early   bool // an answer in a provisional response: a final one follows
}

// Exchanges are the offers and answers of the leg in order (which message may
// carry which: RFC 6337 section 2.2), repetitions left out.
func (l *Leg) Exchanges() []Exchange {
	type transaction struct {
		side   Side
		method string
		cseq   uint32
	}
	open := map[transaction]bool{} // offers that wait for a final answer
	var delayed *transaction       // an offer in a 2xx, which the ACK answers
	var out []Exchange
	for _, m := range l.Messages.All() {
		if m.SDP == nil || m.Copy || m.Repeat || m.Status >= 300 {
			continue
		}
		x := Exchange{Message: m, From: l.Sender(&m)}
		mine := transaction{x.From, m.Method, m.CSeq}
		theirs := transaction{1 - x.From, m.Method, m.CSeq}
		switch {
		case m.Request() && (m.Method == "ACK" || m.Method == "PRACK"):
			if x.Offer = delayed == nil; !x.Offer {
				delayed = nil
			}
		case m.Request():
			x.Offer = true
			open[mine] = true
		case open[theirs]:
			x.Early = m.Status < 200
			if !x.Early {
				delete(open, theirs)
			}
		case m.Method == "INVITE":
			x.Offer = true
			delayed = &mine
		}
		out = append(out, x)
	}
	return out
}
