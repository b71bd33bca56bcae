package packet

type tcpTable struct{}

func (d *Decoder) segment(h header, s span, p place) {}
func (d *Decoder) flushTCP()                         {}
